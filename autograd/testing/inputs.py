"""Helpers for the inputs of operations and functions: read, replace and format them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.value import Value


def input_values(node: Value) -> list[float]:
    """Return the inputs of `node` as floats."""
    return [x.data if isinstance(x, Value) else float(x) for x in node.inputs]


def varied_inputs(node: Value) -> list[int]:
    """Return the indices of the differentiable inputs of `node`."""
    op = node.op
    return [i for i, x in enumerate(node.inputs) if op and isinstance(x, Value) and i not in op.constants]


def replaced(inputs: Sequence[Any], i: int, x: Any) -> list[Any]:
    """Return a copy of `inputs` with `x` at index `i`."""
    return [*inputs[:i], x, *inputs[i + 1 :]]


def format_point(point: Sequence[float]) -> str:
    """Format the coordinates of a point with six digits: '0.5, -2'."""
    return ", ".join(f"{x:.6g}" for x in point)

"""`Components`: each number that a function returns, as a function of the numbers in its arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from autograd.labelling import labels_of
from autograd.modes import differentiating
from autograd.operation import as_float
from autograd.structure import argument_names, flatten, flatten_like
from autograd.value import Value


class Components:
    """The numbers that f(*args) returns, and those in `args`.

    `point` are the numbers in the arguments and `inputs` their names; `outputs` are the indices of the results, [""]
    for a single number, and `functions` compute each of them from the numbers in the arguments.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.f, self.args = f, args
        numbers, self._build = flatten(list(args))
        self.point = tuple(as_float(x, "a point") for x in numbers)
        self.inputs = [name for arg, label in zip(args, argument_names(f, len(args))) for name in labels_of(arg, label)]
        result = self._result()
        flat, self._build_result = flatten(result)
        self.outputs = list(labels_of(result, ""))
        self._is_plain = self.outputs == [""] and len(args) == len(numbers) and not any(map(_has_parts, args))
        self.functions: list[Callable[..., Any]] = (
            [f] if self._is_plain else [partial(self._component, i) for i in range(len(flat))]
        )

    def derivatives(self, df: Callable[..., Any]) -> list[list[float]]:
        """Return the derivatives by hand of each result with respect to each number in the arguments."""
        flat = [as_float(d, "a derivative returned by df") for d in self._flattened(df(*self.args))]
        count = len(self.point)
        return [flat[i * count : (i + 1) * count] for i in range(len(self.outputs))]

    def _flattened(self, given: Any) -> list[Any]:
        """Return the numbers in what df returned, which has the structure of a Jacobian."""
        if self._is_plain:
            row = list(given) if hasattr(given, "__len__") else [given]
            if len(row) != len(self.point):
                raise ValueError(
                    f"df must return one number for each of the {len(self.point)} arguments, got {len(row)}"
                )
            return row
        if len(self.args) == 1:
            return self._entries(self.args[0], given)
        try:
            return self._entries(tuple(self.args), given)
        except ValueError:
            if not hasattr(given, "__len__") or len(given) != len(self.args):
                raise
        blocks = [self._entries(arg, block) for arg, block in zip(self.args, given)]  # a Jacobian for each argument
        counts = [len(block) // len(self.outputs) for block in blocks]
        rows = range(len(self.outputs))
        return [x for i in rows for block, n in zip(blocks, counts) for x in block[i * n : (i + 1) * n]]

    def _entries(self, argument: Any, given: Any) -> list[Any]:
        """Return the numbers in a Jacobian by an `argument`. Raise ValueError if its structure is wrong."""
        model = self._build_result(iter([argument] * len(self.outputs)))
        if hasattr(model, "shape") and isinstance(given, (list, tuple)):
            import numpy as np

            given = np.array(given)
        return flatten_like(model, given, "derivative returned by df")

    def _result(self) -> Any:
        """Return f(*args), computed on nodes or, if f accepts only floats, on these; nan if f raises an error there."""
        leaves = [Value(x) for x in self.point]
        for numbers in (leaves, self.point):
            try:
                with differentiating(leaves):
                    return self.f(*self._build(iter(numbers)))
            except (TypeError, AttributeError, ArithmeticError, ValueError):
                continue
        return math.nan

    def _component(self, i: int, *numbers: Any) -> Any:
        return flatten(self.f(*self._build(iter(numbers))))[0][i]


def arguments_of(f: Callable[..., Any], at: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the arguments of f at each of the points `at`: a tuple of arguments, or the only one.

    A list of numbers is a list of arguments if f needs more than one.
    """
    if not hasattr(at, "__iter__"):
        raise TypeError(f"at must be a list of points, such as at=[1.0, 2.0], got {type(at).__name__}: {at!r}")
    takes_several = _needed(f) > 1
    return [tuple(p) if isinstance(p, tuple) or (takes_several and _has_parts(p)) else (p,) for p in at]


def _needed(f: Callable[..., Any]) -> int:
    """Return the number of arguments that f needs."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # f is not written in Python
        return 1
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)


def _has_parts(x: Any) -> bool:
    return hasattr(x, "__len__") and not isinstance(x, (str, dict))

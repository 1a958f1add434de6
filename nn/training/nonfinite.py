"""Where a training met nan or infinity: the sample, and the first node that was not finite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

from autograd import Value, backprop, first_nonfinite

from ..shared import one_line


class NonFiniteError(ArithmeticError):
    """A training met a number that is nan or infinite; the model has its last good parameters.

    It was in `epoch` and `batch`, both from 1 on. Where it is found, `sample` is the place of the sample in the data,
    from 0 on, and `node` the first node in the graph of its loss that is not finite, or that sends something so back.
    """

    def __init__(
        self, problem: str, epoch: int, batch: int, sample: int | None = None, node: Value | None = None
    ) -> None:
        super().__init__(problem, epoch, batch, sample, node)  # with which it is copied and pickled
        self.epoch, self.batch, self.sample, self.node = epoch, batch, sample, node

    def __str__(self) -> str:
        return f"epoch {self.epoch}, batch {self.batch}: {self.args[0]}"


def find_fault(losses: Iterable[Callable[[], Any]]) -> tuple[int, Value, str] | None:
    """Return which of the `losses`, functions that record one sample each, is at fault, with the node and in words.

    >>> from autograd import log
    >>> x = Value(0.0, "x")
    >>> i, node, words = find_fault([lambda: x + 1, lambda: 1 + log(x)])
    >>> i, node, words.partition(",")[0]
    (1, Value(data=-inf, grad=0.0, op=log), 'log(0.0) is -inf')
    """
    for i, record in enumerate(losses):
        loss = record()
        if isinstance(loss, Value):
            node = first_nonfinite(loss)
            if node is not None:
                return i, node, _described(node)
            for step in backprop(loss):
                if not all(map(isfinite, step.contributions)):
                    slopes = ", ".join(f"{d:.4g}" for d in step.partials[:4])
                    return (
                        i,
                        step.node,
                        f"back through {_described(step.node)} goes {step.cotangent:.4g} times {slopes}",
                    )
    return None


def _described(node: Value) -> str:
    """Write `node` in one line, with the line of code that made it where that is known."""
    if node.op is None:
        return f"{one_line(str(node.label or '')) or 'a leaf'} is {node.data}"
    inputs = [f"{float(x)}" for x in node.inputs[:4]] + ["..."] * (len(node.inputs) > 4)
    made_at = f", made at {node.made_at}" if node.made_at else ""
    return f"{node.op.name}({', '.join(inputs)}) is {node.data}{made_at}"

"""Find the sample and the node that made the loss or its gradient nan or infinite."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from autograd import Value, backprop, first_nonfinite

from ..shared import origin_of


class NonFiniteError(ArithmeticError):
    """Training produced a number that is nan or infinite; the model keeps its last finite parameters.

    `epoch` and `batch`, counted from 1, say when. If found, `sample` is the index of the sample in the data, and `node`
    the first node in the graph of its loss that is not finite or sends back a gradient that is not finite.
    """

    def __init__(
        self, problem: str, epoch: int, batch: int, sample: int | None = None, node: Value | None = None
    ) -> None:
        super().__init__(problem, epoch, batch, sample, node)  # copies and pickles need all arguments
        self.epoch, self.batch, self.sample, self.node = epoch, batch, sample, node

    def __str__(self) -> str:
        return f"epoch {self.epoch}, batch {self.batch}: {self.args[0]}"


def find_fault(losses: Iterable[Any]) -> tuple[int, Value, str] | None:
    """Find the first of the `losses` that has a node or a gradient that is not finite.

    Each loss is the graph of one sample. Return its index, the node, and a description of it.

    >>> from autograd import log
    >>> x = Value(0.0, "x")
    >>> i, node, description = find_fault([x + 1, 1 + log(x)])
    >>> i, node, description.partition(",")[0]
    (1, Value(data=-inf, grad=0.0, op=log), 'log(x = 0.0) = -inf')
    """
    for i, loss in enumerate(losses):
        if not isinstance(loss, Value):
            continue
        node = first_nonfinite(loss)
        if node is not None:
            return i, node, origin_of(node)
        for step in backprop(loss):
            if not all(map(isfinite, step.contributions)):
                partials = ", ".join(f"{d:.4g}" for d in step.partials[:4])
                return i, step.node, f"{origin_of(step.node)} sends back {step.cotangent:.4g} times {partials}"
    return None

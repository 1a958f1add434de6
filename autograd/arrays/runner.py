"""Buffers for an array program, and calls of it."""

from __future__ import annotations

import math
from threading import Lock
from typing import Any

import numpy as np

from autograd.arrays.arguments import Call
from autograd.arrays.program import Program, Workspace

_MOST_SIZES = 4  # numbers of samples for which buffers are kept


class Runner:
    """Runs a `program`, whose parameters are the rows `theta` of S.

    Buffers are made for each number of samples, and kept. A call takes some and gives them back, so that calls in
    several threads do not share any.
    """

    def __init__(self, program: Program, theta: slice) -> None:
        self.program, self._theta = program, theta
        self._free = slice(len(program.layout.constants), theta.start)
        self._spaces: dict[int, list[Workspace]] = {}
        self._lock = Lock()

    def run(self, call: Call) -> tuple[list[Any], Any]:
        """Return the values of the roots, and the gradient by the parameters, or by each argument for each sample."""
        space = self._take(call.size)
        try:
            self._load(space, call)
            with np.errstate(all="ignore"):
                if call.with_gradient:
                    space.backward(self._seed(call))
                else:
                    space.forward()
                values = [self._output(space, root, call) for root in self.program.roots]
            if not call.with_gradient:
                return values, None
            if call.samples_first:
                return values, space.gS[self._theta].copy()
            return values, [space.gV[row].reshape(call.samples).copy() for row in range(len(call.arguments))]
        finally:
            self._give_back(call.size, space)

    def _take(self, size: int) -> Workspace:
        with self._lock:
            spaces = self._spaces.get(size)
            if spaces:
                return spaces.pop()
        return self.program.workspace(size)

    def _give_back(self, size: int, space: Workspace) -> None:
        with self._lock:
            if size not in self._spaces and len(self._spaces) >= _MOST_SIZES:
                del self._spaces[next(iter(self._spaces))]
            self._spaces.setdefault(size, []).append(space)

    def _load(self, space: Workspace, call: Call) -> None:
        row = 0
        for _, array, shape in call.arguments:
            if call.samples_first:
                size = math.prod(shape)
                space.V[row : row + size] = array.reshape(len(array), size).T
                row += size
            else:
                space.V[row] = np.broadcast_to(array, call.samples).reshape(-1)
                row += 1
        if self._free.start < self._free.stop:
            space.S[self._free] = [leaf._data for leaf in self.program.layout.leaves]
        space.S[self._theta] = call.theta

    def _seed(self, call: Call) -> float:
        """Return the derivative of the reduced value by that of a sample, or by the one that all samples have."""
        if self.program.roots[0][0] == "S":
            return 1.0 if call.reduction == "mean" else float(call.size)
        return 1 / call.size if call.reduction == "mean" else 1.0

    def _output(self, space: Workspace, root: tuple[str, int], call: Call) -> Any:
        buffer, row = root
        if call.reduction is None:
            numbers = space.V[row].copy() if buffer == "V" else np.full(call.size, space.S[row])
            return numbers.reshape(call.samples) if call.samples else float(numbers[0])
        if buffer == "S":
            return float(space.S[row]) * (1 if call.reduction == "mean" else call.size)
        total = float(np.add.reduce(space.V[row]))
        return total / call.size if call.reduction == "mean" else total

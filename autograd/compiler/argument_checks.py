"""Check the arguments of a compiled function against the requirements of its trace, such as ranges of labels."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.arguments import Argument, Array
from autograd.compiler.symbols import Symbol
from autograd.requirement import Requirement


class _Check(NamedTuple):
    """A requirement for argument number `argument`: for all its numbers, or for those in the `columns` of a sample."""

    requirement: Requirement
    argument: int
    columns: list[int] | None

    def chosen(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return array if self.columns is None else array.reshape(len(array), -1)[:, self.columns]


class ArgumentChecks:
    """Checks the requirements that a trace on `leaves` has noted, at each call.

    `computed` are the nodes with a requirement that are no arguments, such as 2 * y - 1; a program computes them.
    """

    def __init__(
        self,
        required: Sequence[tuple[Symbol | float, Requirement]],
        leaves: Sequence[Symbol],
        arguments: Sequence[Argument],
    ) -> None:
        self.required = {node for node, _ in required}
        self._names = [a.name for a in arguments]
        sizes = [math.prod(a.shape) for a in arguments]
        places = dict(zip(leaves, ((k, i) for k, size in enumerate(sizes) for i in range(size))))
        columns: dict[tuple[int, Requirement], list[int]] = {}
        self._of_computed: list[tuple[Symbol, Requirement]] = []
        for node, requirement in dict.fromkeys(required):
            if not isinstance(node, Symbol):
                requirement.check(node)
            elif node in places:
                k, i = places[node]
                columns.setdefault((k, requirement), []).append(i)
            else:
                self._of_computed.append((node, requirement))
        self._of_arguments = [
            _Check(requirement, k, None if len(found) == sizes[k] else found)
            for (k, requirement), found in columns.items()
        ]
        self.computed = [node for node, _ in self._of_computed]

    def check_arguments(self, arrays: Sequence[Array]) -> None:
        """Raise the error of the first number in the arguments that does not meet its requirement."""
        for check in self._of_arguments:
            requirement, k, columns = check
            numbers = arrays[k] if columns is None else check.chosen(arrays[k])
            fits = requirement.fits(numbers, np.floor)
            if np.count_nonzero(fits) < numbers.size:  # twice as fast as fits.all()
                shape = arrays[k].shape
                place = check.chosen(np.arange(arrays[k].size).reshape(shape))[~fits][0]
                index = "".join(f"[{i}]" for i in np.unravel_index(int(place), shape)) if shape else ""
                raise requirement.error(float(numbers[~fits][0]), self._names[k] + index)

    def check_computed(self, values: Sequence[Any]) -> None:
        """Raise the error of the first of the `values` of computed nodes that does not meet its requirement."""
        for (_, requirement), value in zip(self._of_computed, values):
            numbers = np.asarray(value)
            fits = requirement.fits(numbers, np.floor)
            if not fits.all():
                sample = ", ".join(map(str, np.argwhere(~fits)[0]))
                where = f"computed for sample {sample}" if sample else "computed in the function"
                raise requirement.error(float(numbers[~fits][0]), where)

    def are_met(self, arrays: Sequence[Any], values: Sequence[Any], floor: Callable[[Any], Any]) -> Any:
        """Check all requirements of arguments and of the `values` of computed nodes, with arrays as results."""
        found = [(check.requirement, check.chosen(arrays[check.argument])) for check in self._of_arguments]
        found += [(requirement, x) for (_, requirement), x in zip(self._of_computed, values)]
        return reduce(operator.and_, [requirement.fits(x, floor).all() for requirement, x in found], True)

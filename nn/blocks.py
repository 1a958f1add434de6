"""The state of an optimiser for parameters that a compiled function holds in arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd import Value

if TYPE_CHECKING:
    from .optim import Memory
    from .shared import Backing

Array = np.ndarray[Any, np.dtype[np.float64]]


class Block(NamedTuple):
    """The number of steps of all `parameters`, and the memory of the rule, as arrays."""

    parameters: list[Value]
    t: int
    memory: Memory

    def step(self, rule: Callable[..., tuple[Any, Memory]], backing: Backing, lr: float) -> Block | None:
        """Apply the rule to the arrays of the `backing`, and return the new state, or None if it takes no arrays."""
        p, g = backing.data.view(), backing.grad.view()
        p.flags.writeable = g.flags.writeable = False
        try:
            with np.errstate(all="ignore"):  # as for floats
                new, memory = rule(p, g, self.memory, self.t + 1, lr)
            data, *arrays = [_own(x, backing) for x in (new, *memory)]
        except (TypeError, ValueError, AttributeError):
            return None
        backing.data = data
        return Block(backing.parameters, self.t + 1, tuple(arrays))

    def spread(self) -> Iterator[tuple[Value, tuple[int, Memory]]]:
        """Yield each parameter with its own number of steps and memory."""
        rows = zip(*(x.tolist() for x in self.memory)) if self.memory else [()] * len(self.parameters)
        for p, memory in zip(self.parameters, rows):
            yield p, (self.t, memory)


def gathered(parameters: list[Value], memories: Mapping[Value, tuple[int, Memory]]) -> Block | None:
    """Return the states of parameters as one, or None if the numbers of steps differ, or a memory is not a number."""
    states = [memories.get(p, (0, ())) for p in parameters]
    if len({(t, len(memory)) for t, memory in states}) > 1:
        return None
    columns = tuple(np.array(column) for column in zip(*(memory for _, memory in states)))
    are_numbers = all(column.dtype.kind in "fiu" and column.ndim == 1 for column in columns)
    return Block(parameters, states[0][0], columns) if are_numbers else None


def _own(x: Any, backing: Backing) -> Array:
    """Return `x`, a number or one for each parameter, as an array that shares no memory with the `backing`."""
    array = np.asarray(x)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"a rule must return numbers, got {x!r}")
    if array.shape != backing.data.shape:
        array = np.broadcast_to(array, backing.data.shape)
    is_shared = np.may_share_memory(array, backing.data) or np.may_share_memory(array, backing.grad)
    return np.array(array, np.float64, copy=True if is_shared or not array.flags.writeable else None)

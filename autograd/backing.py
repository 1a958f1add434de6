"""Arrays that hold the numbers and gradients of parameters, so that a training step reads and writes all at once.

A compiled function makes them for its parameters. The slots `_data` and `_grad` of these are empty then, and reading
one fails, which leads to `find_number`. This costs other nodes nothing.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, repeat
from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Self

    from autograd.value import Value

LOCK = RLock()
_SHARE, _MIN_USED = 8, 32  # parameters go back to their slots if more than an eighth, and so many, are used one by one


class Backing(tuple[()]):
    """The arrays `data` and `grad` of distinct `parameters`, which `array` makes from lists of numbers.

    A parameter has it in the place of its partial derivatives: a leaf has none, and this is a tuple of none. A step for
    all parameters holds the LOCK while it uses the arrays.
    """

    is_held = False  # whether the numbers stand in the arrays
    data: Any
    grad: Any

    def __new__(cls, parameters: Iterable[Value], array: Callable[[list[float]], Any]) -> Self:
        """Return a tuple of nothing."""
        return super().__new__(cls)

    def __init__(self, parameters: Iterable[Value], array: Callable[[list[float]], Any]) -> None:
        self.parameters, self._array = list(parameters), array
        self._index: dict[Value, int] = {}
        self._used = 0  # single numbers that were used since all were

    def held(self) -> Backing:
        """Return the backing that holds the numbers: this one, or that of another function of the same parameters."""
        with LOCK:
            found = self if self.is_held else backing_of(self.parameters)
            if found is None:
                self._hold()
                found = self
            found._used = 0
            return found

    def numbers(self) -> Any:
        """Return the numbers as an array, which is not to be changed, and leave them where they are."""
        with LOCK:
            try:
                return self._array([p._data for p in self.parameters])
            except AttributeError:  # at the first one, if all stand in arrays
                return self.held().data

    def _hold(self) -> None:
        """Move the numbers into the arrays. A thread that sets one meanwhile finds the backing, and waits."""
        for p in self.parameters:
            if isinstance(p.partials, Backing):
                p.partials.release()
        _do(map(setattr, self.parameters, repeat("partials"), repeat(self)))
        self.data = self._array([p._data for p in self.parameters])
        self.grad = self._array([p._grad for p in self.parameters])
        emptied = [map(delattr, self.parameters, repeat(name)) for name in ("_data", "_grad")]
        _do(*emptied, map(setattr, [self], ["is_held"], [True]))

    def release(self) -> None:
        """Move the numbers back into the parameters."""
        arrays = [("_data", self.data), ("_grad", self.grad)] if self.is_held else []
        filled = [map(setattr, self.parameters, repeat(name), array.tolist()) for name, array in arrays]
        freed = map(setattr, self.parameters, repeat("partials"), repeat(()))
        _do(*filled, freed, map(setattr, [self], ["is_held"], [False]))

    def read(self, p: Value, name: str) -> float:
        """Return the number that belongs into the slot `name` of a parameter."""
        number: float = self._array_of(name).item(self._place(p))
        self._use()
        return number

    def write(self, p: Value, name: str) -> None:
        """Move the number in the slot `name` of a parameter into its array."""
        with LOCK:
            if self.is_held and p.partials is self:
                self._array_of(name)[self._place(p)] = getattr(p, name)
                delattr(p, name)
                self._use()

    def _array_of(self, name: str) -> Any:
        return self.data if name == "_data" else self.grad

    def _place(self, p: Value) -> int:
        self._index = self._index or {p: i for i, p in enumerate(self.parameters)}
        return self._index[p]

    def _use(self) -> None:
        self._used += 1
        if self._used > max(_MIN_USED, len(self.parameters) // _SHARE):
            self.release()

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, ()  # copies and pickles of a parameter have numbers of their own


def backing_of(parameters: list[Value]) -> Backing | None:
    """Return the backing of exactly these parameters, in this order, if they have one, for a step of all of them."""
    found = parameters[0].partials if parameters else None
    if not (isinstance(found, Backing) and found.is_held and found.parameters == parameters):
        return None
    found._used = 0
    return found


def find_number(p: Value, name: str) -> float:
    """Return the number that belongs into the empty slot `name` of a parameter."""
    with LOCK:
        if isinstance(p.partials, Backing) and p.partials.is_held:
            return p.partials.read(p, name)
    number: float = object.__getattribute__(p, name)  # it was put back meanwhile, or there is an error to raise
    return number


def _do(*calls: Iterable[Any]) -> None:
    """Make calls in the interpreter's own loop, so that no interrupt or thread finds half of them made."""
    deque(chain(*calls), maxlen=0)

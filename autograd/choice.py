"""Choosing by an index: of a list by a whole number, and of any list by a number that is compiled."""

from __future__ import annotations

from numbers import Integral

from autograd import modes
from autograd.foreign import refuse_foreign
from autograd.ops import total, where
from autograd.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def choose(i: Any, xs: Sequence[Any]) -> Any:
    """Return number `i` of the list `xs`, from 0 on.

    >>> choose(1, [10.0, 20.0, 30.0])
    20.0

    In a compiled function the index is another one for each sample, so a list cannot be indexed by it. There `choose`
    selects among all xs: those that are not chosen do not count, even if they are infinite.
    """
    if isinstance(i, Value):
        return total([where(is_chosen, x, 0.0) for is_chosen, x in zip(one_hot(i, len(xs)), xs)])
    _check_index(i, len(xs))
    return xs[i]


def one_hot(i: Any, count: int) -> list[Any]:
    """Return a list of `count` zeros, but for a one at index `i`.

    >>> one_hot(1, 3)
    [0.0, 1.0, 0.0]
    """
    if isinstance(i, Value):
        if modes.used and modes.is_tracing():
            modes.indices.get().append((i, count))
        return [(i >= k) * (i <= k) for k in range(count)]
    _check_index(i, count)
    return [float(i == k) for k in range(count)]


def _check_index(i: Any, count: int) -> None:
    refuse_foreign(i, Value)
    if not isinstance(i, Integral):
        raise TypeError(f"an index is a whole number, not {type(i).__name__}: {i!r}")
    if not 0 <= int(i) < count:
        raise IndexError(f"the index {i} is none of the {count} numbers 0 to {count - 1}")

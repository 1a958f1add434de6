"""`choose` and `one_hot`: indexing that also works for indices that are arguments of a compiled function."""

from __future__ import annotations

from functools import lru_cache

from autograd.ops import total, where
from autograd.requirement import Requirement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def choose(i: Any, xs: Sequence[Any]) -> Any:
    """Return the element of `xs` at index `i`.

    >>> choose(1, [10.0, 20.0, 30.0])
    20.0

    The index is an integer from 0 to len(xs) - 1; it may be given as a float or a Value. In a compiled function,
    `xs[i]` does not work, because `i` differs from sample to sample. There, `choose` adds up all xs, with 0 in place of
    those that are not chosen, even if they are infinite.
    """
    index = _index_below(len(xs)).check(i)
    if index != index:  # not known yet
        return total([where(is_chosen, x, 0.0) for is_chosen, x in zip(one_hot(i, len(xs)), xs)])
    return xs[int(index)]


def one_hot(i: Any, count: int) -> list[Any]:
    """Return a list of `count` zeros with a one at index `i`.

    >>> one_hot(1, 3)
    [0.0, 1.0, 0.0]
    """
    index = _index_below(count).check(i)
    if index != index:
        return [(i >= k) * (i <= k) for k in range(count)]
    return [float(index == k) for k in range(count)]


@lru_cache(maxsize=64)
def _index_below(count: int) -> Requirement:
    if count < 1:
        raise ValueError("the list to choose from must not be empty")
    return Requirement("index", 0, count - 1, step=1, error=IndexError)

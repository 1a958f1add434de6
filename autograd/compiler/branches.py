"""Trace functions that branch: follow each branch both ways, and choose between the results by `where`.

lambda x: x if x > 0 else 0.1 * x      becomes where(x > 0, x, 0.1 * x)
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from autograd.ops import where

_MAX_BRANCHES = 8  # that one call passes
_MAX_CALLS = 32  # of the function, one for each way through its branches


class NotCodeError(TypeError):
    """A function that can be called, but not be written as an expression."""


class _Way:
    """The decisions at the branches of one call: those that are given, and True at all further ones."""

    def __init__(self, decisions: list[bool]) -> None:
        self._decisions = decisions
        self.conditions: list[Any] = []

    def decide(self, condition: Any) -> bool:
        if len(self.conditions) == _MAX_BRANCHES:
            raise NotCodeError("a function with so many branches cannot be written as code")
        self.conditions.append(condition)
        return len(self.conditions) > len(self._decisions) or self._decisions[len(self.conditions) - 1]


_way: ContextVar[_Way | None] = ContextVar("way", default=None)


def decide(condition: Any) -> bool:
    """Decide a branch on a symbolic condition."""
    way = _way.get()
    if way is None:
        raise NotCodeError("a branch cannot be written as code")
    return way.decide(condition)


def equal(a: Any, b: Any) -> Any:
    """Return the condition that two symbolic numbers are equal."""
    if _way.get() is None:
        raise NotCodeError("a value that asks for equality cannot be written as code")
    return (a <= b) * (a >= b)


def follow(f: Callable[[], Any]) -> Any:
    """Return the result of `f`, a number or a row of numbers, for all ways through its branches."""
    calls = 0

    def follow_from(decisions: list[bool]) -> Any:
        nonlocal calls
        if (calls := calls + 1) > _MAX_CALLS:
            raise NotCodeError("a function with so many branches cannot be written as code")
        way = _Way(decisions)
        token = _way.set(way)
        try:
            result = f()
        finally:
            _way.reset(token)
        for i in reversed(range(len(decisions), len(way.conditions))):
            other = follow_from([*decisions, *[True] * (i - len(decisions)), False])
            result = _chosen(way.conditions[i], result, other)
        return result

    return follow_from([])


def _chosen(condition: Any, a: Any, b: Any) -> Any:
    if isinstance(a, (list, tuple)):
        return [where(condition, x, y) for x, y in zip(a, b, strict=True)]
    return where(condition, a, b)

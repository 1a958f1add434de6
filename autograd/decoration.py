"""Decorate functions, generators and coroutines to run in a mode."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from types import coroutine
from typing import Any

from autograd.modes import Mode


def decorate(mode: Mode, function: Any) -> Any:
    """Decorate `function` to run in `mode`, which is off while the function is suspended.

    >>> from autograd import Value, no_grad
    >>> @no_grad()
    ... def squares(x):
    ...     while True:
    ...         x = x * x
    ...         yield x
    >>> x = Value(3.0)
    >>> [y.op for y, _ in zip(squares(x), range(2))], (x * x).op
    ([None, None], <op mul>)
    """
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(decorate(mode, function.__func__))
    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **named: Any) -> Generator[Any, Any, Any]:
            return (yield from _steps(mode, function(*args, **named)))

        return wraps(function)(generator)
    if inspect.iscoroutinefunction(function):

        async def awaitable(*args: Any, **named: Any) -> Any:
            return await _awaited(mode, function(*args, **named))

        return wraps(function)(awaitable)
    if inspect.isasyncgenfunction(function):
        return _async_generator_function(mode, function)

    @wraps(function)
    def inside(*args: Any, **named: Any) -> Any:
        with mode:
            return function(*args, **named)

    return inside


def _async_generator_function(mode: Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def inside(*args: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **named)
        step = _first_step(inner)
        while True:
            try:
                y = await _awaited(mode, step)
            except StopAsyncIteration:
                return
            try:
                step = inner.asend((yield y))
            except BaseException as error:  # also GeneratorExit, from close()
                step = inner.athrow(error)

    return inside


def _first_step(inner: AsyncGenerator[Any, Any]) -> Any:
    """Start `inner` without the event loop's hooks: the outer generator, which the loop closes, closes `inner`."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return inner.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _steps(mode: Mode, inner: Generator[Any, Any, Any] | Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Run each step of `inner` in the `mode`, and pass on values and exceptions in both directions."""
    resume, given = inner.send, None
    while True:
        try:
            with mode:
                y = resume(given)
        except StopIteration as stop:
            return stop.value
        try:
            resume, given = inner.send, (yield y)
        except BaseException as error:  # also GeneratorExit, from close()
            resume, given = inner.throw, error


_awaited = coroutine(_steps)

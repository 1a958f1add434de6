"""Contexts that change how nodes are made: `no_grad`, `anomalies`, `scope`.

A mode holds in the thread, or the task of asyncio, that enters it. Modes may end in any order: each entry is counted
on its own, and leaving removes that entry and no other. If another thread leaves (a generator that it closes, or that
the garbage collector closes there), the entry ends in all of them.

A generator that yields inside of `with no_grad():` leaves the mode on while it is suspended, as Python does for all
context variables. To switch a mode on for the steps of a generator only, decorate it: `@no_grad()`.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from contextvars import Token
    from types import FrameType
    from typing import Any, TypeVar

    from autograd.operation import Op
    from autograd.value import Value

    F = TypeVar("F", bound=Callable[..., Any])

library_folders: tuple[str, ...] = (os.path.join(os.path.dirname(__file__), ""),)  # `made_at` looks for code outside
_MASKS = {"recording": {"no_grad"}, "rule": {"anomalies"}, "tracing": {"no_grad", "anomalies", "rule", "recording"}}
_home: ContextVar[None] = ContextVar("home")  # its tokens tell in which context a mode was entered
arguments: ContextVar[tuple[Collection[Value], ...]] = ContextVar("arguments", default=())  # of each active derivative
requirements: ContextVar[list[tuple[Any, Any]]] = ContextVar("requirements")  # of the function that is compiled
used = False  # whether any mode was entered yet: until then, making a node need not ask
_exits = 0  # how often a mode was left
_foreign_exits = 0  # how often in another context than the one where it was entered


class _Entry:
    """One entry of a mode, from `__enter__` to `__exit__`."""

    __slots__ = ("exit", "home", "is_open", "mode", "names")

    def __init__(self, mode: str, names: tuple[str, ...]) -> None:
        self.mode, self.names, self.is_open = mode, names, True
        self.exit = 0  # the number of its exit
        self.home: Token[None] = _home.set(None)

    def end(self) -> None:
        """Note the exit. In another context than that of the entry, it ends the entry in every context."""
        global _exits, _foreign_exits  # noqa: PLW0603 - counts by which a context knows that it has to look again
        _exits += 1
        self.exit = _exits
        try:
            _home.reset(self.home)
        except ValueError:
            self.is_open = False
            _foreign_exits += 1


class _State:
    """What holds in a context: its open entries, and what follows from them."""

    __slots__ = ("entries", "foreign_exits", "modes", "path")

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self.foreign_exits = _foreign_exits
        self.entries = tuple(entry for entry in entries if entry.is_open)
        self.path = tuple(name for entry in self.entries for name in entry.names)
        modes: set[str] = set()
        for entry in self.entries:
            modes = modes - _MASKS.get(entry.mode, set()) | {entry.mode}
        self.modes = frozenset(modes)


current: ContextVar[_State | None] = ContextVar("current", default=None)  # None while no mode holds


def _entries() -> tuple[_Entry, ...]:
    state = current.get()
    return state.entries if state else ()


def _update(entered: _Entry | None = None, left: _Entry | None = None) -> None:
    """Change the entries of the current context; again if the garbage collector closed a generator meanwhile."""
    first = last = _exits
    while True:
        entries = [entry for entry in _entries() if entry is not left and entry.exit <= first]
        if entered and entered not in entries:
            entries.append(entered)
        state = _State(entries)
        current.set(state if state.entries else None)
        if last == _exits:
            return
        last = _exits


def in_force() -> frozenset[str]:
    """Return the names of the modes that hold here."""
    state = current.get()
    if state and state.foreign_exits != _foreign_exits:
        _update()
        state = current.get()
    return state.modes if state else frozenset()


def path() -> tuple[str, ...]:
    """Return the names of the scopes that are entered, outermost first."""
    state = current.get()
    return state.path if state else ()


class Mode:
    """A context manager that switches a mode on. It may be entered again, also while it is on, and decorates functions.

    A generator function or an async function runs each of its steps in the mode, which is off between them.
    """

    def __init__(self, mode: str, *names: str) -> None:
        self._mode, self._names = mode, names
        self._open: list[_Entry] = []

    def __enter__(self) -> None:
        global used  # noqa: PLW0603 - it only ever turns true
        used = True
        entry = _Entry(self._mode, self._names)
        self._open.append(entry)
        try:
            _update(entered=entry)
        except KeyboardInterrupt:
            self._leave()
            raise

    def __exit__(self, *exception: object) -> None:
        try:
            self._leave()
        except KeyboardInterrupt:
            self._leave()  # again, as the mode must not stay on
            raise

    def _leave(self) -> None:
        """Remove the entry that was made last here, or one whose removal was interrupted."""
        here = _entries()
        started = [entry for entry in self._open if entry.exit]
        found = [entry for entry in [*started, *reversed(self._open)] if entry in here]
        entry = (found or started[-1:] or self._open[-1:])[0]
        if not entry.exit:
            entry.end()
        _update(left=entry)
        self._open.remove(entry)

    def __call__(self, function: F) -> F:
        """Return `function` so that it runs in the mode."""
        from autograd.decoration import decorate

        return decorate(self, function)  # type: ignore[no-any-return]


def no_grad() -> Mode:
    """Compute without recording: what is made inside has no inputs, so nothing is propagated through it.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())

    `@no_grad()` decorates functions, also generator functions and async functions.
    """
    return Mode("no_grad")


def recording() -> AbstractContextManager[None]:
    """Record even inside `no_grad`."""
    return Mode("recording") if "no_grad" in in_force() else nullcontext()


@contextmanager
def differentiating(leaves: Collection[Value]) -> Iterator[None]:
    """Record a function of `leaves`, even inside `no_grad`; converting what depends on them to floats is an error."""
    token = arguments.set((*arguments.get(), leaves))
    try:
        with recording():
            yield
    finally:
        arguments.reset(token)


def reading_rule() -> Mode:
    """Refuse to turn nodes into floats: a rule that does so loses the derivatives of higher order."""
    return Mode("rule")


def check_float() -> None:
    """Raise a TypeError where a node must not become a float."""
    if "rule" in in_force():
        allowed = "arithmetic and autograd's operations (autograd.exp)"
        raise TypeError(f"a rule may use {allowed}, not functions of floats (math.exp)")
    check_known("use autograd's operations (autograd.exp), not functions of floats (math.exp) or v.data")


@contextmanager
def tracing() -> Iterator[list[tuple[Any, Any]]]:
    """Record a function to compile it: a comparison is a node, and of a node no float and no branch can be had.

    It gives the list of the nodes that have to meet a requirement, each with that.
    """
    token = requirements.set([])
    try:
        with Mode("tracing"):
            yield requirements.get()
    finally:
        requirements.reset(token)


def is_tracing() -> bool:
    """Say whether a function is being recorded to be compiled."""
    return "tracing" in in_force()


def check_known(hint: str) -> None:
    """Raise a TypeError with a `hint` where something depends on a number that is known only when a program runs."""
    if is_tracing():
        raise TypeError(f"a number that is compiled has no value yet: {hint}, at {show_line(*user_line())}")


def scope(name: str) -> Mode:
    """Name a part of a computation: what is computed inside is drawn together, as a box called `name`.

    Scopes nest, and a name that is entered again continues the same part. A node keeps the names as its `scope`. That
    of a parameter can be set, too, as `nn` does: what reads the parameter then belongs there.

    >>> from autograd import Value, scope
    >>> x = Value(3.0)
    >>> with scope("model"), scope("square"):
    ...     y = x * x
    >>> y.scope
    ('model', 'square')

    `@scope("square")` decorates functions, also generator functions and async functions.
    """
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"the name of a scope is a str that is not empty, not {name!r}")
    return Mode("scope", name)


def anomalies() -> Mode:
    """Raise a FloatingPointError at the first operation that turns finite inputs into nan or infinity.

    It watches values, in the forward pass; a slope may still be infinite, as that of sqrt at 0 is.

    >>> from autograd import Value, anomalies, log
    >>> with anomalies():
    ...     log(Value(0.0, label="x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FloatingPointError: log(x = 0.0) is -inf, made at ...

    `@anomalies()` decorates functions, also generator functions and async functions.
    """
    return Mode("anomalies")


def records(op: Op, inputs: Sequence[Any], y: float) -> bool:
    """Say whether the node y = op(inputs) is to be recorded; raise where the anomaly mode says so."""
    state = current.get()
    modes = state.modes if state and state.foreign_exits == _foreign_exits else in_force()  # a call less for each node
    if "anomalies" in modes and not isfinite(y) and all(map(isfinite, inputs)):
        from autograd.graph import describe

        raise FloatingPointError(f"{describe(op, inputs)} is {y}, made at {show_line(*user_line())}")
    if "no_grad" not in modes:
        return True
    if "tracing" in modes:
        check_known("what is computed in no_grad would be a number; compute it outside of the function")
    return False


def is_ours(frame: FrameType) -> bool:
    """Return True if the code of `frame` is in this package, or in another of the `library_folders`."""
    return frame.f_code.co_filename.startswith(library_folders)


def user_line() -> tuple[str, int]:
    """Return file and number of the innermost line of code outside of the `library_folders`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def show_line(file: str, line: int) -> str:
    """Return file, number and text of a line of code, such as train.py:12: loss = log(p)."""
    import linecache

    return f"{file}:{line}: {linecache.getline(file, line).strip()}".removesuffix(": ")

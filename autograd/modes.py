"""Context managers that change how nodes are created: `no_grad`, `anomalies`, `scope`.

A mode is active in the thread or asyncio task that enters it. Modes may be left in any order: each entry counts on its
own, and leaving removes only that entry. If another thread leaves it (by closing a generator, or by collecting it as
garbage), the entry ends in all threads.

A generator that yields inside `with no_grad():` leaves the mode active while it is suspended, as Python does for all
context variables. To activate a mode only while the generator runs, decorate it with `@no_grad()`.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from types import FrameType
    from typing import Any, TypeVar

    from autograd.operation import Op
    from autograd.value import Value

    F = TypeVar("F", bound=Callable[..., Any])

library_folders: tuple[str, ...] = (os.path.join(os.path.dirname(__file__), ""),)  # skipped by `made_at`
_MASKS = {"recording": {"no_grad"}, "rule": {"anomalies"}}
_home: ContextVar[None] = ContextVar("home")  # its tokens identify the context in which a mode was entered
# The leaves of each active derivative.
arguments: ContextVar[tuple[Collection[Value], ...]] = ContextVar("arguments", default=())
used = False  # True once a mode was entered: until then, creating a node skips all checks
_exits = 0  # number of exits from a mode
_foreign_exits = 0  # number of exits in a context other than that of the entry


class _Entry:
    """One entry of a mode, from `__enter__` to `__exit__`."""

    __slots__ = ("exit", "home", "is_open", "mode", "names")

    def __init__(self, mode: str, names: tuple[str, ...]) -> None:
        self.mode, self.names, self.is_open = mode, names, True
        self.exit = 0  # the serial number of its exit
        self.home: Token[None] = _home.set(None)

    def end(self) -> None:
        """Record the exit. An exit in another context than that of the entry ends the entry in all contexts."""
        global _exits, _foreign_exits  # noqa: PLW0603 - the counters tell other contexts to update
        _exits += 1
        self.exit = _exits
        try:
            _home.reset(self.home)
        except ValueError:
            self.is_open = False
            _foreign_exits += 1


class _State:
    """The state of a context: its open entries, and the modes and scopes that follow from them."""

    __slots__ = ("entries", "foreign_exits", "modes", "path")

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self.foreign_exits = _foreign_exits
        self.entries = tuple(entry for entry in entries if entry.is_open)
        self.path = tuple(name for entry in self.entries for name in entry.names)
        modes: set[str] = set()
        for entry in self.entries:
            modes = modes - _MASKS.get(entry.mode, set()) | {entry.mode}
        self.modes = frozenset(modes)


current: ContextVar[_State | None] = ContextVar("current", default=None)  # None while no mode is active


def _entries() -> tuple[_Entry, ...]:
    state = current.get()
    return state.entries if state else ()


def _update(entered: _Entry | None = None, left: _Entry | None = None) -> None:
    """Change the entries of the current context. Repeat if the garbage collector closed a generator meanwhile."""
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
    """Return the names of the active modes."""
    state = current.get()
    if state and state.foreign_exits != _foreign_exits:
        _update()
        state = current.get()
    return state.modes if state else frozenset()


def path() -> tuple[str, ...]:
    """Return the names of the active scopes, outermost first."""
    state = current.get()
    return state.path if state else ()


class Mode:
    """A context manager and decorator that activates a mode. It is reusable and reentrant.

    A decorated generator function or async function runs in the mode; while it is suspended, the mode is off.
    """

    def __init__(self, mode: str, *names: str) -> None:
        self._mode, self._names = mode, names
        self._open: list[_Entry] = []

    def __enter__(self) -> None:
        global used  # noqa: PLW0603 - it is only ever set to True
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
            self._leave()  # once more, because the mode must not stay active
            raise

    def _leave(self) -> None:
        """Remove the last entry of this context, or one whose removal was interrupted."""
        here = _entries()
        started = [entry for entry in self._open if entry.exit]
        found = [entry for entry in [*started, *reversed(self._open)] if entry in here]
        entry = (found or started[-1:] or self._open[-1:])[0]
        if not entry.exit:
            entry.end()
        _update(left=entry)
        self._open.remove(entry)

    def __call__(self, function: F) -> F:
        """Decorate `function` to run in the mode."""
        from autograd.decoration import decorate

        return decorate(self, function)  # type: ignore[no-any-return]


def no_grad() -> Mode:
    """Compute without recording a graph: nodes created inside have no inputs, so no gradient flows through them.

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
    """Record a graph even inside `no_grad`."""
    return Mode("recording") if "no_grad" in in_force() else nullcontext()


@contextmanager
def differentiating(leaves: Collection[Value]) -> Iterator[None]:
    """Record a function of `leaves`, even inside `no_grad`. Converting a node that depends on them to a float fails."""
    token = arguments.set((*arguments.get(), leaves))
    try:
        with recording():
            yield
    finally:
        arguments.reset(token)


def reading_rule() -> Mode:
    """Forbid the conversion of nodes to floats in a rule, because it would lose derivatives of higher order."""
    return Mode("rule")


def check_float() -> None:
    """Raise a TypeError if an active mode forbids the conversion of nodes to floats."""
    if "rule" in in_force():
        allowed = "arithmetic and autograd's operations (autograd.exp)"
        raise TypeError(f"a rule may use {allowed}, not functions of floats (math.exp)")


def scope(name: str) -> Mode:
    """Name a part of a computation. Drawings put the nodes created inside in a box with this name.

    Scopes nest. Entering a name again continues the same part. Each node stores the names in its attribute `scope`.
    Setting the scope of a parameter, as `nn` does, also moves the nodes that use the parameter to that scope.

    >>> from autograd import Value, scope
    >>> x = Value(3.0)
    >>> with scope("model"), scope("square"):
    ...     y = x * x
    >>> y.scope
    ('model', 'square')

    `@scope("square")` decorates functions, also generator functions and async functions.
    """
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"the name of a scope must be a str that is not blank, got {name!r}")
    return Mode("scope", name)


def anomalies() -> Mode:
    """Raise a FloatingPointError at the first operation that turns finite inputs into nan or infinity.

    Only values in the forward pass are checked. A derivative may still be infinite, as that of sqrt at 0.

    >>> from autograd import Value, anomalies, log
    >>> with anomalies():
    ...     log(Value(0.0, label="x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FloatingPointError: log(x = 0.0) is -inf, made at ...

    `@anomalies()` decorates functions, also generator functions and async functions.
    """
    return Mode("anomalies")


def records(op: Op, inputs: Sequence[Any], y: float) -> bool:
    """Return True if y = op(inputs) is to be recorded. In the mode `anomalies`, raise an error if y is an anomaly."""
    state = current.get()
    modes = state.modes if state and state.foreign_exits == _foreign_exits else in_force()  # saves a call for each node
    if "anomalies" in modes and not isfinite(y) and all(map(isfinite, inputs)):
        from autograd.graph import describe

        raise FloatingPointError(f"{describe(op, inputs)} is {y}, made at {show_line(*user_line())}")
    return "no_grad" not in modes


def is_ours(frame: FrameType) -> bool:
    """Return True if the code of `frame` is in this package, or in another of the `library_folders`."""
    return frame.f_code.co_filename.startswith(library_folders)


def user_line() -> tuple[str, int]:
    """Return the file and the number of the innermost line of code outside of the `library_folders`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def show_line(file: str, line: int) -> str:
    """Format a line of code with its file and number, such as train.py:12: loss = log(p)."""
    import linecache

    return f"{file}:{line}: {linecache.getline(file, line).strip()}".removesuffix(": ")

"""Contexts that change how nodes are made: `no_grad` and `anomalies`. Each holds for the thread that entered it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from autograd.ops import Op

_modes: ContextVar[frozenset[str]] = ContextVar("modes", default=frozenset())
_lock = Lock()
entered = 0  # contexts open now in any thread: while it is 0, making a node need not ask for its own thread's modes


@contextmanager
def _switch(modes: frozenset[str]) -> Iterator[None]:
    global entered  # noqa: PLW0603 - a count, guarded by the lock
    token = _modes.set(modes)
    with _lock:
        entered += 1
    try:
        yield
    finally:
        _modes.reset(token)
        with _lock:
            entered -= 1


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: what is made inside has no inputs, so nothing is propagated through it.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())
    """
    with _switch(_modes.get() | {"no_grad"}):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Record in spite of a `no_grad` outside: derivatives of functions are taken so."""
    with _switch(_modes.get() - {"no_grad"}):
        yield


@contextmanager
def anomalies() -> Iterator[None]:
    """Raise a FloatingPointError at the first operation that turns finite inputs into nan or infinity.

    >>> from autograd import Value, anomalies, log
    >>> with anomalies():
    ...     log(Value(0.0, label="x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FloatingPointError: log(x = 0.0) is -inf, made at ...
    """
    with _switch(_modes.get() | {"anomalies"}):
        yield


def records(op: Op | None, inputs: Sequence[Any], y: float) -> bool:
    """Say whether the node y = op(inputs) is to be recorded; raise where the anomaly mode says so."""
    modes = _modes.get()
    if op and "anomalies" in modes and not isfinite(y) and all(map(isfinite, inputs)):
        raise FloatingPointError(f"{describe(op, inputs)} is {y}, made at {_user_line()}")
    return "no_grad" not in modes


def describe(op: Op, inputs: Sequence[Any]) -> str:
    """Write `op` on `inputs` in one line, such as log(x = 0.0)."""
    shown = [_describe_input(x) for x in inputs[:4]] + ["..."] * (len(inputs) > 4)
    return f"{op.name}({', '.join(shown)})"


def _describe_input(x: Any) -> str:
    label = getattr(x, "label", "")
    return f"{label} = {float(x)}" if label else str(float(x))


def _user_line() -> str:
    """Return file, line number and text of the innermost line of code that is not in this package or in `nn`."""
    import linecache

    ours = os.path.dirname(__file__)
    packages = (ours, os.path.join(os.path.dirname(ours), "nn"))
    frame = sys._getframe(1)
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename).startswith(packages):
        frame = frame.f_back
    file, line = frame.f_code.co_filename, frame.f_lineno
    return f"{file}:{line}: {linecache.getline(file, line).strip()}".removesuffix(": ")

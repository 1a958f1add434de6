"""Contexts that change how nodes are made: `no_grad`, `anomalies`, `scope`. Each holds for its own thread only."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite

from autograd.terminal import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from autograd.operation import Op

current: ContextVar[frozenset[str]] = ContextVar("current", default=frozenset())
_folder = os.path.dirname(__file__)
_packages = (os.path.join(_folder, ""), os.path.join(os.path.dirname(_folder), "nn", ""))
path: ContextVar[tuple[str, ...]] = ContextVar("path", default=())  # the scopes that are entered, outermost first
indices: ContextVar[list[tuple[Any, int]]] = ContextVar("indices")
used = False  # whether any mode was entered yet: until then, making a node need not ask


@contextmanager
def _switch(modes: frozenset[str]) -> Iterator[None]:
    global used  # noqa: PLW0603 - it only ever turns true
    used = True
    token = current.set(modes)
    try:
        yield
    finally:
        current.reset(token)


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
    with _switch(current.get() | {"no_grad"}):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Record even inside `no_grad`; `grad` and its kin call their function this way."""
    if "no_grad" not in current.get():
        yield
        return
    with _switch(current.get() - {"no_grad"}):
        yield


@contextmanager
def reading_rule() -> Iterator[None]:
    """Refuse to turn nodes into floats: a rule that does so loses the derivatives of higher order."""
    with _switch(current.get() - {"anomalies"} | {"rule"}):
        yield


def check_float() -> None:
    """Raise a TypeError where a node must not become a float."""
    if "rule" in current.get():
        allowed = "arithmetic and autograd's operations (autograd.exp)"
        raise TypeError(f"a rule may use {allowed}, not functions of floats (math.exp)")
    check_known("use autograd's operations (autograd.exp), not functions of floats (math.exp) or v.data")


@contextmanager
def tracing() -> Iterator[list[tuple[Any, int]]]:
    """Record a function to compile it: a comparison is a node, and of a node no float and no branch can be had.

    The list that it gives has each node that was used as an index, with how many there are to choose from.
    """
    token = indices.set([])
    try:
        with _switch(frozenset({"tracing"})):
            yield indices.get()
    finally:
        indices.reset(token)


def is_tracing() -> bool:
    """Say whether a function is being recorded to be compiled."""
    return "tracing" in current.get()


def check_known(hint: str) -> None:
    """Raise a TypeError with a `hint` where something depends on a number that is known only when a program runs."""
    if is_tracing():
        raise TypeError(f"a number that is compiled has no value yet: {hint}, at {show_line(*user_line())}")


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name a part of a computation: what is computed inside is drawn together, as a box called `name`.

    Scopes nest, and a name that is entered again continues the same part. A node keeps the names as its `scope`. That
    of a parameter can be set, too, as `nn` does: what reads the parameter then belongs there.

    >>> from autograd import Value, scope
    >>> x = Value(3.0)
    >>> with scope("model"), scope("square"):
    ...     y = x * x
    >>> y.scope
    ('model', 'square')
    """
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"the name of a scope is a str that is not empty, not {name!r}")
    token = path.set((*path.get(), name))
    try:
        with _switch(current.get() | {"scope"}):
            yield
    finally:
        path.reset(token)


def common_scope(scopes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names that all `scopes` start with.

    >>> common_scope([("net", "layer 0"), ("net", "layer 1", "neuron 3")])
    ('net',)
    """
    return tuple(os.path.commonprefix(list(scopes)))  # noqa: RUF071 - of tuples of names, not of paths


@contextmanager
def anomalies() -> Iterator[None]:
    """Raise a FloatingPointError at the first operation that turns finite inputs into nan or infinity.

    It watches values, in the forward pass; a slope may still be infinite, as that of sqrt at 0 is.

    >>> from autograd import Value, anomalies, log
    >>> with anomalies():
    ...     log(Value(0.0, label="x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FloatingPointError: log(x = 0.0) is -inf, made at ...
    """
    with _switch(current.get() | {"anomalies"}):
        yield


def records(op: Op, inputs: Sequence[Any], y: float) -> bool:
    """Say whether the node y = op(inputs) is to be recorded; raise where the anomaly mode says so."""
    modes = current.get()
    if "anomalies" in modes and not isfinite(y) and all(map(isfinite, inputs)):
        raise FloatingPointError(f"{describe(op, inputs)} is {y}, made at {show_line(*user_line())}")
    if "no_grad" in modes:
        check_known("what is computed in no_grad would be a number; compute it outside of the function")
    return "no_grad" not in modes


def describe(op: Op, inputs: Sequence[Any]) -> str:
    """Write `op` on `inputs` in one line, such as log(x = 0.0)."""
    shown = [_describe_input(x) for x in inputs[:4]] + ["..."] * (len(inputs) > 4)
    return f"{op.name}({', '.join(shown)})"


def _describe_input(x: Any) -> str:
    label = one_line(str(getattr(x, "label", "") or ""))
    return f"{label} = {float(x)}" if label else str(float(x))


def user_line() -> tuple[str, int]:
    """Return file and number of the innermost line of code that is not in this package or in `nn`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_packages):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def show_line(file: str, line: int) -> str:
    """Return file, number and text of a line of code, such as train.py:12: loss = log(p)."""
    import linecache

    return f"{file}:{line}: {linecache.getline(file, line).strip()}".removesuffix(": ")

"""Report conversions of nodes to floats that lose a gradient, with the expression that converts.

`math.sin(v)` and `float(v)` both call `v.__float__()`. The first loses the gradient by mistake, the second on purpose.
The calling frame tells which function was called.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar

from autograd import modes
from autograd.backpropagation import topological

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from types import CodeType, FrameType

    from autograd.calls import Call
    from autograd.value import Value

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)

# Names of functions that lose no gradient, or lose it on purpose.
_EXPLICIT = {"float", "int", "__float__"}
_FLAT = {"round", "__round__", "floor", "ceil", "trunc", "bool", "arange"}  # functions whose derivative is 0 everywhere
_TESTS = {"isnan", "isfinite", "isinf", "isclose", "allclose", "approx"}
_OUTPUT = {"print", "format", "str", "repr", "dump", "dumps"}
_ORDER = {"sorted", "sort", "min", "max", "nlargest", "nsmallest", "filter", "filterfalse", "takewhile", "dropwhile"}
_HARMLESS = _EXPLICIT | _FLAT | _TESTS | _OUTPUT | _ORDER
_PLOTTING = {"matplotlib", "mpl_toolkits", "seaborn"}
_LIBRARIES = _PLOTTING | {"numpy", "scipy", "pandas"} | sys.stdlib_module_names

_ARRAYS = {"array", "asarray", "full", "fill", "fromiter", "astype", "put", "append"}
_INSTEAD = {
    "fabs": "abs(v)",
    "pow": "v ** n",
    "sinc": "autograd.sinc(math.pi * v)",  # NumPy's is sin(πx) / (πx)
    "fsum": "autograd.total",
    "sum": "autograd.total",
    "fmean": "autograd.mean",
    "average": "autograd.mean",
}

MAX_CALLS = 10_000  # the cache is cleared when it reaches this size
_calls: dict[tuple[int, int], Call] = {}
_warned: set[tuple[str, int, CodeType | None]] = set()
_filters: object = None


@contextmanager
def quiet() -> Iterator[None]:
    """Convert nodes to floats without warnings, for checks that report a lost gradient themselves."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def check(node: Value) -> None:
    """Report the current conversion of `node` to a float if it loses a gradient.

    Raise a TypeError if `node` depends on the arguments of an active `grad`; otherwise issue a RuntimeWarning.
    """
    frame = sys._getframe(2)
    call = _call_at(frame)
    if call.is_settled:  # keeps float(v) fast
        return
    library, names = _library_of(frame), call.names(frame)
    is_users = not library or library == "autograd"
    if call.is_neutral or _are(names, _HARMLESS if is_users else _TESTS):
        call.is_settled = call.is_neutral or (is_users and call.is_built_in("float", frame))
        return
    user = _user_of(frame)
    if user is None or "no_grad" in modes.in_force():
        return
    if user is not frame:
        call = _call_at(user)
        outer = call.names(user)
        if call.is_neutral or _are(outer, _HARMLESS) or "".join(outer).startswith("assert"):
            return
        if library != "autograd":  # functions of this package only pass on functions of users: grad(math.sin)(1.0)
            names = [*filter(None, outer), *names]
    _report(node, call, user, names[0] if names else "")


def _are(names: Collection[str], allowed: Collection[str]) -> bool:
    return bool(names) and all(name in allowed for name in names)


def explanation(nodes: Iterable[Value]) -> str:
    """Describe the conversion to a float that lost a gradient of one of the `nodes`, or return ""."""
    return next(filter(None, (getattr(node, "_lost", "") for node in nodes)), "")


def _call_at(frame: FrameType) -> Call:
    key = id(frame.f_code), frame.f_lasti
    call = _calls.get(key)
    if call is None or call.code is not frame.f_code:
        from autograd.calls import Call

        if len(_calls) >= MAX_CALLS:
            _calls.clear()
        call = _calls[key] = Call(frame)
    return call


def _library_of(frame: FrameType) -> str:
    """Return the name of the library that contains the code of `frame`, or "" for code of users."""
    if modes.is_ours(frame):
        return "autograd"
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package if package in _LIBRARIES else ""


def _user_of(frame: FrameType) -> FrameType | None:
    """Return the nearest frame outside of libraries, or the outermost frame. Return None inside a plotting library."""
    while library := _library_of(frame):
        if library in _PLOTTING:
            return None
        if frame.f_back is None:
            break
        frame = frame.f_back
    return frame


def _report(node: Value, call: Call, frame: FrameType, function: str) -> None:
    arguments = modes.arguments.get()
    if arguments and any(x in leaves for x in topological([node]) for leaves in arguments):
        raise TypeError(f"{call.conversion}, which would lose its gradient: {_advice(call, function)}, at {call.line}")
    lost = f"{call.conversion}, so no gradient flows through it"
    if not _mark(node, f"{lost}, at {call.line}") or _quiet.get():
        return
    file, line = frame.f_code.co_filename, frame.f_lineno
    place = (file, line, frame.f_code if file.startswith("<") else None)  # in a shell, each input is line 1 of <stdin>
    if place not in _places_warned_of():
        import warnings

        message = f"{lost}: {_advice(call, function)}"
        warnings.warn_explicit(message, RuntimeWarning, file, line, str(frame.f_globals.get("__name__")))
        _warned.add(place)


def _advice(call: Call, function: str) -> str:
    return f"use {_differentiable(call, function)}, or float(v) if you want the number alone"


def _differentiable(call: Call, name: str) -> str:
    """Return a replacement for the function called `name` that keeps the gradient."""
    from autograd.ops import TABLE

    if call.is_assignment or name in _ARRAYS:
        return "a list or an array with dtype=object"
    if name in _INSTEAD:
        return _INSTEAD[name]
    names = (f"autograd.{op.name}" for op in TABLE.values() if name in (op.name, *op.aliases))
    return next(names, "autograd's operations, such as autograd.exp, or declare one with autograd.op")


def _mark(node: Value, lost: str) -> bool:
    """Store the message `lost` at `node` and its ancestors, unless they are constants; return True if it was stored."""
    from autograd.operators import CONSTANT

    before, stack, has_gradient = {node}, [node], False
    while stack:
        x = stack.pop()
        if x.op is None or explanation([x]):  # a leaf, or a node that was marked before
            has_gradient |= x.partials is not CONSTANT
            continue
        new = [y for y in x._prev if y not in before]
        before.update(new)
        stack += new
    if has_gradient:
        for x in before:
            x._lost = explanation([x]) or lost
    return has_gradient


def _places_warned_of() -> set[tuple[str, int, CodeType | None]]:
    """Return the lines already warned about. They are forgotten if warning filters are replaced, as between tests."""
    import warnings

    global _filters  # noqa: PLW0603
    if warnings.filters is not _filters:
        _filters = warnings.filters
        _warned.clear()
    return _warned

"""The recorder of a function that is being compiled: until the function returns, no number in it has a value.

`compile` calls a function on symbols (see `autograd.compiler.symbols`). Nodes that the function uses, such as its
parameters, have another value at each call, so their numbers cannot be read while it is recorded.
"""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from weakref import ref

from autograd.modes import show_line, user_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol, TypeVar

    from autograd.operation import Op
    from autograd.requirement import Requirement

    T = TypeVar("T")

    class Recorder(Protocol):
        """What the package asks of a recorder."""

        def record(self, op: Op, inputs: Sequence[Any]) -> Any:
            """Return a symbol for the operation on `inputs`, even if all of them are nodes or numbers."""

        def leaf(self, x: Any) -> Any:
            """Return a new symbol for the operand or number `x`, to differentiate with respect to it."""

        def require(self, x: Any, requirement: Requirement) -> None:
            """Check at each call that the number of the operand `x` meets the requirement."""


# Hints for what to do where a number is needed.
DATA = "compute with the node itself instead of its data"
FLOAT = "use autograd's operations (autograd.exp), not functions of floats (math.exp) or v.data"
BRANCH = "instead of a branch, use where(condition, a, b), maximum(a, b) or minimum(a, b)"
NO_GRAD = "move the computation in no_grad out of the function"
GRADIENT = "use grad in the function, or value_and_grad of the compiled function"

active: ContextVar[Recorder | None] = ContextVar("active", default=None)
# The active recorders of all threads. While there are none, reading a number skips all checks. Two alternatives are
# slower: replacing methods of `Value` meanwhile (from Python 3.13 on, a class that has changed 1,000 times is no longer
# cached: attributes of nodes then take 2.5 times as long), and replacing their code (later reads of `v.data` take twice
# as long).
recorders: set[ref[Recorder]] = set()


def run(recorder: Recorder | None, function: Callable[[], T]) -> T:
    """Call `function` in a context of its own, in which `recorder` is active, or none."""

    def call() -> T:
        active.set(recorder)
        return function()

    return copy_context().run(call)


def record(recorder: Recorder, function: Callable[[], T]) -> T:
    """Call `function` in a context of its own, in which `recorder` is active and nodes do not tell their numbers."""
    reference = ref(recorder, recorders.discard)  # which goes with the recorder, even if an interrupt skips the end
    recorders.add(reference)
    try:
        return run(recorder, function)
    finally:
        recorders.discard(reference)


def check_known(hint: str) -> None:
    """Raise a TypeError with a `hint` while a function is recorded in this context."""
    if active.get():
        raise unknown(hint)


def unknown(hint: str) -> TypeError:
    """Return the error for reading a number that has no value yet, with a `hint` and the line of the user."""
    return TypeError(f"a number in a recorded function has no value yet: {hint}, at {show_line(*user_line())}")

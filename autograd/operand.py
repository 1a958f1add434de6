"""`Operand`: the base class of everything that operations apply to, apart from plain numbers."""

from __future__ import annotations

from numbers import Real

from autograd.foreign import refuse_reload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from autograd.operation import Op
    from autograd.value import Value

if "Operand" in globals():
    refuse_reload(__name__)


class Operand:
    """Base class of what operations apply to: nodes of a graph, names, numbers of another precision.

    A subclass defines in `_apply` how to apply an operation to it. It inherits the operators.
    """

    __slots__ = ()

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        raise NotImplementedError


def unary_method(op: Op) -> Callable[..., Any]:
    """Return the method for an operation of one input."""

    def method(self: Operand) -> Any:
        return self._apply(op, (self,))

    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


def infix_methods(op: Op) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods for operand + x and x + operand."""
    inputs = float, Operand, Real  # floats first, because Real is slow to ask

    def forward(a: Operand, b: Any) -> Any:
        return a._apply(op, (a, b)) if isinstance(b, inputs) else NotImplemented

    def reflected(b: Operand, a: Any) -> Any:
        return b._apply(op, (a, b)) if isinstance(a, inputs) else NotImplemented

    return forward, reflected


def binary_method(op: Op) -> Callable[..., Any]:
    """Return the method for an operation of two inputs, the first of which is the operand."""

    def method(self: Operand, other: Any) -> Value:  # as users see it, whose operands are nodes
        return op(self, other)  # type: ignore[no-any-return]

    # The parameter is named as in the rule, for keyword arguments and signatures.
    method.__code__ = method.__code__.replace(co_varnames=("self", op.parameters[1]))
    method.__defaults__ = op.defaults or None
    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


class Number(Operand):
    """Base class of operands that hold a number as their `data`. Comparisons compare the numbers."""

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data

    def __lt__(self, other: Any) -> bool:
        return bool(self.data < _data(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.data <= _data(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.data > _data(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.data >= _data(other))

    def __bool__(self) -> bool:
        return bool(self.data != 0)


def _data(x: Any) -> Any:
    return x.data if isinstance(x, Number) else x


class IEEE(Number):
    """A float with IEEE semantics: yields inf or nan instead of raising. Rules run on it where plain floats raise."""

    __slots__ = ()

    def __float__(self) -> float:
        return self.data  # type: ignore[no-any-return]

    def _apply(self, op: Op, inputs: Sequence[Any]) -> IEEE:
        return IEEE(op.evaluate([float(x) for x in inputs]))


class _Nothing(float):
    """The partial derivative of an option that was not chosen: a 0 that stays 0 when multiplied by infinity or nan."""

    __slots__ = ()

    def __mul__(self, other: Any) -> _Nothing:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    __rmul__, __radd__ = __mul__, __add__

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()

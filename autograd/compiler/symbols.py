"""Symbols: record a function by calling it on names for numbers instead of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count
from numbers import Real
from typing import Any, NoReturn

from autograd import modes, recorder
from autograd.operand import Operand
from autograd.operation import Op, as_float
from autograd.operators import number_of
from autograd.requirement import Requirement
from autograd.value import Value

alias = Op("alias", lambda x: x, lambda x, y: [1.0], doc="x under another name, to differentiate with respect to it.")
_serials = count()


class Symbol(Operand):
    """A number of a function that is compiled: an argument, a leaf, or an operation on `inputs`.

    Operations on a symbol give a symbol, comparisons included. What needs its number is refused, because it has another
    one at each call. The inputs are symbols, nodes and floats. Symbols are numbered by `serial` in the order of their
    creation. A leaf without a `source` is an argument; the number of another leaf is that of its `source`.
    """

    __slots__ = ("__dict__", "__weakref__", "inputs", "label", "op", "scope", "serial", "source")

    label: str
    scope: tuple[str, ...]
    partials: tuple[float, ...] = (math.nan,)  # not known, so that a sweep never leaves them out as finite ones
    _is_constant: bool = False

    def __init__(self, op: Op | None = None, inputs: tuple[Any, ...] = (), source: Value | None = None) -> None:
        self.op = op  # faster than one assignment of tuples
        self.inputs = inputs
        self.source = source
        self.serial = next(_serials)
        self.label, self.scope = ("", ()) if source is None else (source.label, source.scope)

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Symbol:
        if modes.current.get() and "no_grad" in modes.in_force():
            raise recorder.unknown(recorder.NO_GRAD)
        return Symbol(op, tuple([x if x.__class__ in _INPUTS else as_float(x, op) for x in inputs]))

    def __float__(self) -> float:
        raise recorder.unknown(recorder.FLOAT)

    def __bool__(self) -> bool:
        raise recorder.unknown(recorder.BRANCH)

    @property
    def data(self) -> float:
        """Refuse to return the number."""
        raise recorder.unknown(recorder.DATA)

    @property
    def grad(self) -> float:
        """Refuse to return a derivative."""
        raise recorder.unknown(recorder.GRADIENT)

    def backward(self, seed: float = 1.0) -> NoReturn:
        """Refuse to propagate back."""
        raise recorder.unknown(recorder.GRADIENT)

    @property
    def number(self) -> float:
        """The number of the source, at this moment."""
        return number_of(self.source)  # type: ignore[arg-type]  # arguments have none, and are not asked

    # As for a Value: functions of whole numbers and formats ask for the number, and are refused by that.

    __int__, __trunc__, __floor__, __ceil__ = Value.__int__, Value.__trunc__, Value.__floor__, Value.__ceil__
    __round__, __format__ = Value.__round__, Value.__format__
    __floordiv__ = __rfloordiv__ = Value.__floordiv__
    __divmod__ = __rdivmod__ = Value.__divmod__
    real, imag, conjugate = Value.real, Value.imag, Value.conjugate

    def __copy__(self) -> Symbol:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Symbol:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the inputs: programs have been written, and look up nothing but their symbols' places."""
        return Symbol, (self.op, (), self.source), self.__dict__ or None

    def __repr__(self) -> str:
        return f"Symbol(op={self.op.name})" if self.op else "Symbol()"


_INPUTS = {Symbol, Value, float}
Real.register(Symbol)


class Recorder:
    """Records operations as symbols, and the `requirements` of a function, pairs of an operand and what it must be."""

    def __init__(self) -> None:
        self.requirements: list[tuple[Symbol | Value, Requirement]] = []

    def record(self, op: Op, inputs: Sequence[Any]) -> Symbol:
        """Return a symbol for the operation on `inputs`."""
        return Symbol()._apply(op, inputs)

    def leaf(self, x: Symbol | Value | float) -> Symbol:
        """Return a new symbol for the operand or number `x`."""
        return self.record(alias, (x,)) if isinstance(x, Operand) else Symbol(source=Value(x))

    def require(self, x: Symbol | Value, requirement: Requirement) -> None:
        """Note that the number of `x` must meet the requirement."""
        self.requirements.append((x, requirement))


def record(f: Callable[..., Any], *args: Any) -> tuple[Any, list[tuple[Symbol | Value, Requirement]]]:
    """Return what f gives for symbols in `args`, and its requirements. Modes of the caller do not apply to f."""
    new = Recorder()

    def call() -> Any:
        modes.current.set(None)
        return f(*args)

    return recorder.record(new, call), new.requirements

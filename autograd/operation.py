"""`Op`, what an operation is, and `Operand`, whatever operations apply to.

An operation is declared by its value on floats and by its *rule*: from the inputs and the output `y`, the rule gives
the row of partial derivatives of `y`, one for each input. Rules are ordinary arithmetic in other operations, so one
rule has many readings. Given floats it yields floats, which is what backpropagation multiplies; given nodes it yields
a graph, which can be differentiated again; given names it yields text. Whatever can be read so is an `Operand`. A
comparison in a rule counts as 1 where it holds and as 0 elsewhere.
"""

from __future__ import annotations

import sys
from numbers import Real

from autograd.foreign import refuse_foreign, refuse_reload
from autograd.terminal import printable, printed, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

if "Operand" in globals():
    refuse_reload(__name__)


@printed
class Op:
    """Declare the operation `name` by its `value` on floats and the `rule` for its row of partial derivatives.

    The rule takes the inputs and the output. It may use arithmetic and any operation of this package, but neither
    another function nor `==`, which compares nodes by identity: then derivatives of every order follow from it.

    >>> from autograd import Value, op
    >>> cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x])
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    >>> cube(3)
    27.0

    `infix` is the symbol between two inputs. `limit` gives the IEEE result where `value` raises an ArithmeticError or
    a ValueError (without it the error is passed on). A `variadic` operation is called with one list of inputs, and its
    `value` and `rule` get that list. `domain` has an interval for each input, from which tests may sample. `kinks` are
    points where the derivative does not exist, with the row that the rule gives there by convention. `aliases` are
    further names of the method. `notation` tells how it is written where not by its infix or its name: as a function
    of another name ("max"), in a form of its own ("√"), or as an expression in other operations. `shown` is the rule as
    textbooks write it, where the form that keeps its digits is another one. An operation `chooses` if a partial
    derivative of 0 means that this input was not chosen: then nothing is sent back to it, not even 0 times infinity.
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        rule: Callable[..., Sequence[Any]],
        *,
        infix: str = "",
        limit: Callable[..., float] | None = None,
        variadic: bool = False,
        chooses: bool = False,
        shown: Callable[..., Sequence[Any]] | None = None,
        domain: Sequence[tuple[float, float]] = (),
        kinks: Mapping[tuple[float, ...], Sequence[float]] | None = None,
        aliases: Sequence[str] = (),
        notation: str | Callable[..., Any] = "",
        doc: str = "",
    ) -> None:
        if not (isinstance(name, str) and callable(value) and callable(rule)):
            raise TypeError("op() takes a name, a function for the value and a function for the partial derivatives")
        name, infix = printable(name), printable(infix)
        if not name.strip():
            raise ValueError("the name of an operation must have printable characters, because formulas show it")
        self.name, self.value, self.rule = name, value, rule
        self.infix, self.limit, self.variadic, self.chooses, self.shown = infix, limit, variadic, chooses, shown
        self.domain, self.kinks, self.aliases = domain, kinks or {}, aliases
        self.notation = notation or infix
        self.arity = None if variadic else _count_inputs(name, rule)
        self._count = self.arity or 1  # of arguments in a call
        self.__name__, self.__doc__ = name, doc
        self.__module__ = sys._getframe(1).f_globals.get("__name__", "__main__")  # where pickle finds it
        self.is_ours = self.__module__ == "autograd.ops"

    def __call__(self, *inputs: Any) -> Any:
        """Apply the operation: to plain numbers for a float, to nodes (and numbers) for a new node."""
        if len(inputs) != self._count:
            takes = "one list of inputs" if self.variadic else "1 input" if self.arity == 1 else f"{self.arity} inputs"
            raise TypeError(f"{self.name}() takes {takes}, not {len(inputs)} arguments")
        return self.apply(tuple(inputs[0]) if self.variadic else inputs)

    def apply(self, inputs: tuple[Any, ...]) -> Any:
        """Return the float or the node that the operation makes of its flat `inputs`."""
        are_floats = True
        for x in inputs:
            if x.__class__ is not float:
                if isinstance(x, Operand):
                    return x._apply(self, inputs)
                are_floats = False
        return self.evaluate(inputs if are_floats else [as_float(x, self) for x in inputs])

    def evaluate(self, inputs: Sequence[float]) -> float:
        """Return the value at float `inputs`, with the IEEE result where Python's own arithmetic raises."""
        try:
            y = self.value(inputs) if self.variadic else self.value(*inputs)
        except (ArithmeticError, ValueError):
            if self.limit is None:
                raise
            y = self.limit(*inputs)
        return y if y.__class__ is float else as_float(y, f"the value of {self}")

    def linearize(self, inputs: Sequence[float]) -> tuple[float, Sequence[float]]:
        """Return the value at float `inputs` and the row of partial derivatives there, as IEEE arithmetic has them."""
        y = self.evaluate(inputs)
        row = [float(d) for d in self.partials([_IEEE(x) for x in inputs], _IEEE(y))]
        return y, self.chosen(row) if self.chooses else row

    def partials(self, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
        """Return the row of partial derivatives by the `inputs`, whatever these and the output `y` are."""
        return self.rule(inputs, y) if self.variadic else self.rule(*inputs, y)

    def shown_partials(self, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
        """Return the row of partial derivatives as it is written, for `inputs` and an output `y` that are names."""
        rule = self.shown or self.rule
        return rule(inputs, y) if self.variadic else rule(*inputs, y)

    def chosen(self, row: Sequence[float]) -> Sequence[float]:
        """Return the `row` of an operation that chooses, with NOTHING for each input that was not chosen."""
        return [d or NOTHING for d in row]

    def check(self, y: Any, row: Sequence[Any], count: int) -> tuple[float, list[float]]:
        """Return value `y` and `row` as floats, or say what is wrong with what was declared for `count` inputs."""
        if not hasattr(row, "__len__"):
            raise TypeError(f"the rule of {self} gives a list of partial derivatives, not {type(row).__name__}")
        if len(row) != count:
            raise ValueError(f"the rule of {self} gave {len(row)} partial derivatives for {count} inputs")
        return as_float(y, f"the value of {self}"), [as_float(d, f"a partial derivative of {self}") for d in row]

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> str:
        """Copy and pickle by the name of the variable, as functions are."""
        module = vars(sys.modules.get(self.__module__, sys))
        names = [self.name, *module] if module.get(self.name) is not self else [self.name]
        return next((name for name in names if module.get(name) is self), self.name)


op = Op  # lower case where it declares: what it makes is called like a function


def _count_inputs(name: str, rule: Callable[..., Any]) -> int:
    code = getattr(rule, "__code__", None)
    if code is None or code.co_argcount < 2:
        raise TypeError(f"the rule of {name} is a function of its inputs and its output, lambda x, y: [...]")
    return int(code.co_argcount) - 1


class Operand:
    """Whatever the operations apply to: a node of a graph, a name, a number of another precision.

    A subclass says in `_apply` what it means to apply an operation to it; the operators follow from the table.
    """

    __slots__ = ()

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Any:
        raise NotImplementedError


class _IEEE(Operand):
    """A float in whose arithmetic nothing raises: 1 / 0 is inf. Rules are read in it where Python's floats raise."""

    __slots__ = ("data",)

    def __init__(self, data: float) -> None:
        self.data = data

    def __float__(self) -> float:
        return self.data

    def _apply(self, op: Op, inputs: Sequence[Any]) -> _IEEE:
        return _IEEE(op.evaluate([float(x) for x in inputs]))

    def __lt__(self, other: Any) -> bool:
        return self.data < float(other)

    def __le__(self, other: Any) -> bool:
        return self.data <= float(other)

    def __gt__(self, other: Any) -> bool:
        return self.data > float(other)

    def __ge__(self, other: Any) -> bool:
        return self.data >= float(other)

    def __bool__(self) -> bool:
        return self.data != 0.0


class _Nothing(float):
    """The partial derivative by an input that was not chosen: 0, and stays 0 when multiplied by infinity or nan."""

    __slots__ = ()

    def __mul__(self, other: Any) -> _Nothing:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    __rmul__, __radd__ = __mul__, __add__

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


def as_float(x: Any, taker: Op | str) -> float:
    """Return the number `x` as a float; a TypeError says what `taker` was given instead of a number."""
    takes = f"{taker.name}() takes numbers and Values" if isinstance(taker, Op) else f"{taker} is a number"
    number = x
    if not isinstance(x, (float, int)):
        refuse_foreign(x, Operand)
        if type(x).__module__ == "numpy" and getattr(x, "shape", None) == ():
            number = x.item()  # of an array without axes, or a bool
    if isinstance(number, Real) and not isinstance(number, Operand):
        try:
            return float(number)
        except OverflowError:
            raise OverflowError(f"{takes} up to 1.8e308, and this {type(x).__name__} is larger") from None
    hint = ""
    if isinstance(x, Operand):
        hint = "; detach(v) makes a leaf of the number of a node v"
    elif hasattr(x, "item") and type(x).__module__.partition(".")[0] != "numpy" and x.shape == ():
        hint = "; x.item() is its number"
    elif hasattr(x, "__len__") and not isinstance(x, str):
        hint = "; on an array, apply it to each element"
    raise TypeError(f"{takes}, not {type(x).__name__}: {shorten(repr(x), 60)}{hint}")

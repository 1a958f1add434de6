"""`Op`: what an operation is, its value and its partial derivatives.

An operation is declared by its value on floats and by its *rule*: from the inputs and the output `y`, the rule gives
the row of partial derivatives of `y`, one for each input. Rules are ordinary arithmetic in other operations, so the
same rule can be applied to any `Operand`. Floats give the numbers that backpropagation multiplies; nodes give a graph
that can be differentiated again; names give the formula of the derivative. A comparison in a rule counts as 1 where it
holds and as 0 elsewhere.
"""

from __future__ import annotations

import sys
from numbers import Real

from autograd.foreign import refuse_foreign, refuse_reload
from autograd.operand import IEEE, NOTHING, Operand
from autograd.terminal import printable, printed, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

if "Op" in globals():
    refuse_reload(__name__)


class _Signature:
    """The signature of an operation, made when asked for: `inspect` takes longer to import than `autograd`."""

    def __get__(self, op: Op | None, owner: type[Op]) -> Any:
        if op is None or owner.__call__ not in (Op.__call__, _OpWithDefaults.__call__):
            raise AttributeError("__signature__")  # that of the constructor, or of a call of another kind, is right
        from inspect import Parameter, Signature

        first = len(op.parameters) - len(op.defaults)
        required = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in op.parameters[:first]]
        optional = [
            Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=x)
            for name, x in zip(op.parameters[first:], op.defaults)
        ]
        return Signature([*required, *optional])


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

    All further fields are optional:

    - `infix`: the symbol between two inputs, such as "+".
    - `limit`: a function that gives the IEEE result where `value` raises an ArithmeticError or a ValueError. Without
      it the error is passed on.
    - `variadic`: whether the operation is called with one list of inputs. Then `value` and `rule` get that list.
    - `defaults`: values of the last inputs, for calls that leave them out or give them by name.
    - `constants`: the indices of inputs that are never differentiated, such as the exponent of `x ** n`.
    - `chooses`: whether a partial derivative of 0 means that this input was not chosen. Then nothing is sent back to
      it, not even 0 times infinity.
    - `domain`: an interval for each input, from which tests sample. The default is all numbers.
    - `kinks`: points where the derivative does not exist, with the row that the rule gives there by convention.
    - `aliases`: further names of the method.
    - `notation`: how formulas write the operation, if not by its infix or its name: a function of another name ("max"),
      a special form ("√"), or an expression in other operations.
    - `shown`: the rule as textbooks write it, if that differs from the form that keeps its digits.
    - `numpy`: for `compile`, the NumPy function with the same values, by name or as an expression in other operations.
      The default is NumPy's function of the same name; where there is none, each element is computed by `value`.
    - `mpmath`: for the tests, the same function in mpmath: a name, or a function of the module and the inputs. The
      default is mpmath's function of the same name, then the `notation` if that is an expression, then `value`.
    - `activation`: what neurons need to know of an activation, an `Activation`.
    - `doc`: the docstring.
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
        defaults: Sequence[float] = (),
        constants: Sequence[int] = (),
        chooses: bool = False,
        domain: Sequence[tuple[float, float]] = (),
        kinks: Mapping[tuple[float, ...], Sequence[float]] | None = None,
        aliases: Sequence[str] = (),
        notation: str | Callable[..., Any] = "",
        shown: Callable[..., Sequence[Any]] | None = None,
        numpy: str | Callable[..., Any] = "",
        mpmath: str | Callable[..., Any] = "",
        activation: Activation | None = None,
        doc: str = "",
    ) -> None:
        if not (isinstance(name, str) and callable(value) and callable(rule)):
            raise TypeError("op() takes a name, a function for the value and a function for the partial derivatives")
        name, infix = printable(name), printable(infix)
        if not name.strip():
            raise ValueError("the name of an operation must have printable characters, because formulas show it")
        self.name, self.value, self.rule = name, value, rule
        self.infix, self.limit, self.variadic, self.chooses = infix, limit, variadic, chooses
        self.domain, self.kinks, self.aliases, self.constants = domain, kinks or {}, aliases, constants
        self.notation, self.shown, self.numpy, self.mpmath = notation or infix, shown, numpy, mpmath
        self.activation, self.defaults = activation, tuple(defaults)
        self.parameters = ("xs",) if variadic else _parameters(name, rule)
        self.arity = None if variadic else len(self.parameters)
        self._count = self.arity or 1  # of arguments in a call
        self.__name__, self.__doc__ = name, doc
        self.__module__ = sys._getframe(1).f_globals.get("__name__", "__main__")  # where pickle finds it
        self.is_ours = self.__module__ == "autograd.ops"
        if defaults:
            self.__class__ = _OpWithDefaults  # so that calls of other operations need not look for options

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
        row = [float(d) for d in self.partials([IEEE(x) for x in inputs], IEEE(y))]
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

    __signature__ = _Signature()

    def __reduce__(self) -> str:
        """Copy and pickle by the name of the variable, as functions are."""
        module = vars(sys.modules.get(self.__module__, sys))
        names = [self.name, *module] if module.get(self.name) is not self else [self.name]
        return next((name for name in names if module.get(name) is self), self.name)


op = Op  # lower case where it declares: what it makes is called like a function


class _OpWithDefaults(Op):
    """An operation whose last inputs have `defaults`."""

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Apply the operation; inputs that are left out have their defaults."""
        given = dict(zip(self.parameters[-len(self.defaults) :], self.defaults))
        for name, x in named.items():
            if name not in given or name in self.parameters[: len(inputs)]:
                raise TypeError(f"{self.name}() got an unexpected argument {name}={x!r}")
            given[name] = x
        missing = self.parameters[len(inputs) :]
        return super().__call__(*inputs, *(given[name] for name in missing if name in given))


def _parameters(name: str, rule: Callable[..., Any]) -> tuple[str, ...]:
    """Take the names of the inputs from the rule: its arguments, but for the last one, the output."""
    code = getattr(rule, "__code__", None)
    if code is None or code.co_argcount < 2:
        raise TypeError(f"the rule of {name} is a function of its inputs and its output, lambda x, y: [...]")
    return tuple(code.co_varnames[: code.co_argcount - 1])


class Activation:
    """What neurons need to know of an operation that is an activation.

    `gain` is the factor for the standard deviation of the weights that keeps the size of signals: √2 for rectifiers,
    which halve the mean square, else 1. An activation `is_bounded` if it saturates on both sides. `torch` is its
    module in `torch.nn`, with the `torch_options` that make it the same function.
    """

    def __init__(self, gain: float = 1.0, *, is_bounded: bool = False, torch: str, **torch_options: Any) -> None:
        self.gain, self.is_bounded, self.torch, self.torch_options = gain, is_bounded, torch, torch_options


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

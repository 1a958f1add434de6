"""`Op`: an operation, declared by its value and its partial derivatives.

An operation has a value on floats and a *rule*. The rule takes the inputs and the output `y` and returns the row of
partial derivatives of `y`, one for each input. Rules are ordinary arithmetic in other operations, so the same rule
works on any `Operand`: on floats it returns the numbers that backpropagation multiplies, on nodes a graph that can be
differentiated again, on names the formula of the derivative. A comparison in a rule is 1 if it holds and 0 otherwise.
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
    """The signature of an operation, built on request, because `inspect` takes longer to import than `autograd`."""

    def __get__(self, op: Op | None, owner: type[Op]) -> Any:
        if op is None or owner.__call__ not in (Op.__call__, _OpWithDefaults.__call__):
            raise AttributeError("__signature__")  # Python then uses that of the constructor or of __call__
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

    The rule takes the inputs and the output. It may use arithmetic and the operations of this package, but no other
    functions and no `==`, which compares nodes by identity. Derivatives of all orders follow from the rule.

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
    - `limit`: a function that returns the IEEE result where `value` raises an ArithmeticError or a ValueError. Without
      it, the error is passed on.
    - `variadic`: True if the operation is called with one list of inputs. `value` and `rule` then take that list.
    - `defaults`: default values of the last inputs, which calls may leave out or pass by name.
    - `constants`: the indices of inputs that are never differentiated, such as the exponent of `x ** n`.
    - `chooses`: True if a partial derivative of 0 means that the input was not chosen. No gradient is then sent to that
      input, not even 0 times infinity.
    - `domain`: an interval for each input, from which tests sample. The default is all numbers.
    - `kinks`: points where the derivative does not exist, each with the row that the rule returns by convention.
    - `sign`: ">0" or "≥0" if the value is positive or not negative wherever it is defined, so that formulas can be
      simplified.
    - `aliases`: further names of the method.
    - `notation`: how formulas write the operation, if not by its infix or its name: another function name ("max"), a
      special form ("√"), or an expression in other operations.
    - `shown`: the rule as textbooks write it, if `rule` has another form for the sake of accuracy.
    - `numpy`: for `compile`, the NumPy equivalent, by name or as an expression in other operations. The default is the
      NumPy function of the same name, then `value` if it is arithmetic, also with branches; other values are called
      for each element.
    - `mpmath`: for tests, the equivalent in mpmath: a name, or a function of the module and the inputs. The default is
      mpmath's function of the same name, then the `notation` if it is an expression, then `value`.
    - `activation`: an `Activation`, if the operation can be the activation of a neuron.
    - `slips`: the usual wrong rules, each a `Slip`, by which `check_by_hand` and `explore` explain wrong gradients.
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
        sign: str = "",
        aliases: Sequence[str] = (),
        notation: str | Callable[..., Any] = "",
        shown: Callable[..., Sequence[Any]] | None = None,
        numpy: str | Callable[..., Any] = "",
        mpmath: str | Callable[..., Any] = "",
        activation: Activation | None = None,
        slips: Sequence[Slip] = (),
        doc: str = "",
    ) -> None:
        if not (isinstance(name, str) and callable(value) and callable(rule)):
            raise TypeError(
                'op() takes a name, a value function and a rule, such as op("cube", lambda x: ..., lambda x, y: [...])'
            )
        name, infix = printable(name), printable(infix)
        if not name.strip():
            raise ValueError("the name of an operation must contain printable characters, because formulas show it")
        self.name, self.value, self.rule = name, value, rule
        self.infix, self.limit, self.variadic, self.chooses = infix, limit, variadic, chooses
        self.domain, self.kinks, self.aliases, self.constants = domain, kinks or {}, aliases, constants
        self.notation, self.shown, self.numpy, self.mpmath = notation or infix, shown, numpy, mpmath
        self.sign, self.activation, self.slips, self.defaults = sign, activation, slips, tuple(defaults)
        self.parameters = ("xs",) if variadic else _parameters(name, rule)
        self.arity = None if variadic else len(self.parameters)
        self._count = self.arity or 1  # arguments of a call
        self.__name__, self.__doc__ = name, doc
        self.__module__ = sys._getframe(1).f_globals.get("__name__", "__main__")  # where pickle finds it
        self.is_ours = self.__module__ == "autograd.ops"
        if defaults:
            self.__class__ = _OpWithDefaults  # keeps the calls of other operations fast

    def __call__(self, *inputs: Any) -> Any:
        """Apply the operation. Plain numbers give a float; if an input is a node, the result is a new node."""
        if len(inputs) != self._count:
            takes = "one list of inputs" if self.variadic else "1 input" if self.arity == 1 else f"{self.arity} inputs"
            raise TypeError(f"{self.name}() takes {takes}, got {len(inputs)} argument{'s' * (len(inputs) != 1)}")
        return self.apply(as_tuple(inputs[0], "xs", self) if self.variadic else inputs)

    def apply(self, inputs: tuple[Any, ...]) -> Any:
        """Apply the operation to a flat tuple of `inputs`."""
        are_floats = True
        for x in inputs:
            if x.__class__ is not float:
                if isinstance(x, Operand):
                    return x._apply(self, inputs)
                are_floats = False
        return self.evaluate(inputs if are_floats else [as_float(x, self) for x in inputs])

    def evaluate(self, inputs: Sequence[float]) -> float:
        """Return the value at float `inputs`, with IEEE results where Python's arithmetic raises an error."""
        try:
            y = self.value(inputs) if self.variadic else self.value(*inputs)
        except (ArithmeticError, ValueError):
            if self.limit is None:
                raise
            y = self.limit(*inputs)
        return y if y.__class__ is float else as_float(y, f"the value of {self}")

    def linearize(self, inputs: Sequence[float]) -> tuple[float, Sequence[float]]:
        """Return the value and the row of partial derivatives at float `inputs`, in IEEE arithmetic."""
        y = self.evaluate(inputs)
        row = [float(d) for d in self.partials([IEEE(x) for x in inputs], IEEE(y))]
        return y, self.chosen(row) if self.chooses else row

    def partials(self, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
        """Return the row of partial derivatives for `inputs` and an output `y` of any kind."""
        return self.rule(inputs, y) if self.variadic else self.rule(*inputs, y)

    def shown_partials(self, inputs: Sequence[Any], y: Any) -> Sequence[Any]:
        """Return the row of partial derivatives as textbooks write it, for names as `inputs` and output `y`."""
        rule = self.shown or self.rule
        return rule(inputs, y) if self.variadic else rule(*inputs, y)

    def chosen(self, row: Sequence[float]) -> Sequence[float]:
        """Return `row` with NOTHING in place of 0, for an operation that chooses among its inputs."""
        return [d or NOTHING for d in row]

    def check(self, y: Any, row: Sequence[Any], count: int) -> tuple[float, list[float]]:
        """Return the value `y` and the `row` as floats. Raise an error if they do not fit `count` inputs."""
        self.check_row(row, count)
        return as_float(y, f"the value of {self}"), [as_float(d, f"a partial derivative of {self}") for d in row]

    def check_row(self, row: Sequence[Any], count: int) -> None:
        """Raise an error if a `row` of partial derivatives does not fit `count` inputs."""
        if not hasattr(row, "__len__"):
            raise TypeError(f"the rule of {self} must return a list of partial derivatives, got {type(row).__name__}")
        if len(row) != count:
            raise ValueError(
                f"the rule of {self} must return {count} partial derivatives, one for each input, got {len(row)}"
            )

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    __signature__ = _Signature()

    def __reduce__(self) -> str:
        """Copy and pickle by the name of the module-level variable, as functions are copied."""
        module = vars(sys.modules.get(self.__module__, sys))
        names = [self.name, *module] if module.get(self.name) is not self else [self.name]
        return next((name for name in names if module.get(name) is self), self.name)


op = Op  # declarations look like calls of a function


class _OpWithDefaults(Op):
    """An operation whose last inputs have `defaults`."""

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Apply the operation, with defaults for the inputs that are left out."""
        given = dict(zip(self.parameters[-len(self.defaults) :], self.defaults))
        for name, x in named.items():
            if name not in given or name in self.parameters[: len(inputs)]:
                raise TypeError(f"{self.name}() got an unexpected argument {name}={x!r}")
            given[name] = x
        missing = self.parameters[len(inputs) :]
        return super().__call__(*inputs, *(given[name] for name in missing if name in given))


def _parameters(name: str, rule: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the inputs: the arguments of the rule without the last one, the output."""
    code = getattr(rule, "__code__", None)
    if code is None or code.co_argcount < 2:
        raise TypeError(
            f"the rule of {name} must be a function of the inputs and the output, such as lambda x, y: [...]"
        )
    return tuple(code.co_varnames[: code.co_argcount - 1])


class Activation:
    """Facts about an activation that neurons need.

    `gain` scales the standard deviation of the weights so that signals keep their size: √2 for rectifiers, which halve
    the mean square, otherwise 1. `is_bounded` is True if the activation saturates on both sides. `torch` is the
    equivalent module in `torch.nn`, and `torch_options` are its arguments.
    """

    def __init__(self, gain: float = 1.0, *, is_bounded: bool = False, torch: str, **torch_options: Any) -> None:
        self.gain, self.is_bounded, self.torch, self.torch_options = gain, is_bounded, torch, torch_options


class Slip:
    """Declare a usual wrong rule of an operation: its `name`, a `sentence` on what was done, and the wrong `rule`.

    >>> from autograd import Slip, op
    >>> forgotten = Slip("square", "the square was forgotten", lambda x, y: [3 * x])
    >>> cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x], slips=[forgotten])

    The rule takes the same arguments as the rule of the operation and returns the wrong row. If it also takes the
    derivatives of the inputs, it returns the wrong derivative of the output: `lambda a, b, y, da, db: da * db`.
    """

    def __init__(self, name: str, sentence: str, rule: Callable[..., Any]) -> None:
        self.name, self.sentence, self.rule = name, sentence, rule

    def is_total(self, op: Op) -> bool:
        """Return True if the rule takes the derivatives of the inputs."""
        return self.rule.__code__.co_argcount > len(op.parameters) + 1


def as_tuple(xs: Any, name: str, op: Op) -> tuple[Any, ...]:
    """Return the inputs `xs` of an operation as a tuple. Raise a TypeError with the `name` if they are no list."""
    try:
        return tuple(xs)
    except TypeError:
        if hasattr(xs, "__iter__"):  # the error comes from the iterator
            raise
        raise TypeError(f"{name} must be a list of numbers or Values in {op.name}(), got {type(xs).__name__}") from None


def as_float(x: Any, name: Op | str) -> float:
    """Return the number `x` as a float. Raise a TypeError with its `name` or operation if it is not a number."""
    wanted = f"{name.name}() takes numbers and Values" if isinstance(name, Op) else f"{name} must be a number"
    number = x
    if not isinstance(x, (float, int)):
        refuse_foreign(x, Operand)
        if type(x).__module__ == "numpy" and getattr(x, "shape", None) == ():
            number = x.item()  # an array without axes, or a bool
    if isinstance(number, Real) and not isinstance(number, Operand):
        try:
            return float(number)
        except OverflowError:
            raise OverflowError(f"{wanted} up to 1.8e308, got a larger {type(x).__name__}") from None
    hint = ""
    if isinstance(x, Operand):
        hint = "; detach(v) returns a leaf with the number of a node v"
    elif hasattr(x, "item") and type(x).__module__.partition(".")[0] != "numpy" and x.shape == ():
        hint = "; use x.item()"
    elif hasattr(x, "__len__") and not isinstance(x, str):
        hint = "; apply it to each element"
    raise TypeError(f"{wanted}, got {type(x).__name__}: {shorten(repr(x), 60)}{hint}")

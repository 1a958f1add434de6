# mypy: disable-error-code="has-type"
# (A rule may name operations that are declared below it.)
"""The table of operations: what each computes, and its partial derivatives, declared once.

    sin = op("sin", math.sin, lambda x, y: [cos(x)])

`autograd.operation` explains the form. First come the values that need more than a line.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from math import inf, nan

from autograd.foreign import refuse_reload
from autograd.operation import Op, Operand, op

TYPE_CHECKING = False  # as in `typing`, whose import takes longer than that of this package
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

if "TABLE" in globals():
    refuse_reload(__name__)

_MOST_TERMS = 8  # of a sum that is written out


def _nan(*inputs: float) -> float:
    return nan


def _div_limit(a: float, b: float) -> float:
    return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def _pow_limit(a: float, b: float) -> float:
    if a < 0 and not b.is_integer():
        return nan  # a root of a negative number is not real
    if a < 0 or (a == 0 and b % 2 == 1):
        return math.copysign(inf, a if b % 2 else 1.0)
    return inf


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def _logsumexp(xs: Sequence[float]) -> float:
    if not xs:
        raise ValueError("logsumexp() of nothing is not defined: give it at least one number")
    top = max(xs)
    if any(x != x for x in xs):
        return nan
    return top if math.isinf(top) else top + math.log(sum(math.exp(x - top) for x in xs))


def _mean(xs: Sequence[float]) -> float:
    if not xs:
        raise ValueError("mean() of nothing is not defined: give it at least one number")
    return sum(xs) / len(xs)


def _dot(inputs: Sequence[float]) -> float:
    n = len(inputs) // 2  # weights, as many signals, the bias
    return sum(map(operator.mul, inputs, inputs[n:-1]), inputs[-1])


def _dot_rule(inputs: Sequence[Any], y: Any) -> list[Any]:
    n = len(inputs) // 2
    return [*inputs[n:-1], *inputs[:n], 1.0]


def _written_sum(terms: Sequence[Any]) -> Any:
    """Write a sum; a long one has dots in the middle."""
    terms = [x for x in terms if isinstance(x, Operand) or x != 0]
    written = next((type(x) for x in terms if isinstance(x, Operand)), None)
    if len(terms) > _MOST_TERMS and written:
        dots = written.name("…")  # type: ignore[attr-defined]
        terms = [*terms[:2], dots, *terms[-2:]]
    return reduce(add, terms, 0.0)


def _written_dot(inputs: Sequence[Any]) -> Any:
    n = len(inputs) // 2
    return _written_sum([*map(mul, inputs[:n], inputs[n:-1]), inputs[-1]])


class _Dot(Op):
    def __call__(self, ws: Any, xs: Any, b: Any = 0.0) -> Any:
        """Return the sum of the weights `ws` times the signals `xs`, plus the bias `b`."""
        try:
            matched = len(ws) == len(xs)
        except TypeError:  # an iterator has no length
            return self(tuple(ws), tuple(xs), b)
        if not matched:
            raise ValueError(f"dot() needs as many weights as signals, not {len(ws)} weights and {len(xs)} signals")
        return self.apply((*ws, *xs, b))


class _LeakyRelu(Op):
    def __call__(self, x: Any, slope: Any = 0.01) -> Any:
        """Return `x` where it is positive, else `slope` times `x`."""
        return self.apply((x, slope))


class _Power(Op):
    def __call__(self, x: Any, n: Any) -> Any:
        """Return `x` to the power `n`; an `n` that is an operand itself makes that `pow`."""
        return (pow if isinstance(n, Operand) else self).apply((x, n))


# fmt: off

# Arithmetic. A power with a constant exponent is an operation of its own: it needs no logarithm and takes any base.

add = op("add", operator.add, lambda a, b, y: [1.0, 1.0], infix="+", doc="The sum a + b.")
sub = op("sub", operator.sub, lambda a, b, y: [1.0, -1.0], infix="-", doc="The difference a - b.")
mul = op("mul", operator.mul, lambda a, b, y: [b, a], infix="*", doc="The product a * b.")
div = op(
    "div", operator.truediv, lambda a, b, y: [1 / b, -y / b],
    infix="/", limit=_div_limit, domain=[(-3, 3), (0.2, 3)], doc="The quotient a / b; a / 0 is infinite, 0 / 0 is nan.",
)
neg = op("neg", operator.neg, lambda x, y: [-1.0], notation="-", doc="The negative -x.")
power = _Power(
    "power", math.pow, lambda x, n, y: [n * power(x, n - 1) if n else 0.0, 0.0],
    infix="**", limit=_pow_limit, domain=[(0.2, 3), (-3, 3)],
    doc="x ** n for a constant n; nan for a root of a negative number. x ** 0 is flat everywhere.",
)
pow = op(
    "pow", math.pow,
    lambda a, b, y: [b * pow(a, b - 1) if a or b else 0.0, y * log(a) if a or b < 0 else 0.0],
    infix="**", limit=_pow_limit, domain=[(0.2, 3), (-3, 3)],
    doc="The power a ** b; nan for a root of a negative number. At a = 0 the derivative by b is taken as 0.",
)
abs = op(
    "abs", math.fabs, lambda x, y: [1.0 * (x > 0) - 1.0 * (x < 0)],
    kinks={(0.0,): [0.0]}, notation="|", doc="The absolute value |x|; its derivative at 0 is taken as 0.",
)

# Exponentials and logarithms.

exp = op("exp", math.exp, lambda x, y: [y], limit=lambda x: inf, notation="e", doc="The exponential e ** x.")
expm1 = op(
    "expm1", math.expm1, lambda x, y: [exp(x)],
    limit=lambda x: inf, notation=lambda x: exp(x) - 1, doc="e ** x - 1, exact for tiny x.",
)
log = op(
    "log", math.log, lambda x, y: [1 / x],
    limit=lambda x: -inf if x == 0 else nan, domain=[(0.1, 9)], doc="The natural logarithm of x.",
)
log1p = op(
    "log1p", math.log1p, lambda x, y: [1 / (1 + x)],
    limit=lambda x: -inf if x == -1 else nan, domain=[(-0.9, 9)],
    notation=lambda x: log(1 + x), doc="The logarithm of 1 + x, exact for tiny x.",
)
sqrt = op(
    "sqrt", math.sqrt, lambda x, y: [0.5 / y],
    limit=_nan, domain=[(0.1, 9)], notation="√", doc="The square root of x.",
)
logsumexp = op(
    "logsumexp", _logsumexp, lambda xs, y: [exp(x - y) for x in xs],
    variadic=True, doc="The logarithm of the sum of e ** x over a list xs.",
)

# Trigonometry, in radians.

sin = op("sin", math.sin, lambda x, y: [cos(x)], limit=_nan, doc="The sine of x.")
cos = op("cos", math.cos, lambda x, y: [-sin(x)], limit=_nan, doc="The cosine of x.")
tan = op("tan", math.tan, lambda x, y: [1 + y * y], limit=_nan, domain=[(-1.4, 1.4)], doc="The tangent of x.")
asin = op(
    "asin", math.asin, lambda x, y: [1 / sqrt((1 - x) * (1 + x))],
    limit=_nan, domain=[(-0.9, 0.9)], aliases=["arcsin"], notation="arcsin", doc="The angle whose sine is x.",
)
acos = op(
    "acos", math.acos, lambda x, y: [-1 / sqrt((1 - x) * (1 + x))],
    limit=_nan, domain=[(-0.9, 0.9)], aliases=["arccos"], notation="arccos", doc="The angle whose cosine is x.",
)
atan = op(
    "atan", math.atan, lambda x, y: [1 / (1 + x * x)],
    aliases=["arctan"], notation="arctan", doc="The angle whose tangent is x.",
)
hypot = op(
    "hypot", math.hypot, lambda a, b, y: [where(y <= 0, 0.0, a / y), where(y <= 0, 0.0, b / y)],
    kinks={(0.0, 0.0): [0.0, 0.0]}, notation=lambda a, b: sqrt(a ** 2 + b ** 2),
    doc="The length of the vector (a, b); its derivative at (0, 0) is taken as 0.",
)
atan2 = op(
    "atan2", math.atan2, lambda a, b, y: [b / hypot(a, b) / hypot(a, b), -a / hypot(a, b) / hypot(a, b)],
    domain=[(0.2, 3), (-3, 3)], aliases=["arctan2"], doc="The angle of the point (b, a), as atan2(y, x) has it.",
)

# Hyperbolic functions.

sinh = op("sinh", math.sinh, lambda x, y: [cosh(x)], limit=lambda x: math.copysign(inf, x), doc="The hyperbolic sine.")
cosh = op("cosh", math.cosh, lambda x, y: [sinh(x)], limit=lambda x: inf, doc="The hyperbolic cosine of x.")
tanh = op("tanh", math.tanh, lambda x, y: [sech(x) ** 2], doc="The hyperbolic tangent, between -1 and 1.")
sech = op(
    "sech", lambda x: 1 / math.cosh(x), lambda x, y: [-y * tanh(x)],
    limit=lambda x: 0.0, doc="1 / cosh(x), without overflow.",
)

# Activations and their kin.

sigmoid = op(
    "sigmoid", _sigmoid, lambda x, y: [y * sigmoid(-x)],
    notation="σ", doc="1 / (1 + e ** -x), between 0 and 1.",
)
softplus = op(
    "softplus", lambda x: math.log1p(math.exp(-math.fabs(x))) + (0.0 if x <= 0 else x), lambda x, y: [sigmoid(x)],
    doc="log(1 + e ** x), a smooth relu.",
)
relu = op(
    "relu", lambda x: 0.0 if x <= 0 else x, lambda x, y: [1.0 * (x > 0)],
    kinks={(0.0,): [0.0]}, doc="The positive part of x, max(x, 0); its derivative at 0 is taken as 0.",
)
leaky_relu = _LeakyRelu(
    "leaky_relu", lambda x, slope: slope * x if x <= 0 else x,
    lambda x, slope, y: [where(x <= 0, slope, 1.0), where(x <= 0, x, 0.0)],
    domain=[(-3, 3), (0.01, 0.5)], kinks={(0.0, 0.01): [0.01, 0.0]},
    doc="x where it is positive, slope * x elsewhere (at 0, too, the derivative is the slope).",
)
erf = op("erf", math.erf, lambda x, y: [2 / math.sqrt(math.pi) * exp(-x * x)], doc="The error function.")
erfc = op("erfc", math.erfc, lambda x, y: [-2 / math.sqrt(math.pi) * exp(-x * x)], doc="1 - erf(x), exact for large x.")
gelu = op(
    "gelu", lambda x: 0.0 if x == -inf else 0.5 * x * math.erfc(-x / math.sqrt(2)),
    lambda x, y: [0.5 * erfc(-x / math.sqrt(2)) + x * exp(-0.5 * x * x) / math.sqrt(2 * math.pi)],
    doc="x times the probability that a standard normal variable is below x (exact, with erf).",
)

# Choices. Ties share: where a == b, `maximum` and `minimum` have the derivative one half to each.

where = op(
    "where", lambda condition, a, b: a if condition else b,
    lambda condition, a, b, y: [0.0, where(condition, 1.0, 0.0), where(condition, 0.0, 1.0)],
    domain=[(0, 1), (-3, 3), (-3, 3)], notation="cases", doc="a where the condition holds, else b: where(x > 0, a, b).",
)
maximum = op(
    "maximum", lambda a, b: a if a >= b or a != a else b,
    lambda a, b, y: [0.5 * (a > b) + 0.5 * (a >= b), 0.5 * (b > a) + 0.5 * (b >= a)],
    kinks={(1.0, 1.0): [0.5, 0.5]}, notation="max",
    doc="The larger of a and b; a tie shares the derivative, half to each.",
)
minimum = op(
    "minimum", lambda a, b: a if a <= b or a != a else b,
    lambda a, b, y: [0.5 * (a < b) + 0.5 * (a <= b), 0.5 * (b < a) + 0.5 * (b <= a)],
    kinks={(1.0, 1.0): [0.5, 0.5]}, notation="min",
    doc="The smaller of a and b; a tie shares the derivative, half to each.",
)

# Comparisons, as they stand in a rule that is written down, and in a function that is compiled.

less = op("<", lambda a, b: float(a < b), lambda a, b, y: [0.0, 0.0], notation="<")
less_equal = op("<=", lambda a, b: float(a <= b), lambda a, b, y: [0.0, 0.0], notation="≤")
greater = op(">", lambda a, b: float(a > b), lambda a, b, y: [0.0, 0.0], notation=">")
greater_equal = op(">=", lambda a, b: float(a >= b), lambda a, b, y: [0.0, 0.0], notation="≥")
COMPARISONS = (less, less_equal, greater, greater_equal)

# Sums of many inputs, each of them one node.

dot = _Dot(
    "dot", _dot, _dot_rule,
    variadic=True, notation=_written_dot,
    doc="The adder of a neuron: dot(ws, xs, b) sums weights times signals, and the bias.",
)
total = op(
    "total", sum, lambda xs, y: [1.0] * len(xs),
    variadic=True, notation=_written_sum, doc="The sum of a list xs.",
)
mean = op(
    "mean", _mean, lambda xs, y: [1 / len(xs)] * len(xs),
    variadic=True, notation=lambda xs: _written_sum(xs) / len(xs), doc="The arithmetic mean of a list xs.",
)

TABLE = {each.name: each for each in list(globals().values()) if isinstance(each, Op) and each not in COMPARISONS}


# fmt: on


def _add_operators() -> None:
    """Give every `Operand` the operators that stand for operations of the table."""
    for name, infix in {"add": add, "sub": sub, "mul": mul, "truediv": div, "pow": power}.items():
        setattr(Operand, f"__{name}__", lambda a, b, infix=infix: infix(a, b))
        setattr(Operand, f"__r{name}__", lambda b, a, infix=infix: infix(a, b))
    for name, prefix in {"neg": neg, "abs": abs}.items():
        setattr(Operand, f"__{name}__", lambda x, prefix=prefix: prefix(x))
    setattr(Operand, "__pos__", lambda x: x)  # noqa: B010 - the class does not declare it


_add_operators()

# mypy: disable-error-code="has-type"
# (A rule may name operations that are declared below it.)
"""The table of operations, each declared once by its value and its partial derivatives.

    sin = op("sin", math.sin, lambda x, y: [cos(x)])

`autograd.operation` explains the fields. Values that need more than one line are in `autograd.floats`. The helper
functions at the top are used by several rules.
"""

from __future__ import annotations

import builtins
import math
import operator
import sys
from functools import reduce
from math import inf, nan

from autograd import floats
from autograd.foreign import refuse_reload
from autograd.operand import Operand, binary_method, infix_methods, unary_method
from autograd.operation import Activation, Op, Slip, op
from autograd.sums import Dot, dot_rule, sums_of_others, written_dot, written_sum

TYPE_CHECKING = False  # instead of typing.TYPE_CHECKING: importing `typing` takes longer than this package
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

if "TABLE" in globals():
    refuse_reload(__name__)


def shares(xs: Sequence[Any], y: Any) -> list[Any]:
    """Return the softmax of `xs`: each e ** x divided by their sum, whose logarithm is `y`.

    e ** (x - y) alone would carry the rounding error of y, which is large if y is large.
    """
    shift = maximum(minimum(y, sys.float_info.max), -sys.float_info.max)
    es = [exp(x - shift) for x in xs]
    return [share(e, rest) for e, rest in zip(es, sums_of_others(es))]


def _base(a: Any, b: Any) -> Any:
    """Return `a`, or infinity where both are 0, so that a ** (b - 1) and all its derivatives are 0 there."""
    return where((a >= 0) * (a <= 0) * (b >= 0) * (b <= 0), inf, a)


def _within(x: Any, bound: float) -> Any:
    """Return `x`, or 0 if |x| is above the `bound`, so that x times a vanishing factor is 0 at infinity, too."""
    return where(abs(x) < bound, x, 0.0)


class _Power(Op):
    def __call__(self, x: Any, n: Any) -> Any:
        """Return `x` to the power `n`; if `n` is an operand, not a number, apply `pow`."""
        return (pow if isinstance(n, Operand) else self).apply((x, n))


# fmt: off

# Arithmetic. A power with a constant exponent is an operation of its own: it needs no logarithm and takes any base.

add = op("add", operator.add, lambda a, b, y: [1.0, 1.0], infix="+", doc="The sum a + b.")
sub = op("sub", operator.sub, lambda a, b, y: [1.0, -1.0], infix="-", numpy="subtract", doc="The difference a - b.")
mul = op(
    "mul", operator.mul, lambda a, b, y: [b, a], infix="*", numpy="multiply",
    slips=[
        Slip("product rule", "the derivatives were multiplied", lambda a, b, y, da, db: da * db),
    ],
    doc="The product a * b.",
)
div = op(
    "div", operator.truediv, lambda a, b, y: [1 / b, -y / b], shown=lambda a, b, y: [1 / b, -a / b ** 2],
    infix="/", limit=floats.div_limit, domain=[(-3, 3), (0.2, 3)], numpy="divide",
    slips=[
        Slip("quotient rule", "the terms were added instead of subtracted", lambda a, b, y: [1 / b, a / b ** 2]),
        Slip("quotient rule", "the terms were exchanged", lambda a, b, y: [-1 / b, a / b ** 2]),
        Slip("quotient rule", "the denominator was not squared", lambda a, b, y: [1.0, -a / b]),
        Slip("quotient rule", "the denominator was not squared", lambda a, b, y: [1 / b, -a / b]),
        Slip("quotient rule", "the denominator was forgotten", lambda a, b, y: [b, -a]),
        Slip("quotient rule", "the numerator was forgotten", lambda a, b, y: [1 / b, -1 / b ** 2]),
        Slip("integral", "the quotient was integrated", lambda a, b, y: [1 / b, a * log(b)]),
        Slip("quotient rule", "the derivatives were divided", lambda a, b, y, da, db: da / db),
    ],
    doc="The quotient a / b; a / 0 is infinite, 0 / 0 is nan.",
)
mod = op(
    "mod", operator.mod, lambda a, b, y: [1.0, -floordiv(a, b)],
    infix="%", limit=floats.undefined, domain=[(0.2, 3), (0.2, 3)], kinks={(2.0, 1.0): [1.0, -2.0]},
    doc="The remainder a % b, with the sign of b; at a jump, the derivatives are those from the right.",
)
neg = op("neg", operator.neg, lambda x, y: [-1.0], notation="-", numpy="negative", doc="The negative -x.")
power = _Power(
    "power", math.pow, lambda x, n, y: [n * power(x, n - 1) if n else 0.0, 0.0],
    infix="**", constants=[1], limit=floats.pow_limit, domain=[(0.2, 3), (-3, 3)],
    slips=[
        Slip("exponent", "the exponent was not lowered", lambda x, n, y: [n * y, 0.0]),
        Slip("factor", "the exponent was forgotten as a factor", lambda x, n, y: [power(x, n - 1), 0.0]),
        Slip("exponent", "the exponent was raised instead of lowered", lambda x, n, y: [n * power(x, n + 1), 0.0]),
        Slip(
            "exponent", "the exponent was lowered before it became a factor",
            lambda x, n, y: [(n - 1) * power(x, n - 1), 0.0],
        ),
        Slip("exponent", "the power was forgotten", lambda x, n, y: [n * x, 0.0]),
        Slip("exponent", "the base was forgotten", lambda x, n, y: [n, 0.0]),
        Slip("integral", "the power was integrated", lambda x, n, y: [power(x, n + 1) / (n + 1), 0.0]),
    ],
    doc="x ** n for a constant n; nan for a root of a negative number. The derivative of x ** 0 is 0 everywhere.",
)
pow = op(
    "pow", math.pow,
    lambda a, b, y: [times(b, pow(_base(a, b), b - 1)), powlog(a, b)],
    shown=lambda a, b, y: [b * pow(a, b - 1), y * log(a)],
    infix="**", limit=floats.pow_limit, domain=[(0.2, 3), (-3, 3)], kinks={(0.0, 0.0): [0.0, 0.0]}, mpmath="power",
    slips=[
        Slip("exponent", "the exponent was not lowered", lambda a, b, y: [b * y, y * log(a)]),
        Slip("factor", "the exponent was forgotten as a factor", lambda a, b, y: [pow(a, b - 1), y * log(a)]),
        Slip("factor", "log of the base was forgotten", lambda a, b, y: [b * pow(a, b - 1), y]),
        Slip("wrong function", "the power rule was used", lambda a, b, y: [b * pow(a, b - 1), b * pow(a, b - 1)]),
        Slip("wrong point", "the logarithm of the exponent was used", lambda a, b, y: [b * pow(a, b - 1), y * log(b)]),
    ],
    doc="The power a ** b; nan for a root of a negative number. All derivatives are taken as 0 at (0, 0).",
)
abs = op(
    "abs", math.fabs, lambda x, y: [1.0 * (x > 0) - 1.0 * (x < 0)],
    shown=lambda x, y: [where(x > 0, 1, where(x < 0, -1, 0))],
    kinks={(0.0,): [0.0]}, notation="|", mpmath="fabs",
    sign="≥0", doc="The absolute value |x|; its derivative at 0 is taken as 0.",
)

# Exponentials and logarithms.

exp = op(
    "exp", math.exp, lambda x, y: [y], limit=lambda x: inf, notation="e",
    slips=[
        Slip("wrong function", "the power rule was used for an exponential", lambda x, y: [x * exp(x - 1)]),
        Slip("factor", "the exponent became a factor", lambda x, y: [x * y]),
    ],
    sign=">0", doc="The exponential e ** x.",
)
exp2 = op(
    "exp2", math.exp2, lambda x, y: [math.log(2) * y],
    limit=lambda x: inf, notation=lambda x: 2 ** x,
    slips=[
        Slip("factor", "log of the base was forgotten", lambda x, y: [y]),
        Slip("factor", "log of the base was divided by", lambda x, y: [y / math.log(2)]),
        Slip("wrong function", "the power rule was used for an exponential", lambda x, y: [x * exp2(x - 1)]),
    ],
    sign=">0", doc="The power 2 ** x.",
)
expm1 = op(
    "expm1", math.expm1, lambda x, y: [exp(x)],
    limit=lambda x: inf, notation=lambda x: exp(x) - 1,
    slips=[
        Slip("value", "the 1 was subtracted again", lambda x, y: [y]),
        Slip("wrong function", "the power rule was used for an exponential", lambda x, y: [x * exp(x - 1)]),
    ],
    doc="e ** x - 1, exact for tiny x.",
)
log = op(
    "log", math.log, lambda x, y: [1 / x],
    limit=lambda x: -inf if x == 0 else nan, domain=[(0.1, 9)],
    slips=[
        Slip("wrong function", "the input was not put in the denominator", lambda x, y: [x]),
        Slip("base", "the derivative of the logarithm to the base 10 was used", lambda x, y: [1 / (math.log(10) * x)]),
        Slip("base", "the derivative of the logarithm to the base 2 was used", lambda x, y: [1 / (math.log(2) * x)]),
        Slip("wrong function", "the derivative was taken twice", lambda x, y: [-1 / x ** 2]),
        Slip("exponent", "the denominator was squared", lambda x, y: [1 / x ** 2]),
        Slip("integral", "the logarithm was integrated", lambda x, y: [x * y - x]),
    ],
    doc="The natural logarithm of x.",
)
log2 = op(
    "log2", math.log2, lambda x, y: [1 / (math.log(2) * x)],
    limit=lambda x: -inf if x == 0 else nan, domain=[(0.1, 9)], mpmath=lambda mp, x: mp.log(x, 2),
    slips=[
        Slip("base", "log of the base was forgotten", lambda x, y: [1 / x]),
        Slip("base", "log of the base belongs in the denominator", lambda x, y: [math.log(2) / x]),
        Slip("base", "the base was used in place of its logarithm", lambda x, y: [1 / (2 * x)]),
    ],
    doc="The logarithm of x to the base 2.",
)
log10 = op(
    "log10", math.log10, lambda x, y: [1 / (math.log(10) * x)],
    limit=lambda x: -inf if x == 0 else nan, domain=[(0.1, 9)],
    slips=[
        Slip("base", "log of the base was forgotten", lambda x, y: [1 / x]),
        Slip("base", "log of the base belongs in the denominator", lambda x, y: [math.log(10) / x]),
        Slip("base", "the base was used in place of its logarithm", lambda x, y: [1 / (10 * x)]),
    ],
    doc="The logarithm of x to the base 10.",
)
log1p = op(
    "log1p", math.log1p, lambda x, y: [1 / (1 + x)],
    limit=lambda x: -inf if x == -1 else nan, domain=[(-0.9, 9)],
    notation=lambda x: log(1 + x),
    slips=[
        Slip("wrong point", "the 1 was forgotten", lambda x, y: [1 / x]),
    ],
    doc="The logarithm of 1 + x, exact for tiny x.",
)
sqrt = op(
    "sqrt", math.sqrt, lambda x, y: [0.5 / y], shown=lambda x, y: [1 / (2 * sqrt(x))],
    limit=floats.undefined, domain=[(0.1, 9)], notation="√",
    slips=[
        Slip("exponent", "the root was not put in the denominator", lambda x, y: [0.5 * y]),
        Slip("factor", "the factor 1/2 was forgotten", lambda x, y: [1 / y]),
        Slip("factor", "the factor 1/2 was doubled instead of halved", lambda x, y: [2 / y]),
        Slip("exponent", "the root in the denominator was forgotten", lambda x, y: [0.5 / x]),
        Slip("exponent", "the exponent was lowered by 1/2 only", lambda x, y: [0.5]),
        Slip("integral", "the root was integrated", lambda x, y: [2 * x * y / 3]),
    ],
    sign="≥0", doc="The square root of x.",
)
cbrt = op(
    "cbrt", math.cbrt, lambda x, y: [y ** -2 / 3], shown=lambda x, y: [1 / (3 * cbrt(x) ** 2)],
    mpmath=lambda mp, x: mp.sign(x) * mp.cbrt(mp.fabs(x)),
    slips=[
        Slip("exponent", "the root was not put in the denominator", lambda x, y: [y / 3]),
        Slip("exponent", "the square in the denominator was forgotten", lambda x, y: [1 / (3 * y)]),
        Slip("exponent", "the power was not put in the denominator", lambda x, y: [y ** 2 / 3]),
        Slip("factor", "the factor 1/3 was forgotten", lambda x, y: [y ** -2]),
    ],
    doc="The cube root of x, also of a negative x.",
)
logaddexp = op(
    "logaddexp", floats.logaddexp, lambda a, b, y: [sigmoid(a - b), sigmoid(b - a)],
    shown=lambda a, b, y: [exp(a - y), exp(b - y)], notation=lambda a, b: log(exp(a) + exp(b)),
    slips=[
        Slip("normalization", "the division by the sum was forgotten", lambda a, b, y: [exp(a), exp(b)]),
        Slip("factor", "the inner derivative was forgotten", lambda a, b, y: [exp(-y), exp(-y)]),
        Slip("wrong function", "the derivative of the softmax was used", lambda a, b, y: [exp(a - y) * exp(b - y)] * 2),
    ],
    doc="log(e ** a + e ** b), without overflow.",
)
logsumexp = op(
    "logsumexp", floats.logsumexp, shares, shown=lambda xs, y: [exp(x - y) for x in xs],
    variadic=True, mpmath=lambda mp, xs: max(xs) + mp.log1p(mp.fsum(mp.exp(x - max(xs)) for x in sorted(xs)[:-1])),
    slips=[
        Slip("normalization", "the division by the sum was forgotten", lambda xs, y: [exp(x) for x in xs]),
        Slip("factor", "the inner derivative was forgotten", lambda xs, y: [exp(-y) for x in xs]),
        Slip(
            "wrong function", "the derivative of the softmax was used",
            lambda xs, y: [exp(x - y) * (1 - exp(x - y)) for x in xs],
        ),
    ],
    doc="The logarithm of the sum of e ** x over a list xs.",
)

# Trigonometry, in radians.

sin = op(
    "sin", math.sin, lambda x, y: [cos(x)], limit=floats.undefined,
    slips=[
        Slip("degrees", "the angle was taken in degrees", lambda x, y: [cos(x * math.pi / 180)]),
        Slip("degrees", "the factor π/180 belongs to degrees", lambda x, y: [cos(x) * math.pi / 180]),
    ],
    doc="The sine of x.",
)
cos = op(
    "cos", math.cos, lambda x, y: [-sin(x)], limit=floats.undefined,
    slips=[
        Slip("degrees", "the angle was taken in degrees", lambda x, y: [-sin(x * math.pi / 180)]),
        Slip("degrees", "the factor π/180 belongs to degrees", lambda x, y: [-sin(x) * math.pi / 180]),
    ],
    doc="The cosine of x.",
)
tan = op(
    "tan", math.tan, lambda x, y: [1 + y * y], shown=lambda x, y: [1 / cos(x) ** 2],
    limit=floats.undefined, domain=[(-1.4, 1.4)],
    slips=[
        Slip("square", "the square was forgotten", lambda x, y: [1 / cos(x)]),
        Slip("square", "the square was forgotten", lambda x, y: [1 + y]),
        Slip("sign", "this is the rule of tanh", lambda x, y: [1 - y ** 2]),
        Slip("wrong function", "the square of the cosine was not put in the denominator", lambda x, y: [cos(x) ** 2]),
        Slip("degrees", "the angle was taken in degrees", lambda x, y: [1 / cos(x * math.pi / 180) ** 2]),
    ],
    doc="The tangent of x.",
)
asin = op(
    "asin", math.asin, lambda x, y: [1 / leg(x)],
    limit=floats.undefined, domain=[(-0.9, 0.9)], aliases=["arcsin"], notation="arcsin",
    slips=[
        Slip("root", "the root was forgotten", lambda x, y: [1 / (1 - x ** 2)]),
        Slip("sign", "the sign under the root is wrong", lambda x, y: [1 / sqrt(1 + x ** 2)]),
    ],
    doc="The angle whose sine is x.",
)
acos = op(
    "acos", math.acos, lambda x, y: [-1 / leg(x)],
    limit=floats.undefined, domain=[(-0.9, 0.9)], aliases=["arccos"], notation="arccos",
    slips=[
        Slip("root", "the root was forgotten", lambda x, y: [-1 / (1 - x ** 2)]),
        Slip("sign", "the sign under the root is wrong", lambda x, y: [-1 / sqrt(1 + x ** 2)]),
    ],
    doc="The angle whose cosine is x.",
)
atan = op(
    "atan", math.atan, lambda x, y: [hypot(x, 1.0) ** -2], shown=lambda x, y: [1 / (1 + x ** 2)],
    aliases=["arctan"], notation="arctan",
    slips=[
        Slip("square", "the square was forgotten", lambda x, y: [1 / (1 + x)]),
        Slip("sign", "the sign of the square is wrong", lambda x, y: [1 / (1 - x ** 2)]),
        Slip("root", "the sum is not under a root", lambda x, y: [1 / sqrt(1 + x ** 2)]),
    ],
    doc="The angle whose tangent is x.",
)
hypot = op(
    "hypot", math.hypot, lambda a, b, y: [side(a, b), side(b, a)],
    shown=lambda a, b, y: [a / y, b / y],
    kinks={(0.0, 0.0): [0.0, 0.0]}, notation=lambda a, b: sqrt(a ** 2 + b ** 2),
    slips=[
        Slip("factor", "the inner derivative was forgotten", lambda a, b, y: [0.5 / y, 0.5 / y]),
        Slip("factor", "the factor 1/2 of the root was not cancelled", lambda a, b, y: [a / (2 * y), b / (2 * y)]),
        Slip("factor", "the factor 1/2 of the root was forgotten", lambda a, b, y: [2 * a / y, 2 * b / y]),
        Slip("root", "the root was forgotten", lambda a, b, y: [2 * a, 2 * b]),
    ],
    sign="≥0", doc="The length of the vector (a, b); at (0, 0) its derivatives of all orders are taken as 0.",
)
atan2 = op(
    "atan2", math.atan2,
    lambda a, b, y: [times(side(b, a), inverse(hypot(a, b))), -times(side(a, b), inverse(hypot(a, b)))],
    shown=lambda a, b, y: [b / (a ** 2 + b ** 2), -a / (a ** 2 + b ** 2)],
    domain=[(0.2, 3), (-3, 3)], kinks={(0.0, 0.0): [0.0, 0.0]}, aliases=["arctan2"],
    slips=[
        Slip("factor", "the inner derivative was forgotten", lambda a, b, y: [1 / (1 + (a / b) ** 2)] * 2),
    ],
    doc="The angle of the point (b, a), in the order of atan2(y, x); its derivatives at (0, 0) are taken as 0.",
)

sinc = op(
    "sinc", lambda x: 0.0 if math.isinf(x) else math.sin(x) / x if x else 1.0,
    lambda x, y: [-_within(x, 1e150) * bessel(x, 1.0)],
    shown=lambda x, y: [where(abs(x) > 0, (cos(x) - y) / x, 0)],
    numpy=lambda x: where(abs(x) <= 0, 1.0, where(abs(x) >= inf, 0.0, sin(x) / x)),
    slips=[
        Slip("quotient rule", "the second term was forgotten", lambda x, y: [cos(x) / x]),
        Slip("quotient rule", "the derivatives were divided", lambda x, y: [cos(x)]),
        Slip("quotient rule", "the denominator was not squared", lambda x, y: [x * cos(x) - sin(x)]),
    ],
    doc="sin(x) / x, and 1 at 0: the cardinal sine without a factor π.",
)

# Hyperbolic functions.

sinh = op("sinh", math.sinh, lambda x, y: [cosh(x)], limit=lambda x: math.copysign(inf, x), doc="The hyperbolic sine.")
cosh = op("cosh", math.cosh, lambda x, y: [sinh(x)], limit=lambda x: inf, sign=">0", doc="The hyperbolic cosine.")
tanh = op(
    "tanh", math.tanh, lambda x, y: [sech(x) ** 2], shown=lambda x, y: [1 - y ** 2],
    activation=Activation(is_bounded=True, torch="Tanh"),
    slips=[
        Slip("square", "the square was forgotten", lambda x, y: [1 - y]),
        Slip("wrong function", "this is the rule of the sigmoid", lambda x, y: [y * (1 - y)]),
        Slip("wrong point", "the input was used in place of the output", lambda x, y: [1 - x ** 2]),
        Slip("sign", "the sign of the square is wrong", lambda x, y: [1 + y ** 2]),
        Slip("square", "the 1 was forgotten", lambda x, y: [y ** 2]),
        Slip("square", "the square was forgotten", lambda x, y: [1 / cosh(x)]),
    ],
    doc="The hyperbolic tangent, between -1 and 1.",
)
sech = op(
    "sech", lambda x: 1 / math.cosh(x), lambda x, y: [-y * tanh(x)],
    limit=lambda x: 0.0, numpy=lambda x: 1 / cosh(x),
    slips=[
        Slip("factor", "the factor sech was forgotten", lambda x, y: [-tanh(x)]),
        Slip("wrong function", "this is the rule of tanh", lambda x, y: [y ** 2]),
    ],
    sign=">0", doc="1 / cosh(x), without overflow.",
)
asinh = op(
    "asinh", math.asinh, lambda x, y: [1 / hypot(x, 1.0)], shown=lambda x, y: [1 / sqrt(x ** 2 + 1)],
    aliases=["arcsinh"], notation="arsinh",
    slips=[
        Slip("root", "the root was forgotten", lambda x, y: [1 / (x ** 2 + 1)]),
        Slip("sign", "the sign under the root is wrong", lambda x, y: [1 / sqrt(x ** 2 - 1)]),
    ],
    doc="The inverse hyperbolic sine.",
)
acosh = op(
    "acosh", math.acosh, lambda x, y: [(x - 1) ** -0.5 * (x + 1) ** -0.5], shown=lambda x, y: [1 / sqrt(x ** 2 - 1)],
    limit=floats.undefined, domain=[(1.1, 9)], aliases=["arccosh"], notation="arcosh",
    slips=[
        Slip("root", "the root was forgotten", lambda x, y: [1 / (x ** 2 - 1)]),
        Slip("sign", "the sign under the root is wrong", lambda x, y: [1 / sqrt(x ** 2 + 1)]),
    ],
    doc="The inverse hyperbolic cosine, for x of 1 or more.",
)
atanh = op(
    "atanh", math.atanh, lambda x, y: [leg(x) ** -2], shown=lambda x, y: [1 / (1 - x ** 2)],
    limit=lambda x: math.copysign(inf, x) if math.fabs(x) == 1 else nan, domain=[(-0.9, 0.9)],
    aliases=["arctanh"], notation="artanh",
    slips=[
        Slip("sign", "this is the rule of arctan", lambda x, y: [1 / (1 + x ** 2)]),
        Slip("square", "the square was forgotten", lambda x, y: [1 / (1 - x)]),
    ],
    doc="The inverse hyperbolic tangent, for x between -1 and 1.",
)

# Activations and related functions.

sigmoid = op(
    "sigmoid", floats.sigmoid, lambda x, y: [0.25 * sech(0.5 * x) ** 2], shown=lambda x, y: [y * (1 - y)],
    notation="σ", numpy=lambda x: where(x >= 0, 1.0, (e := exp(-abs(x)))) / (1 + e),
    mpmath=lambda mp, x: 1 / (1 + mp.exp(-x)), activation=Activation(is_bounded=True, torch="Sigmoid"),
    slips=[
        Slip("factor", "the second factor was forgotten", lambda x, y: [y]),
        Slip("factor", "the first factor was forgotten", lambda x, y: [1 - y]),
        Slip("wrong function", "this is the rule of tanh", lambda x, y: [1 - y ** 2]),
        Slip("wrong point", "the input was used in place of the output", lambda x, y: [x * (1 - x)]),
        Slip("sign", "the sign of the difference is wrong", lambda x, y: [y * (1 + y)]),
        Slip("factor", "the inner derivative was forgotten", lambda x, y: [y ** 2]),
    ],
    sign=">0", doc="1 / (1 + e ** -x), between 0 and 1.",
)
softplus = op(
    "softplus", lambda x: math.log1p(math.exp(-math.fabs(x))) + (0.0 if x <= 0 else x), lambda x, y: [sigmoid(x)],
    numpy=lambda x: log1p(exp(-abs(x))) + maximum(x, 0.0), mpmath=lambda mp, x: mp.log1p(mp.exp(x)),
    # PyTorch's Softplus is the identity above a threshold, by default 20, with an error of up to 2e-9.
    activation=Activation(math.sqrt(2), torch="Softplus", beta=1.0, threshold=40.0),
    slips=[
        Slip("wrong function", "this is the rule of the sigmoid", lambda x, y: [sigmoid(x) * sigmoid(-x)]),
        Slip("factor", "the inner derivative was forgotten", lambda x, y: [sigmoid(-x)]),
        Slip("normalization", "the denominator was forgotten", lambda x, y: [exp(x)]),
        Slip("wrong point", "the sigmoid was taken of the output", lambda x, y: [sigmoid(y)]),
        Slip("wrong function", "this is the rule of relu", lambda x, y: [where(x > 0, 1, 0)]),
    ],
    sign=">0", doc="log(1 + e ** x), a smooth relu.",
)
relu = op(
    "relu", lambda x: 0.0 if x <= 0 else x, lambda x, y: [1.0 * (x > 0)], shown=lambda x, y: [where(x > 0, 1, 0)],
    kinks={(0.0,): [0.0]}, numpy=lambda x: maximum(x, 0.0), activation=Activation(math.sqrt(2), torch="ReLU"),
    sign="≥0", doc="The positive part of x, max(x, 0); its derivative at 0 is taken as 0.",
)
leaky_relu = op(
    "leaky_relu", lambda x, slope: slope * x if x <= 0 else x,
    lambda x, slope, y: [where(x <= 0, slope, 1.0), where(x <= 0, x, 0.0)],
    defaults=[0.01], domain=[(-3, 3), (0.01, 0.5)], kinks={(0.0, 0.01): [0.01, 0.0]},
    numpy=lambda x, slope: where(x <= 0, slope * x, x),
    activation=Activation(math.sqrt(2), torch="LeakyReLU", negative_slope=0.01),
    slips=[
        Slip("wrong function", "this is the rule of relu", lambda x, slope, y: [where(x > 0, 1, 0), 0.0]),
        Slip("sign", "the slope has no minus sign", lambda x, slope, y: [where(x > 0, 1, -slope), 0.0]),
    ],
    doc="x if it is positive, otherwise slope * x; the derivative at 0 is the slope.",
)
elu = op(
    "elu", lambda x, alpha: alpha * math.expm1(x) if x <= 0 else x,
    lambda x, alpha, y: [where(x <= 0, alpha * exp(x), 1.0), where(x <= 0, expm1(x), 0.0)],
    defaults=[1.0], domain=[(-3, 3), (0.2, 2)], kinks={(0.0, 0.5): [0.5, 0.0]},
    numpy=lambda x, alpha: where(x <= 0, alpha * expm1(x), x),
    mpmath=lambda mp, x, alpha: alpha * mp.expm1(x) if x <= 0 else x,
    activation=Activation(math.sqrt(2), torch="ELU", alpha=1.0),
    slips=[
        Slip("value", "the term alpha was not added to the output", lambda x, alpha, y: [y, y]),
        Slip("factor", "the factor alpha was forgotten", lambda x, alpha, y: [where(x > 0, 1, exp(x)), 0.0]),
        Slip("wrong function", "this is the rule of relu", lambda x, alpha, y: [where(x > 0, 1, 0), 0.0]),
    ],
    doc="x if it is positive, otherwise alpha * (e ** x - 1); the derivative at 0 is alpha.",
)
silu = op(
    "silu", lambda x: 0.0 if x == -inf else x * math.exp(min(x, 0.0)) / (1 + math.exp(-math.fabs(x))),
    lambda x, y: [sigmoid(x) * (1 + _within(x, 800.0) * sigmoid(-x))],
    shown=lambda x, y: [sigmoid(x) * (1 + x * (1 - sigmoid(x)))], aliases=["swish"],
    numpy=lambda x: where(x <= -inf, 0.0, x * sigmoid(x)), mpmath=lambda mp, x: x / (1 + mp.exp(-x)),
    activation=Activation(math.sqrt(2), torch="SiLU"),
    slips=[
        Slip("product rule", "the second term was forgotten", lambda x, y: [sigmoid(x)]),
        Slip("product rule", "the first term was forgotten", lambda x, y: [x * sigmoid(x) * (1 - sigmoid(x))]),
        Slip("product rule", "the derivatives were multiplied", lambda x, y: [sigmoid(x) * (1 - sigmoid(x))]),
        Slip("factor", "a factor of the second term was forgotten", lambda x, y: [sigmoid(x) * (2 - sigmoid(x))]),
        Slip("sign", "the sign of the second term is wrong", lambda x, y: [sigmoid(x) * (1 - x * (1 - sigmoid(x)))]),
        Slip("wrong function", "this is the rule of the sigmoid", lambda x, y: [y * (1 - y)]),
    ],
    doc="x * sigmoid(x), also known as swish.",
)
softsign = op(
    "softsign", lambda x: math.copysign(1.0, x) if math.isinf(x) else x / (1 + math.fabs(x)),
    lambda x, y: [(1 + abs(x)) ** -2], shown=lambda x, y: [1 / (1 + abs(x)) ** 2],
    numpy=lambda x: where(abs(x) >= inf, 1.0 * (x > 0) - 1.0 * (x < 0), x / (1 + abs(x))),
    mpmath=lambda mp, x: x / (1 + mp.fabs(x)), activation=Activation(is_bounded=True, torch="Softsign"),
    slips=[
        Slip("square", "the square was forgotten", lambda x, y: [1 / (1 + abs(x))]),
        Slip("sign", "the absolute value was forgotten", lambda x, y: [1 / (1 + x) ** 2]),
        Slip("wrong function", "this is the rule of tanh", lambda x, y: [1 - y ** 2]),
    ],
    doc="x / (1 + |x|), between -1 and 1.",
)
erf = op(
    "erf", math.erf, lambda x, y: [2 / math.sqrt(math.pi) * bell(x)],
    shown=lambda x, y: [2 / math.sqrt(math.pi) * exp(-x * x)],
    slips=[
        Slip("factor", "the factor 2/√π was forgotten", lambda x, y: [exp(-x * x)]),
        Slip("factor", "the factor 2 was forgotten", lambda x, y: [exp(-x * x) / math.sqrt(math.pi)]),
        Slip(
            "wrong function", "this is the density of the normal distribution",
            lambda x, y: [bell(x / math.sqrt(2)) / math.sqrt(2 * math.pi)],
        ),
    ],
    doc="The error function.",
)
erfc = op(
    "erfc", math.erfc, lambda x, y: [-2 / math.sqrt(math.pi) * bell(x)],
    shown=lambda x, y: [-2 / math.sqrt(math.pi) * exp(-x * x)],
    slips=[
        Slip("factor", "the factor 2/√π was forgotten", lambda x, y: [-exp(-x * x)]),
    ],
    sign=">0", doc="1 - erf(x), exact for large x.",
)
gelu = op(
    "gelu", lambda x: 0.0 if x == -inf else 0.5 * x * math.erfc(-x / math.sqrt(2)),
    lambda x, y: [0.5 * erfc(-x / math.sqrt(2)) + _within(x, 40.0) * bell(x / math.sqrt(2)) / math.sqrt(2 * math.pi)],
    shown=lambda x, y: [0.5 * erfc(-x / math.sqrt(2)) + x * exp(-0.5 * x * x) / math.sqrt(2 * math.pi)],
    numpy=lambda x: where(x <= -inf, 0.0, 0.5 * x * erfc(-x / math.sqrt(2))),
    mpmath=lambda mp, x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    activation=Activation(math.sqrt(2), torch="GELU", approximate="none"),
    slips=[
        Slip("product rule", "the second term was forgotten", lambda x, y: [0.5 * erfc(-x / math.sqrt(2))]),
        Slip(
            "product rule", "the first term was forgotten",
            lambda x, y: [x * bell(x / math.sqrt(2)) / math.sqrt(2 * math.pi)],
        ),
        Slip(
            "product rule", "the derivatives were multiplied",
            lambda x, y: [bell(x / math.sqrt(2)) / math.sqrt(2 * math.pi)],
        ),
        Slip(
            "factor", "a factor of the second term was forgotten",
            lambda x, y: [0.5 * erfc(-x / math.sqrt(2)) + bell(x / math.sqrt(2)) / math.sqrt(2 * math.pi)],
        ),
        Slip("wrong function", "this is the rule of relu", lambda x, y: [where(x > 0, 1, 0)]),
    ],
    doc="x times the probability that a standard normal variable is below x, computed exactly by erf.",
)

# Choices. At a tie, each option gets half of the gradient.

where = op(
    "where", lambda condition, a, b: a if condition else b,
    lambda condition, a, b, y: [0.0, where(condition, 1.0, 0.0), where(condition, 0.0, 1.0)],
    chooses=True, constants=[0], domain=[(0, 1), (-3, 3), (-3, 3)], notation="cases",
    doc="a if the condition holds, otherwise b: where(x > 0, a, b).",
)
maximum = op(
    "maximum", lambda a, b: a if a >= b or a != a else b,
    lambda a, b, y: [0.5 * (a > b) + 0.5 * (a >= b), 0.5 * (b > a) + 0.5 * (b >= a)],
    shown=lambda a, b, y: [where(a > b, 1, where(a < b, 0, 0.5)), where(a > b, 0, where(a < b, 1, 0.5))],
    chooses=True, kinks={(1.0, 1.0): [0.5, 0.5]}, notation="max",
    slips=[
        Slip("other branch", "the gradient was halved, as for equal inputs", lambda a, b, y: [0.5, 0.5]),
    ],
    doc="The larger of a and b; if they are equal, both derivatives are 1/2.",
)
minimum = op(
    "minimum", lambda a, b: a if a <= b or a != a else b,
    lambda a, b, y: [0.5 * (a < b) + 0.5 * (a <= b), 0.5 * (b < a) + 0.5 * (b <= a)],
    shown=lambda a, b, y: [where(a < b, 1, where(a > b, 0, 0.5)), where(a < b, 0, where(a > b, 1, 0.5))],
    chooses=True, kinks={(1.0, 1.0): [0.5, 0.5]}, notation="min",
    slips=[
        Slip("other branch", "the gradient was halved, as for equal inputs", lambda a, b, y: [0.5, 0.5]),
    ],
    doc="The smaller of a and b; if they are equal, both derivatives are 1/2.",
)

# Comparisons, for rules that are printed and for functions that are compiled.

less = op("<", lambda a, b: float(a < b), lambda a, b, y: [0.0, 0.0], notation="<")
less_equal = op("<=", lambda a, b: float(a <= b), lambda a, b, y: [0.0, 0.0], notation="≤")
greater = op(">", lambda a, b: float(a > b), lambda a, b, y: [0.0, 0.0], notation=">")
greater_equal = op(">=", lambda a, b: float(a >= b), lambda a, b, y: [0.0, 0.0], notation="≥")
COMPARISONS = (less, less_equal, greater, greater_equal)

# Auxiliary operations, used by rules only. They avoid cancellation of large numbers, and 0 times infinity.

leg = op(
    "leg", lambda x: math.sqrt((1 - x) * (1 + x)), lambda x, y: [-x / y],
    limit=floats.undefined, domain=[(-0.9, 0.9)], notation=lambda x: sqrt(1 - x ** 2),
    numpy=lambda x: sqrt((1 - x) * (1 + x)),
    doc="sqrt(1 - x ** 2), the other leg of a right triangle with the hypotenuse 1 and the leg x.",
)
side = op(
    "side", floats.side,
    lambda a, b, y: [times(side(b, a) ** 2, inverse(hypot(a, b))), -times(y * side(b, a), inverse(hypot(a, b)))],
    notation=lambda a, b: a / sqrt(a ** 2 + b ** 2),
    numpy=lambda a, b: where(
        abs(a) >= inf,
        where(abs(b) >= inf, nan, 1.0 * (a > 0) - 1.0 * (a < 0)),
        a / where(abs(a) <= 0, 1.0, hypot(a, b)),
    ),
    doc="a / hypot(a, b), and 0 at (0, 0).",
)
inverse = op(
    "inverse", lambda x: 0.0 if x == 0 else 1 / x, lambda x, y: [-y * y],
    domain=[(0.2, 3)], notation=lambda x: 1 / x, mpmath=lambda mp, x: 1 / x,
    numpy=lambda x: where(abs(x) <= 0, 0.0, 1 / x), doc="1 / x, and 0 at 0.",
)
times = op(
    "times", floats.times, lambda a, b, y: [b, a], notation=lambda a, b: a * b,
    numpy=lambda a, b: where(abs(a * b) >= 0, a * b, where((abs(a) >= 0) * (abs(b) >= 0), 0.0, nan)),
    doc="a * b, with 0 times infinity = 0.",
)
bell = op(
    "bell", lambda x: math.exp(-x * x), lambda x, y: [-2 * _within(x, 40.0) * y],
    notation=lambda x: exp(-x ** 2), numpy=lambda x: exp(-x * x), mpmath=lambda mp, x: mp.exp(-x * x),
    sign=">0", doc="e ** (-x ** 2).",
)
share = op(
    "share", lambda a, b: 1.0 if a == inf and b < inf else a / (a + b),
    lambda a, b, y: [share(b, a) / (a + b), -y / (a + b)],
    limit=floats.undefined, domain=[(0.2, 3), (0.2, 3)], notation=lambda a, b: a / (a + b),
    numpy=lambda a, b: where((a >= inf) * (b < inf), 1.0, a / (a + b)), doc="a / (a + b), for positive a and b.",
)
powlog = op(
    "powlog", floats.powlog,
    lambda a, b, y: [times(b, powlog(_base(a, b), b - 1)) + pow(_base(a, b), b - 1), powlog(a, 0.5 * b) ** 2],
    limit=lambda a, b: nan if a < 0 or b != b else math.copysign(inf, a - 1), domain=[(0.2, 3), (-3, 3)],
    notation=lambda a, b: a ** b * log(a),
    numpy=lambda a, b: where(
        (abs(a) <= 0) * (abs(b) >= 0), where(b >= 0, 0.0, -inf), where((a >= inf) * (b < 0), 0.0, pow(a, b) * log(a))
    ),
    doc="a ** b * log(a), and 0 at (0, 0).",
)
floordiv = op(
    "floordiv", operator.floordiv, lambda a, b, y: [0.0, 0.0],
    limit=floats.div_limit, domain=[(0.2, 3), (0.2, 3)], notation="⌊", numpy="floor_divide",
    mpmath=lambda mp, a, b: mp.floor(a / b), doc="The integer quotient a // b; its derivatives are 0.",
)
bessel = op(
    "bessel", floats.bessel, lambda x, n, y: [-_within(x, 1e150) * bessel(x, n + 1), 0.0],
    constants=[1], domain=[(-3, 3), (0, 3)],
    mpmath=lambda mp, x, n: mp.sqrt(mp.pi / 2 / mp.fabs(x)) * mp.besselj(n + 0.5, mp.fabs(x)) / mp.fabs(x) ** n,
    doc="The spherical Bessel function of integer order n, divided by x ** n.",
)
AUXILIARY = (leg, side, inverse, times, bell, share, powlog, floordiv, bessel)

# Sums of many inputs, each a single node.

dot = Dot(
    "dot", floats.dot, dot_rule,
    variadic=True, notation=written_dot,
    mpmath=lambda mp, xs: mp.fdot(zip(xs[: len(xs) // 2], xs[len(xs) // 2 : -1])) + xs[-1],
    doc="The weighted sum of a neuron: dot(ws, xs, b) is the sum of weights times inputs, plus the bias b.",
)
total = op(
    "total", sum, lambda xs, y: [1.0] * len(xs),
    variadic=True, notation=written_sum, mpmath="fsum",
    slips=[
        Slip("mean", "the mean was differentiated instead of the sum", lambda xs, y: [1 / len(xs)] * len(xs)),
    ],
    doc="The sum of a list xs. It uses Python's sum, which is more accurate from Python 3.12 on.",
)
norm = op(
    "norm", lambda xs: math.hypot(*xs), lambda xs, y: [x / where(y <= 0, inf, y) for x in xs],
    shown=lambda xs, y: [x / y for x in xs], variadic=True, kinks={(0.0, 0.0): [0.0, 0.0]},
    notation=lambda xs: sqrt(written_sum([x ** 2 for x in xs])), numpy=lambda xs: reduce(hypot, xs, 0.0),
    slips=[
        Slip("factor", "the inner derivative was forgotten", lambda xs, y: [0.5 / y for x in xs]),
        Slip("factor", "the factor 1/2 of the root was not cancelled", lambda xs, y: [0.5 * x / y for x in xs]),
        Slip("factor", "the factor 1/2 of the root was forgotten", lambda xs, y: [2 * x / y for x in xs]),
        Slip("root", "the root was forgotten", lambda xs, y: [2 * x for x in xs]),
        Slip("square", "the denominator was squared", lambda xs, y: [x / (y * y) for x in xs]),
    ],
    sign="≥0", doc="The Euclidean length of a list xs; its derivatives at length 0 are taken as 0.",
)
mean = op(
    "mean", floats.mean, lambda xs, y: [1 / len(xs)] * len(xs),
    variadic=True, notation=lambda xs: written_sum(xs) / len(xs),
    mpmath=lambda mp, xs: mp.fsum(xs) / len(xs),
    slips=[
        Slip("factor", "the division by the number of terms was forgotten", lambda xs, y: [1.0] * len(xs)),
    ],
    doc="The arithmetic mean of a list xs.",
)

TABLE = {
    each.name: each
    for each in list(globals().values())
    if isinstance(each, Op) and each not in (*COMPARISONS, *AUXILIARY)
}

# Star imports get all operations except operators and names of Python's built-in functions.
__all__ = [name for name, each in TABLE.items() if not (each.infix or each is neg or hasattr(builtins, name))]


# fmt: on


def _add_operators() -> None:
    """Add the operators to `Operand`, and a method for each operation of one or two inputs."""
    for name, infix in {"add": add, "sub": sub, "mul": mul, "truediv": div, "mod": mod, "pow": pow}.items():
        forward, reflected = infix_methods(infix)
        setattr(Operand, f"__{name}__", forward)
        setattr(Operand, f"__r{name}__", reflected)
    to_node, to_number = infix_methods(pow)[0], infix_methods(power)[0]
    setattr(Operand, "__pow__", lambda a, b: (to_node if isinstance(b, Operand) else to_number)(a, b))  # noqa: B010
    for name, comparison in {"lt": less, "le": less_equal, "gt": greater, "ge": greater_equal}.items():
        setattr(Operand, f"__{name}__", infix_methods(comparison)[0])
    for name, prefix in {"neg": neg, "abs": abs}.items():
        setattr(Operand, f"__{name}__", unary_method(prefix))
    setattr(Operand, "__pos__", lambda x: x)  # noqa: B010 - the class does not declare it
    for each in TABLE.values():
        if each.arity in (1, 2) and not each.infix:
            for name in (each.name, *each.aliases):
                setattr(Operand, name, unary_method(each) if each.arity == 1 else binary_method(each))


_add_operators()

# Written by .ci/stubs.py from the table of operations; do not edit.
# mypy: disable-error-code="overload-overlap"
from collections.abc import Iterable, Sequence
from typing import Any, overload

from autograd.operand import Operand
from autograd.operation import Op
from autograd.value import Value

Number = Value | float

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "gelu",
    "hypot",
    "leaky_relu",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "norm",
    "relu",
    "sech",
    "sigmoid",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "softsign",
    "sqrt",
    "tan",
    "tanh",
    "total",
    "where",
]

class _Add(Op):
    """The sum a + b."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

add: _Add

class _Sub(Op):
    """The difference a - b."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

sub: _Sub

class _Mul(Op):
    """The product a * b."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

mul: _Mul

class _Div(Op):
    """The quotient a / b; a / 0 is infinite, 0 / 0 is nan."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

div: _Div

class _Mod(Op):
    """The remainder a % b, with the sign of b; at a jump, the derivatives are those from the right."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

mod: _Mod

class _Neg(Op):
    """The negative -x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

neg: _Neg

class _Power(Op):
    """x ** n for a constant n; nan for a root of a negative number. The derivative of x ** 0 is 0 everywhere."""
    @overload
    def __call__(self, x: float, n: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, n: Number, /) -> Value: ...
    @overload
    def __call__(self, x: float, n: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, n: Any, /) -> Any: ...

power: _Power

class _Pow(Op):
    """The power a ** b; nan for a root of a negative number. All derivatives are taken as 0 at (0, 0)."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

pow: _Pow

class _Abs(Op):
    """The absolute value |x|; its derivative at 0 is taken as 0."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

abs: _Abs

class _Exp(Op):
    """The exponential e ** x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

exp: _Exp

class _Exp2(Op):
    """The power 2 ** x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

exp2: _Exp2

class _Expm1(Op):
    """e ** x - 1, exact for tiny x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

expm1: _Expm1

class _Log(Op):
    """The natural logarithm of x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

log: _Log

class _Log2(Op):
    """The logarithm of x to the base 2."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

log2: _Log2

class _Log10(Op):
    """The logarithm of x to the base 10."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

log10: _Log10

class _Log1P(Op):
    """The logarithm of 1 + x, exact for tiny x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

log1p: _Log1P

class _Sqrt(Op):
    """The square root of x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sqrt: _Sqrt

class _Cbrt(Op):
    """The cube root of x, also of a negative x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

cbrt: _Cbrt

class _Logaddexp(Op):
    """log(e ** a + e ** b), without overflow."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

logaddexp: _Logaddexp

class _Logsumexp(Op):
    """The logarithm of the sum of e ** x over a list xs."""
    @overload
    def __call__(self, xs: Iterable[float], /) -> float: ...
    @overload
    def __call__(self, xs: Iterable[Number], /) -> Value: ...
    @overload
    def __call__(self, xs: Iterable[Any], /) -> Any: ...

logsumexp: _Logsumexp

class _Sin(Op):
    """The sine of x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sin: _Sin

class _Cos(Op):
    """The cosine of x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

cos: _Cos

class _Tan(Op):
    """The tangent of x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

tan: _Tan

class _Asin(Op):
    """The angle whose sine is x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

asin: _Asin

class _Acos(Op):
    """The angle whose cosine is x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

acos: _Acos

class _Atan(Op):
    """The angle whose tangent is x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

atan: _Atan

class _Hypot(Op):
    """The length of the vector (a, b); at (0, 0) its derivatives of all orders are taken as 0."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

hypot: _Hypot

class _Atan2(Op):
    """The angle of the point (b, a), in the order of atan2(y, x); its derivatives at (0, 0) are taken as 0."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

atan2: _Atan2

class _Sinc(Op):
    """sin(x) / x, and 1 at 0: the cardinal sine without a factor π."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sinc: _Sinc

class _Sinh(Op):
    """The hyperbolic sine."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sinh: _Sinh

class _Cosh(Op):
    """The hyperbolic cosine."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

cosh: _Cosh

class _Tanh(Op):
    """The hyperbolic tangent, between -1 and 1."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

tanh: _Tanh

class _Sech(Op):
    """1 / cosh(x), without overflow."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sech: _Sech

class _Asinh(Op):
    """The inverse hyperbolic sine."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

asinh: _Asinh

class _Acosh(Op):
    """The inverse hyperbolic cosine, for x of 1 or more."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

acosh: _Acosh

class _Atanh(Op):
    """The inverse hyperbolic tangent, for x between -1 and 1."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

atanh: _Atanh

class _Sigmoid(Op):
    """1 / (1 + e ** -x), between 0 and 1."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

sigmoid: _Sigmoid

class _Softplus(Op):
    """log(1 + e ** x), a smooth relu."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

softplus: _Softplus

class _Relu(Op):
    """The positive part of x, max(x, 0); its derivative at 0 is taken as 0."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

relu: _Relu

class _LeakyRelu(Op):
    """x if it is positive, otherwise slope * x; the derivative at 0 is the slope."""
    @overload
    def __call__(self, x: float, /, slope: float = ...) -> float: ...
    @overload
    def __call__(self, x: Value, /, slope: Number = ...) -> Value: ...
    @overload
    def __call__(self, x: float, /, slope: Value) -> Value: ...
    @overload
    def __call__(self, x: Any, /, slope: Any = ...) -> Any: ...

leaky_relu: _LeakyRelu

class _Elu(Op):
    """x if it is positive, otherwise alpha * (e ** x - 1); the derivative at 0 is alpha."""
    @overload
    def __call__(self, x: float, /, alpha: float = ...) -> float: ...
    @overload
    def __call__(self, x: Value, /, alpha: Number = ...) -> Value: ...
    @overload
    def __call__(self, x: float, /, alpha: Value) -> Value: ...
    @overload
    def __call__(self, x: Any, /, alpha: Any = ...) -> Any: ...

elu: _Elu

class _Silu(Op):
    """x * sigmoid(x), also known as swish."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

silu: _Silu

class _Softsign(Op):
    """x / (1 + |x|), between -1 and 1."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

softsign: _Softsign

class _Erf(Op):
    """The error function."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

erf: _Erf

class _Erfc(Op):
    """1 - erf(x), exact for large x."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

erfc: _Erfc

class _Gelu(Op):
    """x times the probability that a standard normal variable is below x, computed exactly by erf."""
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...

gelu: _Gelu

class _Where(Op):
    """a if the condition holds, otherwise b: where(x > 0, a, b)."""
    @overload
    def __call__(self, condition: float, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, condition: Value, a: Number, b: Number, /) -> Value: ...
    @overload
    def __call__(self, condition: float, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, condition: float, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, condition: Any, a: Any, b: Any, /) -> Any: ...

where: _Where

class _Maximum(Op):
    """The larger of a and b; if they are equal, both derivatives are 1/2."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

maximum: _Maximum

class _Minimum(Op):
    """The smaller of a and b; if they are equal, both derivatives are 1/2."""
    @overload
    def __call__(self, a: float, b: float, /) -> float: ...
    @overload
    def __call__(self, a: Value, b: Number, /) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /) -> Value: ...
    @overload
    def __call__(self, a: Any, b: Any, /) -> Any: ...

minimum: _Minimum

class _Dot(Op):
    """The weighted sum of a neuron: dot(ws, xs, b) is the sum of weights times inputs, plus the bias b."""
    @overload
    def __call__(self, ws: Iterable[float], xs: Iterable[float], b: float = ...) -> float: ...
    @overload
    def __call__(self, ws: Iterable[Number], xs: Iterable[Number], b: Number = ...) -> Value: ...
    @overload
    def __call__(self, ws: Iterable[Any], xs: Iterable[Any], b: Any = ...) -> Any: ...

dot: _Dot

class _Total(Op):
    """The sum of a list xs. It uses Python's sum, which is more accurate from Python 3.12 on."""
    @overload
    def __call__(self, xs: Iterable[float], /) -> float: ...
    @overload
    def __call__(self, xs: Iterable[Number], /) -> Value: ...
    @overload
    def __call__(self, xs: Iterable[Any], /) -> Any: ...

total: _Total

class _Norm(Op):
    """The Euclidean length of a list xs; its derivatives at length 0 are taken as 0."""
    @overload
    def __call__(self, xs: Iterable[float], /) -> float: ...
    @overload
    def __call__(self, xs: Iterable[Number], /) -> Value: ...
    @overload
    def __call__(self, xs: Iterable[Any], /) -> Any: ...

norm: _Norm

class _Mean(Op):
    """The arithmetic mean of a list xs."""
    @overload
    def __call__(self, xs: Iterable[float], /) -> float: ...
    @overload
    def __call__(self, xs: Iterable[Number], /) -> Value: ...
    @overload
    def __call__(self, xs: Iterable[Any], /) -> Any: ...

mean: _Mean

less: Op
less_equal: Op
greater: Op
greater_equal: Op
leg: Op
side: Op
inverse: Op
times: Op
bell: Op
share: Op
powlog: Op
floordiv: Op
bessel: Op

TABLE: dict[str, Op]
COMPARISONS: tuple[Op, ...]
AUXILIARY: tuple[Op, ...]

def shares(xs: Sequence[Any], y: Any) -> list[Any]: ...

class Methods(Operand):
    def neg(self) -> Value:
        """The negative -x."""
    def abs(self) -> Value:
        """The absolute value |x|; its derivative at 0 is taken as 0."""
    def exp(self) -> Value:
        """The exponential e ** x."""
    def exp2(self) -> Value:
        """The power 2 ** x."""
    def expm1(self) -> Value:
        """e ** x - 1, exact for tiny x."""
    def log(self) -> Value:
        """The natural logarithm of x."""
    def log2(self) -> Value:
        """The logarithm of x to the base 2."""
    def log10(self) -> Value:
        """The logarithm of x to the base 10."""
    def log1p(self) -> Value:
        """The logarithm of 1 + x, exact for tiny x."""
    def sqrt(self) -> Value:
        """The square root of x."""
    def cbrt(self) -> Value:
        """The cube root of x, also of a negative x."""
    def logaddexp(self, b: Number) -> Value:
        """log(e ** a + e ** b), without overflow."""
    def sin(self) -> Value:
        """The sine of x."""
    def cos(self) -> Value:
        """The cosine of x."""
    def tan(self) -> Value:
        """The tangent of x."""
    def asin(self) -> Value:
        """The angle whose sine is x."""
    def arcsin(self) -> Value:
        """The angle whose sine is x."""
    def acos(self) -> Value:
        """The angle whose cosine is x."""
    def arccos(self) -> Value:
        """The angle whose cosine is x."""
    def atan(self) -> Value:
        """The angle whose tangent is x."""
    def arctan(self) -> Value:
        """The angle whose tangent is x."""
    def hypot(self, b: Number) -> Value:
        """The length of the vector (a, b); at (0, 0) its derivatives of all orders are taken as 0."""
    def atan2(self, b: Number) -> Value:
        """The angle of the point (b, a), in the order of atan2(y, x); its derivatives at (0, 0) are taken as 0."""
    def arctan2(self, b: Number) -> Value:
        """The angle of the point (b, a), in the order of atan2(y, x); its derivatives at (0, 0) are taken as 0."""
    def sinc(self) -> Value:
        """sin(x) / x, and 1 at 0: the cardinal sine without a factor π."""
    def sinh(self) -> Value:
        """The hyperbolic sine."""
    def cosh(self) -> Value:
        """The hyperbolic cosine."""
    def tanh(self) -> Value:
        """The hyperbolic tangent, between -1 and 1."""
    def sech(self) -> Value:
        """1 / cosh(x), without overflow."""
    def asinh(self) -> Value:
        """The inverse hyperbolic sine."""
    def arcsinh(self) -> Value:
        """The inverse hyperbolic sine."""
    def acosh(self) -> Value:
        """The inverse hyperbolic cosine, for x of 1 or more."""
    def arccosh(self) -> Value:
        """The inverse hyperbolic cosine, for x of 1 or more."""
    def atanh(self) -> Value:
        """The inverse hyperbolic tangent, for x between -1 and 1."""
    def arctanh(self) -> Value:
        """The inverse hyperbolic tangent, for x between -1 and 1."""
    def sigmoid(self) -> Value:
        """1 / (1 + e ** -x), between 0 and 1."""
    def softplus(self) -> Value:
        """log(1 + e ** x), a smooth relu."""
    def relu(self) -> Value:
        """The positive part of x, max(x, 0); its derivative at 0 is taken as 0."""
    def leaky_relu(self, slope: Number = ...) -> Value:
        """x if it is positive, otherwise slope * x; the derivative at 0 is the slope."""
    def elu(self, alpha: Number = ...) -> Value:
        """x if it is positive, otherwise alpha * (e ** x - 1); the derivative at 0 is alpha."""
    def silu(self) -> Value:
        """x * sigmoid(x), also known as swish."""
    def swish(self) -> Value:
        """x * sigmoid(x), also known as swish."""
    def softsign(self) -> Value:
        """x / (1 + |x|), between -1 and 1."""
    def erf(self) -> Value:
        """The error function."""
    def erfc(self) -> Value:
        """1 - erf(x), exact for large x."""
    def gelu(self) -> Value:
        """x times the probability that a standard normal variable is below x, computed exactly by erf."""
    def maximum(self, b: Number) -> Value:
        """The larger of a and b; if they are equal, both derivatives are 1/2."""
    def minimum(self, b: Number) -> Value:
        """The smaller of a and b; if they are equal, both derivatives are 1/2."""

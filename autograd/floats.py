"""Values of operations on floats that need more than an expression: limits, and forms that keep their digits.

Sums use Python's `sum`, which compensates for rounding errors from Python 3.12 on. The last bits of `dot`, `total` and
`mean` may therefore differ between Python 3.11 and later versions.
"""

from __future__ import annotations

import math
import operator
from math import inf, nan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def undefined(*inputs: float) -> float:
    """nan, the value outside a domain."""
    return nan


def div_limit(a: float, b: float) -> float:
    """The value a / b where Python raises: b is 0, or the quotient is too large."""
    return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def pow_limit(a: float, b: float) -> float:
    """The power a ** b where Python raises: the result is infinite, or not a real number."""
    if a < 0 and not b.is_integer():
        return nan  # a root of a negative number is not real
    if a < 0 or (a == 0 and b % 2 == 1):
        return math.copysign(inf, a if b % 2 else 1.0)
    return inf


def sigmoid(x: float) -> float:
    """1 / (1 + e ** -x), without overflow."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def side(a: float, b: float) -> float:
    """The value a / hypot(a, b), with its limits at 0 and infinity."""
    if math.isinf(a):
        return nan if math.isinf(b) else math.copysign(1.0, a)
    return a / math.hypot(a, b) if a else 0.0


def times(a: float, b: float) -> float:
    """The product a * b, where 0 times infinity is 0."""
    y = a * b
    return 0.0 if y != y and a == a and b == b else y


def powlog(a: float, b: float) -> float:
    """The value a ** b * log(a), with its limits at 0 and infinity; 0 where a and b are 0."""
    if a == 0 and b == b:
        return 0.0 if b >= 0 else -inf
    if a == inf and b < 0:
        return 0.0
    return math.pow(a, b) * math.log(a)


def logsumexp(xs: Sequence[float]) -> float:
    """The logarithm of the sum of e ** x, without overflow; digits of a sum that is near 1 are kept."""
    if not xs:
        raise ValueError("logsumexp() of nothing is not defined: give it at least one number")
    if any(x != x for x in xs):
        return nan
    ascending = sorted(xs)
    top = ascending[-1]
    return top if math.isinf(top) else top + math.log1p(sum(math.exp(x - top) for x in ascending[:-1]))


def logaddexp(a: float, b: float) -> float:
    """The value log(e ** a + e ** b), without overflow."""
    if a == b:
        return a + math.log(2.0)
    return (a if a > b else b) + math.log1p(math.exp(-math.fabs(a - b)))


def bessel(x: float, n: float) -> float:
    """The spherical Bessel function of order n, up to 30, divided by x ** n (DLMF 10.51.1, near 0 DLMF 10.53.1)."""
    if not n <= 30:
        return nan
    if math.isinf(x):
        return 0.0
    if x * x < 4 * n + 6:
        return _bessel_series(0.5 * x * x, n, 0.0) / _odd_factorial(n)
    start = math.sin(x) / x
    return start if n < 1 else _bessel_upward(x, n, 1.0, start, (start - math.cos(x)) / (x * x))


def _bessel_upward(x: float, n: float, k: float, before: float, here: float) -> float:
    """The function of order n, from those of the orders k - 1 and k."""
    return here if n <= k else _bessel_upward(x, n, k + 1, here, ((2 * k + 1) * here - before) / (x * x))


def _bessel_series(t: float, n: float, k: float) -> float:
    """The sum of (-t) ** j / (j! (2n + 3) ... (2n + 2j + 1)), divided by its term k, from there on."""
    return 1.0 if k > 24 else 1.0 - t / ((k + 1) * (2 * n + 2 * k + 3)) * _bessel_series(t, n, k + 1)


def _odd_factorial(n: float) -> float:
    """The product of the odd numbers up to 2n + 1."""
    return 1.0 if n < 1 else (2 * n + 1) * _odd_factorial(n - 1)


def mean(xs: Sequence[float]) -> float:
    """The arithmetic mean."""
    if not xs:
        raise ValueError("mean() of nothing is not defined: give it at least one number")
    return sum(xs) / len(xs)


def dot(inputs: Sequence[float]) -> float:
    """The sum of weights times signals, and the bias, from one flat list of all of them."""
    n = len(inputs) // 2  # weights, as many signals, the bias
    return sum(map(operator.mul, inputs, inputs[n:-1]), inputs[-1])

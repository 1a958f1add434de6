"""Values of operations on floats that need more than one expression: limits, and numerically accurate forms.

Sums use Python's `sum`, which compensates for rounding errors from Python 3.12 on. The last bits of `dot`, `total` and
`mean` may therefore differ between Python 3.11 and later versions.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from math import inf, nan


def undefined(*inputs: float) -> float:
    """Return nan, the value outside of a domain."""
    return nan


def div_limit(a: float, b: float) -> float:
    """Return the IEEE value of a / b where Python raises an error: b is 0, or the quotient overflows."""
    return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def pow_limit(a: float, b: float) -> float:
    """Return the IEEE value of a ** b where Python raises an error: the result is infinite or not real."""
    if a < 0 and not b.is_integer():
        return nan  # a root of a negative number is not real
    if a < 0 or (a == 0 and b % 2 == 1):
        return math.copysign(inf, a if b % 2 else 1.0)
    return inf


def sigmoid(x: float) -> float:
    """Return 1 / (1 + e ** -x), without overflow."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def side(a: float, b: float) -> float:
    """Return a / hypot(a, b), with its limits at 0 and infinity."""
    if math.isinf(a):
        return nan if math.isinf(b) else math.copysign(1.0, a)
    return a / math.hypot(a, b) if a else 0.0


def times(a: float, b: float) -> float:
    """Return a * b, with 0 times infinity = 0."""
    y = a * b
    return 0.0 if y != y and a == a and b == b else y


def powlog(a: float, b: float) -> float:
    """Return a ** b * log(a), with its limits at 0 and infinity, and 0 at (0, 0)."""
    if a == 0 and b == b:
        return 0.0 if b >= 0 else -inf
    if a == inf and b < 0:
        return 0.0
    return math.pow(a, b) * math.log(a)


def logsumexp(xs: Sequence[float]) -> float:
    """Return the logarithm of the sum of e ** x, without overflow, and accurately for a sum near 1."""
    if not xs:
        raise ValueError("logsumexp() takes at least one number, got none")
    if any(x != x for x in xs):
        return nan
    ascending = sorted(xs)
    top = ascending[-1]
    return top if math.isinf(top) else top + math.log1p(sum(math.exp(x - top) for x in ascending[:-1]))


def logaddexp(a: float, b: float) -> float:
    """Return log(e ** a + e ** b), without overflow."""
    if a == b:
        return a + math.log(2.0)
    return (a if a > b else b) + math.log1p(math.exp(-math.fabs(a - b)))


def bessel(x: float, n: float) -> float:
    """Return the spherical Bessel function of order n <= 30, divided by x ** n (DLMF 10.51.1; near 0 DLMF 10.53.1)."""
    if not n <= 30:
        return nan
    if math.isinf(x):
        return 0.0
    if x * x < 4 * n + 6:
        return bessel_series(0.5 * x * x, n, 0.0) / odd_factorial(n)
    start = math.sin(x) / x
    return start if n < 1 else bessel_upward(x, n, 1.0, start, (start - math.cos(x)) / (x * x))


def bessel_upward(x: float, n: float, k: float, before: float, here: float) -> float:
    """Return the function of order n, by recurrence from those of the orders k - 1 and k."""
    return here if n <= k else bessel_upward(x, n, k + 1, here, ((2 * k + 1) * here - before) / (x * x))


def bessel_series(t: float, n: float, k: float) -> float:
    """Return the sum over j >= k of (-t) ** j / (j! (2n + 3) ... (2n + 2j + 1)), divided by its term k."""
    return 1.0 if k > 24 else 1.0 - t / ((k + 1) * (2 * n + 2 * k + 3)) * bessel_series(t, n, k + 1)


def odd_factorial(n: float) -> float:
    """Return the product of the odd numbers up to 2n + 1."""
    return 1.0 if n < 1 else (2 * n + 1) * odd_factorial(n - 1)


def mean(xs: Sequence[float]) -> float:
    """Return the arithmetic mean."""
    if not xs:
        raise ValueError("mean() takes at least one number, got none")
    return sum(xs) / len(xs)


def dot(inputs: Sequence[float]) -> float:
    """Return the sum of weights times inputs, plus the bias, from one flat list."""
    n = len(inputs) // 2  # weights, then as many inputs, then the bias
    return sum(map(operator.mul, inputs, inputs[n:-1]), inputs[-1])

"""Generate points in the plane whose classes lie on curves, with noise.

Each function returns n points [x, y] and their n classes. Sample i is on curve i mod k of k curves, so that the first
samples include all classes. The m samples of a curve are at s = ½/m, 1½/m, 2½/m, ..., where s is from 0 to 1. `noise`
is the standard deviation of the Gaussian noise that `rng` adds to each coordinate. Coordinates are rounded to nine
decimals, so that a seed gives the same points on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import cos, isfinite, pi, sin
from numbers import Real

from ..checks import check_count, check_rng

Point = tuple[float, float]
Curve = Callable[[float], Point]
Samples = tuple[list[list[float]], list[int]]


def moons(n: int = 100, noise: float = 0.1, *, rng: random.Random) -> Samples:
    """Return `n` points on two interleaving half circles, of classes 0 and 1.

    Class 0 is on (cos πs, sin πs), class 1 on (1 - cos πs, ½ - sin πs).

    >>> moons(4, noise=0.0, rng=random.Random(0))[0]
    [[0.707106781, 0.707106781], [0.292893219, -0.207106781], [-0.707106781, 0.707106781], [1.707106781, -0.207106781]]
    """
    return _on([lambda s: (cos(pi * s), sin(pi * s)), lambda s: (1 - cos(pi * s), 0.5 - sin(pi * s))], n, noise, rng)


def circles(n: int = 100, noise: float = 0.1, *, rng: random.Random) -> Samples:
    """Return `n` points on two circles around the origin, of radius 1 (class 0) and ½ (class 1).

    A circle of radius r is (r cos 2πs, r sin 2πs).

    >>> circles(2, noise=0.0, rng=random.Random(0))
    ([[-1.0, 0.0], [-0.5, 0.0]], [0, 1])
    """
    return _on([lambda s: _polar(1.0, s), lambda s: _polar(0.5, s)], n, noise, rng)


def spirals(n: int = 100, noise: float = 0.03, *, arms: int = 2, turns: float = 1.0, rng: random.Random) -> Samples:
    """Return `n` points on `arms` spirals, of classes 0 to arms - 1, each with the given number of `turns`.

    Class c is on (s cos φ, s sin φ) with φ = 2π (turns · s + c / arms), from the origin out to radius 1.

    >>> spirals(3, noise=0.0, arms=3, turns=2.0, rng=random.Random(0))
    ([[0.5, 0.0], [-0.25, 0.433012702], [-0.25, -0.433012702]], [0, 1, 2])
    """
    check_count("arms", arms)
    if not _is_finite(turns):
        raise ValueError(f"turns must be a finite number, got {turns!r}")
    return _on([_spiral(turns, c / arms) for c in range(arms)], n, noise, rng)


def xor(n: int = 4, noise: float = 0.0, *, rng: random.Random | None = None) -> Samples:
    """Return `n` points at the corners of the unit square, of class 1 if their coordinates differ.

    Without noise, `rng` is not needed.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corners: list[Curve] = [lambda s: (0.0, 0.0), lambda s: (0.0, 1.0), lambda s: (1.0, 0.0), lambda s: (1.0, 1.0)]
    X, indices = _on(corners, n, noise, rng if noise else random.Random(0))
    return X, [int(i in (1, 2)) for i in indices]


def _polar(radius: float, turns: float) -> Point:
    return radius * cos(2 * pi * turns), radius * sin(2 * pi * turns)


def _spiral(turns: float, start: float) -> Curve:
    return lambda s: _polar(s, turns * s + start)


def _on(curves: Sequence[Curve], n: int, noise: float, rng: random.Random | None) -> Samples:
    """Return `n` noisy points, alternating between the `curves`, and the indices of their curves."""
    check_count("n", n)
    if not _is_finite(noise) or noise < 0:
        raise ValueError(f"noise must be a finite number of at least 0, got {noise!r}")
    rng = check_rng(rng)
    k = len(curves)
    X, Y = [], [i % k for i in range(n)]
    for i, c in enumerate(Y):
        s = (i // k + 0.5) / len(range(c, n, k))
        X.append([round(x + rng.gauss(0.0, noise), 9) + 0.0 for x in curves[c](s)])  # + 0.0 turns -0.0 into 0.0
    return X, Y


def _is_finite(x: object) -> bool:
    return isinstance(x, Real) and isfinite(x)

"""Data sets: their shapes, the curves that their points lie on, seeds, and samples held out."""

from __future__ import annotations

import random
from collections import Counter
from math import cos, hypot, inf, nan, pi, sin

import numpy as np
import pytest

from nn.data import circles, digits, moons, spirals, split, xor

GENERATORS = [moons, circles, spirals, xor]


@pytest.mark.slow
def test_digits() -> None:
    images, labels = digits()
    assert (len(images), len(labels), {len(image) for image in images}) == (1797, 1797, {64})
    assert {p for image in images for p in image} == {i / 16 for i in range(17)}
    assert sorted(set(labels)) == list(range(10))


class TestPlane:
    @pytest.mark.parametrize("draw", GENERATORS, ids=lambda f: f.__name__)
    def test_shapes_and_seeds(self, draw: object) -> None:
        X, Y = draw(50, 0.1, rng=random.Random(3))
        assert [len(x) for x in X] == [2] * 50
        assert {type(x) for point in X for x in point} == {float}
        assert {type(y) for y in Y} == {int}
        assert set(Y) == {0, 1}
        assert draw(50, 0.1, rng=random.Random(3)) == (X, Y)
        assert draw(50, 0.1, rng=random.Random(4))[0] != X
        assert all(x == round(x, 9) for point in X for x in point)

    @pytest.mark.slow
    @pytest.mark.parametrize("draw", GENERATORS, ids=lambda f: f.__name__)
    def test_noise_has_its_standard_deviation(self, draw: object) -> None:
        clean, noisy = (draw(4000, noise, rng=random.Random(0))[0] for noise in (0.0, 0.25))
        added = np.subtract(noisy, clean)
        assert added.mean(axis=0) == pytest.approx([0, 0], abs=0.02)
        assert added.std(axis=0) == pytest.approx([0.25, 0.25], rel=0.05)

    def test_points_of_moons(self) -> None:
        X, Y = moons(101, 0.0, rng=random.Random(0))
        for i, ((x, y), label) in enumerate(zip(X, Y)):
            assert label == i % 2
            t = pi * (i // 2 + 0.5) / (51 - label)
            wanted = (cos(t), sin(t)) if label == 0 else (1 - cos(t), 0.5 - sin(t))
            assert (x, y) == pytest.approx(wanted, abs=1e-9)

    def test_points_of_circles(self) -> None:
        X, Y = circles(40, 0.0, rng=random.Random(0))
        assert [hypot(*x) for x in X] == pytest.approx([0.5 if y else 1.0 for y in Y])
        assert len(set(map(tuple, X))) == 40

    @pytest.mark.parametrize(("arms", "turns"), [(1, 0.5), (2, 1.0), (3, 1.5), (5, -1)])
    def test_points_of_spirals(self, arms: int, turns: float) -> None:
        X, Y = spirals(10 * arms, 0.0, arms=arms, turns=turns, rng=random.Random(0))
        assert Counter(Y) == dict.fromkeys(range(arms), 10)
        for i, ((x, y), arm) in enumerate(zip(X, Y)):
            s = (i // arms + 0.5) / 10
            angle = 2 * pi * (turns * s + arm / arms)
            assert (x, y) == pytest.approx((s * cos(angle), s * sin(angle)), abs=1e-9)

    def test_xor(self) -> None:
        assert xor() == ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
        X, Y = xor(10, 0.05, rng=random.Random(0))
        assert Y == [0, 1, 1, 0, 0, 1, 1, 0, 0, 1]
        assert [round(a) ^ round(b) for a, b in X] == Y

    def test_there_is_no_negative_zero(self) -> None:
        X, _ = circles(4, 0.0, rng=random.Random(0))
        assert "-0.0" not in map(str, (x for point in X for x in point))

    def test_a_numpy_integer_counts(self) -> None:
        assert len(moons(np.int64(3), rng=random.Random(0))[0]) == 3

    @pytest.mark.parametrize(
        ("mistake", "error", "message"),
        [
            (lambda rng: moons(0, rng=rng), ValueError, "n must be at least 1, got 0"),
            (lambda rng: moons(2.0, rng=rng), TypeError, "n must be a whole number, got float: 2.0"),
            (lambda rng: moons(True, rng=rng), TypeError, "n must be a whole number, got bool"),
            (
                lambda rng: circles(5, -0.1, rng=rng),
                ValueError,
                "noise must be a finite number of at least 0, got -0.1",
            ),
            (lambda rng: circles(5, nan, rng=rng), ValueError, "noise must be a finite number of at least 0, got nan"),
            (
                lambda rng: circles(5, "much", rng=rng),
                ValueError,
                "noise must be a finite number of at least 0, got 'much'",
            ),
            (lambda rng: spirals(5, arms=0, rng=rng), ValueError, "arms must be at least 1, got 0"),
            (lambda rng: spirals(5, turns=inf, rng=rng), ValueError, "turns must be a finite number, got inf"),
            (
                lambda rng: moons(5, rng=7),
                TypeError,
                r"rng must be a random.Random, such as random.Random\(0\), got int: 7",
            ),
            (lambda rng: xor(8, 0.1), TypeError, r"rng must be a random.Random, .* got NoneType"),
            (lambda rng: xor(8, -0.1, rng=rng), ValueError, "noise must be a finite number of at least 0"),
        ],
    )
    def test_mistakes_are_named(self, mistake: object, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            mistake(random.Random(0))


class TestSplit:
    def test_every_sample_is_on_one_side_with_its_target(self) -> None:
        X, Y = [[float(i)] for i in range(10)], list(range(10))
        (learn_x, learn_y), (test_x, test_y) = split(X, Y, 0.3, rng=random.Random(0))
        assert (len(learn_x), len(test_x)) == (7, 3)
        assert sorted(learn_y + test_y) == Y
        assert learn_y + test_y != Y
        assert [[float(y)] for y in learn_y + test_y] == learn_x + test_x
        assert split(X, Y, 0.3, rng=random.Random(0)) == ((learn_x, learn_y), (test_x, test_y))
        assert len(split(X, Y, rng=random.Random(0))[1][0]) == 2

    def test_the_parts_are_of_the_kind_that_was_given(self) -> None:
        X, Y = np.arange(20.0).reshape(10, 2), tuple(range(10))
        (learn_x, learn_y), (test_x, test_y) = split(X, Y, rng=random.Random(0))
        assert (learn_x.shape, test_x.shape) == ((8, 2), (2, 2))
        assert (type(learn_y), type(test_y)) == (list, list)
        assert [2.0 * y for y in learn_y] == list(learn_x[:, 0])
        assert split(X, np.array(Y), rng=random.Random(0))[0][1].tolist() == learn_y
        learn_x[0] = -1.0
        assert X.min() == 0.0

    @pytest.mark.parametrize(
        ("mistake", "error", "message"),
        [
            (
                lambda rng: split([1, 2], [1], rng=rng),
                ValueError,
                "Y must have a target for each of the 2 samples in X, got 1",
            ),
            (
                lambda rng: split([1, 2], [1, 2], 2, rng=rng),
                ValueError,
                "held_out must be a fraction between 0 and 1, got 2",
            ),
            (
                lambda rng: split([1, 2], [1, 2], nan, rng=rng),
                ValueError,
                "held_out must be a fraction between 0 and 1, got nan",
            ),
            (
                lambda rng: split([1, 2], [1, 2], rng=rng),
                ValueError,
                "held_out must leave samples to test on, got 0.2 of 2 samples",
            ),
            (
                lambda rng: split([1, 2], [1, 2], 0.9, rng=rng),
                ValueError,
                "held_out must leave samples to learn from, got 0.9 of 2 samples",
            ),
            (lambda rng: split([1, 2], [1, 2], 0.5, rng=0), TypeError, "rng must be a random.Random, .* got int: 0"),
            (
                lambda rng: split(iter([1, 2]), [1, 2], rng=rng),
                TypeError,
                "X must be a list or an array, got list_iterator",
            ),
            (lambda rng: split([1, 2], "ab", rng=rng), TypeError, "Y must be a list or an array, got str"),
        ],
    )
    def test_mistakes_are_named(self, mistake: object, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            mistake(random.Random(0))

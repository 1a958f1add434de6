"""Random exercises: easy numbers, the operations of each level, keys checked with 50 digits, and mistakes found."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache

import mpmath as mp
import pytest

from autograd import Value, no_grad
from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.random_exercises import random_exercise
from autograd.testing.reference.high_precision import DIGITS, evaluate

LEVELS = (1, 2, 3, 4)
COURSE = {5: "log", 6: "relu", 7: "sqrt", 8: "exp", 9: "tanh"}  # an operation of each level of a deep learning course
BRANCHES = {"relu", "maximum", "minimum"}


@cache
def sheets(level: int) -> list[Exercise]:
    return [random_exercise(level, random.Random(seed)) for seed in range(100)]


def names(sheet: Exercise) -> Counter[str]:
    return Counter(node.op.name for node in sheet.nodes if node.op)


def edges(sheet: Exercise) -> list[tuple[Value, Value, float]]:
    return [(x, node, d) for node in sheet.nodes for x, d in zip(node.inputs, node.partials) if isinstance(x, Value)]


def replayed(sheet: Exercise, changed: Value, number: object) -> object:
    """Return the loss in mpmath arithmetic, with one node changed to another number."""
    data: dict[Value, object] = {}
    for node in sheet.nodes:
        inputs = [data[x] if isinstance(x, Value) else mp.mpf(x) for x in node.inputs]
        data[node] = number if node is changed else evaluate(node.op, inputs) if node.op else mp.mpf(node.data)
    return data[sheet.loss]


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_the_key_is_right(level: int) -> None:
    """Compare the key with differences of values, which use no rule and no backward pass."""
    h = mp.mpf(10) ** -15
    with mp.workdps(DIGITS):
        for sheet in sheets(level)[:20]:
            for node in sheet.nodes:
                ahead, behind = (replayed(sheet, node, node.data + sign * h) for sign in (1, -1))
                slope = float((ahead - behind) / (2 * h))
                assert math.isclose(sheet.key[node.label], slope, rel_tol=1e-12, abs_tol=1e-12), (sheet, node)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_the_key_is_marked_right_and_slips_are_found(level: int) -> None:
    for sheet in sheets(level)[:20]:
        assert sheet.mark(sheet.key)
        for name, gradient in sheet.key.items():
            for wrong in {-gradient, 2 * gradient, gradient + 1} - {gradient}:
                report = sheet.mark(sheet.key | {name: wrong})
                assert not report
                assert report.first.label == name


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_rounding_to_four_digits_is_not_accused(level: int) -> None:
    """Use the values as the worksheet shows them, and round every gradient."""
    for sheet in sheets(level):
        shown = {node: float(f"{node.data:.4g}") for node in sheet.nodes}
        arrived: Counter[Value] = Counter({sheet.loss: 1.0})
        answers = {}
        for node in reversed(sheet.nodes):
            answers[node.label] = float(f"{arrived[node]:.4g}")
            inputs = [shown[x] if isinstance(x, Value) else float(x) for x in node.inputs]
            for x, d in zip(node.inputs, node.op.partials(inputs, shown[node]) if node.op else []):
                if isinstance(x, Value):
                    arrived[x] += answers[node.label] * d
        assert sheet.mark(answers), (sheet.solution, sheet.mark(answers))


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 2, 3])
def test_numbers_are_friendly(level: int) -> None:
    """The intermediate numbers in the solution are friendly, too."""
    for sheet in sheets(level):
        numbers = [node.data for node in sheet.nodes] + list(sheet.key.values())
        numbers += [n for _, node, d in edges(sheet) for n in (d, d * sheet.key[node.label])]
        numbers += [float(x) for node in sheet.nodes for x in node.inputs]
        assert all(abs(n) <= 100 and round(n, 2) == n for n in numbers), sheet.solution


@pytest.mark.slow
def test_numbers_of_level_4_are_neither_tiny_nor_large() -> None:
    for sheet in sheets(4):
        assert all(0.05 <= abs(n) <= 20 for n in [*(node.data for node in sheet.nodes), *sheet.key.values()])
        assert all(round(node.data, 1) == node.data for node in sheet.nodes if not node.op)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_a_gradient_of_zero_is_that_of_one_branch_not_taken(level: int) -> None:
    zeros = 0
    for sheet in sheets(level):
        dead = [name for name, gradient in sheet.key.items() if not gradient]
        assert len(dead) <= 1
        assert all(node.op.name in BRANCHES and d == 0.0 for x, node, d in edges(sheet) if x.label in dead)
        zeros += len(dead)
    assert (zeros > 10) == (level == 2)


@pytest.mark.parametrize("level", LEVELS)
def test_no_number_is_at_a_kink_or_zero(level: int) -> None:
    for sheet in sheets(level):
        for node in sheet.nodes:
            assert node.data or node.op.name == "relu"
            if node.op and node.op.name in ("relu", "abs"):
                assert float(node.inputs[0])
            if node.op and node.op.name in ("maximum", "minimum"):
                assert float(node.inputs[0]) != float(node.inputs[1])


@pytest.mark.parametrize("level", LEVELS)
def test_letters(level: int) -> None:
    for sheet in sheets(level):
        labels = [node.label for node in sheet.nodes]
        assert labels[-1] == "L"
        assert len(set(labels)) == len(labels)
        assert all(len(label) == 1 and label.isalpha() and label not in "eilo" for label in labels)
        assert list(sheet.key) == labels[::-1]
        assert all(abs(x.data) != abs(y.data) for x, y in pairs([node for node in sheet.nodes if not node.op]))


def pairs(nodes: list[Value]) -> Iterator[tuple[Value, Value]]:
    return ((x, y) for i, x in enumerate(nodes) for y in nodes[:i])


@pytest.mark.parametrize("level", COURSE)
def test_a_course(level: int) -> None:
    """The gradients agree with differences of values; right answers are accepted, also rounded, and slips found."""
    made = [random_exercise(level, random.Random(seed)) for seed in range(8)]
    assert len({str(sheet) for sheet in made}) == len(made)
    for sheet in made:
        assert COURSE[level] in names(sheet)
        assert all(node.data or node.op.name == "relu" for node in sheet.nodes)
        assert sum(not gradient for gradient in sheet.key.values()) <= 1
        assert all(abs(node.data) <= 100 for node in sheet.nodes)
        leaves = [abs(node.data) for node in sheet.nodes if not node.op]
        assert len(set(leaves)) == len(leaves)
        assert sheet.mark({name: float(f"{g:.4g}") for name, g in sheet.key.items()})
        for name, gradient in [*sheet.key.items()][::3]:
            assert sheet.mark(sheet.key | {name: gradient + 1}).first.label == name
    with mp.workdps(DIGITS):
        for node in made[0].nodes:
            h = mp.mpf(10) ** -15
            ahead, behind = (replayed(made[0], node, node.data + sign * h) for sign in (1, -1))
            assert math.isclose(made[0].gradients[node], float((ahead - behind) / (2 * h)), rel_tol=1e-9, abs_tol=1e-9)


def test_operations_of_the_levels() -> None:
    counts = {level: [names(sheet).total() for sheet in sheets(level)] for level in LEVELS}
    assert [set(counts[level]) for level in (1, 2, 3)] == [{3}, {5}, {7}]
    assert set(counts[4]) == {5, 6}
    used = {level: sum(map(names, sheets(level)), Counter()) for level in LEVELS}
    assert set(used[1]) == {"add", "sub", "mul"}
    assert set(used[2]) == {"add", "sub", "mul", "power", *BRANCHES}
    assert set(used[3]) == {"add", "sub", "mul", "div", "mean", "abs", "dot"}
    assert set(used[4]) == {"add", "sub", "mul", "neg", "power", "tanh", "sigmoid", "exp", "log"}
    assert all(min(count.values()) >= 8 for count in used.values())
    for level, taught in {2: {"power", *BRANCHES}, 3: {"div", "mean", "abs", "dot"}}.items():
        assert all(len(taught & set(names(sheet))) >= 2 for sheet in sheets(level))
    assert all({"tanh", "sigmoid", "exp", "log"} & set(names(sheet)) for sheet in sheets(4))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_nodes_are_used_more_than_once_from_level_2_on(level: int) -> None:
    for sheet in sheets(level):
        reads = Counter(x for x, _, _ in edges(sheet))
        assert len(reads) == len(sheet.nodes) - 1
        assert (max(reads.values()) > 1) == (level > 1)
        assert 2 <= sum(not node.op for node in sheet.nodes) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_exercises_differ(level: int) -> None:
    assert len({str(sheet) for sheet in sheets(level)}) > 95


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_state_gives_the_same_exercise(level: int) -> None:
    rng = random.Random(5)
    first, second = random_exercise(level, rng), random_exercise(level=level, rng=rng)
    assert str(first) != str(second)
    rng = random.Random(5)
    assert [str(random_exercise(level, rng)) for _ in range(2)] == [str(first), str(second)]


def test_exercises_are_recorded_everywhere() -> None:
    with no_grad():
        sheet = random_exercise(2, random.Random(0))
    assert sheet.mark(sheets(2)[0].key)


@pytest.mark.parametrize("level", [0, 10, "1", 1.0, True, None])
def test_unknown_levels(level: object) -> None:
    with pytest.raises(ValueError, match="level must be an integer from 1 to 9, got "):
        random_exercise(level, random.Random(0))


def test_rng_must_be_a_random_generator() -> None:
    with pytest.raises(TypeError, match=r"rng must be a random.Random, such as random.Random\(0\), got int: 3"):
        random_exercise(1, 3)


class Stuck(random.Random):
    """A generator that always draws the same number."""

    def random(self) -> float:
        return 0.0

    def getrandbits(self, k: int) -> int:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 2, 3])
def test_it_gives_up_where_nothing_is_random(level: int) -> None:
    with pytest.raises(RuntimeError, match=r"found no exercise in 2,000 tries"):
        random_exercise(level, Stuck())

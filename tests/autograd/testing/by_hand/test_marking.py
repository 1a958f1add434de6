"""Marks: mistakes are found and named, right gradients are accepted, and gradients that follow are not blamed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from autograd import Value, exp, leaky_relu, log, maximum, mean, minimum, relu, sigmoid, tanh, total
from autograd.backpropagation import propagate, topological
from autograd.printing.formulas import Names
from autograd.testing import check_by_hand


def leaves(**numbers: float) -> list[Value]:
    return [Value(number, name) for name, number in numbers.items()]


def graphs() -> Iterator[Value]:
    """Yield twelve losses of the size that is worked out on paper."""
    a, b = leaves(a=2.0, b=-3.0)
    yield (a * b + a) ** 2
    w, x, b = leaves(w=0.7, x=1.3, b=-0.4)
    yield (tanh(w * x + b) - 0.9) ** 2
    yield -log(sigmoid(w * x + b))
    x, y, z = leaves(x=-2.0, y=5.0, z=-4.0)
    yield (x + y) * z
    x, y = leaves(x=1.7, y=0.6)
    yield x / y + exp(x * y) * 0.3
    yield maximum(x * 3.0, y * 1.4) * x
    yield relu(x * y - 0.2) * 2.5 + y
    yield mean([(x * k - y) ** 2 for k in (0.5, 1.5, 2.5)])
    u, v, t = leaves(u=0.35, v=1.9, t=2.2)
    yield leaky_relu(u - v, 0.1) * t + minimum(u * 7.0, v)
    yield total([u * v, v * t, u * t]) ** 3
    yield exp(u) / (exp(u) + exp(v))
    yield abs(u - v) * t + (u * v).tanh()


def slips(node: Value, readers: list[tuple[Value, int, float]]) -> Iterator[tuple[str, float]]:
    """Yield the gradients of a node for each kind of mistake, independently of the tested code."""
    parts = [cotangent * reader.partials[place] for reader, place, cotangent in readers]
    truth = sum(parts)
    yield "sign", -truth
    if len(parts) > 1:
        for i in range(len(parts)):
            yield "missing path", truth - parts[i]
    for i, (reader, place, cotangent) in enumerate(readers):
        rest = truth - parts[i]
        yield "no local derivative", rest + cotangent
        for j, other in enumerate(reader.partials):
            if j != place and isinstance(reader.inputs[j], Value):
                yield "swapped partials", rest + cotangent * other
        x, y = float(reader.inputs[place]), reader.data
        wrong = {
            "tanh": 1 - x * x, "sigmoid": x * (1 - x), "exp": math.exp(min(y, 50.0)), "log": 1 / y if y else 0.0, "power": 2 * y if reader.inputs[-1] == 2 else None,
        }.get(reader.op.name)  # fmt: skip
        if wrong is not None:
            yield "wrong point", rest + cotangent * wrong
        if reader.op.name in ("relu", "maximum", "minimum"):
            yield "other branch", rest + cotangent * (1 - reader.partials[place])
        if reader.op.name == "leaky_relu":
            yield "other branch", rest + cotangent * 1.0
    yield "factor", 2 * truth
    yield "factor", truth / 2
    if any(reader.op.name == "mean" for reader, _, _ in readers):
        yield "factor", truth * 3


def seeded() -> Iterator[tuple[Value, Value, str, float]]:
    for loss in graphs():
        nodes = topological([loss])
        gradients = dict(propagate(nodes, {loss: 1.0}))
        for node in nodes[:-1]:
            readers = [
                (reader, place, gradients[reader])
                for reader in nodes
                for place, x in enumerate(reader.inputs)
                if x is node
            ]
            for kind, wrong in slips(node, readers):
                if not math.isclose(wrong, gradients[node], rel_tol=2e-3, abs_tol=1e-4):
                    yield loss, node, kind, wrong


def derivation(loss: Value, node: Value, wrong: float) -> dict[Value, float]:
    """Return all gradients of a derivation with one mistake at `node`, carried on from there."""
    found, cotangents = {}, {loss: 1.0}
    for each in reversed(topological([loss])):
        found[each] = wrong if each is node else cotangents[each]
        for x, d in zip(each.inputs, each.partials):
            if isinstance(x, Value):
                cotangents[x] = cotangents.get(x, 0.0) + found[each] * d
    return found


SPECIFIC = {  # names that say more where they give the same number, such as the sign if the local derivative is -1
    "wrong point": {"exponent"},
    "no local derivative": {"factor", "quotient rule", "sign"},
    "swapped partials": {"sign"},
}


@pytest.mark.slow
def test_seeded_slips_are_found_and_named() -> None:
    """The first wrong node is always found, the mistake in 95 % of the cases; of ambiguous mistakes, either counts."""
    named, kinds = Counter(), Counter()
    confused = []
    cases = list(seeded())
    for loss, node, kind, wrong in cases:
        report = check_by_hand(loss, derivation(loss, node, wrong))
        name = Names(topological([loss]))[node]
        assert report.first is not None
        assert report.first.label == name
        assert {mark.verdict for mark in report.marks} <= {"right", "wrong", "follows"}
        assert sum(mark.verdict == "wrong" for mark in report.marks) == 1, (
            "a gradient that follows is not a new mistake"
        )
        kinds[kind] += 1
        fitting = {k for _, n, k, number in cases if n is node and math.isclose(number, wrong, rel_tol=1e-9)}
        fitting |= SPECIFIC.get(kind, set())
        named[kind] += report.first.slip in fitting
        if report.first.slip not in fitting:
            confused.append((kind, report.first.slip, name))
    assert kinds.total() > 250
    assert min(kinds.values()) >= 4
    assert named.total() / kinds.total() >= 0.95, (Counter(c[:2] for c in confused), kinds)


@pytest.mark.parametrize("rounded", [lambda x: x, lambda x: float(f"{x:.4g}"), lambda x: round(x, 4)])
def test_right_derivations_are_not_accused(rounded: Callable[[float], float]) -> None:
    for loss in graphs():
        nodes = topological([loss])
        gradients = dict(propagate(nodes, {loss: 1.0}))
        report = check_by_hand(loss, {node: rounded(gradients[node]) for node in nodes})
        assert report, report
        assert report.first is None


def test_rounding_on_the_way_is_not_accused() -> None:
    """Each gradient is computed from rounded gradients and rounded again."""
    for loss in graphs():
        given: dict[Value, float] = {}
        cotangents = {loss: 1.0}
        for each in reversed(topological([loss])):
            given[each] = float(f"{cotangents[each]:.4g}")
            for x, d in zip(each.inputs, each.partials):
                if isinstance(x, Value):
                    cotangents[x] = cotangents.get(x, 0.0) + given[each] * float(f"{d:.4g}")
        assert check_by_hand(loss, given), check_by_hand(loss, given)


@pytest.mark.parametrize("carried", [True, False], ids=["rounded gradients are carried on", "exact ones"])
def test_rounding_in_the_forward_pass_is_not_accused(carried: bool) -> None:
    """All numbers are rounded to four digits, including values: after cancellation, the third digit is wrong."""
    for loss in (*graphs(), *nearly_cancelled()):
        nodes = topological([loss])
        shown: dict[Value, float] = {}
        for node in nodes:
            inputs = [shown[x] if isinstance(x, Value) else x for x in node.inputs]
            shown[node] = rounded(node.op.evaluate(inputs) if node.op else node.data)
        given: dict[Value, float] = {}
        cotangents = {loss: 1.0}
        for node in reversed(nodes):
            given[node] = rounded(cotangents[node])
            inputs = [shown[x] if isinstance(x, Value) else x for x in node.inputs]
            row = (
                [1 - shown[node] ** 2] if node.op is tanh else node.op.partials(inputs, shown[node]) if node.op else []
            )
            for x, d in zip(node.inputs, row):
                if isinstance(x, Value):
                    cotangents[x] = cotangents.get(x, 0.0) + (given[node] if carried else cotangents[node]) * d
        assert check_by_hand(loss, given), check_by_hand(loss, given)


def rounded(x: float) -> float:
    return float(f"{x:.4g}")


def nearly_cancelled() -> Iterator[Value]:
    w, x = leaves(w=1.27, x=1.71)
    yield tanh(w * x) ** 2
    yield exp(w) * x - exp(w) * 1.66


def test_a_wrong_gradient_that_is_carried_on_exactly_is_wrong_once() -> None:
    """The contributions to b nearly cancel, which shows that the gradients before have only four digits."""
    (b,) = leaves(b=2.0)
    u, v = b + 1.0, b + 2.0
    report = check_by_hand(u * 1.23456 + v * 1.22341, {u: -1.235, v: 1.223, b: rounded(-1.23456 + 1.22341)})
    assert [(mark.by_hand, mark.verdict) for mark in report.marks] == [
        (1.223, "right"), (-1.235, "wrong"), (-0.01115, "follows"),
    ]  # fmt: skip


def test_numbers_with_all_their_digits_are_not_taken_for_rounded_ones() -> None:
    w, x = leaves(w=0.35, x=1.2)
    loss = exp(w) * x - exp(w) * 1.1985  # in the gradient of w, two numbers near 1.7 nearly cancel
    assert check_by_hand(loss, {w: 0.0022})
    assert not check_by_hand(loss, {w: 0.002215432})


def test_an_exponent_forgotten_on_one_of_two_paths() -> None:
    w, x = leaves(w=1.7, x=2.3)
    report = check_by_hand(w * x + w**3, {"w": 2.3 + 1.7**2})
    assert report.first.slip == "factor"


@pytest.mark.slow
def test_a_node_that_is_used_very_often() -> None:
    x = Value(0.5, "x")
    loss = total([tanh(x * k) for k in range(2_000)])
    truth = dict(propagate(topological([loss]), {loss: 1.0}))[x]
    report = check_by_hand(loss, {x: truth - 0.75 * truth})
    assert report.first.slip == "factor"
    assert "There are 1,992 more contributions." in report.first.explanation


def example() -> tuple[Value, dict[str, Value]]:
    a, b = leaves(a=2.0, b=-3.0)
    c = a * b
    d = c + a
    loss = d**2
    c.label, d.label, loss.label = "c", "d", "L"
    return loss, {"a": a, "b": b, "c": c, "d": d, "L": loss}


def test_labels_nodes_and_functions() -> None:
    loss, nodes = example()
    report = check_by_hand(loss, {"d": lambda d: 2 * d, nodes["c"]: -8, "b": lambda d, a: 2 * d * a, "a": 16.0})
    assert report
    assert [mark.label for mark in report.marks] == ["d", "c", "b", "a"]
    assert [mark.by_hand for mark in report.marks] == [-8.0, -8.0, -16.0, 16.0]


def test_gradients_that_are_left_out_are_taken_as_they_follow() -> None:
    loss, _ = example()
    report = check_by_hand(loss, {"d": -4.0, "a": 8.0})
    assert [mark.verdict for mark in report.marks] == ["wrong", "follows"]
    assert report.first.slip == "factor"


def test_two_mistakes_are_two() -> None:
    loss, _ = example()
    report = check_by_hand(loss, {"d": 8.0, "c": 8.0, "b": -16.0, "a": 100.0})
    assert [(mark.label, mark.verdict, mark.slip) for mark in report.marks] == [
        ("d", "wrong", "sign"), ("c", "follows", None), ("b", "right", None), ("a", "wrong", None),
    ]  # fmt: skip
    assert report.first.label == "d"


def test_the_text_explains_the_first_mistake() -> None:
    loss, _ = example()
    text = str(check_by_hand(loss, {"d": -8.0, "c": -8.0, "b": 24.0, "a": 16.0}))
    assert "The gradient of b is -16, not 24." in text
    assert "c contributes -8 times ∂c/∂b = a = 2, which is -16." in text
    assert "∂c/∂a = b = -3 was used in place of ∂c/∂b = a = 2.\nHere c = a·b." in text


def test_the_loss_itself() -> None:
    loss, _ = example()
    assert check_by_hand(loss, {"L": 1.0})
    assert check_by_hand(loss, {"L": 2.0}).first.slip is None
    assert check_by_hand(loss, {}).marks == []


def test_numbers_that_are_not_finite() -> None:
    x = Value(0.0, "x")
    y = log(x)
    assert check_by_hand(y, {"x": math.inf})
    assert not check_by_hand(y, {"x": 3.0})
    assert not check_by_hand(x * 2, {"x": math.nan})


def test_wrong_arguments() -> None:
    loss, _ = example()
    with pytest.raises(ValueError, match=r"no node named 'z'; the graph has: a, b, c, d, L"):
        check_by_hand(loss, {"z": 1.0})
    with pytest.raises(ValueError, match="each key of gradients must be in the graph of the loss, got"):
        check_by_hand(loss, {Value(1.0): 1.0})
    with pytest.raises(TypeError, match="a gradient worked out by hand must be a number, got NoneType"):
        check_by_hand(loss, {"a": None})
    with pytest.raises(ValueError, match="must be names of nodes, got 'q'"):
        check_by_hand(loss, {"a": lambda q: q})
    with pytest.raises(TypeError, match="^loss must be a Value, got a number"):
        check_by_hand(2.0, {})
    with pytest.raises(TypeError, match="each key of gradients that is not a label must be a Value, got a number"):
        check_by_hand(loss, {3: 1.0})
    with pytest.raises(TypeError, match="gradients must be a dict from nodes or labels to numbers, got list"):
        check_by_hand(loss, [16.0])

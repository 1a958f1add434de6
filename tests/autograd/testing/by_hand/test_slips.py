"""Slips: those that teachers see are named, numbers that mean nothing are not, and each wrong rule is a wrong one."""

from __future__ import annotations

import math
import random

import pytest

from autograd import Value, cos, exp, log, op, tanh
from autograd.drawing.javascript import arithmetic
from autograd.operation import Op, Slip
from autograd.ops import TABLE
from autograd.printing.formulas import Names
from autograd.testing import check_by_hand
from autograd.testing.by_hand.explanations import SENTENCES, written_partials
from autograd.testing.by_hand.region import Region
from autograd.testing.by_hand.slips import find_slips, have_slips_in_common, is_rounded_to
from tests.autograd.testing.by_hand.mistakes import about_the_slip, derivations

SLIPS = [(each, slip) for each in TABLE.values() for slip in each.slips]
IDS = [f"{each.name}: {slip.sentence}" for each, slip in SLIPS]


@pytest.mark.parametrize("digits", [3, 5])
def test_mistakes_that_teachers_see_are_named(digits: int) -> None:
    wrong, count = [], 0
    for loss, mistakes in derivations(digits):
        for line, node, given, others, words in mistakes:
            first = check_by_hand(loss, {node: given, **others}).first
            said = about_the_slip(first.explanation).lower() if first else "accepted"
            count += 1
            wrong += [(line, said)] if not any(word.strip() in said for word in words) else []
    assert count > 250
    assert len(wrong) <= (2 if digits == 3 else 0), wrong  # three digits may fit a likelier slip by chance


def test_numbers_that_mean_nothing_are_seldom_named() -> None:
    rng, named, count = random.Random(0), 0, 0
    for loss, _ in derivations():
        report = loss.steps()
        nodes = [step.node for step in reversed(report.backward)]
        for node in nodes[:-1]:
            region = Region(nodes, node, {})
            for _ in range(5):
                given = float(f"{region.gradient * rng.choice((1, 1, -1)) * 2 ** rng.gauss(0, 1.2):.4g}")
                if not close(given, region.gradient):
                    count += 1
                    named += bool(find_slips(region, given, close))
    assert count > 1_000
    assert named / count < 0.02


def close(given: float, wanted: float) -> bool:
    return math.isclose(given, wanted, rel_tol=6e-4)


def example(each: Op) -> tuple[list[float], Value]:
    domain = each.domain or [(-2.0, 2.0)] * (each.arity or 3)
    inputs = [low + (high - low) * (0.37 + 0.19 * i) for i, (low, high) in enumerate(domain)]
    leaves = [Value(x, f"x{i}") for i, x in enumerate(inputs)]
    return inputs, each.apply(tuple(x.data if i in each.constants else x for i, x in enumerate(leaves)))


@pytest.mark.parametrize(("each", "slip"), SLIPS, ids=IDS)
def test_a_wrong_rule_is_wrong_and_can_be_written(each: Op, slip: Slip) -> None:
    inputs, node = example(each)
    arguments = [inputs] if each.variadic else inputs
    if slip.is_total(each):
        tangents = [0.7, -1.3]
        right = sum(d * t for d, t in zip(node.partials, tangents))
        assert slip.rule(*arguments, node.data, *tangents) != pytest.approx(right)
        return
    row = slip.rule(*arguments, node.data)
    assert len(row) == len(inputs)
    other_side = example(each)[1] if not each.kinks else each.apply(tuple(Value(-abs(x) - 0.1) for x in inputs))
    rows = [row, slip.rule(*([x.data for x in other_side.inputs],) if each.variadic else [float(x) for x in other_side.inputs], other_side.data)]  # fmt: skip
    wanted = [node.partials, other_side.partials]
    assert any(a != pytest.approx(float(b)) for given, right in zip(rows, wanted) for a, b in zip(given, right))
    written = written_partials(slip, node, Names([*(x for x in node.inputs if isinstance(x, Value)), node]))
    assert len(written) == len(inputs)
    assert "another function" not in written


def test_wrong_rules_are_translated_to_javascript() -> None:
    code, names = arithmetic(TABLE.values(), slips=True)
    assert code.count("Object.assign(op_") == len(TABLE)
    assert set(TABLE.values()) <= set(names)


def test_a_slip_of_an_operation_of_your_own() -> None:
    slip = Slip("square", "the square was forgotten", lambda x, y: [3 * x])
    cube = op("cube", lambda x: x * x * x, lambda x, y: [3 * x * x], slips=[slip])
    x = Value(1.3, "x")
    first = check_by_hand(cube(x), {x: 3.9}).first
    assert first.slip == "square"
    assert "∂v1/∂x = 3·x·x = 5.07 was taken as 3·x: the square was forgotten." in first.explanation


def test_a_slip_far_from_the_node() -> None:
    x = Value(0.7, "x")
    p = exp(x * 0.5)
    p.label = "p"
    loss = tanh(log(p) * 3 + x) ** 2
    lines = check_by_hand(loss, {x: loss.partials[0] * 2.5}).first.explanation.splitlines()
    assert lines[-2] == "The local derivative ∂v5/∂v4 = 1 - v5² = 0.113812 was forgotten."
    assert lines[-1] == "Here v1 = x·0.5, p = exp(v1), v2 = log(p), v3 = v2·3, v4 = v3 + x and v5 = tanh(v4)."


def test_several_slips_that_give_the_same_number() -> None:
    a = Value(2.0, "a")
    loss = a**3 + a**2  # the exponent of 3·a² forgotten, and the factor 2·a taken twice, both lose 8
    first = check_by_hand(loss, {a: 8.0}).first
    said = about_the_slip(first.explanation)
    assert said.startswith("Either ")
    assert ", or " in said
    assert first.other_slips


def test_the_sign_that_was_lost() -> None:
    x = Value(0.8, "x")
    first = check_by_hand(cos(x) * 3, {x: 2.152}).first
    assert about_the_slip(first.explanation) == "The sign is wrong: ∂v1/∂x = -sin(x) = -0.717356 is negative."


def test_rounding_of_wrong_numbers() -> None:
    assert is_rounded_to(0.12345, 0.123)
    assert is_rounded_to(1234.5678, 1234.57)
    assert not is_rounded_to(0.12345, 0.124)
    assert not is_rounded_to(0.1249, 0.1), "one digit fits too many numbers"
    assert not is_rounded_to(24.3, 24.0), "which has no decimals"


def test_every_sentence_is_used_with_the_words_it_needs() -> None:
    used = set()
    for loss, mistakes in derivations():
        nodes = [step.node for step in reversed(loss.steps().backward)]
        by_name = {node.label: node for node in nodes}
        for mistake in mistakes:
            region = Region(nodes, by_name[mistake.node], {})
            used |= {slip.sentence for slip in find_slips(region, mistake.given, close, [3])}
    assert len(used) >= 25
    assert used <= set(SENTENCES)


def test_slips_in_common() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    assert have_slips_in_common(a**3 + a**2, close)
    assert not have_slips_in_common(a * b + 1.5, close)

"""`first_nonfinite` and `replay`."""

from __future__ import annotations

import math
import re

import pytest

from autograd import Value, exp, first_nonfinite, log, replay, where
from autograd.inspection import name_of, origin_of


def test_first_nonfinite() -> None:
    x = Value(-1.0, "x")
    bad = log(x)
    loss = exp(bad * 2) + x
    assert first_nonfinite(loss) is bad
    assert first_nonfinite(x * 2) is None
    nan = Value(math.nan, "n")
    assert first_nonfinite(nan + 1) is nan
    assert name_of(bad) == "log(x = -1.0) = nan"
    assert name_of(nan) == origin_of(nan) == "'n' = nan"


def test_the_first_node_that_is_not_finite_knows_the_line_that_made_it() -> None:
    x = Value(-1.0, "x")
    loss = exp(x) * 2 + log(x) * 3  # of these, the logarithm
    bad = first_nonfinite(loss)
    assert bad.op is log
    assert re.fullmatch(r".*test_inspection\.py:\d+: loss = exp\(x\).* # of these, the logarithm", bad.made_at)
    assert origin_of(bad) == f"log(x = -1.0) = nan, made at {bad.made_at}"
    assert loss.made_at == "", "its inputs were not finite before"
    assert (x.made_at, exp(x).made_at, Value(math.nan).made_at) == ("", "", "")


def test_replay_with_other_numbers() -> None:
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    loss = where(c < 0, c, 0.0) * a + 10
    assert replay(loss, {}) == loss.data
    assert replay(loss, {a: 2.001}) == pytest.approx(2.001**2 * -3 + 10)
    assert replay(loss, {a: 3, b: 1}) == 19.0
    assert replay(loss, {c: 1.0}) == 12.0, "an inner node may be set, too"
    assert (a.data, c.data) == (2.0, -6.0)
    b.data = 1.0
    assert replay(loss, {}) == 14.0


def test_replay_of_a_deep_graph() -> None:
    a = Value(1.0)
    y = a
    for _ in range(50_000):
        y = y + 1
    assert replay(y, {a: 3.0}) == 50_003.0


def test_replay_refuses_strangers_and_non_numbers() -> None:
    a, stranger = Value(1.0), Value(2.0, "s")
    with pytest.raises(ValueError, match=r"label='s'.*is not in the graph"):
        replay(a * 2, {stranger: 1.0})
    with pytest.raises(TypeError, match=r"what replay.. puts at a node is a number, not str"):
        replay(a * 2, {a: "x"})

"""`first_nonfinite` and `replay`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, exp, first_nonfinite, log, replay, tanh, where
from autograd.graph import name_of, origin_of
from autograd.testing import check_by_hand, exercise


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
    assert re.fullmatch(r".*test_graph\.py:\d+: loss = exp\(x\).* # of these, the logarithm", bad.made_at)
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


@pytest.mark.slow
def test_replay_of_a_deep_graph() -> None:
    a = Value(1.0)
    y = a
    for _ in range(50_000):
        y = y + 1
    assert replay(y, {a: 3.0}) == 50_003.0


def test_replay_refuses_strangers_and_non_numbers() -> None:
    a, stranger = Value(1.0), Value(2.0, "s")
    with pytest.raises(ValueError, match=r"each key of changed must be in the graph.*label='s'"):
        replay(a * 2, {stranger: 1.0})
    with pytest.raises(TypeError, match="each value of changed must be a number, got str"):
        replay(a * 2, {a: "x"})


TAKERS: dict[str, Callable[[Any], Any]] = {
    "backprop": autograd.backprop,
    "first_nonfinite": first_nonfinite,
    "replay": lambda x: replay(x, {}),
    "a key of replay": lambda x: replay(Value(1.0), {x: 1.0}),
    "detach": autograd.detach,
    "draw": autograd.draw,
    "around": lambda x: autograd.draw(Value(1.0), around=x),
    "highlight": lambda x: autograd.draw(Value(1.0), highlight=[x]),
    "draw_dot": autograd.draw_dot,
    "explore": autograd.explore,
    "formula": autograd.formula,
    "keep": lambda x: autograd.formula(Value(1.0), keep=[x]),
    "a single keep": lambda x: autograd.formula(Value(1.0), keep=x),
    "derive": lambda x: autograd.derive(x, Value(1.0)),
    "derive by": lambda x: autograd.derive(Value(1.0), x),
    "diagnose": lambda x: nn.diagnose(x, []),
    "a parameter of diagnose": lambda x: nn.diagnose(Value(1.0), [x]),
    "check_by_hand": lambda x: check_by_hand(x, {}),
    "a key of check_by_hand": lambda x: check_by_hand(Value(1.0), {x: 1.0}),
    "exercise": exercise,
}
OTHERS = {
    "an operation: apply it first, such as tanh(v)": tanh,
    "a function: call it on Values first": lambda v: v,
    "MLP: call it on Values first": nn.MLP(1, [1]),
    "the class Value: make a Value first": Value,
    "Step: make a Value first": next(autograd.backprop(Value(1.0))),
    "a complex: make a Value first": 1j,
}
COLLECTIONS = {
    "a list: use one of its entries, or their total": [Value(1.0)],
    "ndarray: use one of its entries": np.ones(2),
    "a dict: use one of its entries": {"a": Value(1.0)},
}


@pytest.mark.parametrize("wanted", OTHERS)
@pytest.mark.parametrize("taker", TAKERS)
def test_what_is_no_value_is_named(taker: str, wanted: str) -> None:
    with pytest.raises(TypeError, match=f"must be a Value, got {re.escape(wanted)}"):
        TAKERS[taker](OTHERS[wanted])


@pytest.mark.parametrize("taker", ["draw", "explore", "formula", "exercise", "detach", "backprop"])
def test_collections_none_and_numbers_are_named(taker: str) -> None:
    for wanted, x in COLLECTIONS.items():
        with pytest.raises(TypeError, match=f"must be a Value, got {re.escape(wanted)}"):
            TAKERS[taker](x)
    with pytest.raises(TypeError, match="got None: does the function that made it return its result"):
        TAKERS[taker](None)
    if taker != "detach":
        for number in (3.0, True, 10**5000):
            with pytest.raises(TypeError, match="got a number, which has no graph: compute it from Values"):
                TAKERS[taker](number)


def test_replay_takes_a_dict() -> None:
    with pytest.raises(TypeError, match="changed must be a dict from nodes to numbers, got list"):
        replay(Value(1.0), [1.0])

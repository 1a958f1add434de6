"""A further back end is a class with one method: an interpreter computes what the other engines do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

import nn
from autograd import Value, logsumexp, maximum, op, sin, where
from autograd.compiler.trace import Trace
from tests.autograd.compiler.against_eager import batch, check, check_points, computed_by, normal
from tests.autograd.compiler.interpreter import Interpreter
from tests.autograd.compiler.iterations import RECURRENCES


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def runner(trace: Any) -> Interpreter:
        return Interpreter(trace._layout(trace._plan, trace._order, trace.roots), trace.roots, trace.samples_first)

    monkeypatch.setattr(Trace, "_arrays", property(runner))
    with computed_by("arrays"):
        yield


def test_operations() -> None:
    third = op("third", lambda x: float(x) / 3, lambda x, y: [float(x) * 0 + 1 / 3])
    check_points(lambda x, y: sin(x) * y - maximum(x, y) / y + third(x), *normal(2, 5))
    check_points(lambda x, y: logsumexp([x, y, 1.0]) + where(x > y, x * x, y), *normal(2, 5))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_networks(reduction: str) -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", rng=random.Random(0))
    for count in (1, 2, 7):
        x, y = batch(count, 3)
        check(lambda x, i: nn.cross_entropy(model(x), i), model.parameters(), x, (y + 1) / 2, reduction=reduction)
    w = Value(0.3)
    check(lambda x: w * w, [w], normal(3), reduction=reduction)


@pytest.mark.parametrize("f", RECURRENCES[:3], ids=lambda f: f.__name__)
def test_loops(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.compiler.plan._MIN_GROUPS", 0)
    check_points(f, [0.5, 0.9], [0.3, 0.5], within=1e-9)

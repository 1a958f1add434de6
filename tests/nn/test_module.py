"""`Module`: its state by name. (What it finds in its fields is tested with the layers.)"""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Module, Neuron


def test_the_state_has_the_numbers_by_name() -> None:
    neuron = Neuron(2, rng=random.Random(0))
    neuron.b.data = 0.5
    state = neuron.state_dict()
    assert state == {"w.0": neuron.w[0].data, "w.1": neuron.w[1].data, "b": 0.5}
    neuron.b.data = 1.0
    assert state["b"] == 0.5


def test_a_state_goes_into_another_model() -> None:
    one, two = (MLP(3, [4, 2], rng=random.Random(seed)) for seed in (0, 1))
    nodes = two.parameters()
    two.load_state_dict(one.state_dict())
    assert two.state_dict() == one.state_dict()
    assert two.parameters() == nodes, "the nodes stay, so that an optimiser knows them"


def test_numbers_of_all_kinds() -> None:
    neuron = Neuron(2)
    neuron.load_state_dict({"b": Fraction(1, 4), "w.1": np.float32(0.5), "w.0": np.int64(3)})
    assert [p.data for p in neuron.parameters()] == [3.0, 0.5, 0.25]
    assert {type(p.data) for p in neuron.parameters()} == {float}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"b": None}, TypeError, "the parameter b must be a finite number, got None"),
        ({"b": True}, TypeError, "the parameter b must be a finite number, got True"),
        ({"b": "1"}, TypeError, "the parameter b must be a finite number, got '1'"),
        ({"b": Value(1.0)}, TypeError, "the parameter b must be a finite number, got Value\\(data=1.0"),
        ({"b": math.nan}, ValueError, "the parameter b must be a finite number, got nan"),
        ({"b": -math.inf}, ValueError, "the parameter b must be a finite number, got -inf"),
        ({"b": 10**400}, ValueError, "the parameter b must be a finite number, got 1000"),
        ({"c": 1.0}, ValueError, "state does not match the model: unexpected c"),
        ({5: 1.0}, ValueError, "unexpected 5"),
        ({"a\x1b[2J": 1.0}, ValueError, r"unexpected 'a\\x1b\[2J'"),
        ({"x" * 500: 1.0}, ValueError, f"unexpected {'x' * 80}$"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(
    change: dict[str, object], error: type[Exception], message: str
) -> None:
    neuron = Neuron(2)
    before = neuron.state_dict()
    with pytest.raises(error, match=message):
        neuron.load_state_dict({"w.0": 5.0, "w.1": 5.0, "b": 5.0} | change)
    assert neuron.state_dict() == before


def test_what_is_missing_and_unknown_is_named() -> None:
    with pytest.raises(ValueError, match=r"missing w\.0, w\.1, w\.2 and 3 more; unexpected v"):
        Neuron(5).load_state_dict({"v": 1.0})
    with pytest.raises(TypeError, match="state must be a dict of numbers by name, got list"):
        Neuron(5).load_state_dict([1.0])


def test_names_have_to_differ() -> None:
    class Confusing(Module):
        def __init__(self) -> None:
            self.table = {"a": {"b": Value(1.0)}, "a.b": Value(2.0)}

    with pytest.raises(ValueError, match=r"parameters must have different names, got table\.a\.b twice"):
        Confusing().state_dict()

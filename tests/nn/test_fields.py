"""The parameters of a model are searched for anew after any change of its fields, and only then."""

from __future__ import annotations

import copy
import gc
import pickle
import random
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Module


class Model(Module):
    """Parameters in all kinds of containers, a counter, and a reference to itself."""

    def __init__(self) -> None:
        self.w = [Value(1.0), Value(2.0)]
        self.by_name = {"a": Value(3.0), "more": [Value(4.0)]}
        self.mixed: list[Any] = [None, Value(5.0), (Value(6.0), [Value(7.0)])]
        self.array = np.array([Value(8.0), Value(9.0)])
        self.inner = MLP(1, [1], rng=random.Random(0))
        self.count, self.me = 0, self


def fresh(model: Module) -> list[Value]:
    """Return what a search finds that remembers nothing."""
    return [p for _, p in model.named_parameters()]


def replace(model: Any) -> None:
    model.mixed[2] = (Value(0.0), [Value(0.0)])


def equal_list(model: Any) -> None:
    model.by_name["more"] = list(model.by_name["more"])
    assert model.parameters() == fresh(model)
    model.by_name["more"].append(Value(0.0))


CHANGES: dict[str, Callable[[Any], object]] = {
    "a node in a list": lambda m: m.w.__setitem__(0, Value(0.0)),
    "the order": lambda m: m.w.reverse(),
    "one more": lambda m: m.w.append(Value(0.0)),
    "one less": lambda m: m.w.pop(),
    "none left": lambda m: m.w.clear(),
    "no node any more": lambda m: m.w.__setitem__(0, m.w[1] * 2),
    "a number": lambda m: m.w.__setitem__(0, 2.0),
    "an array": lambda m: m.w.__setitem__(0, np.zeros(3)),
    "a list in a list": lambda m: m.w.__setitem__(0, [Value(0.0)]),
    "another list": lambda m: setattr(m, "w", [Value(0.0)]),
    "an equal list": equal_list,
    "a key": lambda m: m.by_name.update(b=Value(0.0)),
    "a value of a key": lambda m: m.by_name.update(a=Value(0.0)),
    "no key": lambda m: m.by_name.clear(),
    "deep inside": lambda m: m.mixed[2][1].append(Value(0.0)),
    "in the place of None": lambda m: m.mixed.__setitem__(0, Value(0.0)),
    "a tuple": replace,
    "an array of nodes": lambda m: m.array.__setitem__(0, Value(0.0)),
    "a new field": lambda m: setattr(m, "b", Value(0.0)),
    "a field less": lambda m: delattr(m, "w"),
    "a field of a layer": lambda m: setattr(m.inner.layers[0].neurons[0], "b", Value(0.0)),
    "another layer": lambda m: m.inner.layers.append(MLP(1, [1], rng=random.Random(0)).layers[0]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_noticed(name: str) -> None:
    model = Model()
    before = model.parameters()
    assert before == fresh(model)
    CHANGES[name](model)
    assert model.parameters() == fresh(model)
    assert len(model.parameters()) == len(set(model.parameters()))


def test_numbers_may_change() -> None:
    model = MLP(2, [2], rng=random.Random(0))
    before = model.parameters()
    model.count, before[0].data = 5, 3.0  # type: ignore[attr-defined]
    model.name = "mine"  # type: ignore[attr-defined]
    assert model.parameters() == before == fresh(model)


def test_nobody_shares_a_list() -> None:
    model = MLP(2, [2], rng=random.Random(0))
    one, two = model.parameters(), model.parameters()
    assert one is not two
    one.pop()
    one.sort(key=id)
    assert two == model.parameters() == fresh(model)
    model.parameters().clear()
    assert model.parameters() == two


def test_a_subclass_chooses_its_parameters() -> None:
    class Frozen(MLP):
        def named_parameters(self) -> Any:
            yield from list(super().named_parameters())[:2]

    model = Frozen(2, [3], rng=random.Random(0))
    assert len(model.parameters()) == 2
    model.layers[0].neurons[2].b.grad = 1.0
    model.zero_grad()
    assert model.layers[0].neurons[2].b.grad == 1.0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_remember_nothing(copied: Callable[[Any], Any]) -> None:
    model = Model()
    model.parameters()
    twin = copied(model)
    assert vars(twin).keys() == vars(model).keys()
    twin.w = [Value(0.0)]
    assert twin.parameters() == fresh(twin) != fresh(model)
    assert model.parameters() == fresh(model)


def test_a_model_is_not_kept_alive() -> None:
    model = MLP(2, [2], rng=random.Random(0))
    model.parameters()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None

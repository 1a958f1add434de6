"""Two copies of the package in one process, and reloads: nothing of one copy is silently a constant in the other."""

from __future__ import annotations

import copy
import importlib
import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, choose, compile, dot, grad, jvp, maximum, one_hot, total, where
from autograd.testing import check_by_hand, check_gradients, exercise


def second_copy() -> tuple[ModuleType, ModuleType]:
    """Import autograd and nn again, as after a purge of sys.modules."""
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in ("autograd", "nn")}
    try:
        return importlib.import_module("autograd"), importlib.import_module("nn")
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("autograd", "nn")]:
            del sys.modules[name]
        sys.modules.update(ours)


OTHER, OTHER_NN = second_copy()
foreign, x = OTHER.Value(2.0), Value(3.0)


class Holder(nn.Module):
    """A module that holds whatever it is given."""

    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)

    def __call__(self, x: Any) -> Any:
        return x[0] * self.parts[0]


def fit(model: Any = None, optimizer: Any = None, loss: Any = nn.mean_squared_error) -> Any:
    model, optimizer = model or nn.MLP(1, [1]), optimizer or nn.SGD(0.1)
    return nn.fit(model, [[1.0]], [1.0], loss=loss, optimizer=optimizer, epochs=1, progress=False)


DOORS: dict[str, Callable[[], Any]] = {
    "Value": lambda: Value(foreign),
    "data": lambda: setattr(Value(1.0), "data", foreign),
    "grad": lambda: setattr(Value(1.0), "grad", foreign),
    "detach": lambda: autograd.detach(foreign),
    "x + foreign": lambda: x + foreign,
    "foreign + x": lambda: foreign + x,
    "x - foreign": lambda: x - foreign,
    "foreign / x": lambda: foreign / x,
    "x * foreign": lambda: x * foreign,
    "foreign * x": lambda: foreign * x,
    "x ** foreign": lambda: x**foreign,
    "foreign ** x": lambda: foreign**x,
    "x < foreign": lambda: x < foreign,
    "foreign >= x": lambda: foreign >= x,
    "sin": lambda: autograd.sin(foreign),
    "other sin": lambda: OTHER.sin(x),
    "maximum": lambda: maximum(1.0, foreign),
    "where": lambda: where(foreign, x, 1.0),
    "a choice of where": lambda: where(x, 1.0, foreign),
    "dot": lambda: dot([x], [foreign]),
    "a bias": lambda: dot([1.0], [1.0], foreign),
    "total": lambda: total([1.0, foreign]),
    "hypot": lambda: x.hypot(foreign),
    "arrays": lambda: np.array([x]) * np.array([foreign]),
    "grad of an argument": lambda: grad(lambda x: x * x)(foreign),
    "grad of a list": lambda: grad(lambda x: x[0] * x[1])([1.0, foreign]),
    "grad of a result": lambda: grad(lambda x: foreign)(1.0),
    "grad of a closure": lambda: grad(lambda x: x * foreign)(1.0),
    "other grad": lambda: OTHER.grad(lambda x: x * Value(2.0))(1.0),
    "jvp": lambda: jvp(lambda x: x, (1.0,), (foreign,)),
    "a closure that is compiled": lambda: compile(lambda x: x * foreign)(1.0),
    "a result that is compiled": lambda: compile(lambda x: foreign)(1.0),
    "an argument that is compiled": lambda: compile(lambda x: x)(foreign),
    "arguments that are compiled": lambda: compile(lambda x: x[0])([foreign, 1.0]),
    "params": lambda: compile(lambda x: x, params=[foreign]),
    "choose": lambda: choose(foreign, [1.0, 2.0, 3.0]),
    "one_hot": lambda: one_hot(foreign, 3),
    "Embedding": lambda: nn.Embedding(3, 1)[foreign],
    "copy": lambda: copy.copy(foreign * 2.0),
    "deepcopy": lambda: copy.deepcopy(foreign * 2.0),
    "pickle": lambda: pickle.dumps(foreign * 2.0),
    "steps": (foreign * 2.0).steps,
    "backprop": lambda: autograd.backprop(foreign),
    "replay": lambda: autograd.replay(x * x, {x: foreign}),
    "a node of replay": lambda: autograd.replay(x * x, {foreign: 1.0}),
    "first_nonfinite": lambda: autograd.first_nonfinite(foreign),
    "draw": lambda: autograd.draw(foreign),
    "explore": lambda: autograd.explore(foreign),
    "derive": lambda: autograd.derive(x * x, foreign),
    "formula": lambda: autograd.formula(foreign),
    "diagnose": lambda: nn.diagnose(x * x, [foreign]),
    "exercise": lambda: exercise(foreign),
    "check_by_hand": lambda: check_by_hand(x * x, {x: foreign}),
    "check_gradients": lambda: check_gradients(lambda x: x, foreign),
    "a result of check_gradients": lambda: check_gradients(lambda x: foreign, 1.0),
    "parameters": lambda: Holder(foreign).parameters(),
    "modules": lambda: Holder(OTHER_NN.MLP(1, [1])).parameters(),
    "a state": lambda: Holder(x).load_state_dict({"parts.0": foreign}),
    "a model": lambda: nn.MLP(1, [1])([foreign]),
    "a model's weights": lambda: OTHER_NN.MLP(1, [1])([x]),
    "a loss": lambda: nn.mean_squared_error(x, foreign),
    "a loss on logits": lambda: nn.cross_entropy([x, foreign], 0),
    "fit": lambda: fit(OTHER_NN.MLP(1, [1])),
    "fit with an optimiser": lambda: fit(optimizer=OTHER_NN.SGD(0.1)),
    "fit with a loss": lambda: fit(loss=lambda y, t: foreign),
    "samples": lambda: nn.fit(
        nn.MLP(1, [1]), [[foreign]], [1.0], loss=nn.mean_squared_error, optimizer=nn.SGD(0.1), progress=False
    ),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_a_foreign_value_is_refused_by_name(door: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"this (Value|MLP|SGD) is from another copy of (autograd|nn)"):
        door()


def test_each_copy_works_by_itself() -> None:
    for package in (autograd, OTHER):
        a = package.Value(2.0)
        (a * package.sin(a)).backward()
        assert a.grad == pytest.approx(0.0770037)
    assert OTHER_NN.MLP(1, [1])([1.0]).op is not None


@pytest.mark.parametrize("name", ["operation", "ops", "value"])
def test_what_nodes_are_made_of_is_not_reloaded(name: str) -> None:
    module = sys.modules[f"autograd.{name}"]
    before = dict(vars(module))
    with pytest.raises(ImportError, match=f"autograd.{name} cannot be reloaded"):
        importlib.reload(module)
    assert Value is module.__dict__.get("Value", Value)
    assert {key for key in before if vars(module)[key] is not before[key] and not key.startswith("__")} <= {
        "TYPE_CHECKING"
    }


def test_reloading_the_package_makes_no_second_copy() -> None:
    a = Value(2.0)
    importlib.reload(autograd)
    b = autograd.Value(3.0)
    (a * b).backward()
    assert (a.grad, b.grad) == (3.0, 2.0)

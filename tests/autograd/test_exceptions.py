"""Exceptions: each class of ours comes whole out of copies, pickles and other processes."""

from __future__ import annotations

import copy
import importlib
import inspect
import multiprocessing
import pickle
import pkgutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

import autograd
import nn
from autograd import Value, log
from autograd.parsing import ExpressionError, evaluate


def _classes() -> list[type[Exception]]:
    names = [
        module.name
        for package in (autograd, nn)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    found = {x: None for module in modules for x in vars(module).values() if inspect.isclass(x)}
    return [x for x in found if issubclass(x, BaseException) and x.__module__.partition(".")[0] in ("autograd", "nn")]


CLASSES = _classes()


def _deep() -> Value:
    x = Value(0.0, "x")
    y = log(x)
    for _ in range(5_000):
        y = y * 1.0
    return y


def _made(kind: type[Exception]) -> Exception:
    """Return an exception with something for each argument that its class takes."""
    if not inspect.isfunction(kind.__init__):
        return kind("a problem", 3)
    some = {"str": "a problem", "int": 3, "int | None": 4, "Value | None": _deep()}
    return kind(*(some[p.annotation] for p in list(inspect.signature(kind.__init__).parameters.values())[1:]))


def _contents(error: BaseException) -> list[Any]:
    """Return all that an exception says and carries; a node as what it shows."""
    carried = [*error.args, *vars(error).values()]
    return [type(error), str(error), [repr(x) if isinstance(x, Value) else x for x in carried], sorted(vars(error))]


def test_all_are_found() -> None:
    assert {ExpressionError, nn.NonFiniteError, nn.ModelFileError} <= set(CLASSES)
    assert len(CLASSES) >= 9


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "deepcopy", "pickle"]
)
def test_copies_and_pickles_are_whole(kind: type[Exception], duplicate: Callable[[Any], Any]) -> None:
    error = _made(kind)
    error.add_note("while it was tested")
    assert _contents(duplicate(error)) == _contents(error)


def _diverge(lr: float) -> None:
    model = nn.MLP(1, [1])
    nn.fit(model, [[1.0]], [2.0], loss=nn.mean_squared_error, optimizer=nn.SGD(lr), epochs=50, progress=False)


def _fail_deep(_: int) -> None:
    raise nn.NonFiniteError("a loss is -inf", 1, 2, 3, _deep())


@pytest.mark.slow
def test_a_pool_hands_over_what_its_workers_raise() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(ExpressionError, match="column 3"):
            pool.submit(evaluate, "1 $ 2").result(60)
        with pytest.raises(nn.NonFiniteError, match="epoch ") as caught:
            pool.submit(_diverge, 1e200).result(60)
        assert caught.value.epoch >= 1
        with pytest.raises(nn.NonFiniteError, match="epoch 1, batch 2: a loss is -inf") as caught:
            pool.submit(_fail_deep, 0).result(60)
    culprit = autograd.first_nonfinite(caught.value.node)
    assert (caught.value.sample, culprit.data, culprit.op) == (3, float("-inf"), log)

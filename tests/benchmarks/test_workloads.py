"""The workloads of the benchmarks, in small sizes: all engines give the same loss and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from timing import check_agreement
from training import fit, fit_by_hand, step_engines
from workloads import TASKS, Engine

MODULES = {"JAX": "jax", "PyTorch": "torch"}
# JAX takes seconds to compile these, even in small sizes; the benchmark compares them before it times them.
SLOW_IN_JAX = {"lstm", "lstm-1024", "gpt", "dag-100000", "hmm", "hmm-numbers", "deep"}
BESIDE_PEERS = [
    (key, peer)
    for key, task in TASKS.items()
    for peer in MODULES.keys() & task.workload(is_small=True).engines()
    if peer != "JAX" or key not in SLOW_IN_JAX
]


def compare(key: str, peer: str) -> None:
    engines = TASKS[key].workload(is_small=True).engines()
    check_agreement({name: engines[name]() for name in ("ours", peer)})


@pytest.mark.parametrize("key", TASKS)
def test_compiled_workloads_agree_with_graphs(key: str) -> None:
    compare(key, "eager")


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize(("key", "peer"), sorted(BESIDE_PEERS))
def test_workloads_agree_with_peers(key: str, peer: str) -> None:
    pytest.importorskip(MODULES[peer], reason=f"{peer} is not installed")
    compare(key, peer)


@pytest.mark.slow
def test_training_steps_agree_with_pytorch() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    engines = step_engines([6, 4, 3], batch=5)
    for _ in range(3):
        check_agreement(engines)


def test_fit_agrees_with_numpy_by_hand() -> None:
    (losses, _), (expected, _) = fit(2), fit_by_hand(2)
    assert losses == pytest.approx(expected, rel=1e-9)


def test_a_difference_is_an_error() -> None:
    right, wrong = (Engine(lambda: None, lambda _, x=x: np.array(x)) for x in ([1.0, 2.0], [1.0, 2.0 + 1e-8]))
    with pytest.raises(ArithmeticError, match=r"the results of JAX differ by 5.0e-09"):
        check_agreement({"ours": right, "JAX": wrong})

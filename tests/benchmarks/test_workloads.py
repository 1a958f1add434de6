"""The workloads of the benchmarks, in small sizes: all engines give the same loss and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from timing import check_agreement
from training import fit, fit_by_hand, step_engines
from workloads import TASKS, Engine

# JAX takes seconds to compile the others, even in small sizes; the benchmark compares them before it times them.
IN_JAX = [key for key in TASKS if key not in {"lstm", "lstm-1024", "gpt", "dag-100000", "hmm", "hmm-numbers", "deep"}]
IN_PYTORCH = [key for key, task in TASKS.items() if "PyTorch" in task.workload(is_small=True).others]


@pytest.mark.parametrize("key", TASKS)
def test_compiled_workloads_agree_with_graphs(key: str) -> None:
    workload = TASKS[key].workload(is_small=True)
    check_agreement({"ours": workload.ours(), "eager": workload.eager()})


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("key", IN_JAX)
def test_workloads_agree_with_jax(key: str) -> None:
    pytest.importorskip("jax", reason="jax is not installed")
    workload = TASKS[key].workload(is_small=True)
    check_agreement({"ours": workload.ours(), "JAX": workload.jax()})


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("key", IN_PYTORCH)
def test_workloads_agree_with_pytorch(key: str) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    workload = TASKS[key].workload(is_small=True)
    check_agreement({"ours": workload.ours(), "PyTorch": workload.others["PyTorch"]()})


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

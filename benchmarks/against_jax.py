"""Time `autograd.compile` beside JAX: a loss and all its gradients, on one core, with numbers of 64 bits.

    pip install jax torch && python benchmarks/against_jax.py

Both must give the same numbers before they are timed, in turns. The first results are measured in processes of their
own. Two more tables compare with PyTorch, CasADi and the eager engine, and training with PyTorch and NumPy.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import Any

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"], "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from training import TRAINING
from workloads import COMPILED, TIMED, Engine
from workloads.engines import load_jax

TASKS = TIMED | COMPILED
PACKAGES = {"JAX": "jax", "PyTorch": "torch", "CasADi": "casadi"}
TOLERANCE = 1e-9
LIMIT = 300  # seconds until a first result is given up
SLICE = 0.01  # seconds of runs in one turn


def agreeing(makers: dict[str, Callable[[], Engine]]) -> dict[str, Callable[[], Any]]:
    """Prepare the engines. Raise if a number differs from that of the first."""
    engines = {name: make() for name, make in makers.items() if is_installed(name)}
    results = {name: engine.read(engine.run()) for name, engine in engines.items()}
    expected = next(iter(results.values()))
    for name, found in results.items():
        error = np.abs(found - expected).max() / np.abs(expected).max()
        if not error <= TOLERANCE:
            raise ArithmeticError(f"loss or gradients of {name} differ by {error:.1e}")
    return {name: engine.run for name, engine in engines.items()}


def is_installed(name: str) -> bool:
    return name not in PACKAGES or importlib.util.find_spec(PACKAGES[name]) is not None


def seconds(run: Callable[[], object], times: int = 1) -> float:
    """Return the mean time of a run, of so many."""
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def shortest(runs: dict[str, Callable[[], Any]], budget: float) -> dict[str, float]:
    """Return the shortest time of each in turns, which take about the `budget` in seconds."""
    best = {name: min(seconds(run), seconds(run)) for name, run in runs.items()}
    counts = {name: max(1, int(SLICE / t)) for name, t in best.items()}
    turns = int(budget / sum(best[name] * counts[name] for name in runs))
    for _ in range(min(max(turns, 2), 100)):
        for name, run in runs.items():
            gc.collect()
            best[name] = min(best[name], seconds(run, counts[name]))
    return best


def steady(key: str, names: Sequence[str], is_small: bool) -> dict[str, float]:
    """Return the times of the engines in `names`, after their first results."""
    engines = TASKS[key].workload(is_small).engines()
    return shortest(agreeing({name: engines[name] for name in names if name in engines}), 0.5 if is_small else 4)


def first_result(key: str, name: str, is_small: bool) -> tuple[float, float]:
    """Return the time to the first result, and the growth of memory at its peak, in seconds and MB."""
    engines = TASKS[key].workload(is_small).engines()
    if name == "JAX":
        load_jax().devices()
    before = memory("VmRSS")
    spent = seconds(lambda: engines[name]().run())
    return spent, memory("VmHWM") - before


def memory(field: str) -> float:
    """Return a figure of this process in MB, or nan where the system does not tell."""
    if not os.path.exists("/proc/self/status"):
        return float("nan")
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Return f(*args) from a process of its own, or None after LIMIT seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        try:
            return pool.apply_async(f, args).get(LIMIT)
        except multiprocessing.TimeoutError:
            return None


def against_jax(key: str, is_small: bool) -> list[str]:
    """Return the row of a workload: times, first results and memory of both."""
    firsts = [apart(first_result, key, name, is_small) for name in ("ours", "JAX")]
    times = apart(steady, key, ("ours", "JAX"), is_small) if key in TIMED and all(firsts) else None
    ours, theirs = times.values() if times else (None, None)
    return [
        TASKS[key].title,
        *([ms(ours), ms(theirs), f"{ours / theirs:.2g}"] if times else ["", "", ""]),
        *[f"{first[0]:.2f}" if first else f"none in {LIMIT}" for first in firsts],
        *[f"{first[1]:.0f}" if first else "" for first in firsts],
    ]


def against_others(key: str, is_small: bool) -> list[str]:
    times = apart(steady, key, ("ours", "PyTorch", "CasADi", "eager"), is_small) or {}
    return [TASKS[key].title, *[ms(times.get(name)) for name in ("ours", "PyTorch", "CasADi", "eager")]]


def ms(t: float | None) -> str:
    """Return a time in milliseconds with two digits, or all before the point: 0.046, 1.2, 3,266."""
    return "" if t is None else f"{1e3 * t:,.0f}" if t >= 0.01 else f"{1e3 * t:.2g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there."""
    for row in ([*head], ["---"] * len(head), *()):
        print(f"| {' | '.join(row)} |")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[*TASKS, *TRAINING], metavar="NAME", help="measure only these")
    parser.add_argument("--quick", action="store_true", help="small sizes and few runs, to see that all works")
    options = parser.parse_args()
    if not is_installed("JAX"):
        sys.exit("JAX is missing: pip install jax")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    chosen = [key for key in [*TASKS, *TRAINING] if options.only is None or key in options.only]
    tasks = [key for key in chosen if key in TASKS]
    print(versions())
    head = ["loss and gradients", "ours, ms", "JAX, ms", "ratio", "first: ours, s", "JAX, s", "memory: ours, MB", "JAX, MB"]
    table(head, (against_jax(key, options.quick) for key in tasks))
    head = ["ms", "ours", "PyTorch", "CasADi", "eager"]
    table(head, (against_others(key, options.quick) for key in tasks if TASKS[key].workload(True).others))


def versions() -> str:
    """Return the versions of all that is measured."""
    packages = [name for name in ("numpy", *PACKAGES.values()) if importlib.util.find_spec(name)]
    found = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{platform.machine()}, one core; Python {platform.python_version()}, {found}\n"


if __name__ == "__main__":
    main()

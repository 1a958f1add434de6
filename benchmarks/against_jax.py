"""Time `autograd.compile` beside JAX: a loss and all its gradients, on one core, with numbers of 64 bits.

    pip install jax torch && python benchmarks/against_jax.py

Both must give the same numbers before they are timed, in turns. The first results are measured in processes of their
own. Two more tables compare with PyTorch, CasADi and the eager engine, and training with PyTorch and NumPy.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"], "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import timing
from timing import apart
from training import TRAINING
from workloads import TASKS, TIMED
from workloads.engines import load_jax

PEERS = {"JAX": "jax", "PyTorch": "torch", "CasADi": "casadi"}  # and their packages
OTHERS = ["ours", "PyTorch", "CasADi", "eager"]
BESIDE_JAX = [
    "loss and gradients",
    "ours, ms",
    "JAX, ms",
    "ratio",
    "first result: ours, s",
    "JAX, s",
    "memory: ours, MB",
    "JAX, MB",
]


def steady(key: str, names: Sequence[str], is_small: bool) -> dict[str, float]:
    """Return the times of the engines in `names` that the workload has, after their first results."""
    engines = TASKS[key].workload(is_small).engines()
    return timing.shortest({name: engines[name]() for name in names if name in engines}, 0.3 if is_small else 2)


def first(key: str, name: str, is_small: bool) -> tuple[float, float]:
    """Return the time to the first result, and the growth of memory."""
    make = TASKS[key].workload(is_small).engines()[name]
    if "JAX" in name:
        load_jax().devices()  # starts it
    return timing.first_result(make)


def against_jax(key: str, is_small: bool, ours: str = "ours") -> list[str]:
    """Return the row of a workload: times, first results and memory of JAX and an engine of ours."""
    firsts = [apart(first, key, name, is_small) for name in (ours, "JAX")]
    times = apart(steady, key, (ours, "JAX"), is_small) if key in TIMED and all(firsts) else None
    return [
        TASKS[key].title,
        *(compared(*times.values()) if times else [""] * 3),
        *[f"{found[0]:.2f}" if found else f"none in {timing.LIMIT}" for found in firsts],
        *[f"{found[1]:.0f}" if found else "" for found in firsts],
    ]


def against_others(key: str, is_small: bool) -> list[str]:
    """Return the row of a workload: times of our engines and the other peers that are installed."""
    names = [name for name in OTHERS if name not in PEERS or is_installed(name)]
    if not TASKS[key].workload(is_small=True).parameters:
        names.remove("eager")  # it would take minutes for thousands of points
    times = apart(steady, key, names, is_small) or {}
    return [TASKS[key].title, *[ms(times[name]) if name in times else "" for name in OTHERS]]


def training(key: str, is_small: bool) -> list[str]:
    """Return the row of a training task beside its peer."""
    task = TRAINING[key]
    return [task.title, *compared(*apart(task.times, is_small)), task.peer]


def compared(ours: float, theirs: float) -> list[str]:
    return [ms(ours), ms(theirs), f"{ours / theirs:.2g}" if ours < 100 * theirs else f"{ours / theirs:.0f}"]


def ms(t: float) -> str:
    """Return a time in milliseconds with two digits, or all before the point: 0.046, 1.2, 3,266."""
    return f"{1e3 * t:,.0f}" if t >= 0.01 else f"{1e3 * t:.2g}"


def is_installed(peer: str) -> bool:
    return importlib.util.find_spec(PEERS[peer]) is not None


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there."""
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|", flush=True)
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def versions() -> str:
    """Return the versions of all that is measured."""
    packages = ["numpy", *(PEERS[peer] for peer in PEERS if is_installed(peer))]
    found = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{platform.machine()}, one core; Python {platform.python_version()}, {found}\n"


def main() -> None:
    """Print the tables."""
    names = [*TASKS, *TRAINING]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=f"names: {', '.join(names)}")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help="measure only these")
    parser.add_argument("--backend", choices=["jax"], help="only compare `to_jax` with JAX by hand")
    parser.add_argument("--quick", action="store_true", help="small sizes and few runs, to see that all works")
    options = parser.parse_args()
    for peer in ("JAX", "PyTorch"):
        if not is_installed(peer):
            sys.exit(f"{peer} is missing: pip install {PEERS[peer]}")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    tasks, trained = ([key for key in table if key in options.only] for table in (TASKS, TRAINING))
    print(versions())
    if options.quick:
        print("The sizes are smaller than the titles say.\n")
    if options.backend:
        table(BESIDE_JAX, (against_jax(key, options.quick, "ours in JAX") for key in tasks))
        return
    with_others = [key for key in tasks if TASKS[key].workload(is_small=True).others]
    for head, row, keys in (
        (BESIDE_JAX, against_jax, tasks),
        (["ms", *OTHERS], against_others, with_others),
        (["training", "ours, ms", "peer, ms", "ratio", "peer"], training, trained),
    ):
        if keys:
            table(head, (row(key, options.quick) for key in keys))


if __name__ == "__main__":
    main()

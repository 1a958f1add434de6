"""Time `autograd.compile` beside PyTorch, JAX, CasADi and eager: a loss and all its gradients, one thread each.

    pip install torch jax casadi && python benchmarks/compiled.py

Each peer first has to give the same loss and gradients; then all run in turns, with the garbage collector on and off.
The second table sums up the first. Two more show what compiling takes, and what the first result takes in a process of
its own.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"], "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import numpy as np
from peers import Engine
from workloads import WORKLOADS, Workload

PEERS = {"PyTorch": "torch", "JAX": "jax", "CasADi": "casadi"}
TOLERANCE = 1e-9
TIE = 1.3
SLOW = 0.2  # seconds of a run, from which on there are fewer of them


def timed(run: Callable[[], object], times: int = 1) -> float:
    """Return the seconds that `run` takes, in the mean of so many `times` one after another."""
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def engines_of(workload: Workload) -> dict[str, Engine]:
    """Return the engines that are installed, having compared their results with those of the first."""
    engines: dict[str, Engine] = {}
    for name, make in workload.engines.items():
        try:
            engines[name] = engine = make()
        except ModuleNotFoundError as missing:
            print(f"{name} is skipped: {missing}", file=sys.stderr)
            continue
        found = [np.asarray(x) for x in engine.read(engine.run())]
        if len(engines) == 1:
            expected = found
        compare(f"{name} in {workload.name}", found, expected)
    return engines


def compare(name: str, found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    """Raise where a value or gradient differs from the expected one, of which it may be the first part."""
    for what, a, b in zip(("value", "gradient"), found, expected, strict=True):
        part = b[..., : a.shape[-1]] if a.ndim else b
        error = np.abs(a - part).max() / np.abs(part).max()
        if not error <= TOLERANCE:
            raise ArithmeticError(f"the {what} of {name} differs by {error:.1e}")


def measure(engines: dict[str, Engine], rounds: int, collector: bool) -> dict[str, list[float]]:
    """Return the milliseconds of each engine, in turns of a few runs."""
    spent: dict[str, list[float]] = {name: [] for name in engines}
    once = {name: min(timed(engine.run) for _ in range(2)) for name, engine in engines.items()}
    for i in range(rounds):
        for name, engine in engines.items():
            if once[name] > SLOW and i >= rounds // 5:
                continue
            gc.collect()
            (gc.enable if collector else gc.disable)()
            spent[name].append(1e3 * timed(engine.run, max(1, int(0.01 / once[name]))) / engine.share)
            gc.enable()
    return spent


def ratio(ours: float, theirs: float) -> str:
    """Say how many times as long the other takes, and call it a tie where that is not much."""
    factor = theirs / ours
    return f"{factor:.2f}" + " (tie)" * (1 / TIE < factor < TIE)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there."""
    line = [f"{'-' * width(i)}" for i in range(len(head))]
    for row in itertools.chain([head, line], rows):
        print(f"| {' | '.join(f'{cell:<{width(i)}}' for i, cell in enumerate(row))} |", flush=True)
    print()


def width(column: int) -> int:
    """Return the width of a column in letters."""
    return (42, 21)[column] if column < 2 else 19


def steady(workloads: dict[str, Workload], rounds: int, best: dict[str, dict[str, float]]) -> Iterator[list[str]]:
    """Yield minimum and median times of every engine, and how they compare with the first of the workload.

    The minimum with the collector on is kept in `best`, by workload and engine.
    """
    for workload in workloads.values():
        engines = engines_of(workload)
        on, off = (measure(engines, rounds, collector) for collector in (True, False))
        ours = next(iter(on.values()))
        best[workload.name] = {name: min(times) for name, times in on.items()}
        for name, times in on.items():
            yield [
                workload.name,
                name,
                *(f"{min(t):.4g} / {statistics.median(t):.4g}" for t in (times, off[name])),
                *(ratio(f(ours), f(times)) if times is not ours else "" for f in (min, statistics.median)),
            ]


def summary(best: dict[str, dict[str, float]]) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of the shortest times: a row for each workload, a column for each engine."""
    names = list(dict.fromkeys(name for times in best.values() for name in times))
    rows = [
        [workload, *(short(times[name]) if name in times else "" for name in names)] for workload, times in best.items()
    ]
    return ["ms, minimum", *names], rows


def short(ms: float) -> str:
    """Return a time with two digits, or all before the point: 0.046, 1.2, 3,266."""
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.2g}"


def compiling(workloads: dict[str, Workload], repeats: int) -> Iterator[list[str]]:
    """Yield what the first call takes: recording, finding arrays, writing the program, running it."""
    for workload in workloads.values():
        best = min(timed(workload.compile) for _ in range(repeats))
        program = workload.compile().program
        nodes, statements = program.scalar_nodes, len(program.statements)
        yield [workload.name, f"{nodes:,}", f"{statements:,}", f"{1e3 * best:.1f}", f"{1e6 * best / nodes:.1f}"]


def first_results(workloads: dict[str, Workload]) -> Iterator[list[str]]:
    """Yield what the compiled engine and the peers that are installed take in a process of their own, on Linux."""
    for key, workload in workloads.items():
        for name in filter(workload.engines.__contains__, ["compiled", *PEERS]):
            if name == "compiled" or importlib.util.find_spec(PEERS[name]):
                command = [sys.executable, __file__, "--only", key, "--first", name]
                done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - this file
                yield [workload.name, name, *json.loads(done.stdout)]


def first_result(workload: Workload, name: str) -> list[str]:
    """Return the seconds to import an engine and to its first result, and the memory used beyond the data."""
    before = memory("VmRSS")
    imported = timed(lambda: importlib.import_module(PEERS.get(name, "autograd.compiler.compiled")))
    first = timed(lambda: workload.engines[name]().run())
    return [f"{imported:.2f}", f"{first:.3f}", f"{memory('VmHWM') - before:.0f}"]


def memory(field: str) -> float:
    """Return a figure of this process in MB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def versions() -> str:
    """Return the versions of all that is measured."""
    found = [f"Python {platform.python_version()}"]
    for package in ("chainrule", "numpy", *PEERS.values()):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return ", ".join(found)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=WORKLOADS, help="measure one workload")
    parser.add_argument("--quick", action="store_true", help="a few runs, to see that all works")
    parser.add_argument("--first", metavar="ENGINE", help="measure the first result of one engine, in this process")
    options = parser.parse_args()
    workloads = {key: make() for key, make in WORKLOADS.items() if options.only in (None, key)}
    if options.first:
        print(json.dumps(first_result(workloads[options.only], options.first)))
        return
    print(f"{versions()}; {os.cpu_count()} cores, one thread each")
    head = [
        "ms, minimum / median",
        "engine",
        "collector on",
        "collector off",
        "minimum: times ours",
        "median: times ours",
    ]
    best: dict[str, dict[str, float]] = {}
    table(head, steady(workloads, 5 if options.quick else 25, best))
    table(*summary(best))
    head = ["first call", "scalar nodes", "statements", "ms", "µs a node"]
    table(head, compiling(workloads, 1 if options.quick else 3))
    if not options.quick and os.path.exists("/proc/self/status"):
        table(["first result", "engine", "import, s", "first, s", "memory, MB"], first_results(workloads))


if __name__ == "__main__":
    main()

"""Time engines in turns, once they agree, and first results in processes of their own."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from workloads import Engine

TOLERANCE = 1e-9
LIMIT = 120  # seconds until a process is given up
TURN = 0.01  # seconds of runs in one turn
MIN_TURNS, MAX_TURNS = 2, 200


def shortest(engines: dict[str, Engine], budget: float) -> dict[str, float]:
    """Return the shortest time of each engine in turns, which take about the `budget` in seconds."""
    check_agreement(engines)
    best = {name: seconds(engine.run) for name, engine in engines.items()}
    counts = {name: max(1, int(TURN / t)) for name, t in best.items()}
    gc.collect()  # once: with the graph of a large workload, it takes longer than a turn
    turns = int(budget / sum(best[name] * counts[name] for name in engines))
    for _ in range(min(max(turns, MIN_TURNS), MAX_TURNS)):
        for name, engine in engines.items():
            best[name] = min(best[name], seconds(engine.run, counts[name]))
    return best


def check_agreement(engines: dict[str, Engine]) -> None:
    """Run each engine once. Raise if a number differs from that of the first."""
    results = {name: engine.read(engine.run()) for name, engine in engines.items()}
    expected = next(iter(results.values()))
    for name, found in results.items():
        error = np.abs(found - expected).max() / np.abs(expected).max()
        if not error <= TOLERANCE:
            raise ArithmeticError(f"the results of {name} differ by {error:.1e}")


def seconds(run: Callable[[], object], times: int = 1) -> float:
    """Return the mean time of a run, of so many: processor time, which leaves out what other processes take."""
    start = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - start) / times


def first_result(make: Callable[[], Engine]) -> tuple[float, float]:
    """Return the time to make and run an engine in seconds, and the growth of memory at its peak in MB."""
    before = memory("VmRSS")
    spent = seconds(lambda: make().run())
    return spent, memory("VmHWM") - before


def memory(field: str) -> float:
    """Return a figure of this process in MB, or nan where the system has no /proc."""
    if not os.path.exists("/proc/self/status"):
        return float("nan")
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Return f(*args) from a process of its own, or None after LIMIT seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        try:
            result = pool.apply_async(f, args).get(LIMIT)
        except multiprocessing.TimeoutError:
            return None
        pool.close()
        pool.join()
        return result

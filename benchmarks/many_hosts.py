"""Train a model that is written one scalar at a time on several devices, or in several processes, by JAX.

    pip install 'chainrule[jax]'
    python benchmarks/many_hosts.py devices      # 8 devices of one process
    python benchmarks/many_hosts.py processes    # 2 processes, which exchange gradients over the network

The samples are sharded, the parameters are on all devices. The losses must be those of the NumPy program.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from typing import Any

import numpy as np

import autograd
import nn
from autograd import relu

DEVICES, PROCESSES, STEPS, RATE, TOLERANCE = 8, 2, 100, 0.1, 1e-12

model = nn.MLP(2, [16, 16, 1], rng=random.Random(0))
step = autograd.compile(lambda x, y: relu(1 - y * model(x)), params=model.parameters())
start = np.array([p.data for p in model.parameters()])
X = np.random.default_rng(0).normal(size=(96, 2))
Y = np.where(X[:, 0] * X[:, 1] > 0, 1.0, -1.0)


def by_numpy() -> list[float]:
    """Return the losses of all steps."""
    theta, losses = start, []
    for _ in range(STEPS):
        loss, gradient = step.value_and_grad(theta, X, Y)
        theta = theta - RATE * gradient
        losses.append(loss)
    return losses


def by_jax() -> list[float]:
    """Return the losses of all steps. Each process has its share of the samples."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices()), ("samples",))
    sharded, everywhere = NamedSharding(mesh, PartitionSpec("samples")), NamedSharding(mesh, PartitionSpec())
    share = len(X) // jax.process_count()
    mine = slice(jax.process_index() * share, (jax.process_index() + 1) * share)
    samples = [jax.make_array_from_process_local_data(sharded, array[mine]) for array in (X, Y)]
    mean_loss = step.to_jax()

    @jax.jit
    def train(theta: Any, *samples: Any) -> tuple[Any, Any]:
        loss, gradient = jax.value_and_grad(mean_loss)(theta, *samples)
        return loss, theta - RATE * gradient

    theta, losses = jax.device_put(start, everywhere), []
    for _ in range(STEPS):
        loss, theta = train(theta, *samples)
        losses.append(float(loss))
    return losses


def compare() -> None:
    """Train by both, and print how much the losses differ."""
    import jax

    losses = by_jax()
    difference = np.abs(np.array(losses) - by_numpy()).max()
    where = f"process {jax.process_index()} of {jax.process_count()}, {jax.device_count()} devices"
    print(f"{where}: loss {losses[0]:.3f} to {losses[-1]:.3f}, difference to NumPy {difference:.0e}", flush=True)
    if not difference <= TOLERANCE:
        sys.exit(f"the losses must be those of NumPy, got a difference of {difference}")


def start_processes() -> None:
    """Run this script in several processes, the first of which is the coordinator."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    commands = [[sys.executable, __file__, "process", str(port), str(i)] for i in range(PROCESSES)]
    running = [subprocess.Popen(command) for command in commands]  # noqa: S603 - this script
    sys.exit(max(process.wait() for process in running))


def main(kind: str = "", *options: str) -> None:
    """Run on devices of one process, or as one of several processes."""
    if kind == "processes":
        start_processes()
    if kind not in ("devices", "process"):
        sys.exit(__doc__)
    if kind == "devices":
        os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES}"
    import jax

    jax.config.update("jax_enable_x64", True)
    if kind == "process":
        port, index = options
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(f"127.0.0.1:{port}", PROCESSES, int(index))
    compare()


if __name__ == "__main__":
    main(*sys.argv[1:])

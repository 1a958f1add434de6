"""What a type checker and an editor see of a user's program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("mypy", reason="types are checked by mypy: pip install '.[test]'")

ROOT = Path(__file__).parents[2]

GOOD = """
import random
from collections.abc import Callable
from typing import Any, assert_type

import numpy as np

import nn
from autograd import Value, dot, grad

rng = random.Random(0)
neuron, layer, model = nn.Neuron(2, rng=rng), nn.Layer(2, 3, activation="tanh", rng=rng), nn.MLP(2, [4, 1], rng=rng)
x, y = [1.0, 2.0], 1.0

assert_type(neuron(x), Value)
assert_type(layer.outputs(x), list[Value])
assert_type((model(x) - y) ** 2, Value)
assert_type(model(x).data, float)
assert_type(layer(x)[0], Value)
assert_type([z for z in layer(x)], list[Value])
assert_type(len(layer(np.array(x))), int)
one: Value = model(x)
several: list[Value] = layer(x)
assert_type(nn.Embedding(3, 2)[1], list[Value])

losses: list[Callable[..., object]] = [nn.hinge, nn.cross_entropy]
assert_type(nn.mean_squared_error(model(x), y), Value)
assert_type(nn.binary_cross_entropy([model(x) for _ in range(3)], [0, 1, 1]), Value)
assert_type(nn.hinge([one, 2.0], np.array([1, -1])), Value)
assert_type(nn.cross_entropy(layer(x), 2), Value)
assert_type(nn.cross_entropy([layer(x)], [2]), Value)
assert_type(nn.mean_squared_error([1.0, 2.0], [1, 2]), float)
assert_type(nn.cross_entropy([1.0, 2.0], 0), float)

f: Callable[[Value], Value] = lambda v: v.sin() * v
assert_type(grad(f)(1.0), float)
assert_type(grad(grad(f))(1), float)
assert_type(grad(lambda p: dot(p, p))([1.0, 2.0]), list[float])
assert_type(grad(f)(one), Value)
assert_type(grad(lambda a, b: a * b, (0, 1))(1.0, 2.0), tuple[Any, ...])

optimizer = nn.Adam(lr=0.1)
loss = nn.mean_squared_error(model(x), y)
model.zero_grad()
loss.backward()
optimizer.step(model.parameters())


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope = Value(1.0)

    def __call__(self, x: float) -> Value:
        return self.slope * x


def stop(training: nn.Training) -> None:
    training.stop()


history = nn.fit(
    model, [x], [y], loss=nn.mean_squared_error, optimizer=optimizer, epochs=1, callbacks=[stop, nn.EarlyStopping()]
)
nn.fit(Line(), [1.0], np.array([y]), loss=lambda out, y: (out - y) ** 2, optimizer=nn.SGD(0.1), progress=False)
assert_type(history["loss"], list[float])
assert_type(nn.accuracy(model, [x], [1]), float)
print(nn.predict(model, [x]).shape, nn.confusion(model, [x], [1]).total)
"""

BAD = {
    "model(None)": "arg-type",
    "model(x).no_such_attribute": "attr-defined",
    "nn.MLP(2, 3)": "arg-type",
    "nn.Layer(2, 3, activations='tanh')": "call-arg",
    "nn.hinge(None, 1)": "call-overload",
    "nn.fit(model, [x], [1.0], loss=1, optimizer=nn.SGD())": "arg-type",
}


def errors(program: str, folder: Path) -> list[str]:
    """The errors that mypy --strict finds in `program`."""
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "program.py"]
    environment = {**os.environ, "MYPYPATH": str(ROOT), "MYPY_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("program.py") and ": error: " in line]


def test_programs_with_models_and_losses(tmp_path: Path) -> None:
    assert errors(GOOD, tmp_path) == []
    found = errors("import nn\nx = [1.0]\nmodel = nn.MLP(1, [1])\n" + "\n".join(BAD), tmp_path)
    assert [error.rpartition("[")[2].rstrip("]") for error in found] == [*BAD.values()]

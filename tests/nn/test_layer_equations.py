"""Test the equations of layers: run as array code, they give the gradients of `backward`."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd.ops import TABLE

ACTIVATIONS = [name for name, each in TABLE.items() if each.activation]


def test_how_they_read() -> None:
    layer = nn.Layer(2, 3, activation="sigmoid")
    assert (
        str(nn.derive_layers(layer))
        == """\
    z = W x + b
    y = σ(z)
    δ = dL/dy ⊙ y ⊙ (1 - y)
dL/dW = δ xᵀ
dL/db = δ
dL/dx = Wᵀ δ"""
    )
    assert r"\frac{\mathrm{d} L}{\mathrm{d} W} &= \delta \, {x}^{\top}" in nn.derive_layers(layer).latex
    ET.fromstring(nn.derive_layers([layer]).mathml)
    own = nn.Layer(2, 1, activation=lambda r: r * r.sigmoid())
    assert "y = z ⊙ σ(z)\n    δ = dL/dy ⊙ (σ(z) + z ⊙ σ(z) ⊙ (1 - σ(z)))" in str(nn.derive_layers(own))


def run(equations: str, known: dict[str, Any]) -> dict[str, Any]:
    """Run equations as NumPy code, and return all names."""
    functions = {
        "exp": np.exp,
        "tanh": np.tanh,
        "σ": lambda x: 1 / (1 + np.exp(-x)),
        "where": np.where,
        "sqrt": np.sqrt,
    }
    functions |= {
        name: np.vectorize(lambda *xs, op=op: op(*map(float, xs)))
        for name, op in TABLE.items()
        if name not in functions
    }
    names = known | functions
    for line in equations.splitlines():
        left, right = (side.strip() for side in line.split(" = "))
        if right.startswith("(") and " if " in right:
            right = right.replace("·", "*")
        code = re.sub(r"\(([^()]*(?:\([^()]*\)[^()]*)*) if (.*?) else (.*)\)$", r"where(\2, \1, \3)", right)
        code = re.sub(r"\|(.*?)\|", r"abs(\1)", code)
        code = (
            re.sub(r"(\d)(z)", r"\1*\2", re.sub("²", "**2", code))
            .replace("≤", "<=")
            .replace("⊙", "*")
            .replace("√", "sqrt")
        )
        code = re.sub(r"dL/d(\w+)", r"dL_d\1", code)
        code = re.sub(r"([\w]+)ᵀ", r"\1.T", code)
        code = re.sub(r"(\w(?:\.T)?) (?=\w)(?!if|else)", r"\1 @ ", code)
        names[re.sub(r"dL/d(\w+)", r"dL_d\1", left)] = eval(code, {"__builtins__": {}, "abs": np.abs}, names)  # noqa: S307
    return names


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_they_give_the_gradients(activation: str) -> None:
    rng = random.Random(1)
    model = nn.MLP(3, [4, 2], activation=activation, rng=rng)
    x = [autograd.Value(rng.uniform(-1, 1)) for _ in range(3)]
    y = model(x)
    loss = y[0] ** 2 + 3 * y[1]
    loss.backward()
    known: dict[str, Any] = {"x": np.array([[v.data] for v in x])}
    for k, layer in enumerate(model.layers, start=1):
        index = "₀₁₂"[k]
        known["W" + index] = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
        known["b" + index] = np.array([[neuron.b.data] for neuron in layer.neurons])
    known["dL_dy"] = np.array([[2 * y[0].data], [3.0]])
    plain = {key.translate(str.maketrans("₀₁₂", "012")): value for key, value in known.items()}
    found = run(str(nn.derive_layers(model)).translate(str.maketrans("₀₁₂", "012")), plain)
    for k, layer in enumerate(model.layers, start=1):
        assert np.allclose(found[f"dL_dW{k}"], [[w.grad for w in neuron.w] for neuron in layer.neurons], atol=1e-5)
        assert np.allclose(found[f"dL_db{k}"], [[neuron.b.grad] for neuron in layer.neurons], atol=1e-5)
    assert np.allclose(found["dL_dx"], [[v.grad] for v in x], atol=1e-5)


def test_wrong_arguments() -> None:
    for wrong, kind in [(nn.Neuron(2), "Neuron"), ([], "an empty list"), ([nn.Layer(1, 1), 3], "int")]:
        with pytest.raises(TypeError, match=f"model must be a Layer, an MLP or a list of Layers, got {kind}"):
            nn.derive_layers(wrong)  # type: ignore[arg-type]

"""`derive_layers`: the forward and the backward pass of layers, written in matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd

from .layers import MLP, Layer
from .shared import layer_equations


def derive_layers(model: Layer | MLP | Sequence[Layer]) -> autograd.printing.matrices.LayerEquations:
    """Write the forward and the backward pass of a layer, an MLP or a list of layers in matrices, for one sample.

    >>> import random
    >>> derive_layers(MLP(2, [3, 1], activation="tanh", rng=random.Random(0)))
        z₁ = W₁ x + b₁
        h₁ = tanh(z₁)
         y = W₂ h₁ + b₂
        δ₂ = dL/dy
    dL/dW₂ = δ₂ h₁ᵀ
    dL/db₂ = δ₂
        δ₁ = (W₂ᵀ δ₂) ⊙ (1 - h₁²)
    dL/dW₁ = δ₁ xᵀ
    dL/db₁ = δ₁
     dL/dx = W₁ᵀ δ₁

    L is the loss, and δ its derivative with respect to the weighted sums of a layer, before the activation. W has one
    row for each neuron; x, b, z, h, y and δ are columns. ⊙, powers and functions are taken entry by entry. For a batch,
    dL/dW and dL/db are sums over the samples. A notebook typesets the equations; `.latex` and `.mathml` are their code.
    """
    parts = model.layers if isinstance(model, MLP) else model
    layers: list[Any] = list(parts) if isinstance(parts, (list, tuple)) else [parts]
    wrong = [layer for layer in layers if not isinstance(layer, Layer)]
    if wrong or not layers:
        got = type(wrong[0]).__name__ if wrong else "an empty list"
        raise TypeError(f"model must be a Layer, an MLP or a list of Layers, got {got}")
    return layer_equations([layer.neurons[0].activation for layer in layers])

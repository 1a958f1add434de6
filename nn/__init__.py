"""A thin neural-network package on top of `autograd`: modules, layers, losses, optimisers, training, pictures.

What needs more than the standard library is imported on first use.
"""

from __future__ import annotations

from typing import Any

from .layers import MLP, Embedding, Layer, Neuron
from .losses import binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .module import Module
from .optim import SGD, Adam

_ON_FIRST_USE = {
    "EarlyStopping": "nn.callbacks",
    "accuracy": "nn.evaluation",
    "confusion": "nn.evaluation",
    "predict": "nn.evaluation",
    "History": "nn.history",
    "load": "nn.checkpoint",
    "save": "nn.checkpoint",
    "from_torch": "nn.interchange",
    "to_torch": "nn.interchange",
    "fit": "nn.training",
}
_PARTS = ("data", "plot", "textbook")

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "Embedding",
    "Layer",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "cross_entropy",
    "hinge",
    "mean_squared_error",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _PARTS:
        return import_module(f"nn.{name}")
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_ON_FIRST_USE[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_FIRST_USE, *_PARTS})

"""A thin neural-network package on top of `autograd`: modules, layers, losses, optimisers, training, pictures.

What needs more than the standard library is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .layers import MLP, Embedding, Layer, Neuron
from .losses import binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .module import Module
from .optim import SGD, Adam, Optimizer

if TYPE_CHECKING:
    from .confusion_table import Confusion
    from .estimators import Classifier as Classifier
    from .estimators import Regressor as Regressor
    from .evaluation import accuracy, confusion, predict
    from .saving.checkpoint import ModelFileError, load, read_about, save
    from .saving.interchange import from_torch, to_torch
    from .saving.tensors import load_safetensors, save_safetensors
    from .schedules import cosine_decay, linear_decay, step_decay
    from .training.callbacks import EarlyStopping, Training
    from .training.fitting import fit
    from .training.history import History
    from .training.nonfinite import NonFiniteError

_ON_FIRST_USE = {
    "Classifier": "nn.estimators",
    "Confusion": "nn.confusion_table",
    "EarlyStopping": "nn.training.callbacks",
    "History": "nn.training.history",
    "ModelFileError": "nn.saving.checkpoint",
    "NonFiniteError": "nn.training.nonfinite",
    "Regressor": "nn.estimators",
    "Training": "nn.training.callbacks",
    "accuracy": "nn.evaluation",
    "confusion": "nn.evaluation",
    "cosine_decay": "nn.schedules",
    "fit": "nn.training.fitting",
    "from_torch": "nn.saving.interchange",
    "linear_decay": "nn.schedules",
    "load": "nn.saving.checkpoint",
    "load_safetensors": "nn.saving.tensors",
    "predict": "nn.evaluation",
    "read_about": "nn.saving.checkpoint",
    "save": "nn.saving.checkpoint",
    "save_safetensors": "nn.saving.tensors",
    "step_decay": "nn.schedules",
    "to_torch": "nn.saving.interchange",
}
_PARTS = ("data", "plot", "textbook")

# All but what needs scikit-learn, which a star import must not.
__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "Confusion",
    "EarlyStopping",
    "Embedding",
    "History",
    "Layer",
    "ModelFileError",
    "Module",
    "Neuron",
    "NonFiniteError",
    "Optimizer",
    "Training",
    "accuracy",
    "binary_cross_entropy",
    "confusion",
    "cosine_decay",
    "cross_entropy",
    "fit",
    "from_torch",
    "hinge",
    "linear_decay",
    "load",
    "load_safetensors",
    "mean_squared_error",
    "predict",
    "read_about",
    "save",
    "save_safetensors",
    "step_decay",
    "to_torch",
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

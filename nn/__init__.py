"""A thin neural-network package on top of `autograd`: modules, layers, losses, optimisers, training, plots.

Names that need more than the standard library are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .layers import MLP, Embedding, Layer, Neuron
from .losses import binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .module import Module
from .optim import SGD, Adam, Optimizer

if TYPE_CHECKING:
    from .diagnosis import diagnose
    from .estimators import Classifier as Classifier
    from .estimators import Regressor as Regressor
    from .evaluation import Confusion, accuracy, confusion, predict
    from .layer_equations import derive_layers
    from .saving.checkpoint import ModelFileError, load, read_about, save
    from .saving.interchange import from_torch, to_torch
    from .saving.tensors import load_safetensors, save_safetensors
    from .schedules import cosine_decay, linear_decay, step_decay
    from .training.callbacks import EarlyStopping, Training
    from .training.fitting import fit
    from .training.history import History
    from .training.nonfinite import NonFiniteError

_ON_FIRST_USE = {
    "diagnosis": ["diagnose"],
    "estimators": ["Classifier", "Regressor"],
    "evaluation": ["Confusion", "accuracy", "confusion", "predict"],
    "layer_equations": ["derive_layers"],
    "saving.checkpoint": ["ModelFileError", "load", "read_about", "save"],
    "saving.interchange": ["from_torch", "to_torch"],
    "saving.tensors": ["load_safetensors", "save_safetensors"],
    "schedules": ["cosine_decay", "linear_decay", "step_decay"],
    "training.callbacks": ["EarlyStopping", "Training"],
    "training.fitting": ["fit"],
    "training.history": ["History"],
    "training.nonfinite": ["NonFiniteError"],
}
_MODULE_OF = {name: f"nn.{module}" for module, names in _ON_FIRST_USE.items() for name in names}
_PARTS = ("data", "diagnosis", "plot", "textbook")

__all__ = [  # without Classifier and Regressor: a star import must not need scikit-learn
    "MLP", "SGD", "Adam", "Confusion", "EarlyStopping", "Embedding", "History", "Layer", "ModelFileError", "Module",
    "Neuron", "NonFiniteError", "Optimizer", "Training", "accuracy", "binary_cross_entropy", "confusion",
    "cosine_decay", "cross_entropy", "derive_layers", "diagnose", "fit", "from_torch", "hinge", "linear_decay",
    "load", "load_safetensors", "mean_squared_error", "predict", "read_about", "save", "save_safetensors",
    "step_decay", "to_torch",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _PARTS:
        return import_module(f"nn.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF, *_PARTS})

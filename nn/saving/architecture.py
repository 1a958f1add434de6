"""Describe models of `nn` as plain data, and build them from it."""

from __future__ import annotations

import random
from contextlib import suppress
from reprlib import repr as shortened
from typing import Any

import autograd

from ..layers import MLP, ActivationFunction, Embedding, Layer, Neuron, activation_named
from ..module import Module
from .strict_json import check_keys

Architecture = dict[str, Any]
OWN = "own class"  # the only key in the architecture of a model that nn cannot build
MAX_MISSING = 1000  # parameters that may be missing in a file: their model is built, so that an error can name them

_CLASSES: dict[str, tuple[Any, tuple[str, ...]]] = {  # each with its fields
    "MLP": (MLP, ("nin", "nouts", "activations")),
    "Layer": (Layer, ("nin", "nout", "activation")),
    "Neuron": (Neuron, ("nin", "activation")),
    "Embedding": (Embedding, ("count", "width")),
}


def describe(model: Module) -> Architecture:
    """Describe `model` by its class, sizes and activations, so that `build` can make a model like it.

    >>> describe(MLP(2, [16, 1], activation="tanh"))
    {'class': 'MLP', 'nin': 2, 'nouts': [16, 1], 'activations': ['tanh', None]}

    A model that `build` cannot make, such as one with a custom activation, is described by the name of its class.

    >>> describe(Neuron(2, activation=lambda v: v * v))
    {'own class': 'Neuron'}
    """
    architecture = _fields_of(model)
    with suppress(ValueError):  # raised by build()
        if _structure(build(architecture, len(model.parameters()))) == _structure(model):
            return architecture
    return {OWN: type(model).__name__}


def _fields_of(model: Any) -> Architecture:
    """Return the fields of an architecture, read from the first neuron of each layer."""
    kind, layers = type(model).__name__, layers_of(model)
    if type(model) is Embedding and model.table:
        return {"class": kind, "count": len(model.table), "width": len(model.table[0])}
    if not layers:
        return {}
    nouts, activations = [len(layer) for layer in layers], [_name(layer[0].activation) for layer in layers]
    fields: dict[str, Any] = {"nin": len(layers[0][0].w), "nouts": nouts, "activations": activations}
    fields |= {"nout": nouts[0], "activation": activations[0]}
    return {"class": kind} | {field: fields[field] for field in _CLASSES[kind][1]}


def layers_of(model: Any) -> list[list[Neuron]]:
    """Return the neurons of each layer of an MLP, a Layer or a Neuron, and [] for any other model."""
    parts = model.layers if type(model) is MLP else [model]
    layers: list[Any] = [part.neurons if type(part) is Layer else [part] for part in parts]
    return layers if all(layer and all(type(n) is Neuron for n in layer) for layer in layers) else []


def _name(activation: ActivationFunction | None) -> str | None:
    """Return the name of an activation of `autograd`, and "" for any other function."""
    name = str(getattr(activation, "name", ""))
    return None if activation is None else name if vars(autograd).get(name) is activation else ""


def _structure(model: Module) -> tuple[list[str], list[list[ActivationFunction | None]]]:
    names = [name for name, _ in model.named_parameters()]
    return names, [[neuron.activation for neuron in layer] for layer in layers_of(model)]


def build(architecture: Architecture, available: int) -> Module:
    """Build a model with parameters of 0. Raise ValueError if a field is not valid.

    >>> build({"class": "Layer", "nin": 2, "nout": 3, "activation": "tanh"}, available=9)
    Layer(2, 3), tanh, 9 parameters

    Since a file may claim sizes that do not fit into memory, the model must not have many more parameters than the
    numbers `available`.
    """
    kind: Any = architecture.get("class")
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise ValueError(f"architecture.class must be one of {', '.join(_CLASSES)}, got {shortened(kind)}")
    make, fields = _CLASSES[kind]
    check_keys(architecture, "architecture", ["class", *fields])
    options = {field: architecture[field] for field in fields}
    activations = options.pop("activations", None)
    try:
        model: Module = make(**options, rng=_Zeros(available))
        if isinstance(model, MLP):
            _set_activations(model, activations)
    except (TypeError, ValueError) as error:
        raise ValueError(f"architecture: {error}") from None
    return model


def _set_activations(model: MLP, activations: Any) -> None:
    if not isinstance(activations, list) or len(activations) != len(model.layers):
        raise ValueError(f"activations must be a list with an item for each layer, got {shortened(activations)}")
    for layer, activation in zip(model.layers, activations):
        for neuron in layer.neurons:
            neuron.activation = activation_named(activation)


class _Zeros(random.Random):
    """A generator that draws 0.0, and raises ValueError for a model with many more parameters than `available`."""

    def __init__(self, available: int) -> None:
        self.available, self.left = available, available + MAX_MISSING

    def uniform(self, a: float, b: float) -> float:
        self.left -= 1
        if self.left < 0:
            raise ValueError(f"sizes must fit the {self.available:,} parameters in the file, got larger ones")
        return 0.0

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return self.uniform(mu, sigma)

"""The architecture of a model as data: described, checked, and built again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import autograd

from ..layers import MLP, ActivationFunction, Embedding, Layer, Neuron, activation_named
from ..module import Module
from .strict_json import check_keys, check_that, is_size, is_text

Architecture = dict[str, Any]
OWN = "own class"  # the key of an architecture that only the user's own code can build

_FIELDS = {
    "MLP": ("nin", "nouts", "activations"),
    "Layer": ("nin", "nout", "activation"),
    "Neuron": ("nin", "activation"),
    "Embedding": ("count", "width"),
}


def describe(model: Module) -> Architecture:
    """Describe a model by its class, sizes and activations, as `build` needs them.

    >>> describe(MLP(2, [16, 1], activation="tanh"))
    {'class': 'MLP', 'nin': 2, 'nouts': [16, 1], 'activations': ['tanh', None]}

    A model with a class or an activation of your own, or one that was changed, is described by its class alone.

    >>> describe(Neuron(2, activation=lambda v: v * v))
    {'own class': 'Neuron'}
    """
    with suppress(ValueError):  # from `build`, where no model of nn has such sizes or activations
        architecture = _describe(model)
        if architecture and _structure(build(architecture)) == _structure(model):
            return architecture
    return {OWN: type(model).__name__}


def _describe(model: Module) -> Architecture:
    if type(model) is Embedding and model.table:
        return {"class": "Embedding", "count": len(model.table), "width": len(model.table[0])}
    layers = _neurons(model)
    if not layers:
        return {}
    nouts, activations = [len(layer) for layer in layers], [_name(layer[0].activation) for layer in layers]
    fields: dict[str, Any] = {"nin": len(layers[0][0].w), "nouts": nouts, "activations": activations}
    fields |= {"nout": nouts[0], "activation": activations[0]}
    kind = type(model).__name__
    return {"class": kind} | {field: fields[field] for field in _FIELDS[kind]}


def _neurons(model: Module) -> list[list[Neuron]]:
    """List the neurons of an MLP, a Layer or a Neuron by layers, and nothing for any other model."""
    parts = model.layers if type(model) is MLP else [model]
    layers: list[Any] = [part.neurons if type(part) is Layer else [part] for part in parts]
    return layers if all(layer and all(type(n) is Neuron for n in layer) for layer in layers) else []


def _name(activation: ActivationFunction | None) -> str | None:
    """Name an activation of `autograd`; any other is "", which `build` refuses."""
    name = str(getattr(activation, "name", ""))
    return None if activation is None else name if vars(autograd).get(name) is activation else ""


def _structure(model: Module) -> tuple[list[str], list[list[ActivationFunction | None]]]:
    names = [name for name, _ in model.named_parameters()]
    return names, [[neuron.activation for neuron in layer] for layer in _neurons(model)]


def build(architecture: Architecture) -> Module:
    """Build a model of a checked `architecture`; its parameters are arbitrary.

    >>> build({"class": "Layer", "nin": 2, "nout": 3, "activation": "tanh"})
    Layer(2, 3), tanh, 9 parameters
    """
    kind, *sizes = (architecture[field] for field in ("class", *_FIELDS[architecture["class"]]))
    rng = random.Random(0)
    if kind == "Embedding":
        return Embedding(*sizes, rng=rng)
    if kind != "MLP":
        return (Layer if kind == "Layer" else Neuron)(*sizes[:-1], activation=sizes[-1], rng=rng)
    nin, nouts, activations = sizes
    model = MLP(nin, nouts, rng=rng)
    for layer, activation in zip(model.layers, activations):
        for neuron in layer.neurons:
            neuron.activation = activation_named(activation)
    return model


def layers_of(architecture: Architecture) -> list[tuple[int, int, str | None]]:
    """List the inputs, the neurons and the activation of each layer; an Embedding has none.

    >>> layers_of({"class": "MLP", "nin": 2, "nouts": [16, 1], "activations": ["tanh", None]})
    [(2, 16, 'tanh'), (16, 1, None)]
    """
    if "nin" not in architecture:
        return []
    nouts = architecture.get("nouts", [architecture.get("nout", 1)])
    activations = architecture.get("activations", [architecture.get("activation")])
    return list(zip([architecture["nin"], *nouts], nouts, activations))


def parameter_names(architecture: Architecture) -> Iterator[str]:
    """Yield the name of each parameter, one by one: a file may claim sizes that no memory holds.

    >>> list(parameter_names({"class": "Neuron", "nin": 2, "activation": None}))
    ['w.0', 'w.1', 'b']
    """
    for i in range(architecture.get("count", 0)):
        yield from (f"table.{i}.{j}" for j in range(architecture["width"]))
    for k, (nin, nout, _) in enumerate(layers_of(architecture)):
        layer = f"layers.{k}." if architecture["class"] == "MLP" else ""
        for i in range(nout):
            neuron = layer if architecture["class"] == "Neuron" else f"{layer}neurons.{i}."
            yield from (f"{neuron}w.{j}" for j in range(nin))
            yield f"{neuron}b"


def check_architecture(x: Any) -> None:
    """Check an architecture from a file, without building it."""
    if isinstance(x, dict) and OWN in x:
        check_keys(x, "architecture", [OWN])
        return check_that(is_text(x[OWN]), f"architecture.{OWN}", "text in UTF-8", x[OWN])
    kind: Any = x.get("class") if isinstance(x, dict) else x
    is_known = isinstance(kind, str) and kind in _FIELDS
    check_that(is_known, "architecture.class", f"one of {', '.join(_FIELDS)}", kind)
    check_keys(x, "architecture", ["class", *_FIELDS[kind]])
    for field in _FIELDS[kind]:
        name, part = f"architecture.{field}", x[field]
        if not field.endswith("s"):
            _check_field(name, part)
            continue
        check_that(isinstance(part, list) and bool(part), name, "a list of at least one item", part)
        check_that(len(part) == len(x["nouts"]), name, f"a list of {len(x['nouts'])} items", part)
        for i, item in enumerate(part):
            _check_field(f"{name}.{i}", item)
    return None


def _check_field(name: str, x: Any) -> None:
    if "activation" not in name:
        return check_that(is_size(x), name, "a whole number of at least 1", x)
    with suppress(ValueError):
        activation_named(x)
        return None
    return check_that(False, name, 'the name of an activation of autograd, such as "tanh", or null', x)

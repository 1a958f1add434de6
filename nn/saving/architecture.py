"""The architecture of a model as data: written down, checked, and built again."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import autograd
from autograd import Op

from ..layers import MLP, Activation, Embedding, Layer, Neuron, activation_named
from ..module import Module
from .strict_json import below, check_items, check_keys, check_number, check_text, check_whole, shown

Architecture = dict[str, Any]
OWN = "own class"  # the key of an architecture that only the user's own code can build


def describe(model: Module) -> Architecture:
    """Return the architecture of `model` as data: its class, sizes and activations, as `build` needs them.

    >>> describe(MLP(2, [16, 1], activation="tanh"))
    {'class': 'MLP', 'nin': 2, 'nouts': [16, 1], 'activations': ['tanh', None]}

    Of a class that is not of `nn`, it is only the name. So it is of a model of `nn` that has been changed to what its
    class does not make, or has an activation that is not of `autograd`.

    >>> describe(Neuron(2, activation=lambda v: v * v))
    {'own class': 'Neuron'}
    """
    with suppress(ValueError):  # of what the class would not have made
        architecture = check_architecture(_describe(model))
        if _is_like(build(architecture), model):
            return architecture
    return {OWN: type(model).__name__}


def _describe(model: Module) -> Architecture:
    if type(model) is Embedding and len(model.table):
        return {"class": "Embedding", "count": len(model.table), "width": len(model.table[0])}
    neurons = neurons_of(model)
    if not neurons:
        return {}
    nouts = [len(layer) for layer in neurons]
    activations = [_activation_name(layer[0].activation) for layer in neurons]
    architecture: Architecture = {"class": type(model).__name__, "nin": len(neurons[0][0].w)}
    if type(model) is MLP:
        return architecture | {"nouts": nouts, "activations": activations}
    if type(model) is Layer:
        architecture["nout"] = nouts[0]
    return architecture | {"activation": activations[0]}


def neurons_of(model: Module) -> list[list[Neuron]]:
    """Return the neurons of an MLP, a Layer or a Neuron, layer by layer; of anything else, nothing."""
    layers = model.layers if type(model) is MLP else [model]
    neurons = [layer.neurons if type(layer) is Layer else [layer] for layer in layers]
    regular = all(row and all(type(neuron) is Neuron for neuron in row) for row in neurons)
    return neurons if regular else []  # type: ignore[return-value]


def _activation_name(activation: Activation | None) -> str | None:
    """Return the name of an activation of `autograd`, "" for any other, and None for none."""
    if activation is None:
        return None
    name = str(getattr(activation, "name", ""))
    return name if vars(autograd).get(name) is activation else ""


def _is_like(one: Module, other: Module) -> bool:
    """Say whether two models have the same named parameters and, neuron by neuron, the same activations."""
    names = [[name for name, _ in model.named_parameters()] for model in (one, other)]
    activations = [[[n.activation for n in layer] for layer in neurons_of(model)] for model in (one, other)]
    return names[0] == names[1] and activations[0] == activations[1]


def build(architecture: Architecture) -> Module:
    """Return a new model of the `architecture`, which has been checked; its parameters are arbitrary.

    >>> build({"class": "Layer", "nin": 2, "nout": 3, "activation": "tanh"})
    Layer(2, 3), tanh, 9 parameters
    """
    rng = random.Random(0)
    if architecture["class"] == "Embedding":
        return Embedding(architecture["count"], architecture["width"], rng=rng)
    (nin, nout, activation), *_ = layers = layers_of(architecture)
    if architecture["class"] == "Neuron":
        return Neuron(nin, activation=activation, rng=rng)
    if architecture["class"] == "Layer":
        return Layer(nin, nout, activation=activation, rng=rng)
    model = MLP(nin, architecture["nouts"], rng=rng)
    for layer, (_, _, name) in zip(model.layers, layers):
        for neuron in layer.neurons:
            neuron.activation = activation_named(name)
    return model


def layers_of(architecture: Architecture) -> list[tuple[int, int, str | None]]:
    """Return the number of inputs and of neurons, and the activation, of each layer; of an Embedding, nothing.

    >>> layers_of({"class": "MLP", "nin": 2, "nouts": [16, 1], "activations": ["tanh", None]})
    [(2, 16, 'tanh'), (16, 1, None)]
    """
    if "nin" not in architecture:
        return []
    nouts = architecture.get("nouts", [architecture.get("nout", 1)])
    activations = architecture.get("activations", [architecture.get("activation")])
    return list(zip([architecture["nin"], *nouts], nouts, activations))


# What follows is of files, which may hold anything: `where` is the place in them.


def check_architecture(x: Any, where: str = "architecture") -> Architecture:
    """Return the architecture `x`, if it is one."""
    if isinstance(x, dict) and OWN in x:
        check_text(check_keys(x, where, [OWN])[OWN], below(where, OWN))
        return x
    if not isinstance(x, dict) or "class" not in x:
        check_keys(x, where, ["class"])  # which raises
    name = x["class"]
    if not isinstance(name, str) or name not in _FIELDS:
        raise ValueError(f"{below(where, 'class')} is one of {', '.join(_FIELDS)}, not {shown(name)}")
    check_keys(x, where, ["class", *_FIELDS[name]])
    for field, check in _FIELDS[name].items():
        check(x[field], below(where, field))
    if name == "MLP":
        check_items(x["activations"], below(where, "activations"), len(x["nouts"]))
    return dict(x)


def _check_activation(x: Any, where: str) -> None:
    try:
        if x is None or (isinstance(vars(autograd).get(x), Op) and activation_named(x)):
            return
    except (TypeError, ValueError):  # what is no name, and the name of an operation of several inputs
        pass
    raise ValueError(f'{where} is the name of an activation of autograd, such as "tanh", or null, not {shown(x)}')


def _each(check: Callable[[Any, str], object]) -> Callable[[Any, str], None]:
    def check_each(x: Any, where: str) -> None:
        for i, item in enumerate(check_items(x, where)):
            check(item, below(where, i))

    return check_each


_FIELDS: dict[str, dict[str, Callable[[Any, str], object]]] = {
    "MLP": {"nin": check_whole, "nouts": _each(check_whole), "activations": _each(_check_activation)},
    "Layer": {"nin": check_whole, "nout": check_whole, "activation": _check_activation},
    "Neuron": {"nin": check_whole, "activation": _check_activation},
    "Embedding": {"count": check_whole, "width": check_whole},
}


def check_parameters(x: Any, architecture: Architecture, where: str = "parameters") -> None:
    """Compare the shapes of the parameters `x` with the `architecture`, which may be too large to be built."""
    sizes = layers_of(architecture)
    if architecture["class"] == "Embedding":
        rows = check_items(check_keys(x, where, ["table"])["table"], below(where, "table"), architecture["count"])
        for i, row in enumerate(rows):
            _check_numbers(row, below(below(where, "table"), i), architecture["width"])
    elif architecture["class"] == "MLP":
        layers = check_items(check_keys(x, where, ["layers"])["layers"], below(where, "layers"), len(sizes))
        for i, (layer, (nin, nout, _)) in enumerate(zip(layers, sizes)):
            _check_layer(layer, below(below(where, "layers"), i), nin, nout)
    elif architecture["class"] == "Layer":
        _check_layer(x, where, *sizes[0][:2])
    else:
        _check_neuron(x, where, sizes[0][0])


def _check_layer(x: Any, where: str, nin: int, nout: int) -> None:
    neurons = check_items(check_keys(x, where, ["neurons"])["neurons"], below(where, "neurons"), nout)
    for i, neuron in enumerate(neurons):
        _check_neuron(neuron, below(below(where, "neurons"), i), nin)


def _check_neuron(x: Any, where: str, nin: int) -> None:
    check_keys(x, where, ["w", "b"])
    _check_numbers(x["w"], below(where, "w"), nin)
    check_number(x["b"], below(where, "b"))


def _check_numbers(x: Any, where: str, count: int) -> None:
    for i, number in enumerate(check_items(x, where, count)):
        check_number(number, below(where, i))

"""Save and load models as safetensors files, and convert their parameters to arrays with the names of PyTorch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from math import prod
from reprlib import repr as shortened
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..module import Module
from ..shared import write_file
from .architecture import OWN, Architecture, build, layers_of
from .checkpoint import Path, agreed, finite_state, header, parse_model, reading
from .strict_json import check_keys, layout

Tensor = NDArray[np.floating[Any]]

_KEY = "chainrule"  # key of the architecture in the metadata of a file
_FLOATS = ("F64", "F32", "F16")


def save_safetensors(model: Module, path: Path) -> None:
    """Write `model`, which is an MLP, a Layer or a Neuron, to the safetensors file `path`.

    >>> import nn
    >>> nn.save_safetensors(nn.MLP(2, [16, 1]), "m.safetensors")  # doctest: +SKIP

    The tensors are 64-bit floats with the names and shapes of those in `to_torch(model)`: "0.weight" of shape (16, 2),
    "0.bias" of shape (16,), and so on. The architecture is in the metadata. An error or Ctrl-C leaves an existing file
    unchanged.
    """
    safetensors = package("safetensors.numpy", "save_safetensors()")
    document = header(model)
    check_layers(document["architecture"], "save_safetensors()")
    finite_state(model)
    write_file(path, safetensors.save(tensors_of(model), {_KEY: layout(document)}))


def load_safetensors(path: Path, *, into: Module | None = None) -> Any:
    """Load a model from the safetensors file `path`, or load its tensors `into` a model and return that.

    >>> import nn
    >>> nn.load_safetensors("m.safetensors")  # doctest: +SKIP
    MLP, 65 parameters
      layers.0: Layer(2, 16), relu, 48 parameters
      layers.1: Layer(16, 1), linear, 17 parameters

    Files from PyTorch have no architecture: load them `into` a model with the same layers. Raise ModelFileError if the
    file is not valid or does not match the model; then `into` is unchanged.
    """
    safetensors = package("safetensors", "load_safetensors()")
    with reading(path, into):
        try:
            with safetensors.safe_open(os.fspath(path), framework="numpy") as file:
                architecture = _architecture(file, into)
                check_layers(architecture, "load_safetensors()")
                available = sum(prod(file.get_slice(name).get_shape()) for name in list(file.keys()))
                model = build(architecture, available) if into is None else into
                return fill(model, _tensors_like(tensors_of(model), file))
        except safetensors.SafetensorError as error:
            raise ValueError(f"this is not a safetensors file, or only a part of one: {error}") from None


def _architecture(file: Any, into: Module | None) -> Architecture:
    call = "load_safetensors(path, into=model)"
    text = (file.metadata() or {}).get(_KEY)
    if text is None and into is None:
        raise ValueError(f"the file has no architecture; create the model and call {call}")
    given = {OWN: ""} if text is None else parse_model(text.encode())["architecture"]
    return agreed(given, into, call)


def _tensors_like(tensors: Mapping[str, Tensor], file: Any) -> list[Tensor]:
    """Read tensors from an open file. Raise ValueError unless they have the names and shapes of these `tensors`."""
    check_keys(dict.fromkeys(file.keys()), "the file", tensors)
    for name, tensor in tensors.items():
        shape, dtype = tuple(file.get_slice(name).get_shape()), file.get_slice(name).get_dtype()
        if shape != tensor.shape or dtype not in _FLOATS:
            kind = f"a tensor of shape {tensor.shape} and type {', '.join(_FLOATS)}"
            raise ValueError(f"{name} must be {kind}, got shape {shortened(shape)} and type {dtype}")
    return [file.get_tensor(name) for name in tensors]


def check_layers(architecture: Architecture, function: str) -> None:
    """Raise ValueError, which names the calling `function`, unless the `architecture` has layers."""
    if "nin" not in architecture:
        name = shortened(architecture.get("class", architecture.get(OWN)))
        raise ValueError(f"{function} requires an MLP, a Layer or a Neuron with activations of autograd, got {name}")


def tensors_of(model: Module) -> dict[str, Tensor]:
    """Return the parameters of `model` as arrays, with their names in a Sequential, where activations count, too.

    >>> import nn
    >>> {name: tensor.shape for name, tensor in tensors_of(nn.MLP(2, [16, 1])).items()}
    {'0.weight': (16, 2), '0.bias': (16,), '2.weight': (1, 16), '2.bias': (1,)}
    """
    tensors: dict[str, Tensor] = {}
    number = 0
    for layer in layers_of(model):
        tensors[f"{number}.weight"] = np.array([[w.data for w in neuron.w] for neuron in layer])
        tensors[f"{number}.bias"] = np.array([neuron.b.data for neuron in layer])
        number += 1 if layer[0].activation is None else 2
    return tensors


def fill(model: Any, tensors: Sequence[Tensor]) -> Any:
    """Set the parameters of `model` to the numbers in `tensors`, a weight and a bias for each layer; return `model`."""
    layers = [np.column_stack(pair) for pair in zip(tensors[::2], tensors[1::2])]
    numbers = [x for layer in layers for x in layer.ravel().tolist()]
    model.load_state_dict(dict(zip(model.state_dict(), numbers)))
    return model


def package(name: str, function: str) -> Any:
    """Import the module `name` of an optional package. Raise ImportError if the `function` needs it installed."""
    distribution = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ImportError(f"{function} needs the package {distribution}: pip install {distribution}") from None

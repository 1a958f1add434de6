"""The parameters of a model as arrays, named as PyTorch names them, and safetensors files of these."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any

from ..module import Module
from ..shared import write_file
from .architecture import OWN, Architecture, build, layers_of
from .checkpoint import Path, agreed, finite_state, header, parse_model, reading
from .strict_json import check_keys, check_that, layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[np.floating[Any]]]

Shape = tuple[int, ...]
_KEY = "chainrule"  # in the metadata, of what a file says of its model
_FLOATS = ("F64", "F32", "F16")


def save_safetensors(model: Module, path: Path) -> None:
    """Write `model`, an MLP, a Layer or a Neuron, to the safetensors file `path`.

    >>> import nn
    >>> nn.save_safetensors(nn.MLP(2, [16, 1]), "m.safetensors")  # doctest: +SKIP

    The tensors are in 64-bit floats, with the names and shapes that they have in `to_torch(model)`: "0.weight" of shape
    (16, 2), "0.bias" of shape (16,), and so on. The architecture is in the metadata. The file is written as a whole.
    """
    safetensors = package("safetensors.numpy", "save_safetensors()")
    said = header(model)
    tensors = tensors_of(model, shapes_of(said["architecture"], "save_safetensors()"))
    write_file(path, safetensors.save(tensors, {_KEY: layout(said)}))


def load_safetensors(path: Path, *, into: Module | None = None) -> Any:
    """Return the model in the safetensors file `path`; or `into`, which has the numbers of the file then.

    >>> import nn
    >>> nn.load_safetensors("m.safetensors")  # doctest: +SKIP
    MLP, 65 parameters
      layers.0: Layer(2, 16), relu, 48 parameters
      layers.1: Layer(16, 1), linear, 17 parameters

    Files that PyTorch wrote have no architecture: read them `into` a model of their sizes and of your activations. A
    ModelFileError names what is wrong with a file, before anything is built.
    """
    safetensors = package("safetensors", "load_safetensors()")
    call = "load_safetensors(path, into=model)"
    with reading(path):
        try:
            with safetensors.safe_open(os.fspath(path), framework="numpy") as file:
                said = (file.metadata() or {}).get(_KEY)
                if said is None and into is None:
                    raise ValueError(f"the file does not say of what model it is: call {call}")
                given = {OWN: ""} if said is None else parse_model(said.encode())["architecture"]
                architecture = agreed(given, into, call)
                tensors = _read(file, shapes_of(architecture, "load_safetensors()"))
        except safetensors.SafetensorError as error:
            raise ValueError(f"this is no safetensors file, or only a part of one: {error}") from None
        return fill(build(architecture) if into is None else into, tensors)


def _read(file: Any, shapes: Mapping[str, Shape]) -> Tensors:
    """Read the tensors of an open file, which must have these `shapes`."""
    check_keys(dict.fromkeys(file.keys()), "the file", [*shapes])
    for name, wanted in shapes.items():
        tensor = file.get_slice(name)
        shape, kind = tuple(tensor.get_shape()), tensor.get_dtype()
        check_that(shape == wanted, name, f"a tensor of the shape {shortened(wanted)}", shape)
        check_that(kind in _FLOATS, name, f"a tensor of the type {', '.join(_FLOATS)}", kind)
    return {name: file.get_tensor(name) for name in shapes}


def shapes_of(architecture: Architecture, taker: str) -> dict[str, Shape]:
    """Compute the shapes of the tensors of an `architecture` by their names; `taker` is the function in the error.

    In a Sequential, an activation has a number of its own:

    >>> shapes_of({"class": "MLP", "nin": 2, "nouts": [16, 1], "activations": ["tanh", None]}, "")
    {'0.weight': (16, 2), '0.bias': (16,), '2.weight': (1, 16), '2.bias': (1,)}
    """
    layers = layers_of(architecture)
    if not layers:
        name = shortened(architecture.get("class", architecture.get(OWN)))
        kinds = "an MLP, a Layer or a Neuron of nn, with activations of autograd"
        raise ValueError(f"{taker} is for {kinds}, not for this {name}")
    shapes: dict[str, Shape] = {}
    number = 0
    for nin, nout, activation in layers:
        shapes |= {f"{number}.weight": (nout, nin), f"{number}.bias": (nout,)}
        number += 1 if activation is None else 2
    return shapes


def tensors_of(model: Module, shapes: Mapping[str, Shape]) -> Tensors:
    """Split the parameters of a `model` into arrays of the `shapes` that its architecture has."""
    import numpy as np

    numbers = np.array([*finite_state(model).values()])  # neuron by neuron, its weights and its bias
    tensors: dict[str, NDArray[np.floating[Any]]] = {}
    for weight, bias in _pairs(shapes):
        nout, nin = shapes[weight]
        rows, numbers = np.split(numbers, [nout * (nin + 1)])
        rows = rows.reshape(nout, nin + 1)
        tensors |= {weight: rows[:, :-1].copy(), bias: rows[:, -1].copy()}
    return tensors


def fill(model: Any, tensors: Tensors) -> Any:
    """Give the numbers of `tensors`, which have the shapes of the `model`, to its parameters, and return it."""
    import numpy as np

    rows = [np.column_stack([tensors[weight], tensors[bias]]) for weight, bias in _pairs(tensors)]
    numbers = [number for row in rows for number in row.ravel().tolist()]
    model.load_state_dict(dict(zip(model.state_dict(), numbers)))
    return model


def _pairs(names: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    return [(name, name.replace("weight", "bias")) for name in names if name.endswith(".weight")]


def package(name: str, taker: str) -> Any:
    """Import the module `name` of an optional package, which `taker` needs."""
    distribution = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ImportError(f"{taker} needs the package {distribution}: pip install {distribution}") from None

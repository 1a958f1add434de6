"""The parameters of a model as arrays, named as PyTorch names them, and safetensors files of these."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..module import Module
from ..shared import write_file
from .architecture import OWN, Architecture, build, describe, layers_of
from .model_file import Path, check_can_build, check_format, check_header, check_same, finite_state, header, reading
from .strict_json import check_keys, layout, parse, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[np.floating[Any]]]

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
    with reading(path):
        try:
            with safetensors.safe_open(os.fspath(path), framework="numpy") as file:
                architecture = _architecture(file.metadata() or {}, into)
                tensors = _read(file, shapes_of(architecture, "load_safetensors()"))
        except safetensors.SafetensorError as error:
            raise ValueError(f"this is no safetensors file, or only a part of one: {error}") from None
        return fill(build(architecture) if into is None else into, tensors)


def _architecture(metadata: Mapping[str, str], into: Module | None) -> Architecture:
    """Return the architecture that a file with this `metadata` is of: that of `into`, or else what it says itself."""
    given = None
    if _KEY in metadata:
        document = parse(metadata[_KEY].encode())
        check_format(document)
        given = check_header(check_keys(document, "", ["format", "version", "architecture"]))
    if into is not None:
        check_same(given or {OWN: ""}, into)
        return describe(into)
    if given is None:
        raise ValueError("the file does not say of what model it is: call load_safetensors(path, into=model)")
    check_can_build(given, "load_safetensors(path, into=model)")
    return given


def _read(file: Any, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Return the tensors of an open file, if they are those of these `shapes`."""
    names = set(file.keys())
    for name in shapes:
        if name not in names:
            raise ValueError(f"the tensor {name} is missing")
    for name in sorted(names):
        if name not in shapes:
            raise ValueError(f"the tensor {shown(name)} is unknown: the tensors of the model are {', '.join(shapes)}")
    return {name: _read_tensor(file, name, shape) for name, shape in shapes.items()}


def _read_tensor(file: Any, name: str, shape: tuple[int, ...]) -> NDArray[np.floating[Any]]:
    tensor = file.get_slice(name)
    if tuple(tensor.get_shape()) != shape:
        raise ValueError(f"the tensor {name} has the shape {shown(shape)}, not {tuple(tensor.get_shape())}")
    if tensor.get_dtype() not in _FLOATS:
        raise ValueError(f"the tensor {name} has numbers of the type {', '.join(_FLOATS)}, not {tensor.get_dtype()}")
    numbers: NDArray[np.floating[Any]] = file.get_tensor(name)
    return numbers


def shapes_of(architecture: Architecture, taker: str) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors of an `architecture` by their names; the error is of `taker`.

    In a Sequential, an activation has a number of its own:

    >>> shapes_of({"class": "MLP", "nin": 2, "nouts": [16, 1], "activations": ["tanh", None]}, "")
    {'0.weight': (16, 2), '0.bias': (16,), '2.weight': (1, 16), '2.bias': (1,)}
    """
    layers = layers_of(architecture)
    if not layers:
        name = shown(architecture.get("class", architecture.get(OWN)))
        raise ValueError(
            f"{taker} is for an MLP, a Layer or a Neuron of nn, with activations of autograd, not for this {name}"
        )
    shapes: dict[str, tuple[int, ...]] = {}
    number = 0
    for nin, nout, activation in layers:
        shapes |= {f"{number}.weight": (nout, nin), f"{number}.bias": (nout,)}
        number += 1 if activation is None else 2
    return shapes


def tensors_of(model: Module, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Return the parameters of a `model` as arrays of the `shapes` that its architecture has.

    >>> from nn import Neuron
    >>> tensors_of(Neuron(3), {"0.weight": (1, 3), "0.bias": (1,)})["0.weight"].shape
    (1, 3)
    """
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
    """Return the `model`, with the numbers of the `tensors` as its parameters; these have the shapes of the model."""
    import numpy as np

    rows = [np.column_stack([tensors[weight], tensors[bias]]) for weight, bias in _pairs(tensors)]
    numbers = [number for row in rows for number in row.ravel().tolist()]
    model.load_state_dict(dict(zip(model.state_dict(), numbers)))
    return model


def _pairs(names: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    return [(name, name.replace("weight", "bias")) for name in names if name.endswith(".weight")]


def package(name: str, taker: str) -> Any:
    """Return the module `name` of a package that is not always there; without it, the error says what `taker` needs."""
    distribution = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ImportError(f"{taker} needs the package {distribution}: pip install {distribution}") from None

"""Save and load models as JSON files."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from reprlib import repr as shortened
from typing import Any

from ..checks import check_count
from ..module import Module
from ..shared import one_line, write_file
from .architecture import OWN, Architecture, build, describe
from .strict_json import MAX_LEVELS, check_data, check_keys, is_numbered, layout, leaves, parse

FORMAT, VERSION = "chainrule model", 1

Path = str | os.PathLike[str]


class ModelFileError(ValueError):
    """A file does not hold a valid model. The message names the file and the field that is wrong."""


def save(model: Module, path: Path, *, about: Mapping[str, Any] | None = None) -> None:
    """Write `model` to the JSON file `path`; `about` is a dict of JSON data to keep with it, such as class names.

    >>> import nn, random, tempfile
    >>> model = nn.Neuron(2, activation="tanh", rng=random.Random(0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/m.json", about={"classes": ["no", "yes"]})
    ...     with open(f"{folder}/m.json") as file:
    ...         print(file.read().rstrip())
    {
      "format": "chainrule model",
      "version": 1,
      "architecture": {"class": "Neuron", "nin": 2, "activation": "tanh"},
      "about": {"classes": ["no", "yes"]},
      "parameters": {"w": [0.8436577925009958, 0.6318566641080297], "b": -0.11232874762687406}
    }

    Numbers are saved exactly. A ValueError names a parameter that is not finite. An error or Ctrl-C leaves an existing
    file unchanged. If the model or its activation is custom, only the parameters are saved: create the model again and
    call `load(path, into=model)`.
    """
    document = header(model)
    if about is not None:
        document["about"] = dict(about) if isinstance(about, Mapping) else about
        check_data(document["about"], "about")
    document["parameters"] = nest(finite_state(model))
    write_file(path, f"{layout(document)}\n".encode())


def load(path: Path, *, into: Module | None = None) -> Any:
    """Load a model from the JSON file `path`, or load its parameters `into` a model and return that.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.Layer(2, 4, activation="tanh").save(f"{folder}/m.json")
    ...     load(f"{folder}/m.json")
    Layer(2, 4), tanh, 12 parameters

    A file is data: loading runs no code from it. Raise ModelFileError if the file is not valid or does not match the
    model; then `into` is unchanged.
    """
    with reading(path, into):
        document = _read(path)
        architecture = agreed(document["architecture"], into, "load(path, into=model)")
        state = flatten(document["parameters"])
        if into is None:
            into = build(architecture, len(state))
        into.load_state_dict(state)
    return into


def read_about(path: Path) -> dict[str, Any]:
    """Return the dict that was saved as `about` in the JSON file `path`, or {} if there is none.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(nn.Neuron(2), f"{folder}/m.json", about={"columns": ["width", "height"]})
    ...     read_about(f"{folder}/m.json")
    {'columns': ['width', 'height']}
    """
    with reading(path):
        return dict(_read(path).get("about", {}))


def _read(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        document = parse_model(file.read(), ["parameters"], ["about"])
    check_data(document.get("about", {}), "about")
    return document


def nest(state: Mapping[str, float]) -> dict[str, Any]:
    """Nest the numbers of a `state` in lists and dicts, by their dotted names.

    >>> nest({"w.0": 1.0, "w.1": 2.0, "b": 3.0})
    {'w': [1.0, 2.0], 'b': 3.0}
    """
    if any(name[:i] in state for name in state for i, c in enumerate(name) if c == "."):
        return dict(state)  # a name is also a prefix of another one, which a tree cannot hold
    tree: dict[str, Any] = {}
    for name, number in state.items():
        *path, last = name.split(".", MAX_LEVELS - 2)
        reduce(lambda branch, part: branch.setdefault(part, {}), path, tree)[last] = number
    return {key: _with_lists(branch) for key, branch in tree.items()}


def _with_lists(tree: Any) -> Any:
    """Replace each dict whose keys are 0, 1, 2 and so on by a list."""
    if not isinstance(tree, dict):
        return tree
    branches = {key: _with_lists(branch) for key, branch in tree.items()}
    return list(branches.values()) if is_numbered(branches) else branches


def flatten(tree: Any) -> dict[str, float]:
    """Return the numbers in nested lists and dicts by their dotted names: the inverse of `nest`.

    >>> flatten({"w": [1.0, 2.0], "b": 3.0})
    {'w.0': 1.0, 'w.1': 2.0, 'b': 3.0}
    """
    if not isinstance(tree, dict):
        raise ValueError(f"parameters must be an object, got {shortened(tree)}")
    state: dict[str, float] = {}
    for place, number in leaves(tree, "parameters", has_lists=True):
        name = place.removeprefix("parameters.")
        if name in state:
            raise ValueError(f"parameters must have different names, got {shortened(name)} twice")
        state[name] = number
    return state


@contextmanager
def reading(path: Path, into: Module | None = None) -> Iterator[None]:
    """Turn errors about the content of the file `path` into ModelFileErrors that name it."""
    if into is not None:
        check_module("into", into)
    if os.path.exists(path) and not os.path.isfile(path):
        raise ModelFileError(f"the path must be a file, got a folder or a device: {os.fspath(path)}")
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{os.fspath(path)}: {one_line(str(error))}") from None


def check_module(name: str, model: object) -> None:
    """Raise TypeError unless `model` is a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"{name} must be a Module, such as nn.MLP(2, [4, 1]), got {type(model).__name__}")


def header(model: Module) -> dict[str, Any]:
    """Return the fields of a file that describe `model`, without its parameters."""
    check_module("model", model)
    return {"format": FORMAT, "version": VERSION, "architecture": describe(model)}


def finite_state(model: Module) -> dict[str, float]:
    """Return the state of `model`. Raise ValueError if a parameter is not finite."""
    state = model.state_dict()
    for name, number in state.items():
        if not math.isfinite(number):
            raise ValueError(f"each parameter must be finite to be saved, got {name} = {number}")
    return state


def parse_model(content: bytes, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Any]:
    """Parse the JSON of a model file, and check its header and its keys."""
    document = parse(content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'this is not a model: it must be an object with "format": "{FORMAT}"')
    version: Any = document.get("version")
    check_count("version", version)
    if version > VERSION:
        raise ValueError(f"version must be at most {VERSION}, got {shortened(version)}: install a newer chainrule")
    check_keys(document, "the file", ["format", "version", "architecture", *required], optional)
    if not isinstance(document["architecture"], dict):
        raise ValueError(f"architecture must be an object, got {shortened(document['architecture'])}")
    return document


def agreed(given: Architecture, into: Module | None, call: str) -> Architecture:
    """Return the `given` architecture, or that of `into`. Raise ValueError if they differ, or if nn cannot build it."""
    if into is None:
        if OWN in given:
            kind = f"cannot rebuild {shortened(given[OWN])}: it has a custom class or activation, or was changed"
            raise ValueError(f"{kind}; create the model and call {call}")
        return given
    known = describe(into)
    if OWN not in given and OWN not in known:
        for key, x in known.items():
            if given.get(key) != x:
                wanted = f"{shortened(x)}, as in the model to load into"
                raise ValueError(f"architecture.{key} must be {wanted}, got {shortened(given.get(key))}")
    return known

"""Models in JSON files, and what files of models have in common: exact, readable, and checked whoever wrote them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from reprlib import repr as shortened
from typing import Any

from ..module import Module
from ..shared import write_file
from .architecture import OWN, Architecture, build, check_architecture, describe, parameter_names
from .strict_json import (
    MAX_LEVELS,
    check_data,
    check_keys,
    check_that,
    is_number,
    is_size,
    layout,
    leaves,
    parse,
)

FORMAT, VERSION = "chainrule model", 1

Path = str | os.PathLike[str]


class ModelFileError(ValueError):
    """What is wrong with a file that should hold a model, and where in the file it is."""


def save(model: Module, path: Path, *, about: Mapping[str, Any] | None = None) -> None:
    """Write `model` to the JSON file `path`; `about` is a dict of JSON data to keep with it, such as names of classes.

    >>> import nn, random, tempfile
    >>> model = nn.Layer(1, 2, activation="tanh", rng=random.Random(0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/m.json", about={"classes": ["no", "yes"]})
    ...     with open(f"{folder}/m.json") as file:
    ...         print(file.read().rstrip())
    {
      "format": "chainrule model",
      "version": 1,
      "architecture": {"class": "Layer", "nin": 1, "nout": 2, "activation": "tanh"},
      "about": {"classes": ["no", "yes"]},
      "parameters": {
        "neurons": [
          {"w": [1.193112292156655], "b": 0.515908805880605},
          {"w": [-0.27514811513170834], "b": -0.4821664994140733}
        ]
      }
    }

    The numbers are exact; a ValueError names a parameter that is not finite. The file is written as a whole: after an
    error or Ctrl-C the old one is there, unchanged. Of a model with classes or functions of your own, only the
    parameters are saved: `load(path, into=model)` gives them to a model that you build.
    """
    document = header(model)
    if about is not None:
        _check_about(about)
        document["about"] = dict(about)
    document["parameters"] = nest(finite_state(model))
    write_file(path, f"{layout(document)}\n".encode())


def load(path: Path, *, into: Module | None = None) -> Any:
    """Return the model in the JSON file `path`; or `into`, which has the parameters of the file then.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.Layer(2, 4, activation="tanh").save(f"{folder}/m.json")
    ...     load(f"{folder}/m.json")
    Layer(2, 4), tanh, 12 parameters

    A file is data: nothing in it is run. A ModelFileError names the field that is wrong, before anything is built.
    """
    with reading(path):
        document = _read(path)
        architecture = agreed(document["architecture"], into, "load(path, into=model)")
        state = flatten(document["parameters"])
        if into is None:
            for name in parameter_names(architecture):
                if name not in state:
                    raise ValueError(f"parameters.{name} is missing")
            if nest(state) != document["parameters"]:
                raise ValueError("parameters must be in lists where their names are numbers")
            into = build(architecture)
        into.load_state_dict(state)
    return into


def read_about(path: Path) -> dict[str, Any]:
    """Return the data that `save` was given as `about` for the JSON file `path`; without any, {}.

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
    _check_about(document.get("about", {}))
    return document


def _check_about(about: Any) -> None:
    check_that(isinstance(about, Mapping), "about", "a dict", about)
    check_data(dict(about), "about")


def nest(state: Mapping[str, float]) -> dict[str, Any]:
    """Nest the numbers of a `state` in lists and dicts, as their dotted names say.

    >>> nest({"w.0": 1.0, "w.1": 2.0, "b": 3.0})
    {'w': [1.0, 2.0], 'b': 3.0}
    """
    if any(name[:i] in state for name in state for i, c in enumerate(name) if c == "."):
        return dict(state)  # one name goes on where another ends, so that they would need the same place
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
    return list(branches.values()) if [*branches] == [*map(str, range(len(branches)))] else branches


def flatten(tree: Any) -> dict[str, float]:
    """Undo `nest`.

    >>> flatten({"w": [1.0, 2.0], "b": 3.0})
    {'w.0': 1.0, 'w.1': 2.0, 'b': 3.0}
    """
    check_that(isinstance(tree, dict), "parameters", "an object", tree)
    state: dict[str, float] = {}
    for place, number in leaves(tree, "parameters"):
        check_that(is_number(number), place, "a finite number", number)
        name = place.removeprefix("parameters.")
        if name in state:
            raise ValueError(f"parameters has two numbers of the name {shortened(name)}")
        state[name] = number
    return state


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Name the file `path` in errors about what it holds."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise ModelFileError(f"{os.fspath(path)} is a folder or a device, not a file")
    try:
        yield
    except ValueError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from None


def header(model: Module) -> dict[str, Any]:
    """Describe `model` for a file, without its parameters."""
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, such as nn.MLP(2, [4, 1]), got {type(model).__name__}")
    return {"format": FORMAT, "version": VERSION, "architecture": describe(model)}


def finite_state(model: Module) -> dict[str, float]:
    """Return the state of `model`, all of which must be finite."""
    state = model.state_dict()
    for name, number in state.items():
        if not math.isfinite(number):
            raise ValueError(f"only a model whose parameters are finite can be saved: {name} is {number}")
    return state


def parse_model(content: bytes, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Any]:
    """Parse a header that has the `required` and `optional` keys beside its own, and check all but these."""
    document = parse(content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'this is no model: it does not have the key "format" with the text "{FORMAT}"')
    version: Any = document.get("version")
    check_that(is_size(version), "version", "a whole number of at least 1", version)
    if version > VERSION:
        raise ValueError(
            f"version is {shortened(version)}, and this chainrule reads up to {VERSION}: install a newer one"
        )
    check_keys(document, "the file", ["format", "version", "architecture", *required], optional)
    check_architecture(document["architecture"])
    return document


def agreed(given: Architecture, into: Module | None, call: str) -> Architecture:
    """Return the architecture to read a file by: of `into`, which a `given` one must equal, or else the given one."""
    if into is None:
        if OWN in given:
            kind = (
                f"cannot rebuild {shortened(given[OWN])}: it has a class or an activation of your own, or was changed"
            )
            raise ValueError(f"{kind}; create the model and call {call}")
        return given
    if not isinstance(into, Module):
        raise TypeError(f"into must be a Module, which gets the parameters, got {type(into).__name__}")
    known = describe(into)
    for key, x in known.items() if OWN not in given and OWN not in known else ():
        wanted = f"{shortened(x)}, as in the model to read into"
        check_that(given.get(key) == x, f"architecture.{key}", wanted, given.get(key))
    return known

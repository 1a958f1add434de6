"""Models in JSON files: exact, to be read by people, and checked whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..module import Module
from ..shared import write_file
from .architecture import build, check_parameters
from .model_file import (
    Path,
    check_about,
    check_can_build,
    check_format,
    check_header,
    check_same,
    finite_state,
    header,
    reading,
)
from .strict_json import MOST_LEVELS, below, check_keys, check_number, layout, parse, shown


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
        document["about"] = check_about(about)
    document["parameters"] = nest(finite_state(model))
    write_file(path, f"{layout(document)}\n".encode())


def load(path: Path, *, into: Module | None = None) -> Any:
    """Return the model in the JSON file `path`; or `into`, which has the parameters of the file then.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.MLP(2, [4, 1], activation="tanh").save(f"{folder}/m.json")
    ...     load(f"{folder}/m.json")
    MLP, 17 parameters
      layers.0: Layer(2, 4), tanh, 12 parameters
      layers.1: Layer(4, 1), linear, 5 parameters

    A file is data: nothing in it is run. A ModelFileError names the field that is wrong, before anything is built.
    """
    return load_with_about(path, into=into)[0]


def load_with_about(path: Path, *, into: Module | None = None) -> tuple[Any, dict[str, Any]]:
    """Return what `load` and `read_about` do, of one reading of the JSON file `path`."""
    with reading(path):
        document = _read(path)
        architecture, parameters = check_header(document), document["parameters"]
        if into is None:
            check_can_build(architecture, "load(path, into=model)")
            check_parameters(parameters, architecture)
            into = build(architecture)
        else:
            check_same(architecture, into)
        into.load_state_dict(flatten(parameters))
    return into, _about(document)


def read_about(path: Path) -> dict[str, Any]:
    """Return the data that `save` was given as `about` for the JSON file `path`; without any, {}.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(nn.Neuron(2), f"{folder}/m.json", about={"columns": ["width", "height"]})
    ...     read_about(f"{folder}/m.json")
    {'columns': ['width', 'height']}
    """
    with reading(path):
        document = _read(path)
        check_header(document)
    return _about(document)


def _about(document: dict[str, Any]) -> dict[str, Any]:
    return dict(document.get("about", {}))


def _read(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        document = parse(file.read())
    check_format(document)
    return check_keys(document, "", ["format", "version", "architecture", "parameters"], ["about"])


def nest(state: Mapping[str, float]) -> dict[str, Any]:
    """Return the numbers of a `state` as lists and dicts, as their names say.

    >>> nest({"w.0": 1.0, "w.1": 2.0, "b": 3.0})
    {'w': [1.0, 2.0], 'b': 3.0}
    """
    if any(name[:i] in state for name in state for i, c in enumerate(name) if c == "."):
        return dict(state)  # one name goes on where another ends, so that they would need the same place
    tree: dict[str, Any] = {}
    for name, number in state.items():
        *path, last = name.split(".", MOST_LEVELS - 2)
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = number
    return {key: _with_lists(branch) for key, branch in tree.items()}


def _with_lists(tree: Any) -> Any:
    """Return the `tree` with lists for the dicts whose keys are 0, 1, 2 and so on."""
    if not isinstance(tree, dict):
        return tree
    branches = {key: _with_lists(branch) for key, branch in tree.items()}
    return list(branches.values()) if [*branches] == [str(i) for i in range(len(branches))] else branches


def flatten(tree: Any, where: str = "parameters") -> dict[str, float]:
    """Return the numbers in lists and dicts by their names: what was nested, undone.

    >>> flatten({"w": [1.0, 2.0], "b": 3.0})
    {'w.0': 1.0, 'w.1': 2.0, 'b': 3.0}
    """
    if not isinstance(tree, dict):
        raise ValueError(f"{where} is an object, not {shown(tree)}")
    state: dict[str, float] = {}
    for name, number in _numbers(tree, "", where, MOST_LEVELS):
        if name in state:
            raise ValueError(f"{where} has two numbers of the name {shown(name)}")
        state[name] = number
    return state


def _numbers(tree: Any, name: str, where: str, levels: int) -> Iterator[tuple[str, float]]:
    if levels == 0:
        raise ValueError(f"{where} is more than {MOST_LEVELS} levels deep")
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if items is None:
        yield name, check_number(tree, where)
        return
    for key, part in items:
        yield from _numbers(part, f"{name}.{key}" if name else str(key), below(where, key), levels - 1)

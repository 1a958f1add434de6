"""What files of models have in common, whatever their format: what they say of a model, and how they are read."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..module import Module
from .architecture import OWN, Architecture, check_architecture, describe
from .strict_json import check_data, shown

FORMAT, VERSION = "chainrule model", 1

Path = str | os.PathLike[str]


class ModelFileError(ValueError):
    """What is wrong with a file that should hold a model, and where in the file it is."""


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
    """Return what a file says of `model` beside its parameters."""
    if not isinstance(model, Module):
        raise TypeError(f"what is saved is a Module, such as nn.MLP(2, [4, 1]), not {type(model).__name__}")
    return {"format": FORMAT, "version": VERSION, "architecture": describe(model)}


def finite_state(model: Module) -> dict[str, float]:
    """Return the numbers of the parameters of `model` by their names, if they are finite."""
    state = model.state_dict()
    for name, number in state.items():
        if not math.isfinite(number):
            raise ValueError(f"only a model whose parameters are finite can be saved: {name} is {number}")
    return state


def check_about(about: Any) -> dict[str, Any]:
    """Return the data `about` what belongs to a model, if it is a dict of JSON data."""
    if not isinstance(about, Mapping):
        raise ValueError(f"about is a dict, not {type(about).__name__}: {shown(about)}")
    check_data(dict(about), "about")
    return dict(about)


def check_format(document: Any) -> None:
    """Refuse a `document` that is not of a model, or of a version that is not known here."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'this is no model: it does not have the key "format" with the text "{FORMAT}"')
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"version is a whole number of at least 1, not {shown(version)}")
    if version > VERSION:
        raise ValueError(f"version is {shown(version)}, and this chainrule reads up to {VERSION}: install a newer one")


def check_header(document: dict[str, Any]) -> Architecture:
    """Return the architecture in a `document` whose format and keys have been checked."""
    if "about" in document:
        check_about(document["about"])
    return check_architecture(document["architecture"])


def check_can_build(architecture: Architecture, advice: str) -> None:
    """Refuse an `architecture` that only the user's own code can build, with the `advice` what to call then."""
    if OWN in architecture:
        raise ValueError(
            f"nn cannot build this {shown(architecture[OWN])} by itself: its class is your own, or an activation or a "
            f"part of it is, or parts are shared. Build it as you did, and call {advice}"
        )


def check_same(architecture: Architecture, into: Module) -> None:
    """Refuse to read the parameters of a model of an `architecture` `into` one of another, where both are known."""
    if not isinstance(into, Module):
        raise TypeError(f"into is a Module, which gets the parameters, not {type(into).__name__}")
    known = describe(into)
    if OWN in architecture or OWN in known:
        return
    for key, x in known.items():
        if architecture.get(key) != x:
            given = shown(architecture.get(key))
            raise ValueError(f"architecture.{key} is {given}, and that of the model to read into is {shown(x)}")

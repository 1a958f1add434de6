"""The state of a model: its numbers by the names of its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from reprlib import repr as shortened
from typing import Any

from autograd import Value

from .checks import float_or_infinity
from .module import Module
from .shared import refuse_foreign

_MAX_NAMES, _MAX_NAME_LENGTH = 3, 80


def by_name(module: Module) -> dict[str, Value]:
    """Return the parameters by name. Raise a ValueError if two have the same."""
    found: dict[str, Value] = {}
    for name, p in module.named_parameters():
        if name in found:
            raise ValueError(f"parameters must have different names, got {name} twice: rename a field or key")
        found[name] = p
    return found


def numbers_by_parameter(module: Module, state: Mapping[str, Any]) -> dict[Value, float]:
    """Return the number for each parameter. Raise an error if the names differ or a number is not finite."""
    parameters = by_name(module)
    _check_names(state, parameters)
    return {p: _finite(name, state[name]) for name, p in parameters.items()}


def _check_names(state: Mapping[str, Any], parameters: Mapping[str, Value]) -> None:
    if not isinstance(state, Mapping):
        raise TypeError(f"state must be a dict of numbers by name, got {type(state).__name__}")
    missing = [name for name in parameters if name not in state]
    unexpected = [name for name in state if name not in parameters]
    parts = [f"{kind} {_some(names)}" for kind, names in (("missing", missing), ("unexpected", unexpected)) if names]
    if parts:
        raise ValueError(f"state does not match the model: {'; '.join(parts)}")


def _some(names: Sequence[object]) -> str:
    """List the first names, without characters that are not printable: names may come from a file."""
    shown = [name if isinstance(name, str) and name.isprintable() else repr(name) for name in names[:_MAX_NAMES]]
    more = len(names) - _MAX_NAMES
    return ", ".join(name[:_MAX_NAME_LENGTH] for name in shown) + (f" and {more:,} more" if more > 0 else "")


def _finite(name: str, x: Any) -> float:
    refuse_foreign(x, Value)
    is_number = isinstance(x, Real) and not isinstance(x, (bool, Value))
    number = float_or_infinity(x) if is_number else math.nan
    if not math.isfinite(number):
        error = ValueError if is_number else TypeError
        raise error(f"the parameter {name} must be a finite number, got {shortened(x)}")
    return number

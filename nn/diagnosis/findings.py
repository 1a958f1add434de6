"""The results of a diagnosis, and the names they use for parameters, units and layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from autograd import Value

from ..shared import common_scope, name_nodes, one_line, plain, printed
from .units import RecordedLayer, RecordedUnit

_MAX_NAMES = 3
_MAX_NAME_LENGTH = 80


@printed
@dataclass(frozen=True)
class Finding:
    """A fault or a remark: its `kind`, the `nodes` concerned, and a `sentence` with the cause and the remedy.

    A remark, where `is_fault` is False, describes something that may be intended.
    """

    kind: str
    nodes: tuple[Value, ...] = field(repr=False)
    sentence: str
    is_fault: bool = True


@printed
class Diagnosis(tuple[Finding, ...]):
    """The findings of `diagnose`, printed one sentence a line. It is true if any finding is a fault.

    A diagnosis with nothing but remarks is false, so `assert not diagnose(...)` allows remarks.
    """

    def __bool__(self) -> bool:
        return any(finding.is_fault for finding in self)

    def __str__(self) -> str:
        return "\n".join(finding.sentence for finding in self) or "nothing found"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(finding.sentence)}</li>" for finding in self)
        return f"<ul>{items}</ul>" if items else f"<p>{self}</p>"


class Wording:
    """Names for the `parameters` of a model, its units and its layers: by scope, or else by label."""

    def __init__(self, parameters: Sequence[Value]) -> None:
        self._names = name_nodes(parameters)

    def parameter(self, p: Value) -> str:
        """Return the name of a parameter."""
        return joined([*p.scope, one_line(str(p.label or ""))] if p.scope else [self._names[p]])

    def parameters(self, parameters: Sequence[Value]) -> str:
        """Return the number of parameters and the names of the first few."""
        names = first_few(self.parameter, parameters)
        return names if len(parameters) == 1 else f"{len(parameters):,} parameters ({names})"

    def unit(self, unit: RecordedUnit) -> str:
        """Return the name of a unit."""
        scope = common_scope(p.scope for p in unit.parameters)
        return joined(scope) or f"the unit of {first_few(self.parameter, unit.parameters)}"

    def units(self, units: RecordedLayer, count: int, state: str) -> str:
        """Return a clause such as "2 of 8 units of layer 0 are dead"; `count` is the size of the layer."""
        names = first_few(self.unit, units)
        if len(units) == 1:
            return f"{names} is {state}"
        scope = joined(units[0].scope)
        return f"{len(units)} of {count} units{f' of {scope}' if scope else ''} are {state} ({names})"

    def layer(self, layer: RecordedLayer) -> str:
        """Return the name of a layer."""
        parameters = [p for unit in layer for p in unit.parameters]
        return joined(layer[0].scope) or f"the layer of {first_few(self.parameter, parameters)}"


def joined(names: Iterable[str]) -> str:
    """Join nested names, as in "layer 0, neuron 1"."""
    return plain(", ".join(filter(None, names)), _MAX_NAME_LENGTH)


def first_few(name: Callable[[Any], str], things: Sequence[Any]) -> str:
    """List the names of the first few things and count the rest; use semicolons if names contain commas."""
    names = [name(thing) for thing in things[:_MAX_NAMES]]
    more = len(things) - len(names)
    separator = "; " if any("," in text for text in names) else ", "
    return separator.join(names) + (f" and {more:,} more" if more else "")

"""How findings name parameters, units and layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd import Value

from ..shared import common_scope, name_nodes, one_line, plain
from .units import Unit

MOST_NAMES = 3
_LONGEST_NAME = 80


class Wording:
    """Names for the `parameters` of a model and what is made of them: by their scope, else by their label."""

    def __init__(self, parameters: Sequence[Value]) -> None:
        self._names = name_nodes(parameters)

    def parameter(self, p: Value) -> str:
        """Name a parameter."""
        return joined([*p.scope, one_line(str(p.label or ""))] if p.scope else [self._names[p]])

    def parameters(self, parameters: Sequence[Value]) -> str:
        """Count several parameters, and name the first few."""
        names = some([self.parameter(p) for p in parameters[: MOST_NAMES + 1]], len(parameters))
        return names if len(parameters) == 1 else f"{len(parameters):,} parameters ({names})"

    def unit(self, unit: Unit) -> str:
        """Name a unit."""
        scope = common_scope(p.scope for p in unit.parameters)
        return joined(scope) or f"the unit of {some([self.parameter(p) for p in unit.parameters])}"

    def units(self, units: Sequence[Unit], count: int, state: str) -> str:
        """Say that some of the `count` units of a layer are in a `state`, such as "dead"."""
        names = some([self.unit(unit) for unit in units])
        if len(units) == 1:
            return f"{names} is {state}"
        scope = joined(units[0].layer.scope)
        return f"{len(units)} of {count} units{f' of {scope}' if scope else ''} are {state} ({names})"

    def layer(self, units: Sequence[Unit]) -> str:
        """Name the layer of some units."""
        names = [self.parameter(p) for unit in units for p in unit.parameters]
        return joined(units[0].layer.scope) or f"the layer of {some(names)}"


def them(things: Sequence[object]) -> str:
    """Return the pronoun for so many things."""
    return "it" if len(things) == 1 else "them"


def joined(names: Iterable[str]) -> str:
    """Return nested names as one, such as layer 0, neuron 1."""
    return plain(", ".join(filter(None, names)), _LONGEST_NAME)


def some(names: Sequence[str], count: int = 0) -> str:
    """List the first few of `count` names, where they are not all given; of names with commas, with semicolons."""
    more = max(count, len(names)) - MOST_NAMES
    sign = "; " if any("," in name for name in names) else ", "
    return sign.join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")

"""What a diagnosis consists of: findings, and their names for parameters, units and layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from autograd import Value

from ..shared import common_scope, name_nodes, one_line, plain, printed
from .units import Unit

MAX_NAMES = 3
MAX_CHARACTERS = 80  # of a name


@printed
@dataclass(frozen=True)
class Finding:
    """Something to point at: its `kind`, the `nodes` where it is seen, and a `sentence` that says what to do.

    If not `is_fault`, it is a remark: something that may be on purpose.
    """

    kind: str
    nodes: tuple[Value, ...] = field(repr=False)
    sentence: str
    is_fault: bool = True


@printed
class Diagnosis(tuple[Finding, ...]):
    """The findings of `diagnose`, which print as one sentence each. It is true if one of them is a fault.

    Remarks are findings, too, but a diagnosis of nothing but remarks is false: `assert not diagnose(...)` allows them.
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
    """Names for the `parameters` of a model and what is made of them: by their scope, else by their label."""

    def __init__(self, parameters: Sequence[Value]) -> None:
        self._names = name_nodes(parameters)

    def parameter(self, p: Value) -> str:
        """Name a parameter."""
        return joined([*p.scope, one_line(str(p.label or ""))] if p.scope else [self._names[p]])

    def parameters(self, parameters: Sequence[Value]) -> str:
        """Count several parameters, and name the first few."""
        names = some([self.parameter(p) for p in parameters[: MAX_NAMES + 1]], len(parameters))
        return names if len(parameters) == 1 else f"{len(parameters):,} parameters ({names})"

    def unit(self, unit: Unit) -> str:
        """Name a unit."""
        scope = common_scope(p.scope for p in unit.parameters)
        return joined(scope) or f"the unit of {some(list(map(self.parameter, unit.parameters)))}"

    def units(self, units: Sequence[Unit], count: int, state: str) -> str:
        """Say that some of the `count` units of a layer are in a `state`, such as "dead"."""
        names = some(list(map(self.unit, units)))
        if len(units) == 1:
            return f"{names} is {state}"
        scope = joined(units[0].scope)
        return f"{len(units)} of {count} units{f' of {scope}' if scope else ''} are {state} ({names})"

    def layer(self, layer: Sequence[Unit]) -> str:
        """Name a layer of units."""
        names = [self.parameter(p) for unit in layer for p in unit.parameters]
        return joined(layer[0].scope) or f"the layer of {some(names)}"


def joined(names: Iterable[str]) -> str:
    """Return nested names as one, such as layer 0, neuron 1."""
    return plain(", ".join(filter(None, names)), MAX_CHARACTERS)


def some(names: Sequence[str], count: int = 0) -> str:
    """List the first few of `count` names, where they are not all given; of names with commas, with semicolons."""
    more = max(count, len(names)) - MAX_NAMES
    sign = "; " if any("," in name for name in names) else ", "
    return sign.join(names[:MAX_NAMES]) + (f" and {more:,} more" if more > 0 else "")

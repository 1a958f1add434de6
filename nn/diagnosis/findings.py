"""`Finding` and `Diagnosis`: what there is to say about a training step, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import overload

from autograd import Value

from ..shared import printed


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
class Diagnosis(Sequence[Finding]):
    """The findings of `diagnose`, which print as one sentence each. It is true if one of them is a fault.

    Remarks are findings, too, but a diagnosis of nothing but remarks is false: `assert not diagnose(...)` allows them.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = tuple(findings)

    def __bool__(self) -> bool:
        return any(finding.is_fault for finding in self)

    def __len__(self) -> int:
        return len(self._findings)

    @overload
    def __getitem__(self, i: int) -> Finding: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, i: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[i]

    def __str__(self) -> str:
        return "\n".join(finding.sentence for finding in self) or "nothing found"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(finding.sentence)}</li>" for finding in self)
        return f"<ul>{items}</ul>" if items else f"<p>{self}</p>"

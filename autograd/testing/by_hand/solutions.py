"""`Solution`: the solution of a worksheet, with the contributions to each gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from autograd.printing.notation import Written
from autograd.testing.by_hand.sheet_formats import Format
from autograd.testing.by_hand.worksheet import Worksheet
from autograd.testing.checks.common_mistakes import Contribution
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.testing.by_hand.exercises import Exercise


class Solution(Worksheet):
    """The solution of an `exercise`: the contributions to each gradient, and their sum."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def parts(self, fmt: Format) -> list[str]:
        """Return the heading, a sentence and the table in the format `fmt`."""
        sheet = self.exercise
        heads = ["node", "used by", "local derivative", "contribution", "gradient"]
        formulas = {node: sheet.names.partials(node, fmt.writing) for node in sheet.nodes}
        found = contributions(sheet.gradients)
        rows = [row for node in sheet.gradients for row in self._rows(node, found[node], formulas, fmt)]
        rule = "Each node that uses a value contributes its own gradient times its local derivative."
        return [
            fmt.heading(f"{sheet.heading(fmt)}: solution"),
            fmt.sentence(f"{rule} The gradient is the sum of the contributions."),
            fmt.table([heads, *rows]),
        ]

    def picture(self) -> str:
        """Return the picture of the graph as HTML, with the gradients."""
        return self.exercise.drawn(gradients=True)

    def writers(self) -> dict[str, Callable[[], str | bytes]]:
        """Return a function for each extension that a file may have."""
        from autograd.testing.by_hand.sheet_keys import COMMON, key_file

        return super().writers() | {".json": lambda: key_file({COMMON: self.exercise})}

    def _rows(
        self, node: Value, found: Sequence[Contribution], formulas: Mapping[Value, Sequence[Written]], fmt: Format
    ) -> list[list[str]]:
        sheet = self.exercise
        cells = [self._cells(c, formulas[c.consumer][c.place], fmt) for c in found]
        rows = [["", *row, ""] for row in cells] or [[""] * 5]
        terms = [sheet.number(c.value, fmt) for c in found]
        pieces = [fmt.writing.total(terms)] * (len(terms) > 1) + [sheet.number(sheet.gradients[node], fmt)]
        rows[0][0], rows[-1][-1] = fmt.math(sheet.name(node, fmt)), fmt.equal(sheet.gradient(node, fmt), *pieces)
        return rows

    def _cells(self, c: Contribution, formula: Written, fmt: Format) -> list[str]:
        sheet = self.exercise
        cotangent, partial, product = (sheet.number(x, fmt) for x in (c.cotangent, c.partial, c.value))
        x = c.consumer.inputs[c.place]
        ends = [sheet.names.write(node, fmt.writing) for node in (c.consumer, x)]
        is_single = c.consumer.inputs.count(x) == 1  # otherwise ∂y/∂x is the sum of two or more
        local = [fmt.writing.partial(*ends)] if is_single else []
        return [
            fmt.math(sheet.name(c.consumer, fmt)),
            fmt.equal(*local, formula, partial),
            fmt.equal(fmt.writing.product([cotangent, partial]), product),
        ]


def contributions(gradients: Mapping[Value, float]) -> dict[Value, list[Contribution]]:
    """Return the contributions to each node, given all `gradients` in backward order."""
    found: dict[Value, list[Contribution]] = {node: [] for node in gradients}
    for consumer, gradient in gradients.items():
        for place, x in enumerate(consumer.inputs):
            if isinstance(x, Value):
                found[x].append(Contribution(consumer, place, gradient))
    return found

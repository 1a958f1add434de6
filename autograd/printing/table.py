"""Print tables as aligned text or as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.printing.webpage import to_html
from autograd.terminal import printed


@printed
class Table(NamedTuple):
    """A table of strings with an optional `caption`. The first of the `rows` holds the column heads.

    >>> print(Table([["name", "value"], ["a", "2.0"]]))
    name  value
    ----  -----
    a     2.0
    """

    rows: Sequence[Sequence[str]]
    caption: str = ""

    def text(self, align: str = "<", *, is_ruled: bool = True) -> str:
        """Return the rows as aligned text, with a rule below the heads if `is_ruled`.

        `align` has one character per column: "<" for left, ">" for right. The last one applies to all further columns.

        >>> print(Table([["epoch", "loss"], ["1", "0.25"]]).text(">", is_ruled=False))
        epoch  loss
            1  0.25
        """
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        signs = align.ljust(len(widths), align[-1])
        lines = [
            "  ".join(f"{cell:{sign}{width}}" for cell, sign, width in zip(row, signs, widths)).rstrip()
            for row in self.rows
        ]
        if is_ruled:
            lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines)

    def html(self) -> str:
        """Return the table as HTML. Cells are escaped unless they are `Html`.

        >>> Table([["name"], ["<1>"]], "Names").html()
        '<table><caption>Names</caption><thead><tr><th>name</th></tr></thead><tbody><tr><td>&lt;1&gt;</td></tr></tbody></table>'
        """
        heads, *body = (self._html_row(row, "td" if i else "th") for i, row in enumerate(self.rows))
        caption = f"<caption>{to_html(self.caption)}</caption>" if self.caption else ""
        return f"<table>{caption}<thead>{heads}</thead><tbody>{''.join(body)}</tbody></table>"

    def _html_row(self, row: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{to_html(cell)}</{tag}>' for cell in row)}</tr>"

    def __str__(self) -> str:
        return self.text()

"""Tables of text: aligned, for a terminal, and as HTML, for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Cells = Sequence[Sequence[str]]


def text_table(rows: Cells) -> str:
    """Write `rows` of text, the first of which is the head, in columns that are aligned at the right.

    >>> print(text_table([["epoch", "loss"], ["1", "0.25"]]))
    epoch  loss
        1  0.25
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def html_table(rows: Cells) -> str:
    """Write `rows` of text, the first of which is the head, as an HTML table.

    >>> html_table([["epoch"], ["<1>"]])
    '<table><thead><tr><th>epoch</th></tr></thead><tbody><tr><td>&lt;1&gt;</td></tr></tbody></table>'
    """
    head, *body = ("".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for row, tag in _tagged(rows))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in body)}</tbody></table>"


def _tagged(rows: Cells) -> list[tuple[Sequence[str], str]]:
    return [(row, "td" if i else "th") for i, row in enumerate(rows)]

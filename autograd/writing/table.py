"""Tables, as aligned text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Align `rows` of cells in columns, the first row being the heads.

    >>> print(text_table([["name", "value"], ["a", "2.0"]]))
    name  value
    ----  -----
    a     2.0
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def html_table(rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return `rows` of cells, which are HTML already, as a table with a caption.

    >>> html_table([["name"], ["<b>a</b>"]], "Names")
    '<table><caption>Names</caption><thead><tr><th>name</th></tr></thead><tbody><tr><td><b>a</b></td></tr></tbody></table>'
    """
    heads = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"

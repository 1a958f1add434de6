"""The HTML that a notebook shows for a single `Value`."""

from __future__ import annotations

from html import escape

from autograd.operators import number_of
from autograd.terminal import printable, shorten
from autograd.value import Value

MAX_CHARACTERS = 60


def card(node: Value) -> str:
    """Return a one-row HTML table with the label, data, grad and operation of `node`.

    >>> "<th>data</th><td>2.0</td>" in card(Value(2.0, "a"))
    True
    """
    rows = {
        "label": node.label,
        "data": number_of(node),
        "grad": node.grad,
        "op": node.op.name if node.op else "(leaf)",
    }
    cells = "".join(f"<th>{name}</th><td>{_cell(entry)}</td>" for name, entry in rows.items() if entry != "")
    return f'<table aria-label="Value"><tr>{cells}</tr></table>'


def _cell(entry: object) -> str:
    return escape(shorten(printable(str(entry)), MAX_CHARACTERS))

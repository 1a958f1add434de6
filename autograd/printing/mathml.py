"""Write formulas as MathML, which browsers show without a script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import ClassVar, Self

from autograd.printing.labels import GREEK, split_name
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, CASES
from autograd.printing.webpage import Html
from autograd.terminal import plain


def math_element(code: str, display: str = "inline") -> Html:
    """Wrap MathML `code` in a <math> element."""
    return Html(f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="{display}">{code}</math>')


def _row(code: str) -> str:
    return f"<mrow>{code}</mrow>"


def _cell(code: str, side: str) -> str:
    """Write a cell of a table. Chromium aligns formulas in cells by a value of its own."""
    return f'<mtd style="text-align: {side}; text-align: -webkit-{side}">{_row(code)}</mtd>'


class MathML(Written):
    """A formula as MathML elements.

    >>> (MathML.name("x") ** 2).code
    '<msup><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></msup>'
    """

    __slots__ = ()

    minus = '<mo form="prefix">−</mo>'
    signs = {sign: f"<mo>{escape(sign)}</mo>" for sign in "+<≤>≥=→,"} | {
        "": "<mo>&#8290;</mo>",
        " ": '<mspace width="0.2em"/>',
        "⊙": "<mo>⊙</mo>",
        "-": "<mo>−</mo>",
        "*": "<mo>·</mo>",
        "%": "<mo>mod</mo>",
    }
    forms: ClassVar[dict[str, str]] = {
        "()": _row("<mo>(</mo>%s<mo>)</mo>"), "[]": _row("<mo>[</mo>%s<mo>]</mo>"), "√": "<msqrt>%s</msqrt>",
        "|": _row("<mo>|</mo>%s<mo>|</mo>"), "⌊": _row("<mo>⌊</mo>%s<mo>⌋</mo>"),
        "/": "<mfrac><mrow>%s</mrow><mrow>%s</mrow></mfrac>", "**": "<msup><mrow>%s</mrow><mrow>%s</mrow></msup>",
        "e": '<msup><mi mathvariant="normal">e</mi><mrow>%s</mrow></msup>',
        "if": f"<mtr>{_cell('%s', 'left')}{_cell('<mtext>if&#160;</mtext>%s', 'left')}</mtr>",
        "cases": _row(
            f"<mo>{{</mo><mtable>%s<mtr>{_cell('%s', 'left')}{_cell('<mtext>otherwise</mtext>', 'left')}</mtr></mtable>"
        ),
        "∂": "<mfrac><mrow><mo>∂</mo>%s</mrow><mrow><mo>∂</mo>%s</mrow></mfrac>",
        "d": "<mfrac><mrow>%s</mrow><mrow>%s</mrow></mfrac>".replace("%s", '<mi mathvariant="normal">d</mi>%s'),
        "number": "<mn>%s</mn>", "power of 10": "<msup><mn>10</mn><mrow>%s</mrow></msup>",
        "inf": "<mi>∞</mi>", "nan": "<mtext>nan</mtext>",
        "T": "<msup>%s<mo>⊤</mo></msup>",
    }  # fmt: skip

    @classmethod
    def name(cls, label: str, data: float = math.nan) -> Self:
        shown = plain(label)
        parts = split_name(shown)
        if parts is None:
            return cls(f"<mtext>{escape(shown)}</mtext>", ATOM if label == "…" else CASES, data)
        word, index = parts
        symbol = f"<mi>{GREEK.get(word, escape(word))}</mi>"
        return cls(f"<msub>{symbol}<mn>{escape(index)}</mn></msub>" if index else symbol, ATOM, data)

    @classmethod
    def call(cls, function: str, inputs: str) -> str:
        return f"<mi>{escape(function)}</mi><mo>&#8289;</mo>{cls.bracket(inputs)}"

    @classmethod
    def aligned(cls, rows: Sequence[tuple[str, str]]) -> str:
        lines = (f"<mtr>{_cell(a, 'right')}{_cell(cls.signs['='] + b, 'left')}</mtr>" for a, b in rows)
        return f'<mtable displaystyle="true">{"".join(lines)}</mtable>'

"""Write formulas as MathML, which browsers show without a script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Self

from autograd.printing.latex import GREEK, split_name
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, CASES, FRACTION, POWER, PRODUCT
from autograd.printing.webpage import Html
from autograd.terminal import plain


def math_element(code: str, display: str = "inline") -> Html:
    """Wrap MathML `code` in a <math> element."""
    return Html(f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="{display}">{code}</math>')


def _row(code: str) -> str:
    return f"<mrow>{code}</mrow>"


class MathML(Written):
    """A formula as MathML elements.

    >>> (MathML.name("x") ** 2).code
    '<msup><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></msup>'
    """

    __slots__ = ()

    minus = '<mo form="prefix">−</mo>'
    signs = {sign: f"<mo>{escape(sign)}</mo>" for sign in "+<≤>≥=→,"} | {
        "-": "<mo>−</mo>",
        "*": "<mo>·</mo>",
        "%": "<mo>mod</mo>",
    }

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
    def digits(cls, x: float, significant: int) -> tuple[str, int]:
        if not math.isfinite(x):
            return ("<mi>∞</mi>" if x > 0 else "<mtext>nan</mtext>"), ATOM
        mantissa, _, exponent = f"{x:.{significant}g}".partition("e")
        if not exponent:
            return f"<mn>{mantissa}</mn>", ATOM
        factor = "" if mantissa == "1" else f"<mn>{mantissa}</mn><mo>·</mo>"
        return f"{factor}<msup><mn>10</mn>{_row(cls.number(int(exponent)).code)}</msup>", PRODUCT

    @staticmethod
    def bracket(code: str, square: bool = False) -> str:
        left, right = "[]" if square else "()"
        return _row(f"<mo>{left}</mo>{code}<mo>{right}</mo>")

    @staticmethod
    def call(function: str, inputs: str) -> str:
        return f"<mi>{escape(function)}</mi><mo>&#8289;</mo>{MathML.bracket(inputs)}"

    @classmethod
    def chain(cls, sides: Sequence[str]) -> str:
        if len(sides) < 3:
            return super().chain(sides)
        rows = zip((sides[0], *[""] * len(sides)), sides[1:])
        left = 'style="text-align: left"'
        cells = "".join(f"<mtr><mtd>{_row(a)}</mtd><mtd {left}>{_row(cls.signs['='] + b)}</mtd></mtr>" for a, b in rows)
        return f'<mtable displaystyle="true">{cells}</mtable>'

    @staticmethod
    def fraction(a: Written, b: Written) -> tuple[str, int]:
        return f"<mfrac>{_row(a.code)}{_row(b.code)}</mfrac>", FRACTION

    @staticmethod
    def superscript(base: str, exponent: Written) -> str:
        return f"<msup>{_row(base)}{_row(exponent.code)}</msup>"

    @staticmethod
    def exponential(x: Written) -> tuple[str, int]:
        return f'<msup><mi mathvariant="normal">e</mi>{_row(x.code)}</msup>', POWER

    @staticmethod
    def root(x: str) -> str:
        return f"<msqrt>{x}</msqrt>"

    @staticmethod
    def bars(x: str) -> str:
        return _row(f"<mo>|</mo>{x}<mo>|</mo>")

    @staticmethod
    def floor(x: str) -> str:
        return _row(f"<mo>⌊</mo>{x}<mo>⌋</mo>")

    @staticmethod
    def cases(condition: str, a: str, b: str) -> str:
        rows = ((a, f"<mtext>if </mtext>{condition}"), (b, "<mtext>otherwise</mtext>"))
        cells = "".join(f"<mtr><mtd>{_row(case)}</mtd><mtd>{_row(when)}</mtd></mtr>" for case, when in rows)
        return _row(f"<mo>{{</mo><mtable>{cells}</mtable>")

    @classmethod
    def partial(cls, y: Written, x: Written, data: float = math.nan) -> Self:
        over, under = (_row(f"<mo>∂</mo>{v.inside(ATOM)}") for v in (y, x))
        return cls(f"<mfrac>{over}{under}</mfrac>", ATOM, data)

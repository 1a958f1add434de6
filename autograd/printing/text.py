"""Write formulas as plain text, such as (a·b + a)², for terminals and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from autograd.printing.labels import split_name
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, CASES, COMPARISON, FRACTION, POWER, PRODUCT
from autograd.terminal import plain

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text(Written):
    """A formula as plain text.

    >>> a, b = Text.name("a"), Text.name("b")
    >>> ((a * b + a) ** 2 / -b).code
    '(a·b + a)²/(-b)'
    """

    __slots__ = ()

    minus = "-"
    signs = {sign: f" {sign} " for sign in "+-<≤>≥=→⊙"} | {"": "", " ": " ", "*": "·", "%": " mod ", ",": ", "}
    forms: ClassVar[dict[str, str]] = {
        "()": "(%s)", "[]": "[%s]", "√": "√(%s)", "|": "|%s|", "⌊": "⌊%s⌋", "if": "%s if %s else ", "cases": "%s%s",
        "∂": "∂%s/∂%s",
        "d": "d%s/d%s", "T": "%sᵀ",
    }  # fmt: skip

    @classmethod
    def name(cls, label: str, data: float = math.nan) -> Self:
        shown = plain(label)
        is_simple = shown.replace("#", "").replace("…", "").replace(".", "").isidentifier() or shown == "…"
        return cls(shown, ATOM if is_simple or split_name(shown) else CASES, data)

    @classmethod
    def digits(cls, x: float, significant: int) -> tuple[str, int]:
        return f"{x:.{significant}g}", ATOM

    @staticmethod
    def side(piece: Written) -> str:
        return piece.inside(COMPARISON)

    @classmethod
    def fraction(cls, a: Written, b: Written) -> tuple[str, int]:
        return f"{a.inside(PRODUCT)}/{b.inside(FRACTION, right=True)}", PRODUCT

    @classmethod
    def superscript(cls, base: str, exponent: Written) -> str:
        if exponent.is_number and exponent.code.isdigit():
            return base + exponent.code.translate(_SUPERSCRIPTS)
        return f"{base}^{exponent.inside(POWER)}"

    @classmethod
    def exponential(cls, x: Written) -> tuple[str, int]:
        return f"exp({x.code})", ATOM

    @classmethod
    def aligned(cls, rows: Sequence[tuple[str, str]]) -> str:
        width = max(len(left) for left, _ in rows)
        return "\n".join(f"{left:>{width}} = {right}" for left, right in rows)

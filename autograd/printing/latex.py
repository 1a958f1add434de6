"""Write formulas as LaTeX that MathJax and KaTeX can typeset."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import ClassVar, Self

from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, CASES
from autograd.terminal import plain

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_FUNCTIONS = {"sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "max", "min"}
_ESCAPES = {c: f"\\{c}" for c in "#$%&_{}"} | {
    "\\": r"\backslash ",
    "~": r"\sim ",
    "^": r"\wedge ",
    "<": r"\lt ",
    ">": r"\gt ",
    "`": r"\prime ",
}


def split_name(label: str) -> tuple[str, str] | None:
    """Split a name such as w_12 or h2 into its word and its index; return None if `label` is not a name.

    >>> split_name("w_12"), split_name("loss"), split_name("h2#3"), split_name("a + b")
    (('w', '12'), ('loss', ''), ('h', '2#3'), None)
    """
    found = re.fullmatch(r"([^\W\d_]+)(?:_?(\d+)|_(\w+))?(#\d+)?", label)
    return (found[1], (found[2] or found[3] or "") + (found[4] or "")) if found else None


def escaped(text: str) -> str:
    r"""Escape text so that LaTeX shows it unchanged and runs no command in it.

    >>> escaped("50% of <b>")
    '\\text{50}\\%\\text{ of }\\lt \\text{b}\\gt '
    """
    pieces = re.split(f"([{re.escape(''.join(_ESCAPES))}])", text)
    return "".join(_ESCAPES.get(piece, f"\\text{{{piece}}}") for piece in pieces if piece)


class LaTeX(Written):
    r"""A formula as LaTeX code.

    >>> w, x = LaTeX.name("w_1"), LaTeX.name("x")
    >>> (-w * x / 2).code
    '\\frac{-w_{1} \\cdot x}{2}'
    """

    __slots__ = ()

    minus = "-"
    signs = {sign: f" {sign} " for sign in "+-="} | {
        "": " ", "*": r" \cdot ", "%": r" \bmod ",
        "<": r" \lt ", "≤": r" \le ", ">": r" \gt ", "≥": r" \ge ", "→": r" \to ", ",": r",\; ",
    }  # fmt: skip
    forms: ClassVar[dict[str, str]] = {
        "()": r"\left(%s\right)", "[]": r"\left[%s\right]", "√": r"\sqrt{%s}", "|": r"\left|%s\right|",
        "⌊": r"\left\lfloor %s \right\rfloor", "/": r"\frac{%s}{%s}", "**": "{%s}^{%s}", "e": r"\mathrm{e}^{%s}",
        "if": r"%s & \text{if } %s \\ ", "cases": r"\begin{cases} %s%s & \text{otherwise} \end{cases}",
        "∂": r"\frac{\partial %s}{\partial %s}", "d": r"\frac{\mathrm{d} %s}{\mathrm{d} %s}",
        "number": "%s", "power of 10": "10^{%s}", "inf": r"\infty", "nan": r"\mathrm{nan}",
    }  # fmt: skip

    @classmethod
    def name(cls, label: str, data: float = math.nan) -> Self:
        if label == "…":
            return cls(r"\dots", ATOM, data)
        shown = plain(label)
        parts = split_name(shown)
        if parts is None:
            return cls(escaped(shown) or r"\text{ }", CASES, data)
        word, index = parts
        symbol = f"\\{word}" if word in GREEK else word if len(word) == 1 else escaped(word)
        return cls(f"{symbol}_{{{index if index.isdigit() else escaped(index)}}}" if index else symbol, ATOM, data)

    @classmethod
    def call(cls, function: str, inputs: str) -> str:
        if function in _FUNCTIONS:
            symbol = f"\\{function}"
        else:
            symbol = r"\sigma" if function == "σ" else rf"\operatorname{{{escaped(function)}}}"
        return symbol + cls.bracket(inputs)

    @classmethod
    def aligned(cls, rows: Sequence[tuple[str, str]]) -> str:
        lines = r" \\ ".join(f"{left} &= {right}".lstrip() for left, right in rows)
        return rf"\begin{{aligned}} {lines} \end{{aligned}}"

"""Write formulas as LaTeX, which compiles with the package amsmath, and which MathJax and KaTeX can typeset."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import ClassVar, Self

from autograd.printing.labels import escaped, split_name, symbol
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, CASES
from autograd.terminal import plain

_FUNCTIONS = {"sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "max", "min"}


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
        "<": " < ", "≤": r" \le ", ">": " > ", "≥": r" \ge ", "→": r" \to ", ",": r",\; ", " ": r" \, ",
        "⊙": r" \odot ",
    }  # fmt: skip
    forms: ClassVar[dict[str, str]] = {
        "()": r"\left(%s\right)", "[]": r"\left[%s\right]", "√": r"\sqrt{%s}", "|": r"\left|%s\right|",
        "⌊": r"\left\lfloor %s \right\rfloor", "/": r"\frac{%s}{%s}", "**": "{%s}^{%s}", "e": r"\mathrm{e}^{%s}",
        "if": r"%s & \text{if } %s \\ ", "cases": r"\begin{cases} %s%s & \text{otherwise} \end{cases}",
        "∂": r"\frac{\partial %s}{\partial %s}", "d": r"\frac{\mathrm{d} %s}{\mathrm{d} %s}",
        "number": "%s", "power of 10": "10^{%s}", "inf": r"\infty", "nan": r"\mathrm{nan}",
        "T": r"{%s}^{\top}",
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
        below = index if re.fullmatch(r"[\d,]*", index) else escaped(index)
        subscript = f"_{{{below}}}" if index else ""
        return cls(symbol(word) + subscript, ATOM, data)

    @classmethod
    def call(cls, function: str, inputs: str) -> str:
        name, base = re.fullmatch(r"(log)(2|10)|(.*)", function, re.DOTALL).group(1, 2)  # type: ignore[union-attr]
        if name:
            code = rf"\log_{{{base}}}"
        elif function in _FUNCTIONS:
            code = f"\\{function}"
        elif function == "σ":
            code = r"\sigma"
        else:
            is_word = function.isascii() and function.isalpha()
            code = rf"\operatorname{{{function if is_word else escaped(function)}}}"
        return code + cls.bracket(inputs)

    @classmethod
    def aligned(cls, rows: Sequence[tuple[str, str]]) -> str:
        lines = r" \\ ".join(f"{left} &= {right}".lstrip() for left, right in rows)
        return rf"\begin{{aligned}} {lines} \end{{aligned}}"

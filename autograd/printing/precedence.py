"""Levels of operator precedence in formulas and code, from the loosest to the tightest."""

from __future__ import annotations

CASES, COMPARISON, SUM, PRODUCT, FRACTION, POWER, ATOM = range(7)

# The levels of the infix operators.
LEVELS = {
    "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT, "**": POWER,
}  # fmt: skip

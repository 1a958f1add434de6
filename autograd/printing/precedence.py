"""The order of operations: how tightly written mathematics and code hold together, loosest first."""

from __future__ import annotations

CASES, COMPARISON, SUM, PRODUCT, FRACTION, POWER, ATOM = range(7)

# Of what is written with a sign between its two inputs.
LEVELS = {
    "<": COMPARISON, "<=": COMPARISON, ">": COMPARISON, ">=": COMPARISON,
    "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT, "**": POWER,
}  # fmt: skip

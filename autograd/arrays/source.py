"""The source of an array program, which needs nothing but NumPy."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd.arrays.code import HELPERS, NAMES
from autograd.arrays.layout import Layout
from autograd.arrays.views import GRID
from autograd.arrays.writer import Writer

_MOST_LINES = 100  # of a docstring


def source_of(writer: Writer, roots: Sequence[tuple[str, int]], wanted: tuple[str, slice]) -> str:
    """Return the code of what a `writer` wrote."""
    layout, (buffer, rows) = writer.layout, wanted
    count = len(layout.arguments)
    views = [f"{name} = {code}" for code, name in writer.views.items()]
    constants = [f"{name} = {code}" for code, name in writer.constants.items()]
    helpers = [HELPERS[name] for name in HELPERS if name in writer.helpers]
    body = [
        *("\n\n" + helper.strip() for helper in [*helpers, *([GRID] if "grid(" in "".join(views) else [])]),
        *(["", "", *constants] if constants else []),
        "",
        "",
        "def buffers(samples):",
        '    """Return S, V and their gradients for so many samples, with the constants in place."""',
        f"    S, V = np.zeros({layout.sizes['S']}), np.zeros(({layout.sizes['V']}, samples))",
        *(f"    S[{i}] = {_number(x)}" for i, x in enumerate([*layout.constants, *(x._data for x in layout.leaves)])),
        "    return S, V, np.zeros_like(S), np.zeros_like(V)",
        "",
        "",
        "def bind(S, V, gS, gV):",
        '    """Return forward(), which computes all rows, and backward(seed), which computes the gradients, too."""',
        *(f"    {view}" for view in views),
        "",
        "    def forward():",
        *(f"        {statement}" for statement in writer.forward or ["pass"]),
        "",
        "    def backward(seed):",
        *(f"        {statement}" for statement in [*writer.forward, *writer.backward]),
        "",
        "    return forward, backward",
        "",
        "",
        "def run(theta, arguments, seed=1.0):",
        '    """Return the value for each sample, and the gradient of seed times their sum."""',
        "    S, V, gS, gV = buffers(arguments.shape[1])",
        f"    S[{layout.theta}:{layout.theta + layout.parameters}], V[:{count}] = theta, arguments",
        "    bind(S, V, gS, gV)[1](seed)",
        f"    return {roots[0][0]}[{roots[0][1]}], g{buffer}[{rows.start}:{rows.stop}]",
    ]
    text = "\n".join(body)
    used = set(re.findall(r"\w+", text))
    names = [name for name in NAMES if name in used]
    head = ["import math", "", "import numpy as np"]
    head += [f"from numpy import {', '.join(names)}"] if names else []
    head += ["from numpy.lib.stride_tricks import as_strided"] if "as_strided" in used else []
    return "\n".join(head) + "\n" + text + "\n"


def docstring(layout: Layout, scalar_nodes: int, statements: Sequence[str], gradients: Sequence[str]) -> str:
    """Return the docstring of a program: its `statements`, as they are read, and what stands in its buffers."""
    rows = [f"    rows {rows.start} to {rows.stop - 1}: {name}" for name, rows in layout.argument_rows()]
    lines = [
        f"{len(statements)} array statements, recovered from {scalar_nodes:,} scalar nodes:",
        "",
        *_shortened(statements),
        "",
        "and for the gradients:",
        "",
        *_shortened(gradients),
        "",
        "S has a number in each row, for what does not depend on the sample: constants, other numbers that were read,",
        f"from row {layout.theta} on the {layout.parameters:,} parameters (theta), then what is computed of these.",
        "V has a number for each sample in each row: the arguments, then what is computed of them.",
        *rows,
        "gS and gV are the gradients. run(theta, arguments) shows how all of it is used: arguments are the rows of V.",
    ]
    return '"""' + "\n".join(lines) + '\n"""\n\n'


def _shortened(lines: Sequence[str]) -> list[str]:
    more = [f"... and {len(lines) - _MOST_LINES:,} more"] if len(lines) > _MOST_LINES else []
    return [f"    {line}" for line in [*lines[:_MOST_LINES], *more]]


def _number(x: float) -> str:
    return repr(x) if x - x == 0 else f'float("{x}")'

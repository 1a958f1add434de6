"""Print an array program as a module that needs only NumPy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograd.compiler.code import HELPERS, NAMES, code_of
from autograd.compiler.layout import Layout
from autograd.compiler.views import GRID, runs
from autograd.compiler.writer import Writer

_FLOAT = re.compile(r"(?<![\w.])\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)(?![\w.])")
_NUMBERS = {"0.0": "zero", "0.5": "half", "1.0": "one", "2.0": "two"}
_MOST_CELLS = (
    1000  # variables of a function around another one, for which Python takes time that grows with their square
)
_MOST_LINES = 100  # of a docstring


def source_of(writer: Writer, roots: Sequence[tuple[str, int]], wanted: str) -> str:
    """Return the code of what a `writer` wrote, which computes gradients by the leaves in the buffer `wanted`."""
    layout = writer.layout
    known = [*layout.constants, *(leaf.number for leaf in layout.leaves)]
    views = [f"{name} = {code}" for code, name in writer.views.items()]
    constants = [f"{name} = {code}" for code, name in writer.constants.items()]
    helpers = [HELPERS[name] for name in HELPERS if name in writer.helpers]
    forward, backward, numbers = _bound_numbers(writer)
    product = ["    product = dot if V.shape[1] > 1 else matmul  # which does not take 0 times infinity as 0"]
    body = [
        *("\n\n" + helper.strip() for helper in [*helpers, *([GRID] if "grid(" in "".join(views) else [])]),
        *(["", "", *constants, *numbers] if constants or numbers else []),
        "",
        "",
        "def buffers(samples):",
        '    """Return S, V and their gradients for so many samples, with the constants in place."""',
        f"    S, V = np.zeros({layout.sizes['S']}), np.zeros(({layout.sizes['V']}, samples))",
        *(f"    S[{i}] = {code_of(x).text}" for i, x in enumerate(known)),
        *(f"    V[{i}] = 1.0" for i in layout.ones),
        "    return S, V, np.zeros_like(S), np.zeros_like(V)",
        "",
        "",
        "def bind(S, V, gS, gV):",
        '    """Return forward(), which computes all rows, and backward(seed), which computes the gradients, too."""',
        *([f"    global {', '.join([*writer.views.values(), 'product'])}"] if len(views) > _MOST_CELLS else []),
        *(product if any("product(" in statement for statement in [*forward, *backward]) else []),
        *(f"    {view}" for view in views),
        "",
        "    def forward():",
        *(f"        {statement}" for statement in forward or ["pass"]),
        "",
        "    def backward(seed):",
        *(f"        {statement}" for statement in [*forward, *backward]),
        "",
        "    return forward, backward",
        "",
        "",
        "def run(theta, arguments, seed=1.0):",
        '    """Return the value for each sample, and the gradient of seed times their sum."""',
        "    S, V, gS, gV = buffers(arguments.shape[1])",
        *_filling(layout),
        "    bind(S, V, gS, gV)[1](seed)",
        f"    return {roots[0][0]}[{roots[0][1]}], {_gradients(wanted, layout)}",
    ]
    text = "\n".join(body)
    used = set(re.findall(r"\w+", text))
    names = [name for name in NAMES if name in used]
    head = ["import math", "", "import numpy as np"]
    head += [f"from numpy import {', '.join(names)}"] if names else []
    head += ["from numpy.lib.stride_tricks import as_strided"] if "as_strided" in used else []
    return "\n".join(head) + "\n" + text + "\n"


def _bound_numbers(writer: Writer) -> tuple[list[str], list[str], list[str]]:
    """Return the statements with a name for each number in them, and what binds these: arrays are read faster."""
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        if match[0] not in names:
            names[match[0]] = _NUMBERS.get(match[0]) or writer.names.new("number")
        return names[match[0]]

    forward, backward = ([_FLOAT.sub(named, line) for line in lines] for lines in (writer.forward, writer.backward))
    return forward, backward, [f"{name} = np.array({number})" for number, name in names.items()]


def docstring(layout: Layout, scalar_nodes: int, statements: Sequence[str], gradients: Sequence[str]) -> str:
    """Return the docstring of a program: its `statements`, as they are read, and what stands in its buffers."""
    parameters = layout.theta.stop - layout.theta.start
    rows = [f"    rows {rows.start} to {rows.stop - 1}: {name}" for name, rows in layout.argument_rows]
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
        f"from row {layout.theta.start} on the {parameters:,} parameters (theta), then what is computed of these.",
        "V has a number for each sample in each row: the arguments, then what is computed of them.",
        *rows,
        "gS and gV are the gradients. run(theta, arguments) shows how all of it is used: arguments are the rows of V.",
    ]
    return '"""' + "\n".join(lines) + '\n"""\n\n'


def _shortened(lines: Sequence[str]) -> list[str]:
    more = [f"... and {len(lines) - _MOST_LINES:,} more"] if len(lines) > _MOST_LINES else []
    return [f"    {line}" for line in [*lines[:_MOST_LINES], *more]]


def _filling(layout: Layout) -> Iterator[str]:
    """Yield the statements that write the parameters and the arguments into their rows."""
    yield f"    S[{layout.theta.start}:{layout.theta.stop}] = theta"
    done = 0
    for start, stop in runs(layout.leaf_rows("V").tolist()):
        yield f"    V[{start}:{stop}] = arguments[{done}:{(done := done + stop - start)}]"


def _gradients(wanted: str, layout: Layout) -> str:
    """Return the code of the gradients by the parameters, in S, or by the arguments, in V."""
    parts = [f"g{wanted}[{start}:{stop}]" for start, stop in runs(layout.leaf_rows(wanted).tolist())]
    return parts[0] if len(parts) == 1 else f"np.concatenate([{', '.join(parts)}])" if parts else f"g{wanted}[:0]"

"""Print an array program as a module that needs only NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.compiler.code import HELPERS, NAMES, code_of
from autograd.compiler.ir import runs
from autograd.compiler.layout import Layout
from autograd.compiler.listing import Line
from autograd.compiler.writer import Writer

_MOST_CELLS = 1000  # variables of an enclosing function, for which Python takes time that grows with their square
_MOST_LINES = 100  # of a docstring


def source_of(
    writer: Writer,
    layout: Layout,
    forward: list[str],
    backward: list[str],
    roots: Sequence[tuple[str, int]],
    wanted: str,
) -> str:
    """Return the code of a module with the `forward` and `backward` lines of a `writer`.

    Gradients are those by the leaves in the buffer that is `wanted`.
    """
    known = [*layout.constants, *(leaf.number for leaf in layout.leaves)]
    helpers = [HELPERS[name] for name in HELPERS if name in writer.helpers]
    views = [f"{name} = {code}" for name, code in writer.views.items()]
    rounds = [
        f"{name} = [({', '.join(codes.values())},) for i in range({count})]"
        for name, count, codes in writer.rounds
        if codes
    ]
    product = ["    product = dot if V.shape[1] > 1 else matmul  # for which 0 times infinity is nan"]
    product *= "product" in writer.helpers
    cells = [*writer.views, *(name for name, _, _ in writer.rounds), "product"]
    constants = [f"{name} = {code}" for name, code in writer.constants.items()]
    numbers = [f"{name} = np.array({x!r})" for name, x in writer.numbers.items()]
    body = [
        *("\n\n" + helper.strip() for helper in helpers),
        *(["", "", *constants, *numbers] if constants or numbers else []),
        "",
        "",
        "def buffers(samples):",
        '    """Return S, V and their gradients for so many samples, with the constants in place."""',
        f"    S, V = np.zeros({layout.sizes['S']}), np.zeros(({layout.sizes['V']}, samples))",
        *(f"    S[{i}] = {code_of(x).text}" for i, x in enumerate(known)),
        *(f"    V[{i}] = {code_of(x).text}" for i, x in layout.fixed.items()),
        "    return S, V, np.zeros_like(S), np.zeros_like(V)",
        "",
        "",
        "def bind(S, V, gS, gV):",
        '    """Return forward(), which computes all rows, and backward(seed), which computes the gradients, too."""',
        *([f"    global {', '.join(cells)}"] if len(cells) > _MOST_CELLS else []),
        *product,
        *(f"    {line}" for line in [*views, *rounds]),
        "",
        "    def forward():",
        *(f"        {line}" for line in forward or ["pass"]),
        "",
        "    def backward(seed):",
        *(f"        {line}" for line in [*forward, *backward]),
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
    names = [name for name in NAMES if name in {*writer.helpers, "inf", "nan"}]
    head = ["import math", "", "import numpy as np", f"from numpy import {', '.join(names)}"]
    return "\n".join([*head, *body]) + "\n"


def docstring(layout: Layout, scalar_nodes: int, statements: Sequence[Line], gradients: Sequence[Line]) -> str:
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


def _shortened(lines: Sequence[Line]) -> list[str]:
    more = [f"    ... and {len(lines) - _MOST_LINES:,} more"] if len(lines) > _MOST_LINES else []
    return [*(f"    {line}" for line in lines[:_MOST_LINES]), *more]


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

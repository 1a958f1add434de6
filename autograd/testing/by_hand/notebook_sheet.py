"""A worksheet as a Jupyter notebook: the graph as code, a cell for the answers, and a cell that marks them."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Any

from autograd.ops import TABLE
from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.expressions import written
from autograd.value import Value

_TAKEN = {"Value", "answers", "exercise", "sheet", *TABLE}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(sheet: Exercise) -> dict[str, Any]:
    """Return the notebook as JSON data. It marks the answers by computing the gradients, so it contains none."""
    answers = "\n".join(f"    {name!r}: None," for name in sheet.key)
    cells = [
        _cell("markdown", sheet.markdown),
        _cell("code", _graph(sheet)),
        _cell("code", f"# Replace each None by your answer, such as -0.25.\nanswers = {{\n{answers}\n}}"),
        _cell("code", "sheet.mark(answers)"),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    return {"cells": cells, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, source: str) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": source, **code}


def _graph(sheet: Exercise) -> str:
    """Return the Python code that builds the graph and the sheet. Labels occur in it only as string literals."""
    variables = _variables(sheet)
    ops = sorted({node.op.name for node in sheet.nodes if node.op and not node.op.infix} - {"neg"})
    imports = ["from autograd import Value", *([f"from autograd.ops import {', '.join(ops)}"] if ops else [])]
    lines = [*imports, "from autograd.testing import exercise", ""]
    for node in sheet.nodes:
        name = variables[node]
        if node.op is None:
            lines.append(f"{name} = Value({node.data!r}, {sheet.names[node]!r})")
        else:
            inputs = [variables[x] if isinstance(x, Value) else float(x) for x in node.inputs]
            lines += [f"{name} = {written(node.op, inputs)}", f"{name}.label = {sheet.names[node]!r}"]
    options = f"ask={list(sheet.key)!r}, digits={sheet.digits}, hints={sheet.hints or 1}"
    return "\n".join([*lines, f"sheet = exercise({variables[sheet.loss]}, {options})"])


def _variables(sheet: Exercise) -> Mapping[Value, str]:
    """Return a variable for each node: its name if that can be one, else n0, n1 and so on."""
    names = {node: sheet.names[node] for node in sheet.nodes}
    fit = {node for node, name in names.items() if name.isidentifier() and not keyword.iskeyword(name)}
    fit = {node for node in fit if names[node] not in _TAKEN and names[node].isascii()}
    stem = "n"
    while any(names[node].startswith(stem) for node in fit):
        stem += "_"
    return {node: names[node] if node in fit else f"{stem}{i}" for i, node in enumerate(sheet.nodes)}

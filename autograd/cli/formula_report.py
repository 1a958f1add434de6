"""Print the value, the gradient and the steps of a formula, for `chainrule grad`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from autograd.graph import first_nonfinite, name_of
from autograd.parsing import evaluate, identifier
from autograd.printing.table import Table
from autograd.terminal import printable
from autograd.value import Value


def show_gradient(formula: str, assignments: Sequence[str], *, steps: bool = False, svg: Path | None = None) -> None:
    """Print the value and the gradient of `formula` at the `assignments`, such as ["w=0.5", "x=2"].

    Also print all steps of both passes if `steps` is true, and draw the graph to the file `svg` if it is given.
    """
    if svg is not None and svg.suffix != ".svg":
        raise ValueError(f"--svg must be a file name that ends in .svg, got {svg}")
    formula = " ".join(formula.split())
    names = dict(map(_assignment, assignments))
    if len(names) < len(assignments):
        raise ValueError(f"each name must be given once, got: {' '.join(assignments)}")
    result = evaluate(formula, names)
    if not isinstance(result, (float, Value)):
        raise ValueError(f"the formula must give a number, got a {type(result).__name__}")
    root = result if isinstance(result, Value) else Value(result, formula)
    with warnings.catch_warnings(action="ignore"):  # nonfinite numbers are reported below
        root.backward()
        walkthrough = f"\n{root.steps()}\n" if steps else ""
    print(f"{formula} = {root.data!r}")
    print(walkthrough, end="")
    print()
    print(Table([["name", "value", "gradient"], *([name, repr(v.data), repr(v.grad)] for name, v in names.items())]))
    culprit = first_nonfinite(root)
    if culprit is not None:
        print(f"\nthe first number that is not finite is {name_of(culprit)}")
    if svg is not None:
        _draw(root, svg)


def _draw(root: Value, svg: Path) -> None:
    """Draw the graph to the file `svg`; if no program can lay it out, print it as text and raise LayoutError."""
    from autograd.drawing.drawn_graph import draw
    from autograd.drawing.graphviz_layout import LayoutError

    graph = draw(root)
    try:
        graph.save(svg)
    except LayoutError:
        print(f"\n{graph}")
        raise
    print(f"\ngraph written to {printable(str(svg))}")


def _assignment(text: str) -> tuple[str, Value]:
    name, equals, number = text.partition("=")
    if not equals:
        raise ValueError(f"an assignment must have the form NAME=NUMBER, got {text!r}")
    name = identifier(name)
    x = evaluate(number)
    if not isinstance(x, float):
        raise ValueError(f"the value of {name} must be a number, got {number!r}")
    return name, Value(x, name)

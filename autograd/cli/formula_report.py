"""What `chainrule grad` prints: a formula's value, its gradients, and the steps that led to them."""

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
    """Print value and gradients of `formula` at the `assignments`, such as ["w=0.5", "x=2"]."""
    if svg is not None and svg.suffix != ".svg":
        raise ValueError(f"--svg writes SVG: give a name that ends in .svg, not {svg}")
    formula = " ".join(formula.split())
    names = dict(map(_assignment, assignments))
    if len(names) < len(assignments):
        raise ValueError(f"a name is given twice in: {' '.join(assignments)}")
    result = evaluate(formula, names)
    if not isinstance(result, (float, Value)):
        raise ValueError(f"the formula gives a {type(result).__name__}, not a number")
    root = result if isinstance(result, Value) else Value(result, formula)
    with warnings.catch_warnings(action="ignore"):  # what is not finite is printed below
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
    """Draw the graph into the file `svg`, or print it where no program can lay it out."""
    from autograd.drawing.drawn_graph import draw
    from autograd.drawing.graphviz_layout import LayoutError

    graph = draw(root)
    try:
        graph.save(svg)
    except LayoutError:
        print(f"\n{graph}")
        raise
    print(f"\nthe graph is in {printable(str(svg))}")


def _assignment(text: str) -> tuple[str, Value]:
    name, equals, number = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not of the form NAME=NUMBER")
    name = identifier(name)
    x = evaluate(number)
    if not isinstance(x, float):
        raise ValueError(f"{text!r} does not give {name} a number")
    return name, Value(x, name)

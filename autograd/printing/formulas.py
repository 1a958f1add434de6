"""Formulas of nodes: what a node is called, how it is computed, its local derivatives, and the whole expression."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from autograd.backpropagation import topological
from autograd.graph import check_node
from autograd.printing.latex import LaTeX
from autograd.printing.mathml import MathML, math_element
from autograd.printing.notation import Written
from autograd.printing.text import Text
from autograd.terminal import one_line, printed
from autograd.value import Value

_MOST_PARTS = 1000  # of an expression that is written out
MANY = 10**15  # beyond which nothing is counted

Writing = type[Written]


@printed
class Mathematics:
    """Something that can be written as plain text (`str`), as LaTeX and as MathML."""

    def written(self, writing: Writing) -> str:
        """Return the code in one way of writing."""
        raise NotImplementedError

    @property
    def latex(self) -> str:
        """The LaTeX code, without dollar signs."""
        return self.written(LaTeX)

    @property
    def mathml(self) -> str:
        """The MathML element, for a page."""
        return math_element(self.written(MathML), "block")

    def __str__(self) -> str:
        return self.written(Text)

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_html_(self) -> str:  # which is shown where there is no MathJax
        return math_element(f'<mstyle displaystyle="true">{self.written(MathML)}</mstyle>')


def label_of(node: Value) -> str:
    """Return the label of a node in one line of printable characters, whatever somebody has put there; "" for none."""
    return "" if node.label is None else one_line(str(node.label))


class Names:
    """What the nodes of a graph are called: each by its label, and without one v1, v2 and so on; no two alike.

    >>> a = Value(2.0, "a")
    >>> square = a * a
    >>> names = Names([a, square, Value(3.0, "a")])
    >>> names[square], list(names.of.values())
    ('v1', ['a', 'v1', 'a#2'])
    """

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.of: dict[Value, str] = {}
        taken = {label_of(node) for node in nodes}
        given: set[str] = set()
        counts: dict[str, int] = {}
        for node in nodes:
            name = label = label_of(node)
            stem, first = (f"{label}#", 2) if label else ("v", 1)
            while not name or name in given or (name in taken and name != label):
                counts[stem] = counts.get(stem, first - 1) + 1
                name = f"{stem}{counts[stem]}"
            given.add(name)
            self.of[node] = name

    def __getitem__(self, node: Value) -> str:
        return self.of[node]

    def write(self, x: Value | float, writing: Writing) -> Written:
        """Write the name of a node, or a constant."""
        return writing.name(self.of[x], x.data) if isinstance(x, Value) else writing.number(float(x))

    def write_inputs(self, node: Value, writing: Writing) -> list[Written | float]:
        """Write the names of the inputs; constants stay numbers, so that what adds nothing is left out."""
        return [self.write(x, writing) if isinstance(x, Value) else float(x) for x in node.inputs]

    def definition(self, node: Value, writing: Writing) -> str:
        """Write how a computed node is made of its inputs: a·b + c."""
        return writing.write(node.op, self.write_inputs(node, writing)).code if node.op else ""

    def partials(self, node: Value, writing: Writing) -> list[Written]:
        """Write the local derivatives of a node by each of its inputs, from the rule of its operation."""
        if node.op is None:
            return []
        y = self.write(node, writing)
        with suppress(Exception):  # a rule of the user's own may take nothing but numbers
            row = [writing.of(d) for d in node.op.shown_partials(self.write_inputs(node, writing), y)]
            if len(row) == len(node.inputs):
                return row
        return [writing(writing.partial(y, self.write(x, writing)), data=d) for x, d in zip(node.inputs, node.partials)]


class Formula(Mathematics):
    """The expression that a node was computed by; `str`, `latex` and `mathml` write it."""

    def __init__(self, root: Value, keep: Collection[Value] = ()) -> None:
        self.root, self.keep = root, frozenset(keep) - {root}
        self.nodes = topological([root], self.keep)
        self.names = Names(self.nodes)
        _check_size(self.nodes, self.keep)

    def written(self, writing: Writing) -> str:
        """Return the code in one way of writing."""
        pieces: dict[Value, Written] = {}
        for node in self.nodes:
            if node.op and node not in self.keep:
                inputs = [pieces[x] if isinstance(x, Value) else float(x) for x in node.inputs]
                pieces[node] = writing.of(writing("")._apply(node.op, inputs))
            elif label_of(node) or node in self.keep:
                pieces[node] = self.names.write(node, writing)
            else:
                pieces[node] = writing.number(node.data)
        return pieces[self.root].code


def _check_size(nodes: Sequence[Value], keep: Collection[Value]) -> None:
    sizes: dict[Value, int] = {}
    for node in nodes:
        inputs = () if node in keep else node.inputs
        sizes[node] = min(MANY, 1 + sum(sizes[x] if isinstance(x, Value) else 1 for x in inputs))
    if sizes[nodes[-1]] > _MOST_PARTS:
        raise ValueError(
            f"written out, this formula has {sizes[nodes[-1]]:,} names, numbers and signs; {_MOST_PARTS:,} are the "
            "most. formula(v, keep=[u]) leaves a node u on the way as it is called"
        )


def formula(v: Value, keep: Value | Collection[Value] = ()) -> Formula:
    r"""Write the expression that `v` was computed by, with the nodes in `keep` left as they are called.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> c.label = "c"
    >>> L = (c + a) ** 2
    >>> formula(L), formula(L, keep=[c])
    ((a·b + a)², (c + a)²)
    >>> print(formula(L).latex)
    {\left(a \cdot b + a\right)}^{2}

    Leaves without a label are written as their numbers. A notebook shows the formula typeset; `.mathml` is for pages.
    A ValueError says where the expression would be too long: what is shared in the graph is written again each time.
    """
    check_node(v, "formula()")
    kept: Collection[Any] = keep if isinstance(keep, Collection) else [keep]
    for node in kept:
        check_node(node, "keep=[...] of formula()")
    return Formula(v, kept)

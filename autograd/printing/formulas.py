"""Write the names, formulas and local derivatives of nodes."""

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

MAX_PARTS = 1000  # number of names, numbers and operators in a formula
MAX_COUNT = 10**15  # counting stops at this number

Writing = type[Written]


@printed
class Mathematics:
    """Base class of formulas: `str` returns plain text, `latex` and `mathml` return code."""

    def written(self, writing: Writing) -> str:
        """Return the code in one output format: `Text`, `LaTeX` or `MathML`."""
        raise NotImplementedError

    @property
    def latex(self) -> str:
        """The LaTeX code, without dollar signs."""
        return self.written(LaTeX)

    @property
    def mathml(self) -> str:
        """The formula as a MathML element for a web page."""
        return math_element(self.written(MathML), "block")

    def __str__(self) -> str:
        return self.written(Text)

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_html_(self) -> str:  # for viewers without MathJax
        return math_element(f'<mstyle displaystyle="true">{self.written(MathML)}</mstyle>')


def label_of(node: Value) -> str:
    """Return the label of `node` as one line of printable characters, or "" if it has none."""
    return "" if node.label is None else one_line(str(node.label))


class Names:
    """The unique names of the nodes of a graph: their labels, or v1, v2, ... for nodes without one.

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
        """Write the name of a node, or the number if `x` is a constant."""
        return writing.name(self.of[x], x.data) if isinstance(x, Value) else writing.number(float(x))

    def write_inputs(self, node: Value, writing: Writing) -> list[Written | float]:
        """Write the names of the inputs. Constants stay numbers, so that terms 0 and factors 1 can be left out."""
        return [self.write(x, writing) if isinstance(x, Value) else float(x) for x in node.inputs]

    def definition(self, node: Value, writing: Writing) -> str:
        """Write the expression that computes `node` from its inputs, such as a·b + c; return "" for a leaf."""
        return writing.write(node.op, self.write_inputs(node, writing)).code if node.op else ""

    def partials(self, node: Value, writing: Writing) -> list[Written]:
        """Write the local derivative of `node` with respect to each input, by the rule of its operation."""
        if node.op is None:
            return []
        y = self.write(node, writing)
        with suppress(Exception):  # a user's own rule may accept only numbers
            row = [writing.of(d) for d in node.op.shown_partials(self.write_inputs(node, writing), y)]
            if len(row) == len(node.inputs):
                return row
        return [writing.partial(y, self.write(x, writing), data=d) for x, d in zip(node.inputs, node.partials)]


class Formula(Mathematics):
    """The expression that computes a node. `str` returns plain text, `latex` and `mathml` return code."""

    def __init__(self, root: Value, keep: Collection[Value] = ()) -> None:
        self.root, self.keep = root, frozenset(keep) - {root}
        self.nodes = topological([root], self.keep)
        self.names = Names(self.nodes)
        _check_size(self.nodes, self.keep)

    def written(self, writing: Writing) -> str:
        """Return the code in one output format: `Text`, `LaTeX` or `MathML`."""
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
        sizes[node] = min(MAX_COUNT, 1 + sum(sizes[x] if isinstance(x, Value) else 1 for x in inputs))
    if sizes[nodes[-1]] > MAX_PARTS:
        raise ValueError(
            f"a formula must have at most {MAX_PARTS:,} names, numbers and signs, got {sizes[nodes[-1]]:,}; "
            "formula(v, keep=[u]) writes an intermediate node u by its name"
        )


def formula(v: Value, keep: Value | Collection[Value] = (), *, expand: bool = True) -> Formula:
    r"""Return the expression that computes `v` from the leaves. Nodes in `keep` are written by their names.

    `expand=False` keeps all nodes that have a label.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> d = c + a
    >>> L = d**2
    >>> c.label, d.label = "c", "d"
    >>> formula(L), formula(L, keep=[c]), formula(L, expand=False)
    ((a·b + a)², (c + a)², d²)
    >>> print(formula(L).latex)
    {\left(a \cdot b + a\right)}^{2}

    Leaves without a label are written as numbers. A notebook typesets the formula; `.mathml` is its code for web pages.
    A node that is used several times is written out each time. Raise ValueError if the formula would be too long.
    """
    check_node(v, "v")
    return Formula(v, kept_nodes(v, keep, expand))


def kept_nodes(v: Value, keep: Value | Collection[Value], expand: bool) -> set[Value]:
    """Return the nodes that the formula of `v` names: those in `keep` and, unless `expand`, those with a label."""
    chosen: Collection[Any] = keep if isinstance(keep, Collection) else [keep]
    for node in chosen:
        check_node(node, "each node in keep")
    labelled = [] if expand else [node for node in topological([v]) if label_of(node)]
    return {*chosen, *labelled} - {v}

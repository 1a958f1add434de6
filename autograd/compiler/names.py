"""Choose readable, safe names for the arrays of a program."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.compiler.code import KNOWN
from autograd.compiler.ir import Call, Rows, Statement, View, views
from autograd.compiler.layout import Layout
from autograd.compiler.tape import Node
from autograd.graph import common_scope
from autograd.operation import Op

_LONGEST = 24
_RESERVED = {
    "S",
    "V",
    "gS",
    "gV",
    "seed",
    "ones",
    "i",
    "forward",
    "backward",
    "grid",
    "product",
    "zero",
    "half",
    "one",
    "two",
    "np",
    "math",
    *KNOWN,
}


class Names:
    """Gives out names, each once: parameters are called by their scopes and labels, what is computed by its operation.

    Labels and scopes may be anything: what is taken of them are letters, digits and _.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._taken = set(_RESERVED)
        self._counts: Counter[str] = Counter()
        self._arguments = {row: name for name, rows in layout.argument_rows for row in range(rows.start, rows.stop)}
        self._scopes = {buffer: [""] * size for buffer, size in layout.sizes.items()}
        self._ones = set(layout.ones)
        self._stems: dict[Any, str] = {}  # of what statements compute, by the keys of views
        self._names: dict[Any, str] = {}

    def new(self, stem: str) -> str:
        """Return a new name: the stem, with a number where it is taken or says too little to stand alone."""
        name = stem if "_" in stem or stem in self._arguments.values() else f"{stem}1"
        while name in self._taken:
            self._counts[stem] += 1
            name = f"{stem}{self._counts[stem]}"
        self._taken.add(name)
        return name

    def of_target(self, statement: Statement, is_sum: bool) -> None:
        """Choose a stem for what a statement computes, and note to which part of a model it belongs."""
        target, value = statement.target, statement.value
        if target.key in self._stems or target.buffer.startswith("g"):
            return
        reads = [view for view in views(value) if view.buffer in self._scopes]
        leaves = [leaf for view in reads if view.buffer == "S" for leaf in self._leaves(view.rows)]
        scope = _scope(leaves)
        op = value.op if isinstance(value, Call) and not is_sum else None
        if isinstance(op, Op) and reads and not leaves:
            scope = self._scopes[reads[0].buffer][int(reads[0].rows.flat[0])]
        for row in target.rows.flat:
            self._scopes[target.buffer][row] = scope
        operation = plain_name(op.name) if isinstance(op, Op) else "h"
        self._stems[target.key] = "_".join(filter(None, [scope, operation])) or "h"

    def of_view(self, view: View) -> str:
        """Return a stem for what stands in a view."""
        if view.buffer.startswith("g"):
            return f"g_{self._names.get(view.numbers.key) or self.of_view(view.numbers)}"
        if view.key in self._stems:
            return self._stems[view.key]
        if view.buffer == "V" and view.rows.ndim == 1 and view.rows.size > 1 and int(view.rows[-1]) in self._ones:
            return f"{self.of_view(View('V', view.rows[:-1], view.step))}_and_1"
        after = View(view.buffer, view.rows + view.step, view.step).key
        return f"{self._stems[after]}_before" if view.step and after in self._stems else self._of_rows(view)

    def note(self, view: View, name: str) -> None:
        """Note the name of a view, after which its gradient will be called."""
        self._names.setdefault(view.key, name)

    def scope_of(self, target: View) -> str:
        """Return the part of a model to which what stands in a view belongs, "" where there is none."""
        return self._scopes[target.buffer][int(target.rows.flat[0])]

    def _of_rows(self, view: View) -> str:
        first = len(self._layout.constants)
        flat = view.rows.ravel().tolist()
        if view.buffer == "V":
            arguments = {self._arguments.get(i, "") for i in flat}
            return (arguments.pop() if len(arguments) == 1 else "") or "x"
        if not first <= min(flat) <= max(flat) < first + len(self._layout.scalars):
            return "w"
        leaves = [self._layout.scalars[i - first] for i in flat]
        return "_".join(filter(None, [_scope(leaves), _stem(leaves)])) or "w"

    def _leaves(self, rows: Rows) -> list[Node]:
        first, last = len(self._layout.constants), len(self._layout.constants) + len(self._layout.scalars)
        return [self._layout.scalars[i - first] for i in rows.ravel().tolist() if first <= i < last]


def plain_name(text: str) -> str:
    r"""Turn `text` into a name for code, or into "" if it has no letter or digit.

    >>> plain_name("layer 0"), plain_name("w12"), plain_name("naïve); import os"), plain_name("λ")
    ('layer_0', 'w12', 'na_ve_import_os', '')
    """
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:_LONGEST].strip("_")
    return f"v_{name}" if name[:1].isdigit() or keyword.iskeyword(name) else name


def _scope(leaves: Iterable[Node]) -> str:
    """Return a name for the scope that all `leaves` share, or "" where there is none."""
    return plain_name(" ".join(common_scope(leaf.scope for leaf in leaves)))


def _stem(leaves: Sequence[Node]) -> str:
    """Return what the labels of all `leaves` have in common but for numbers at their ends, such as w of w0 and w1."""
    stems = {re.sub(r"[\W\d]+$", "", label, flags=re.ASCII) for label in {leaf.label for leaf in leaves}}
    return plain_name(stems.pop()) if len(stems) == 1 else ""

"""Choose readable, safe names for the arrays of a program."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from autograd.compiler.code import KNOWN
from autograd.compiler.layout import Group, Layout, Rows
from autograd.compiler.symbols import Symbol
from autograd.graph import common_scope

_LONGEST = 24
_RESERVED = {
    "S",
    "V",
    "gS",
    "gV",
    "seed",
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

    def new(self, stem: str) -> str:
        """Return a new name: the stem, with a number where it is taken or says too little to stand alone."""
        name = stem if "_" in stem or stem in self._arguments.values() else f"{stem}1"
        while name in self._taken:
            self._counts[stem] += 1
            name = f"{stem}{self._counts[stem]}"
        self._taken.add(name)
        return name

    def of_rows(self, buffer: str, rows: Rows) -> str:
        """Return a stem for what stands at `rows`."""
        first = len(self._layout.constants)
        flat = rows.ravel().tolist()
        if buffer == "V":
            arguments = {self._arguments.get(i, "") for i in flat}
            return (arguments.pop() if len(arguments) == 1 else "") or "x"
        if not first <= min(flat) <= max(flat) < first + len(self._layout.scalars):
            return "w"
        leaves = [self._layout.scalars[i - first] for i in flat]
        return "_".join(filter(None, [_scope(leaves), _stem(leaves)])) or "w"

    def of_group(self, group: Group) -> str:
        """Return a stem for what a group computes, and note to which part of a model it belongs."""
        leaves = [leaf for indices in group.reads if indices.buffer == "S" for leaf in self._leaves(indices.rows)]
        scope = _scope(leaves)
        if group.op and not leaves:
            scope = self._scopes[group.inputs[0].buffer][int(group.inputs[0].rows.flat[0])]
        start, stop = group.start, group.start + len(group.entries)
        self._scopes[group.buffer][start:stop] = [scope] * (stop - start)
        operation = plain_name(group.op.name) if group.op else "h"
        return "_".join(filter(None, [scope, operation])) or "h"

    def scope_of(self, group: Group) -> str:
        """Return the part of a model to which what a group computes belongs, "" where there is none."""
        return self._scopes[group.buffer][group.start]

    def _leaves(self, rows: Rows) -> list[Symbol]:
        first, last = len(self._layout.constants), len(self._layout.constants) + len(self._layout.scalars)
        return [self._layout.scalars[i - first] for i in rows.ravel().tolist() if first <= i < last]


def plain_name(text: str) -> str:
    r"""Return what of `text` can be a name in code, or "" where nothing is left of it.

    >>> plain_name("layer 0"), plain_name("w12"), plain_name("naïve); import os"), plain_name("λ")
    ('layer_0', 'w12', 'na_ve_import_os', '')
    """
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:_LONGEST].strip("_")
    return f"v_{name}" if name[:1].isdigit() or keyword.iskeyword(name) else name


def _scope(leaves: Iterable[Symbol]) -> str:
    """Return a name for the scope that all `leaves` share, or "" where there is none."""
    return plain_name(" ".join(common_scope(leaf.scope for leaf in leaves)))


def _stem(leaves: Sequence[Symbol]) -> str:
    """Return what the labels of all `leaves` have in common but for numbers at their ends, such as w of w0 and w1."""
    stems = {re.sub(r"[\W\d]+$", "", label, flags=re.ASCII) for label in {leaf.label for leaf in leaves}}
    return plain_name(stems.pop()) if len(stems) == 1 else ""

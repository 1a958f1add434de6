"""Groups of entries that are computed together, which make up the layout of a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.ir import View
from autograd.operation import Op


class Group(NamedTuple):
    """Entries of one kind that a statement or a few compute, into the rows of `target`.

    Views have a row for each entry. Those of `inputs` have a single axis, but for variadic operations, where the second
    axis is that of the inputs. `terms` and `pairs` are the parts of a sum, with signs: matrices with a column for each.
    """

    op: Op | None
    target: View
    inputs: Sequence[View]
    terms: Sequence[tuple[float, View]]
    pairs: Sequence[tuple[float, View, View]]


class Rounds(NamedTuple):
    """The groups of a loop. Before it, `copies` are made: views, and the views of what is copied there."""

    number: int
    copies: Sequence[tuple[View, View]]
    groups: Sequence[Group]

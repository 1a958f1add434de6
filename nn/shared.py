"""Import the names of `autograd` that `nn` uses but that are not public."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import autograd.backing
import autograd.backpropagation
import autograd.conversion
import autograd.files
import autograd.foreign
import autograd.graph
import autograd.modes
import autograd.operand
import autograd.ops
import autograd.printing.table
import autograd.structure
import autograd.terminal

add, div, mul, neg, sub = autograd.ops.add, autograd.ops.div, autograd.ops.mul, autograd.ops.neg, autograd.ops.sub
Backing: TypeAlias = autograd.backing.Backing
LOCK, backing_of = autograd.backing.LOCK, autograd.backing.backing_of
check_node, common_scope = autograd.graph.check_node, autograd.graph.common_scope
name_of, origin_of = autograd.graph.name_of, autograd.graph.origin_of
explanation, write_file = autograd.conversion.explanation, autograd.files.write_file
for_stdout, printed = autograd.terminal.for_stdout, autograd.terminal.printed
one_line, plain = autograd.terminal.one_line, autograd.terminal.plain
Operand, refuse_foreign = autograd.operand.Operand, autograd.foreign.refuse_foreign
items_of, Table = autograd.structure.items_of, autograd.printing.table.Table
propagate, topological = autograd.backpropagation.propagate, autograd.backpropagation.topological

autograd.modes.library_folders += (__file__.removesuffix("shared.py"),)


def name_nodes(nodes: Sequence[autograd.Value]) -> dict[autograd.Value, str]:
    """Name each of the `nodes` by its label, or else by v1, v2 and so on; all names are different."""
    import autograd.printing.formulas  # slow to import

    return autograd.printing.formulas.Names(nodes).of


def layer_equations(activations: Sequence[Callable[..., Any] | None]) -> autograd.printing.matrices.LayerEquations:
    """Return the equations of layers in matrices."""
    import autograd.printing.matrices  # slow to import

    return autograd.printing.matrices.LayerEquations(activations)

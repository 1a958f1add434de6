"""Import the names of `autograd` that `nn` uses but that are not public."""

from __future__ import annotations

from collections.abc import Sequence

import autograd.conversion
import autograd.files
import autograd.foreign
import autograd.inspection
import autograd.ops
import autograd.structure
import autograd.sweep
import autograd.table
import autograd.terminal

add, div, mul = autograd.ops.add, autograd.ops.div, autograd.ops.mul
neg, sub = autograd.ops.neg, autograd.ops.sub
check_node, common_scope = autograd.inspection.check_node, autograd.inspection.common_scope
name_of, origin_of = autograd.inspection.name_of, autograd.inspection.origin_of
check_writable, write_file = autograd.files.check_writable, autograd.files.write_file
explanation = autograd.conversion.explanation
for_stdout, printed = autograd.terminal.for_stdout, autograd.terminal.printed
one_line, plain, printable = autograd.terminal.one_line, autograd.terminal.plain, autograd.terminal.printable
refuse_foreign = autograd.foreign.refuse_foreign
items_of, Table = autograd.structure.items_of, autograd.table.Table
propagate, topological = autograd.sweep.propagate, autograd.sweep.topological


def name_nodes(nodes: Sequence[autograd.Value]) -> dict[autograd.Value, str]:
    """Name each of the `nodes` by its label, or else by v1, v2 and so on; all names are different."""
    import autograd.writing.formulas  # slow to import

    return autograd.writing.formulas.Names(nodes).of

"""What `nn` uses of `autograd` beside its public names: whole files, text for terminals, tables, foreign objects."""

from __future__ import annotations

import autograd.files
import autograd.foreign
import autograd.structure
import autograd.table
import autograd.terminal

check_writable, write_file = autograd.files.check_writable, autograd.files.write_file
for_stdout, printed = autograd.terminal.for_stdout, autograd.terminal.printed
one_line, plain, printable = autograd.terminal.one_line, autograd.terminal.plain, autograd.terminal.printable
refuse_foreign = autograd.foreign.refuse_foreign
items_of, Table = autograd.structure.items_of, autograd.table.Table

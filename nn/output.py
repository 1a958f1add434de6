"""What `nn` shares with `autograd` beside its public names: files that are written whole, and text for terminals."""

from __future__ import annotations

import autograd.files
import autograd.terminal

check_writable, write_file = autograd.files.check_writable, autograd.files.write_file
for_stdout, printed = autograd.terminal.for_stdout, autograd.terminal.printed
one_line, printable = autograd.terminal.one_line, autograd.terminal.printable

"""Run `python -m autograd`, which is the command `chainrule`."""

from __future__ import annotations

import sys

from autograd.cli.command import main

if __name__ == "__main__":
    sys.exit(main())

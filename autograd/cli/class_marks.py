"""Mark the answers of a class, for `chainrule mark`."""

from __future__ import annotations

import sys
from pathlib import Path

from autograd.testing.by_hand.answer_files import read_answers
from autograd.testing.by_hand.class_report import mark_class
from autograd.testing.by_hand.sheet_keys import read_key_file


def print_marks(key: Path, answers: Path, *, trivial: bool = True, hints: int | None = None) -> None:
    """Print the marks as CSV, and the statistics and remarks to the standard error stream."""
    read = read_answers(answers)
    report = mark_class(read_key_file(key), read, trivial=trivial, hints=hints)
    print(report.csv(read.separator), end="")
    for line in [*report.statistics(), *report.remarks]:
        print(line, file=sys.stderr)

"""Write worksheets and their key, for `chainrule exercise`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd.files import write_file
from autograd.parsing import evaluate, identifier
from autograd.terminal import printable
from autograd.testing.by_hand.exercises import Exercise, exercise
from autograd.testing.by_hand.exports.moodle import moodle
from autograd.testing.by_hand.exports.qti import qti
from autograd.testing.by_hand.exports.stack import stack
from autograd.testing.by_hand.random_exercises import random_exercise
from autograd.testing.by_hand.sheet_keys import COMMON, key_file
from autograd.value import Value

PLATFORMS: dict[str, tuple[str, Callable[[Mapping[str, Exercise]], bytes]]] = {
    "moodle": ("moodle.xml", moodle),
    "stack": ("stack.xml", stack),
    "qti": ("qti.zip", qti),
}
Options = Mapping[str, Any]  # of `exercise`
FORMATS = ("html", "md", "txt", "tex", "pdf", "ipynb", *PLATFORMS)


def sheet_of(definitions: Sequence[str], options: Options) -> Exercise:
    """Return the sheet for `definitions` such as ["a=2", "d=a*a", "L=d**2"], the last of which is the loss."""
    names: dict[str, Value] = {}
    for text in definitions:
        name, equals, formula = text.partition("=")
        if not equals or not formula.strip():
            raise ValueError(f"each argument must have the form NAME=NUMBER or NAME=FORMULA, got {text!r}")
        name = identifier(name)
        if name in names:
            raise ValueError(f"each name must be defined once, got {name} twice")
        names[name] = node = _node(evaluate(formula, names), name, names)
        node.label = name
    return exercise(node, **options)


def _node(result: object, name: str, names: Mapping[str, Value]) -> Value:
    if isinstance(result, float):
        return Value(result)
    if not isinstance(result, Value) or result in names.values():
        raise ValueError(f"{name} must be a number or a formula with an operation")
    return result


def random_sheets(level: int, seed: int, students: Iterable[str], options: Options) -> dict[str, Exercise]:
    """Return a random sheet for each student. It depends on the seed and the name of the student only."""
    return {student: _with(random_exercise(level, random.Random(f"{seed} {student}")), options) for student in students}


def _with(sheet: Exercise, options: Options) -> Exercise:
    return exercise(sheet.loss, **{"digits": sheet.digits, **options})


def students_in(path: Path) -> list[str]:
    """Return the names in a file: the first cell of each line."""
    cells = [re.split(r"[;,\t]", line)[0].strip(' "') for line in path.read_text(encoding="utf-8-sig").splitlines()]
    students = list(dict.fromkeys(filter(None, cells)))
    if not students:
        raise ValueError(f"{path} must have the name of a student on each line")
    return students


def write_sheets(sheets: Mapping[str, Exercise], folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write all `sheets` in the `formats`, and their key, into the `folder`. Return the paths, the key last.

    What students get is in the folder `sheets`. The key and the files for learning platforms contain the answers.
    """
    unknown = [fmt for fmt in formats if fmt not in FORMATS]
    if unknown:
        raise ValueError(f"a format must be one of {', '.join(FORMATS)}, got {unknown[0]!r}")
    for_students = folder / "sheets"
    for_students.mkdir(parents=True, exist_ok=True)
    written = []
    for stem, sheet in zip(_file_names(sheets), sheets.values()):
        written += [sheet.save(for_students / f"{stem}.{fmt}") for fmt in formats if fmt not in PLATFORMS]
    for fmt in formats:
        if fmt in PLATFORMS:
            name, export = PLATFORMS[fmt]
            write_file(folder / name, export(sheets))
            written.append(folder / name)
    write_file(folder / "key.json", key_file(sheets))
    return [*written, folder / "key.json"]


def _file_names(students: Iterable[str]) -> list[str]:
    """Return a different file name for each student."""
    names: list[str] = []
    for student in students:
        stem = re.sub(r"[^\w.-]+", "_", printable(student)).strip("._") or "sheet"
        taken = {name.casefold() for name in names}
        number = 1
        while (name := stem if number == 1 else f"{stem}_{number}").casefold() in taken:
            number += 1
        names.append(name)
    return names


def make_sheets(
    definitions: Sequence[str], level: int, seed: int, students: Sequence[str], options: Options
) -> dict[str, Exercise]:
    """Return one sheet of the `definitions`, or random ones of the `level`."""
    if definitions:
        return {COMMON: sheet_of(definitions, options)}
    return random_sheets(level, seed, students or [COMMON], options)

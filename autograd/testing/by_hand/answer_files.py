"""Read the answers of a class from a spreadsheet or a folder, and note what is odd in them."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograd.drawing.lesson import CODE, read_code
from autograd.terminal import plain

SEPARATORS = ";\t,"
MAX_BYTES = 20_000_000
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx and .xls begin


@dataclass
class Submission:
    """The answers of one student as texts, by the names of the nodes. `problem` says why they cannot be marked."""

    student: str
    answers: Mapping[str, str]
    problem: str = ""


@dataclass
class Answers:
    """The submissions of a class, and remarks on the file for the teacher."""

    submissions: list[Submission] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    separator: str = ","


def read_answers(path: str | Path) -> Answers:
    """Read a spreadsheet with one row per student, or a folder with one file per student.

    The first row of a spreadsheet, saved as CSV, holds the names of the nodes; the first column holds the students. A
    file in a folder has the name of the student and one line "node = answer" for each node, or is a JSON object.
    """
    path = Path(path)
    if not path.is_dir():
        return _spreadsheet(_text(path), path.name)
    answers = Answers()
    for file in sorted(path.iterdir()):
        if file.name.startswith((".", "~$")) or file.is_dir():
            continue
        try:
            answers.submissions.append(Submission(file.stem, _listed(_text(file))))
        except ValueError as error:
            answers.submissions.append(Submission(file.stem, {}, str(error)))
    if not answers.submissions:
        raise ValueError(f"the folder {path} has no files with answers")
    return answers


def _text(path: Path) -> str:
    """Read a text file in the encodings that spreadsheet programs write."""
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path.name} must have at most {MAX_BYTES // 10**6} MB")
    if data.startswith(_WORKBOOKS):
        raise ValueError(f"{path.name} is a workbook: save it as CSV")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _spreadsheet(text: str, name: str) -> Answers:
    text = text.replace("\0", "").lstrip("\r\n")
    separator = _separator(text)
    declared = re.match(r"sep=(.)\r?\n", text)
    try:
        rows = list(csv.reader(io.StringIO(text[declared.end() :] if declared else text, ""), delimiter=separator))
    except csv.Error as error:
        raise ValueError(f"{name} cannot be read as CSV: {error}") from None
    rows = [[_clean(cell) for cell in row] for row in rows]
    table = [(number, _trimmed(row)) for number, row in enumerate(rows, 1 + bool(declared)) if any(row)]
    if not table or len(table[0][1]) < 2:
        raise ValueError(f"the first row of {name} must hold a heading for the students and the names of the nodes")
    (_, heads), *rest = table
    answers = Answers(separator=separator)
    for number, row in rest:
        answers.submissions.append(_submission(number, heads, row, separator))
    answers.remarks += _remarks(heads, answers)
    return answers


def _separator(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if found := re.fullmatch(r"sep=(.)", first.strip("\r")):
        return found[1]
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=unquoted.count)


def _clean(cell: str) -> str:
    return " ".join(cell.split())


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def _submission(number: int, heads: list[str], row: list[str], separator: str) -> Submission:
    student = row[0] or f"(row {number})"
    if len(row) > len(heads):
        hint = "; numbers with decimal commas must be in quotes, or the separator a semicolon" * (separator == ",")
        return Submission(student, {}, f"row {number} has {len(row)} cells, but there are {len(heads)} columns{hint}")
    answers = {head: cell for head, cell in zip(heads[1:], row[1:]) if head and cell}
    code = next((head for head, cell in answers.items() if cell.startswith(CODE)), None)
    try:
        return Submission(student, answers if code is None else read_code(answers[code]))
    except ValueError as error:
        return Submission(student, {}, str(error))


def _remarks(heads: list[str], answers: Answers) -> Iterator[str]:
    for i, head in enumerate(heads):
        if head and head in heads[1:i]:
            yield f"the column {plain(head)} occurs twice; the last one counts"
    students = [s.student for s in answers.submissions]
    for student in dict.fromkeys(s for s in students if students.count(s) > 1):
        yield f"{plain(student)} has {students.count(student)} rows; all are marked"
    if any(student.startswith("(row ") for student in students):
        yield f"rows without a name: {', '.join(s[5:-1] for s in students if s.startswith('(row '))}"


def _listed(text: str) -> dict[str, str]:
    """Read a JSON object, a line such as "a = -0.25" for each answer, or the code of a lesson page."""
    text = text.strip().replace("\t", ";")
    if text.startswith(CODE):
        return read_code(text)
    if text.startswith("{"):
        return _from_json(text)
    found = {}
    for line in filter(None, map(_clean, text.splitlines())):
        pair = re.fullmatch(r"(.*?)\s*[=:;,]\s*(.*)", line)
        if pair is None:
            raise ValueError(f"each line must have the form NODE = ANSWER, got {plain(line)!r}")
        if pair[2]:
            found[pair[1]] = pair[2]
    return found


def _from_json(text: str) -> dict[str, str]:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the file must be a JSON object: {error}") from None
    return {str(name): str(x) for name, x in content.items() if x is not None and str(x).strip()}


def name_in(heading: str, names: Mapping[str, Any]) -> str | None:
    """Return which of the `names` a column heading such as a, dL/da or ∂L/∂a means, or None.

    >>> name_in("∂L/∂a", {"a": 0}), name_in(" A", {"a": 0}), name_in("notes", {"a": 0})
    ('a', 'a', None)
    """
    shown = unicodedata.normalize("NFKC", _clean(heading))
    partial = re.fullmatch(r"[d∂𝜕].*/\s*[d∂𝜕]\s*(.+)", shown)
    for text in (_clean(heading), shown, *([partial[1]] if partial else [])):
        if text in names:
            return text
        same = [name for name in names if name.casefold() == text.casefold()]
        if len(same) == 1:
            return same[0]
    return None

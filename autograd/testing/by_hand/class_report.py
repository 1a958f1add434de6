"""`mark_class`: mark the answers of a class, with a reason for each lost point and statistics of the slips."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from autograd.printing.table import Table
from autograd.terminal import plain, printed
from autograd.testing.by_hand.answer_files import Answers, Submission, name_in
from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.hand_report import Mark
from autograd.testing.by_hand.sheet_keys import COMMON
from autograd.testing.by_hand.sheet_report import CREDITED, SheetReport
from autograd.testing.by_hand.written_formulas import WrittenFormula

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # cells that begin so are run as formulas by spreadsheet programs


@dataclass
class StudentMarks:
    """The points of one student, out of `total`, the reasons for the lost ones, and the slips as (slip, node)."""

    student: str
    points: int
    total: int
    reasons: list[str] = field(default_factory=list)
    slips: list[tuple[str, str]] = field(default_factory=list)


@printed
class ClassReport:
    """The marks of a class. It prints as a table; `csv` returns it for a spreadsheet, `statistics` counts the slips.

    `remarks` list what was odd in the answers, such as unknown names.
    """

    def __init__(self, marks: list[StudentMarks], remarks: list[str]) -> None:
        self.marks, self.remarks = marks, remarks

    def csv(self, separator: str = ",") -> str:
        """Return a row with the points and the reasons for each student."""
        written = io.StringIO()
        writer = csv.writer(written, delimiter=separator, lineterminator="\n")
        writer.writerow(["student", "points", "of", "reasons"])
        for m in self.marks:
            writer.writerow([_cell(m.student), m.points, m.total, _cell("; ".join(m.reasons))])
        return written.getvalue()

    def statistics(self) -> list[str]:
        """Return a line for each slip, the most frequent first: how many students made it, and where."""
        students: dict[str, set[int]] = {}
        places: dict[str, dict[str, None]] = {}
        for i, marks in enumerate(self.marks):
            for slip, node in marks.slips:
                students.setdefault(slip, set()).add(i)
                places.setdefault(slip, {})[node] = None
        ordered = sorted(students, key=lambda slip: -len(students[slip]))
        return [
            f"{len(students[slip])} of {len(self.marks)}: {slip} (at {', '.join(map(plain, list(places[slip])[:6]))})"
            for slip in ordered
        ]

    def __str__(self) -> str:
        rows = [[plain(m.student), str(m.points), str(m.total), plain("; ".join(m.reasons), 60)] for m in self.marks]
        table = Table([["student", "points", "of", "reasons"], *rows])
        return "\n".join([str(table), "", *self.statistics(), *self.remarks])

    __repr__ = __str__


def mark_class(
    sheets: Mapping[str, Exercise], answers: Answers, *, trivial: bool = True, hints: int | None = None
) -> ClassReport:
    """Mark `answers` with the `sheets` of the students, or with the sheet "" that all share.

    With `trivial=False`, a gradient that is 0 because of an earlier mistake earns no point. With `hints`, the reasons
    are hints.
    """
    remarks = list(answers.remarks)
    marks = []
    for submission in answers.submissions:
        student = name_in(submission.student, sheets)
        sheet = sheets.get(student if student is not None else COMMON)
        if sheet is None:
            remarks.append(f"{plain(submission.student)} is not in the key")
            marks.append(StudentMarks(submission.student, 0, 0, ["the name is not in the key"]))
        else:
            marks.append(_marked(submission, sheet, trivial, hints))
    remarks += _unknown_columns(sheets, answers)
    handed_in = {name_in(submission.student, sheets) for submission in answers.submissions}
    absent = [student for student in sheets if student != COMMON and student not in handed_in]
    if absent:
        remarks.append(f"no answers from {', '.join(map(plain, absent))}")
    return ClassReport(marks, remarks)


def _unknown_columns(sheets: Mapping[str, Exercise], answers: Answers) -> Iterator[str]:
    names = {name: None for sheet in sheets.values() for name in sheet.key}
    headings = {heading for submission in answers.submissions for heading in submission.answers}
    unknown = sorted(heading for heading in headings if name_in(heading, names) is None)
    if unknown:
        yield f"not asked for: {', '.join(map(plain, unknown))}; the sheet asks for {', '.join(map(plain, names))}"


def _marked(submission: Submission, sheet: Exercise, trivial: bool, hints: int | None) -> StudentMarks:
    if submission.problem:
        return StudentMarks(submission.student, 0, len(sheet.key), [submission.problem])
    given: dict[str, float | str] = {}
    reasons: dict[str, str] = {}
    for heading, text in submission.answers.items():
        name = name_in(heading, sheet.key)
        if name is not None:
            try:
                given[name] = read_answer(text, sheet)
            except ValueError as error:
                reasons[name] = str(error)
    report = sheet.mark(given, hints=hints)
    reasons = dict.fromkeys(report.missing, "no answer") | reasons
    reasons |= {mark.label: _reason(mark, report) for mark in report.marks if mark.verdict not in CREDITED}
    if not trivial:
        reasons |= {mark.label: "0 only because of an earlier mistake" for mark in report.marks if _is_trivial(mark)}
    slips = [(mark.slip, mark.label) for mark in report.marks if mark.slip]
    lost = [f"{name}: {reasons[name]}" for name in sheet.key if name in reasons]
    return StudentMarks(submission.student, report.points(trivial=trivial), len(sheet.key), lost, slips)


def read_answer(text: str, sheet: Exercise) -> float | str:
    """Return the number in a cell of a spreadsheet, or the text itself if it is a formula in the names of the sheet.

    >>> from autograd.testing import random_exercise
    >>> import random
    >>> [read_answer(text, random_exercise(1, random.Random(0))) for text in ("−0,25", "=-3/8", "2·a")]
    [-0.25, -0.375, '2·a']

    Raise ValueError with the reason if it is neither.
    """
    written = text.strip().lstrip("'=")  # Excel puts them before numbers
    try:
        formula = WrittenFormula(written, sheet.names.of.values())
        number = formula({name: node.data for node, name in sheet.names.of.items()})
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{plain(text)!r} cannot be read: {reason}") from None
    if not isinstance(number, float) or not math.isfinite(number):
        raise ValueError(f"{plain(text)!r} is not a finite number")
    return written if formula.names else number


def _is_trivial(mark: Mark) -> bool:
    return mark.verdict == "follows" and not mark.by_hand


def _reason(mark: Mark, report: SheetReport) -> str:
    """Return why a mark earns no point: its hint, or the first line of its explanation and the slip."""
    if report.hint:
        return report.hint(mark.label).replace("\n", " ")
    first = mark.explanation.partition("\n")[0] or mark.verdict
    return f"{first} ({mark.slip})" if mark.slip else first


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text

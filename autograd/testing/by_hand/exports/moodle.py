"""Worksheets as Moodle XML: one cloze question per sheet, with feedback on usual slips.

Moodle's own questions cannot compute, so a gradient that follows from an earlier mistake earns no mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from xml.etree import ElementTree as ET

from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.exports.markup import body, document, element, formats, text_in, title_of
from autograd.testing.by_hand.exports.questions import RIGHT, Question, questions


def moodle(sheets: Mapping[str, Exercise], category: str = "") -> bytes:
    """Return a question bank in Moodle XML, with one question for each of the named `sheets`."""
    return document(element("quiz", [*category_of(category), *(_question(*item) for item in sheets.items())]))


def category_of(name: str) -> list[ET.Element]:
    """Return the element that puts the questions after it into a category."""
    path = f"$course$/top/{name.replace('/', '//')}"
    return [element("question", [element("category", [element("text", path)])], type="category")] if name else []


def name_of(name: str, sheet: Exercise) -> ET.Element:
    """Return the element with the name of a question."""
    return element("name", [element("text", title_of(name, sheet))])


def _question(name: str, sheet: Exercise) -> ET.Element:
    shown = body(sheet, formats(_inert), map(_field, questions(sheet)))
    content = [
        name_of(name, sheet),
        text_in("questiontext", shown),
        text_in("generalfeedback"),
        element("penalty", 0.3333333),
        element("hidden", "0"),
        element("idnumber"),
    ]
    return element("question", content, type="cloze")


def _field(question: Question) -> str:
    """Return the code of a blank: {1:NUMERICAL:=right:tolerance#feedback~%0%wrong:tolerance#feedback}."""
    answers = [f"={_number(question.answer, question.tolerance)}#{RIGHT}"]
    answers += [
        f"%0%{_number(wrong, question.tolerance_of(wrong))}#{_escaped(sentence)}" for wrong, sentence in question.slips
    ]
    return f"{{1:NUMERICAL:{'~'.join(answers)}}}"


def _number(x: float, tolerance: float) -> str:
    return f"{x!r}:{tolerance:.6g}"


def _escaped(text: str) -> str:
    """Escape feedback, which Moodle decodes before it shows it as HTML."""
    return re.sub(r"[\\{}~]", lambda sign: f"&#{ord(sign[0])};", escape(escape(text, quote=False), quote=False))


def _inert(code: str) -> str:
    """Escape text that Moodle would read as a blank."""
    return re.sub(r"\{(?=\d*:)", "&#123;", code)

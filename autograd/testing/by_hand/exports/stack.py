"""Worksheets as STACK questions for Moodle: one potential response tree per gradient, with follow-through.

A tree compares an answer with the right gradient, then with the one that follows from the student's earlier answers,
then with the results of usual slips. An empty answer counts as the gradient that follows, as in `Exercise.mark`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.exports.markup import body, document, element, formats, text_in
from autograd.testing.by_hand.exports.moodle import category_of, name_of
from autograd.testing.by_hand.exports.questions import FOLLOWS, NOISE, RIGHT, Linear, Question, questions

EMPTY = "EMPTYANSWER"  # the value of an empty input
PENALTY = 0.1


class _Test(NamedTuple):
    """A node of a tree: a comparison of `given` with `wanted`, with the score and the feedback if it holds.

    The tree then ends, unless nodes are `skipped`: it goes on after so many.
    """

    kind: str
    given: str
    wanted: str
    option: str = ""
    score: float = 0.0
    feedback: str = ""
    skipped: int = 0


def stack(sheets: Mapping[str, Exercise], category: str = "") -> bytes:
    """Return a question bank in Moodle XML, with one STACK question for each of the named `sheets`."""
    return document(element("quiz", [*category_of(category), *(_question(*item) for item in sheets.items())]))


def _question(name: str, sheet: Exercise) -> ET.Element:
    asked = questions(sheet)
    blanks = [f"[[input:ans{q.number}]] [[validation:ans{q.number}]] [[feedback:prt{q.number}]]" for q in asked]
    content = [
        name_of(name, sheet),
        text_in("questiontext", body(sheet, formats(_inert), blanks)),
        text_in("generalfeedback"),
        element("defaultgrade", float(len(asked))),
        element("penalty", PENALTY),
        element("hidden", "0"),
        element("idnumber"),
        element("questionvariables", [element("text")]),
        text_in("specificfeedback"),
        text_in("questionnote"),
        element("questionsimplify", "1"),
        *(text_in(tag) for tag in ("prtcorrect", "prtpartiallycorrect", "prtincorrect")),
        *map(_input, asked),
        *(_tree(q, asked[: q.number - 1]) for q in asked),
        _case(asked),
    ]
    return element("question", content, type="stack")


def _input(question: Question) -> ET.Element:
    fields: dict[str, str | float] = {
        "name": f"ans{question.number}",
        "type": "numerical",
        "tans": question.answer,
        "boxsize": "12",
        "strictsyntax": "1",
        "insertstars": "0",
        "forbidfloat": "0",
        "mustverify": "0",
        "showvalidation": "0",
        "options": "allowempty",
    }
    return element("input", [element(tag, content) for tag, content in fields.items()])


def _tree(question: Question, before: Sequence[Question]) -> ET.Element:
    tests = list(_tests(question))
    variables = [*map(_definition, before), f"expected: {_sum(question.expected)}"]
    content = [
        element("name", f"prt{question.number}"),
        element("value", 1.0),
        element("autosimplify", "1"),
        element("feedbackstyle", "1"),
        element("feedbackvariables", [element("text", ";\n".join(variables) + ";")]),
        *(_node(question.number, i, test, len(tests)) for i, test in enumerate(tests)),
    ]
    return element("prt", content)


def _tests(question: Question) -> Iterator[_Test]:
    answer, right = f"ans{question.number}", repr(question.answer)
    tolerance = f"{question.tolerance:.6g}"
    yield _Test("AlgEquiv", answer, EMPTY)
    yield _Test("NumAbsolute", answer, right, tolerance, 1.0, RIGHT)
    if question.expected.coefficients:
        yield _Test("NumAbsolute", "expected", right, tolerance, skipped=2)  # the answers before lead to the right one
        yield _Test("NumRelative", answer, "expected", repr(question.rounding), 1.0, FOLLOWS)
        yield _Test("NumAbsolute", answer, "expected", repr(NOISE), 1.0, FOLLOWS)
    for wrong, sentence in question.slips:
        yield _Test("NumAbsolute", answer, repr(wrong), f"{question.tolerance_of(wrong):.6g}", 0.0, sentence)


def _node(tree: int, number: int, test: _Test, count: int) -> ET.Element:
    def following(skipped: int) -> int:
        return number + 1 + skipped if number + 1 + skipped < count else -1

    target = following(test.skipped) if test.skipped else -1
    content = [
        element("name", str(number)),
        element("answertest", test.kind),
        element("sans", test.given),
        element("tans", test.wanted),
        element("testoptions", test.option),
        element("quiet", "1"),
        *_branch("true", test.score, target, _note(tree, number, "T"), test.feedback),
        *_branch("false", 0.0, following(0), _note(tree, number, "F"), ""),
    ]
    return element("node", content)


def _branch(kind: str, score: float, following: int, note: str, feedback: str) -> list[ET.Element]:
    return [
        element(f"{kind}scoremode", "="),
        element(f"{kind}score", score),
        element(f"{kind}penalty"),
        element(f"{kind}nextnode", str(following)),
        element(f"{kind}answernote", note),
        text_in(f"{kind}feedback", _inert(feedback)),
    ]


def _note(tree: int, node: int, branch: str) -> str:
    return f"prt{tree}-{node + 1}-{branch}"


def _case(asked: Sequence[Question]) -> ET.Element:
    """Return the question test: all answers right."""
    inputs = [element("testinput", [element("name", f"ans{q.number}"), element("value", q.answer)]) for q in asked]
    expected = [
        element(
            "expected",
            [
                element("name", f"prt{q.number}"),
                element("expectedscore", 1.0),
                element("expectedpenalty", 0.0),
                element("expectedanswernote", _note(q.number, 1, "T")),
            ],
        )
        for q in asked
    ]
    return element("qtest", [element("testcase", "1"), *inputs, *expected])


def _definition(question: Question) -> str:
    """Write the gradient that the later ones are computed from: the answer, or what follows if there is none."""
    answer = f"ans{question.number}"
    return f"{_given(question.number)}: if is({answer}={EMPTY}) then {_sum(question.expected)} else {answer}"


def _given(number: int) -> str:
    return f"given{number}"


def _sum(linear: Linear) -> str:
    """Write a linear function in the language of Maxima."""
    terms = [repr(linear.constant)] if linear.constant or not linear.coefficients else []
    terms += [f"({c!r})*{_given(i)}" for i, c in linear.coefficients.items()]
    return " + ".join(terms)


def _inert(code: str) -> str:
    """Escape text that STACK would read as its own code."""
    return re.sub(r"\{(?=[@#])", "&#123;", code).replace("[[", "&#91;[")

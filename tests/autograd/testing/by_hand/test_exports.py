"""Exports to learning platforms: well-formed, without code from labels, and marked as `Exercise.mark` marks."""

from __future__ import annotations

import random
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from autograd import Value
from autograd.testing import Exercise, exercise, random_exercise
from autograd.testing.by_hand.exports.moodle import moodle
from autograd.testing.by_hand.exports.qti import item, qti
from autograd.testing.by_hand.exports.questions import Question, questions
from autograd.testing.by_hand.exports.stack import stack
from tests.autograd.testing.by_hand.platform_marking import Moodle, Player, Stack

HOSTILE = ["{1:NUMERICAL:=5}", "{@1+1@} {#x#} [[input:ans9]]", "]]></text>", "</td><script>", "a~b=c#d\\", "\x0bx"]


def example() -> Exercise:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + a
    loss = d**2
    d.label, loss.label = "d", "L"
    return exercise(loss, title="Paths & sums", ask=["d", "b", "a"])


def hostile() -> Exercise:
    x = Value(1.0, HOSTILE[0])
    for label in HOSTILE[1:]:
        x = x * 3.0
        x.label = label
    return exercise(x, title=" ".join(HOSTILE), text=" ".join(HOSTILE))


@cache
def sheets() -> list[Exercise]:
    levels = [1] * 8 + [2, 2, 3, 4]
    made = [random_exercise(level, random.Random(seed)) for seed, level in enumerate(levels)]
    rng = random.Random(1)
    some = [exercise(s.loss, ask=rng.sample(s.asked, len(s.asked) // 2), digits=4) for s in made]
    return [*made, *some, example()]


def linear(question: Question, given: dict[int, float]) -> float:
    return question.expected.constant + sum(c * given[i] for i, c in question.expected.coefficients.items())


def answer_sheet(asked: list[Question], rng: random.Random) -> dict[int, float | None]:
    """Answers as a student gives them: right, rounded, following from a mistake, a slip, left out, or any number."""
    answers: dict[int, float | None] = {}
    given: dict[int, float] = {}
    for q in asked:
        follows = linear(q, given)
        right = [q.answer, follows, follows, float(f"{follows:.4g}"), None]
        wrong = [0.0, rng.uniform(-9, 9), q.answer + 1, *(number for number, _ in q.slips)]
        wrong = [x for x in wrong if abs(x - follows) > 0.01 * abs(follows)]  # platforms cannot count digits
        answers[q.number] = chosen = rng.choice([*right, *right, *wrong])
        given[q.number] = follows if chosen is None else chosen
    return answers


@pytest.mark.slow
def test_the_platforms_mark_as_python_does() -> None:
    rng = random.Random(2)
    count = 0
    for sheet in sheets():
        asked = questions(sheet)
        cloze, trees, player = Moodle(moodle({"": sheet})), Stack(stack({"": sheet})), Player(qti({"": sheet}))
        in_table = [q for node in sheet.nodes for q in asked if q.node is node]
        for _ in range(40):
            answers = answer_sheet(asked, rng)
            report = sheet.mark({q.name: answers[q.number] for q in asked})
            verdicts = {mark.label: mark.verdict for mark in report.marks}
            wanted = {q.number: verdicts.get(q.name, "missing") for q in asked}
            by_moodle = cloze.mark([answers[q.number] for q in in_table])
            points = {q.number: mark[0] for q, mark in zip(in_table, by_moodle)}
            assert points == {i: verdict == "right" for i, verdict in wanted.items()}, (sheet, report)
            by_stack = trees.mark(answers)
            credited = {i: verdict in ("right", "follows") for i, verdict in wanted.items()}
            assert {i: score for i, (score, _) in by_stack.items()} == credited, (sheet, report)
            score, feedback = player.mark(answers)
            assert score == report.points(), (sheet, report)
            assert {i: told in ("right", "follows") for i, told in feedback.items()} == credited
            count += 1
    assert count == 1000


def test_feedback_names_the_slip() -> None:
    sheet = example()
    sentence = "The path a → d is missing: add its contribution, -8."
    assert Moodle(moodle({"": sheet})).mark([24.0, -16.0, -8.0])[0] == (0.0, sentence)
    assert sentence == Stack(stack({"": sheet})).mark({1: -8.0, 2: -16.0, 3: 24.0})[3][1]
    player = Player(qti({"": sheet}))
    score, feedback = player.mark({1: -8.0, 2: -16.0, 3: 24.0})
    assert (score, feedback[1], feedback[2]) == (2.0, "right", "right")
    assert player.feedback["FEEDBACK_3", feedback[3]] == f"a: {sentence}"


def test_the_tests_of_a_stack_question_pass() -> None:
    trees = Stack(stack({"": example()}))
    (case,) = trees.tests
    given = {i: float(x.findtext("value")) for i, x in enumerate(case.findall("testinput"), 1)}
    assert [score for score, _ in trees.mark(given).values()] == [1.0, 1.0, 1.0]
    assert [float(x.findtext("expectedscore")) for x in case.findall("expected")] == [1.0, 1.0, 1.0]


def test_several_sheets_make_one_file() -> None:
    both = {"Ana": example(), "Bo <b>": random_exercise(1, random.Random(0))}
    for export in (moodle, stack):
        root = ET.fromstring(export(both, "Week 3"))
        assert [q.get("type") for q in root] in (["category", "cloze", "cloze"], ["category", "stack", "stack"])
        assert root.findtext("question/category/text") == "$course$/top/Week 3"
        assert [q.findtext("name/text") for q in root][1:] == ["Paths & sums: Ana", "Gradients of L: Bo <b>"]
    assert Player(qti(both)).item.get("title") == "Paths & sums: Ana"
    assert qti(both) == qti(both)


def test_labels_are_no_code() -> None:
    sheet = hostile()
    names = {"": sheet}
    assert moodle(names).startswith(b"<?xml")
    text = ET.fromstring(moodle(names)).findtext("question/questiontext/text")
    assert (
        len(Moodle(moodle(names)).fields)
        == text.count("NUMERICAL:=") - text.count("&#123;1:NUMERICAL")
        == len(sheet.key)
    )
    question = ET.fromstring(stack(names)).findtext("question/questiontext/text")
    assert question.count("[[input:") == len(sheet.key)
    assert "{@" not in question
    assert "{#" not in question
    body = ET.fromstring(item("i", "", sheet)).find("{http://www.imsglobal.org/xsd/imsqti_v2p1}itemBody")
    assert not [x for x in body.iter() if "script" in x.tag]
    assert sum(x.tag.endswith("textEntryInteraction") for x in body.iter()) == len(sheet.key)


@pytest.mark.parametrize("export", [moodle, stack, qti])
def test_a_loss_alone(export: object) -> None:
    assert export({"": exercise(Value(3.0, "L"))})


def test_feedback_is_text() -> None:
    a = Value(2.0, "<b>~}{#=\\")
    loss = a * 3.0 + a * a
    loss.label = "L"
    fields = Moodle(moodle({"": exercise(loss)})).fields
    told = "".join(feedback for field in fields for *_, feedback in field)
    assert "<b>~}{#=\\" in told

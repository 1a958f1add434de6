"""The explorer and `check_by_hand` name the same slips with the same sentences."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Any

from autograd import explore
from autograd.testing import check_by_hand
from tests.autograd.testing.by_hand.mistakes import about_the_slip, derivations


def test_both_markers_pass_the_same_cases(page: Any, tmp_path: Path) -> None:
    count = 0
    for loss, mistakes in islice(derivations(), 0, None, 3):
        cases = [(mistake.node, mistake.given) for mistake in mistakes if not mistake.others]
        page.goto(explore(loss).save(tmp_path / "page.html").as_uri())
        verdicts = page.evaluate(
            "(cases) => cases.map(([name, given]) => verdict(given, boxes.findIndex((box) => box.name === name)))",
            cases,
        )
        for (node, given), (kind, message) in zip(cases, verdicts, strict=True):
            first = check_by_hand(loss, {node: given}).first
            assert (kind, re.sub(" Here .*", "", message)) == (first.slip, about_the_slip(first.explanation)), node
            count += 1
    assert count > 60


def test_right_and_rounded_answers(page: Any, tmp_path: Path) -> None:
    for loss, _ in islice(derivations(), 1, None, 8):
        steps = [step for step in loss.steps().backward if step.cotangent not in (0.0, 1.0)]
        page.goto(explore(loss).save(tmp_path / "page.html").as_uri())
        answers = [
            (name, given)
            for step in steps
            for name in [loss.steps().names[step.node]]
            for given in (
                step.cotangent,
                float(f"{step.cotangent:.4g}"),
                step.cotangent * 1.001,
                step.cotangent * 1.0005,
            )
        ]
        got = page.evaluate(
            "(cases) => cases.map(([name, x]) => verdict(x, boxes.findIndex((box) => box.name === name))[0] === 'right')",
            answers,
        )
        wanted = [check_by_hand(loss, {name: x}).first is None for name, x in answers]
        assert [a for a, b, c in zip(answers, got, wanted, strict=True) if b != c] == []

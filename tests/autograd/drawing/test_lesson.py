"""Lesson pages: the task, the score of first answers, and the code that `chainrule mark` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograd import Value, explore
from autograd.cli.command import main
from autograd.drawing.lesson import read_code
from autograd.testing import exercise


def example() -> Value:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    d = c + a
    loss = d**2
    c.label, d.label, loss.label = "c", "d", "L"
    return loss


def answer(page: Any, typed: str) -> None:
    page.fill("#answer", typed)
    page.keyboard.press("Enter")


def test_from_the_page_to_the_marks(page: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loss, texts = (
        example(),
        {"title": "Paths & <sums>", "text": "Two paths.\n\n<b>Add</b> them.", "ask": ["d", "b", "a"]},
    )
    page.goto(explore(loss, **texts).save(tmp_path / "lesson.html").as_uri())
    assert page.title() == page.locator("h1").text_content() == "Paths & <sums>"
    assert page.locator(".lesson p").nth(1).text_content() == "<b>Add</b> them."
    assert page.locator(".table tbody td:last-child").all_text_contents().count("?") == 4
    assert not page.locator("#leaves").is_visible()
    while not page.locator("#question").is_visible():
        page.click("#next")
    for typed in ("8", "-8", "−8,0"):  # d, twice: the first answer counts; then c, which is not asked for
        answer(page, typed)
        if page.locator("#verdict").get_attribute("data-verdict") == "right":
            page.click("#next")
    assert page.locator("#score").text_content() == "Score: 0 of 3"
    answer(page, "-16")
    assert page.locator("#score").text_content() == "Score: 1 of 3"
    page.click("#next")
    assert page.locator("#done").text_content() == ""
    page.click("#show")
    assert page.locator("#done").text_content() == "All questions are answered: hand in the code."
    code = page.input_value("#code")
    assert read_code(code) == {"d": "8", "b": "-16"}

    exercise(loss, **texts).save(tmp_path / "key.json", key=True)
    (tmp_path / "codes.csv").write_text(f"name;code\nAna;{code}\nBo;{code[:-3]}\n")
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "Ana.txt").write_text(f" {code[:20]}\n{code[20:]} ")
    for answers in ("codes.csv", "codes"):
        assert main(["mark", str(tmp_path / "key.json"), str(tmp_path / answers)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[1].replace(";", ",").startswith('Ana,1,3,"d: The gradient of d is -8, not 8. (sign), a: no answer')
    assert "the code is damaged" in lines[-1] or len(lines) == 2


def test_pages_without_a_task_are_as_before() -> None:
    page = explore(example()).to_html()
    assert 'class="lesson"' not in page
    assert "firsts" not in page


def test_labels_are_text() -> None:
    page = explore(Value(1.0, "</script><b>") * 2.0, ask=["</script><b>"]).to_html()
    assert "<b>" not in page.partition("<body>")[2]


def test_without_a_script_no_gradient_is_shown() -> None:
    page = explore(Value(3.0, "a") * 1234.5, title="T").to_html()
    assert "<td>1234.5</td>" not in page


@pytest.mark.parametrize("ask", [[], "d", ["q"], ["L"], [Value(1.0)]])
def test_wrong_questions(ask: Any) -> None:
    with pytest.raises(ValueError, match=r"ask must list nodes of the graph: a, b, c, d; got "):
        explore(example(), ask=ask)


@pytest.mark.parametrize(
    "code", ["", "chainrule-", "chainrule-%%%", "chainrule-W10", "chainrule-" + "A" * 200_000, "x"]
)
def test_damaged_codes(code: str) -> None:
    with pytest.raises(ValueError, match="a code must begin with|the code is damaged"):
        read_code(code)

"""Worksheets in all formats: what they say, that they contain no answers, and hints in place of answers."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograd import Value, tanh
from autograd.testing import Exercise, assert_by_hand, exercise, random_exercise

FORMATS = ("txt", "md", "html", "tex", "ipynb")
HOSTILE = [
    "</script><b>",
    "a & b",
    "100% $x_1$ ~^\\",
    "{#}",
    "w'); import os #",
    "import",
    "tanh",
    "α",
    "ж",
    "two\nlines",
]


def example(**options: Any) -> Exercise:
    w, x, b = Value(0.37, "w"), Value(-1.13, "x"), Value(0.71, "b")
    z = w * x + b
    y = tanh(z)
    loss = (y - 0.43) ** 2
    z.label, y.label, loss.label = "z", "y", "L"
    return exercise(loss, **options)


def hostile() -> Exercise:
    node = Value(1.5, HOSTILE[0])
    for label in HOSTILE[1:]:
        node = node * 0.77 + node
        node.label = label
    return exercise(node, title=" ".join(HOSTILE), text="\n\n".join(HOSTILE))


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_sheet_contains_no_answer(tmp_path: Path, fmt: str) -> None:
    sheet = example(title="T", text="Some text.", digits=12)
    solution = sheet.solution.text
    content = sheet.save(tmp_path / f"sheet.{fmt}").read_text(encoding="utf-8")
    for name, gradient in sheet.key.items():
        digits = f"{abs(gradient):.12g}".removeprefix("0.").lstrip("0")[:6]
        if len(digits) == 6:
            assert digits in solution
            assert digits not in content, name


@pytest.mark.parametrize("fmt", FORMATS)
def test_title_text_and_chosen_nodes(fmt: str) -> None:
    sheet = example(title="Week 3", text="Work alone.\n\n\n\nHand in on\nFriday.", ask=["w", "z"])
    content = sheet.writers()[f".{fmt}"]()
    assert all(text in content for text in ("Week 3", "Work alone.", "Hand in on Friday."))
    assert "Gradients of" not in content
    assert list(sheet.key) == ["z", "w"]
    assert sheet.mark(sheet.key)
    assert sheet.mark({"z": sheet.key["z"]}).missing == ["w"]
    blanks = {"html": 'class="blank"', "tex": r"\rule[-2ex]", "ipynb": ": None,"}
    assert content.count(blanks.get(fmt, " ______")) == 2


def test_points() -> None:
    sheet = exercise(Value(2.0, "a") * 3.0)
    assert sheet.mark({"v1": 1, "a": 3}).points() == 2
    report = sheet.mark({"v1": 0, "a": 0})
    assert (report.points(), report.points(trivial=False)) == (1, 0)
    assert sheet.mark({"v1": 2, "a": 6}).points(trivial=False) == 1


class TestNotebook:
    @pytest.mark.parametrize(
        "sheet", [example(ask=["w", "z"]), hostile(), *(random_exercise(n, random.Random(1)) for n in range(1, 10))]
    )
    def test_it_marks_itself(self, sheet: Exercise) -> None:
        """Run its cells, with the right answers in place of None."""
        content = json.loads(sheet.writers()[".ipynb"]())
        nbformat.validate(content)
        names: dict[str, Any] = {}
        *cells, last = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
        for code in cells:
            exec(code, names)  # noqa: S102
        assert set(names["answers"]) == set(sheet.key)
        assert not eval(last, names)  # noqa: S307
        names["answers"] = sheet.key
        assert eval(last, names)  # noqa: S307
        assert str(names["sheet"].key) == str(sheet.key)


class TestLaTeX:
    @pytest.mark.parametrize("sheet", [example(text="50% & more"), hostile(), random_exercise(9, random.Random(0))])
    def test_it_is_a_document(self, sheet: Exercise, tmp_path: Path) -> None:
        for page in (sheet, sheet.solution):
            text = page.latex
            assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1
            rows = re.findall(r"^.*\\\\$", text, re.MULTILINE)
            assert (
                len(
                    {
                        len(re.findall(r"(?<!\\)&", re.sub(r"\\begin\{aligned\}.*?\\end\{aligned\}", "", row)))
                        for row in rows
                    }
                )
                == 1
            )
            if shutil.which("pdflatex") and sheet.title == "":
                page.save(tmp_path / "sheet.tex")
                done = subprocess.run(
                    ["pdflatex", "-interaction=batchmode", "-halt-on-error", "sheet.tex"],  # noqa: S607
                    cwd=tmp_path,
                    check=False,
                    capture_output=True,
                )
                assert done.returncode == 0, (tmp_path / "sheet.log").read_text()[-2000:]


class TestPdf:
    @pytest.mark.browser
    def test_it_is_one_page(self, browser: Any, tmp_path: Path) -> None:
        content = example().save(tmp_path / "sheet.pdf").read_bytes()
        assert content.startswith(b"%PDF-")
        assert content.count(b"/Type /Page\n") == 1

    def test_without_playwright(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
        with pytest.raises(ImportError, match=r"a PDF needs Playwright: pip install 'chainrule\[pdf\]'"):
            example().pdf  # noqa: B018


class TestHints:
    def test_each_level_says_more_and_none_the_number(self) -> None:
        a, b = Value(2.5, "a"), Value(-3.25, "b")
        d = a * b + a
        loss = d**2
        d.label, loss.label = "d", "L"
        sheet = exercise(loss)
        texts = [str(sheet.mark(sheet.key | {"a": 1.0}, hints=n)) for n in (1, 2, 3)]
        assert "Look at the gradient of a first." in texts[0]
        assert "use the product rule" in texts[1]
        assert "a is used 2 times: add the contributions of all uses." in texts[1]
        assert "Multiply the gradient of v1 by ∂v1/∂a = b." in texts[2]
        assert "product rule" not in texts[0]
        assert "∂" not in texts[1]
        for text in texts:
            assert not re.search(rf"{sheet.key['a']:.6g}\b", text)
            assert "relative error" not in text

    def test_a_factor_that_is_a_number_stays_hidden(self) -> None:
        text = str(exercise(Value(2.0, "a") * 7.0).mark({"v1": 1, "a": 2}, hints=3))
        assert "Multiply the gradient of v1 by ∂v1/∂a, a constant." in text

    def test_hints_of_a_sheet(self) -> None:
        sheet = example(hints=1)
        assert "Look at" in str(sheet.mark({"z": 1}))
        assert "true" in str(sheet.mark({"z": 1}, hints=0))

    @pytest.mark.parametrize("hints", [-1, 4, True, "1", 1.0])
    def test_unknown_levels(self, hints: Any) -> None:
        with pytest.raises(ValueError, match="hints must be an integer from 0 to 3, got"):
            example(hints=hints)


class TestAssertByHand:
    def test_the_message_is_the_table(self) -> None:
        a = Value(3.0, "a")
        assert assert_by_hand(a * a, {"a": 6, "v1": None}) is None
        with pytest.raises(AssertionError) as raised:
            assert_by_hand(a * a, {"a": 3.0})
        assert "a     3        6     0.5             wrong" in str(raised.value)

    def test_a_sheet_with_hints(self) -> None:
        sheet = example(hints=1)
        assert_by_hand(sheet, sheet.key)
        with pytest.raises(AssertionError, match="missing: v2, y, z") as raised:
            assert_by_hand(sheet, {"L": 2.0})
        assert "Look at the gradient of L first." in str(raised.value)


def test_unknown_nodes_to_ask_for() -> None:
    for ask in ("w", [], ["q"], [Value(1.0)]):
        with pytest.raises(ValueError, match="ask must"):
            example(ask=ask)

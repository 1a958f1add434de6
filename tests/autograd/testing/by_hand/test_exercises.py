"""Worksheets in every format, their keys and solutions, and marks, where a blank is not right."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mistune
import pytest

from autograd import Value, explore, log, sqrt, total
from autograd.backpropagation import topological
from autograd.drawing.graphviz_layout import LayoutError
from autograd.testing.by_hand.exercises import exercise

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a|b|c",
    "`x` [y](http://e.org) ![z](i.png)",
    "two\n\n# lines",
    "**b** _i_ ~~s~~ $m$ &amp;",
    "http://e.org www.e.org me@e.org",
    "</script><svg onload=alert(1)>",
]


def example() -> Value:
    """Return (a·b + a)², where `a` is used twice and the product has no label."""
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + a
    loss = d**2
    d.label, loss.label = "d", "L"
    return loss


def hostile() -> Value:
    loss = total([Value(i + 2.0, label) * 2.5 for i, label in enumerate(HOSTILE)])
    loss.label = "</title><b>L</b>"
    return loss


def test_the_worksheet_asks_for_every_gradient_and_reveals_none() -> None:
    sheet = exercise(example())
    assert str(sheet) == repr(sheet) == """\
Gradients of L
==============

Given: a = 2, b = -3.

Work backward: fill in the gradient of L with respect to each node, in the order L, d, v1, b, a.

node  formula  value  gradient
----  -------  -----  ---------------
a     given    2      dL/da = ______
b     given    -3     dL/db = ______
v1    a·b      -6     dL/dv1 = ______
d     v1 + a   -4     dL/dd = ______
L     d²       16     dL/dL = ______"""  # fmt: skip


def test_the_key_is_in_backward_order() -> None:
    assert list(exercise(example()).key.items()) == [("L", 1.0), ("d", -8.0), ("v1", -8.0), ("b", -16.0), ("a", 16.0)]


def test_a_gradient_of_zero_has_no_sign() -> None:
    a = Value(-2.0, "a")
    key = exercise(a.relu() * -3.0).key
    assert math.copysign(1.0, key["a"]) == 1.0


def test_the_solution_has_local_derivatives_and_sums() -> None:
    assert str(exercise(example()).solution) == """\
Gradients of L: solution
========================

Each node that uses a value contributes its own gradient times its local derivative. The gradient is the sum of the contributions.

node  used by  local derivative  contribution  gradient
----  -------  ----------------  ------------  --------------------
L                                              dL/dL = 1
d     L        ∂L/∂d = 2·d = -8  1·(-8) = -8   dL/dd = -8
v1    d        ∂d/∂v1 = 1        -8·1 = -8     dL/dv1 = -8
b     v1       ∂v1/∂b = a = 2    -8·2 = -16    dL/db = -16
a     d        ∂d/∂a = 1         -8·1 = -8
      v1       ∂v1/∂a = b = -3   -8·(-3) = 24  dL/da = -8 + 24 = 16"""  # fmt: skip


def test_a_node_that_is_used_many_times() -> None:
    x = Value(2.0, "x")
    rows = str(exercise(total([x] * 2000)).solution).splitlines()[-2000:]
    assert {row[6:].split()[0] for row in rows} == {"v1"}
    assert rows[-1].endswith("1 = 2000")


def test_digits() -> None:
    sheet = exercise(Value(2.0, "a").tanh(), digits=3)
    assert "0.964 " in str(sheet)
    assert "0.0707" in str(sheet.solution)
    assert "data 0.964<" in sheet.html


def test_a_loss_that_is_a_leaf() -> None:
    sheet = exercise(Value(3.0, "L"))
    assert sheet.mark({"L": 1.0})
    assert str(sheet.solution).endswith("1")


class TestMarks:
    def test_all_right(self) -> None:
        sheet = exercise(example())
        report = sheet.mark(sheet.key)
        assert report
        assert report.missing == []
        assert "missing" not in str(report)

    @pytest.mark.parametrize("blank", [{}, {"v1": None, "b": None}])
    def test_a_blank_is_missing_and_not_right(self, blank: dict[str, None]) -> None:
        report = exercise(example()).mark({"L": 1, "d": -8.0, "a": 16.0} | blank)
        assert all(mark.verdict == "right" for mark in report.marks)
        assert [mark.label for mark in report.marks] == ["L", "d", "a"]
        assert not report
        assert report.missing == ["v1", "b"]
        assert str(report) == repr(report)
        assert str(report).endswith("missing: v1, b")

    def test_nothing_at_all(self) -> None:
        sheet = exercise(example())
        assert not sheet.mark({})
        assert sheet.mark({}).missing == list(sheet.key)

    @pytest.mark.parametrize("name", ["d", "v1", "b", "a"])
    @pytest.mark.parametrize("slip", [lambda g: -g, lambda g: g / 2, lambda g: g + 1])
    def test_a_slip_is_found(self, name: str, slip: Callable[[float], float]) -> None:
        sheet = exercise(example())
        report = sheet.mark(sheet.key | {name: slip(sheet.key[name])})
        assert not report
        assert report.first.label == name

    def test_nodes_and_functions(self) -> None:
        loss = example()
        report = exercise(loss).mark({loss: 1.0, "d": lambda d: 2 * d, "v1": -8, "b": -16, "a": 16})
        assert report

    def test_unknown_names(self) -> None:
        with pytest.raises(ValueError, match="no node named 'z'; the graph has: a, b, v1, d, L"):
            exercise(example()).mark({"z": 1.0})

    def test_missing_names_are_written_in_a_line(self) -> None:
        assert exercise(hostile()).mark({}).__str__().splitlines()[-1].count("two # lines") == 1


def test_the_graph_is_left_as_it_was() -> None:
    loss = example()
    loss.backward()
    loss.inputs[0].grad = 7.0
    before = [(node, node.grad, node.label) for node in topological([loss])]
    sheet = exercise(loss)
    assert sheet.key["d"] == -8.0
    assert sheet.html
    assert sheet.solution.html
    assert before == [(node, node.grad, node.label) for node in topological([loss])]


class TestMarkdown:
    def test_it_has_the_same_table(self) -> None:
        text = exercise(example()).markdown
        assert text.startswith("## Gradients of L\n\nGiven: a = 2, b = -3.\n\n")
        assert (
            "| node | formula | value | gradient |\n| --- | --- | --- | --- |\n| a | given | 2 | dL/da = ______ |\n"
            in text
        )
        assert "| a | d | ∂d/∂a = 1 | -8·1 = -8 |  |" in exercise(example()).solution.markdown

    def test_labels_are_shown_as_they_are(self) -> None:
        read = mistune.create_markdown(renderer="ast", plugins=["table", "strikethrough", "url", "math"])
        sheet = exercise(hostile())
        for each in (sheet, sheet.solution):
            blocks = [block for block in read(each.markdown) if block["type"] != "blank_line"]
            assert {block["type"] for block in blocks} == {"heading", "paragraph", "table"}
            found = [block for block in every(blocks) if block["type"] not in ("text", "softbreak")]
            assert {block["type"] for block in found} <= {
                "heading", "paragraph", "table", "table_head", "table_body", "table_row", "table_cell",
            }  # fmt: skip
            rows = [block for block in found if block["type"] in ("table_row", "table_head")]
            assert {len(row["children"]) for row in rows} == {len(rows[0]["children"])}
        assert "**b** _i_ ~~s~~ $m$ &amp;" in mistune.html(sheet.markdown).replace("&amp;amp;", "&amp;")


def every(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all blocks and their descendants."""
    found, rest = [], list(blocks)
    while rest:
        block = rest.pop()
        found.append(block)
        rest += block.get("children", [])
    return found


class TestPage:
    def test_it_shows_a_picture_without_gradients_and_blanks_to_write_in(self, page: Any, tmp_path: Path) -> None:
        loss = example()
        loss.backward()
        page.goto(exercise(loss).save(tmp_path / "sheet.html").as_uri())
        assert page.title() == "Gradients of L"
        assert page.locator("svg .node").count() == 5
        assert page.locator("svg text").count() == 10
        assert page.locator("svg text.grad").count() == 0
        boxes = [blank.bounding_box() for blank in page.locator("tbody .blank").all()]
        assert len(boxes) == 5
        assert all(box["width"] >= 150 and box["height"] >= 30 for box in boxes)
        assert page.locator("math").count() > 10

    def test_the_solution_shows_the_gradients(self, page: Any, tmp_path: Path) -> None:
        loss = example()
        loss.backward()
        loss.backward()
        page.goto(exercise(loss).save(tmp_path / "key.html", key=True).as_uri())
        assert page.title() == "Gradients of L: solution"
        assert page.locator("svg text.grad", has_text="grad -16").count() == 1
        assert page.locator(".blank").count() == 0
        assert page.locator("tbody tr").last.text_content().replace("−", "-").endswith("-8+24=16")

    @pytest.mark.slow
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_fits_a_sheet_in_both_themes(self, page: Any, tmp_path: Path, scheme: str) -> None:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 700, "height": 900})
        page.goto(exercise(example()).save(tmp_path / "sheet.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        colors = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert colors[0] != colors[1]

    def test_labels_are_text(self, page: Any, tmp_path: Path) -> None:
        for key in (False, True):
            page.goto(exercise(hostile()).save(tmp_path / "sheet.html", key=key).as_uri())
            assert page.locator("img").count() == page.locator("script").count() == page.locator("body a").count() == 0
            assert page.locator("svg").count() == 1
            assert HOSTILE[0] in page.locator("tbody td:first-child").all_text_contents()
            assert all(blank.bounding_box()["width"] >= 150 for blank in page.locator(".blank").all())
            assert page.title().startswith("Gradients of </title><b>L</b>")


def test_a_notebook_shows_formulas_and_picture() -> None:
    shown = exercise(example())._repr_html_()
    assert shown.startswith("<h2>Gradients of <math")
    assert "<svg" in shown
    assert "<style>body" not in shown
    assert shown.count("______") == 5


def test_without_a_layout_program_the_picture_is_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    def layout(*_: object) -> bytes:
        raise LayoutError("there is none")

    monkeypatch.setattr("autograd.drawing.svg.layout", layout)
    shown = exercise(hostile())._repr_html_()
    assert "<pre>&lt;/title&gt;&lt;b&gt;L" in shown
    assert "<svg" not in shown
    assert "grad " not in shown


def test_saving(tmp_path: Path) -> None:
    sheet = exercise(example())
    for name, text in {"a.txt": f"{sheet}\n", "a.md": sheet.markdown, "A.HTML": sheet.html}.items():
        assert sheet.save(tmp_path / name) == tmp_path / name
        assert (tmp_path / name).read_text(encoding="utf-8") == text
    sheet.save(str(tmp_path / "key.md"), key=True)
    assert (tmp_path / "key.md").read_text(encoding="utf-8") == sheet.solution.markdown
    with pytest.raises(ValueError, match=r"must end in one of .txt, .md, .html, .tex, .pdf, .ipynb, got 'sheet.doc'"):
        sheet.save(tmp_path / "sheet.doc")


class TestRefusals:
    def test_graphs_too_large_for_paper(self) -> None:
        x = Value(1.0)
        for _ in range(59):
            x = x + 1.0
        assert len(exercise(x).key) == 60
        with pytest.raises(ValueError, match=r"must have at most 60 nodes, got 61. Use a part"):
            exercise(x + 1.0)
        assert "predict" in explore(x + 1.0).to_html()  # as the message says

    def test_values_that_are_not_finite(self) -> None:
        with pytest.raises(ValueError, match=r"the values of an exercise must be finite, got log\(x = 0.0\) = -inf"):
            exercise(3 + log(Value(0.0, "x")) * 2)

    def test_gradients_that_are_not_finite(self) -> None:
        with pytest.raises(ValueError, match="the gradients of an exercise must be finite, got inf for 'x' = 0.0"):
            exercise(sqrt(Value(0.0, "x")))

    def test_wrong_arguments(self) -> None:
        with pytest.raises(TypeError, match="^loss must be a Value, got a number"):
            exercise(2.0)
        for digits in (0, 18, 2.5, True):
            with pytest.raises(ValueError, match="digits must be an integer from 1 to 17, got "):
                exercise(example(), digits=digits)

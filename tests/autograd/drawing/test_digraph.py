"""Test `draw_dot`: its DOT text, hostile labels, and drawing with and without `dot` on PATH."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import graphviz
import pytest

from autograd import Value, draw_dot, op, tanh
from autograd.drawing import graphviz_layout
from autograd.drawing.graphviz_layout import LayoutError, layout

HOSTILE = [
    'say "hi"', "{a|b}<c>", "<script>alert(1)</script>", "two\nlines\ttab", "smile 😀", "back\\slash\\", "&amp; &lt; &", "$\\alpha$",
    "\\N \\G \\L \\E", "]; node [shape=box", "<b>bold</b>", "%s %d {0}", "é ü 漢字", "-> n0", "x" * 500, "'single'", "\x07bell", "\0nul", "lone \ud800", "\u202ebidi",
]  # fmt: skip


def texts(svg: bytes) -> list[str]:
    root = ET.fromstring(svg)
    return ["".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `dot` on PATH; what came with the package is still found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("dot") is None


def test_records_and_operations() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    d = a * b + a
    d.label = "d"
    d.backward()
    picture = draw_dot(tanh(d * 2))
    assert isinstance(picture, graphviz.Digraph)
    assert "rankdir=LR" in picture.source
    for record in (
        "{ a | data 2.0000 | grad -2.0000 }",
        "{ d | data -4.0000 | grad 1.0000 }",
        "{ data -8.0000 | grad 0.0000 }",
    ):
        assert f'"{record}" shape=record' in picture.source
    assert [picture.source.count(f"label={name}]") for name in ("tanh", '"*"', '"+"')] == [1, 2, 1]
    assert "label=2 shape=plaintext" in picture.source


@pytest.mark.slow
def test_a_recurrence_is_laid_out() -> None:
    """Long edges lead from the weight to every step: with the effort for a small graph this takes minutes."""
    state, w = Value(0.0), Value(0.5)
    for _ in range(60):
        state = (w * state + w).tanh()
    assert len(texts(draw_dot(state).pipe("svg"))) > 240
    assert "splines" in draw_dot(state).source
    assert "splines" not in draw_dot(Value(1.0) * 2).source


def test_every_edge_is_drawn() -> None:
    a = Value(1.0)
    assert draw_dot(a + a).source.count("n0 -> n1op") == 2


def test_the_picture_is_the_same_every_time() -> None:
    def source() -> str:
        a, b = Value(2.0, "a"), Value(3.0, "b")
        return draw_dot(tanh(a * b) * b + a).source

    assert source() == source()


@pytest.mark.parametrize("label", HOSTILE, ids=lambda s: ascii(s)[:20])
def test_labels_are_shown_as_they_are(label: str) -> None:
    v = Value(1.0, label=label)
    shown = texts((draw_dot(v * 2)).pipe("svg"))
    wanted = " ".join("".join(c if c.isprintable() else " " for c in label).split())
    assert "".join(wanted.split()) in ["".join(text.split()) for text in shown]
    assert len([text for text in shown if "data" in text]) == 2, "the record has not gained or lost a field"


def test_names_of_own_operations_are_shown_as_they_are() -> None:
    strange = op("<b>{x|y}</b> \\N", lambda x: x, lambda x, y: [1.0])
    assert "<b>{x|y}</b> \\N" in texts(draw_dot(strange(Value(1.0))).pipe("svg"))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "\udfff x", "\x1b[31m"])
def test_characters_that_no_file_has(text: str, tmp_path: Path) -> None:
    own = op(f"own {text}", lambda x: x, lambda x, y: [1.0])
    picture = draw_dot(own(Value(1.0, text)) * 2)
    picture.node("added", label=text)
    for format in ("svg", "png", "json"):
        assert picture.pipe(format)
        assert Path(picture.render(tmp_path / "a", format=format)).stat().st_size > 0
    assert (tmp_path / "a").read_text(encoding="utf-8").startswith("digraph")


def test_saving_the_text(tmp_path: Path) -> None:
    picture = draw_dot(Value(2.0, "é") * 3)
    path = picture.save("new.gv", tmp_path / "new folder")
    assert path == str(tmp_path / "new folder" / "new.gv")
    assert Path(path).read_text(encoding="utf-8") == picture.source
    Path(path).write_text("old")
    assert picture.save(skip_existing=True) == path
    assert Path(path).read_text() == "old"


def test_numbers_that_are_not_finite() -> None:
    shown = texts(draw_dot(Value(float("inf")) * 0).pipe("svg"))
    assert "data inf" in shown
    assert "data nan" in shown


@pytest.mark.usefixtures("without_dot")
class TestWithoutDot:
    def test_pipe(self) -> None:
        picture = draw_dot(Value(2.0, "a") * 3)
        assert b"<svg" in picture.pipe("svg")
        assert "<svg" in picture.pipe(encoding="utf-8")
        assert picture.pipe("png").startswith(b"\x89PNG")

    def test_render(self, tmp_path: Path) -> None:
        picture = draw_dot(Value(2.0) * 3)
        path = picture.render("graph", directory=tmp_path)
        assert path == str(tmp_path / "graph.svg")
        assert (tmp_path / "graph").read_text().startswith("digraph")
        assert picture.render(outfile=tmp_path / "other.png", cleanup=True) == str(tmp_path / "other.png")
        assert (tmp_path / "other.png").read_bytes().startswith(b"\x89PNG")
        assert not (tmp_path / "other.gv").exists()

    def test_in_a_notebook(self) -> None:
        shown = draw_dot(Value(2.0) * 3)._repr_mimebundle_()
        assert "<svg" in shown["image/svg+xml"]

    def test_with_no_program_at_all_the_error_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(graphviz_layout.sysconfig, "get_path", lambda name: str(tmp_path))
        picture = draw_dot(Value(2.0, "a") * 3)
        with pytest.raises(LayoutError, match="pip install graphviz-pure.*source"):
            picture.pipe("svg")
        assert "data 6.0000" in picture.source


def test_what_the_program_refuses_is_an_error() -> None:
    with pytest.raises(LayoutError, match="could not draw this as svg"):
        layout("digraph {")


def test_view_opens_the_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened = []
    picture = draw_dot(Value(1.0))
    monkeypatch.setattr(picture, "_view", lambda path, **options: opened.append(path))
    picture.render("g", directory=tmp_path, view=True)
    assert opened == [str(tmp_path / "g.svg")]


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="^root must be a Value, got a number"):
        draw_dot(2.0)
    with pytest.raises(ValueError, match='rankdir must be "LR" or "TB", got \'up\''):
        draw_dot(Value(1.0), rankdir="up")

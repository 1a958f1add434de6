"""`chainrule exercise` and `chainrule mark`, from the sheets of a class to its marks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from autograd.cli.command import main

DEFINITIONS = ("a=2", "b=-3", "d=a*b+a", "L=d**2")


def test_from_a_formula_to_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "week"
    formats = ["html", "md", "txt", "tex", "ipynb", "moodle", "stack", "qti"]
    assert (
        main(["exercise", *DEFINITIONS, "--title", "Paths", "--ask", "d", "a", "--to", *formats, "--out", str(out)])
        == 0
    )
    assert capsys.readouterr().out == f"1 sheet written to {out}, the key to {out / 'key.json'}\n"
    assert {p.name for p in (out / "sheets").iterdir()} == {f"sheet.{x}" for x in ("html", "md", "txt", "tex", "ipynb")}
    assert {p.name for p in out.iterdir()} == {"sheets", "key.json", "moodle.xml", "stack.xml", "qti.zip"}
    (tmp_path / "answers.csv").write_text("name;d;a\nAna;-8,0;16\nBo;-8;24\n")
    assert main(["mark", str(out / "key.json"), str(tmp_path / "answers.csv")]) == 0
    printed, told = capsys.readouterr()
    assert printed == "student;points;of;reasons\nAna;2;2;\nBo;1;2;a: The gradient of a is 16, not 24. (missing path)\n"
    assert told == "1 of 2: missing path (at a)\n"


def test_a_sheet_for_each_student(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "class.txt").write_text("Ana\nBo/../x\n\nana\n", encoding="utf-8-sig")
    words = [
        "exercise",
        "--level",
        "2",
        "--seed",
        "7",
        "--students",
        str(tmp_path / "class.txt"),
        "--to",
        "md",
        "--out",
    ]
    assert main([*words, str(tmp_path / "one")]) == main([*words, str(tmp_path / "two")]) == 0
    sheets = sorted(p.name for p in (tmp_path / "one" / "sheets").iterdir())
    assert sheets == ["Ana.md", "Bo_.._x.md", "ana_2.md"]
    assert len({(tmp_path / "one" / "sheets" / name).read_text() for name in sheets}) == 3
    assert (tmp_path / "one" / "key.json").read_text() == (tmp_path / "two" / "key.json").read_text()
    key = json.loads((tmp_path / "one" / "key.json").read_text())
    row = key["sheets"]["Ana"]["gradients"]
    (tmp_path / "a.csv").write_text(f"name,{','.join(row)}\nAna,{','.join(map(str, row.values()))}\n")
    capsys.readouterr()
    assert main(["mark", str(tmp_path / "one" / "key.json"), str(tmp_path / "a.csv"), "--no-trivial"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out)))[1] == ["Ana", str(len(row)), str(len(row)), ""]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give either definitions such as a=2 L=a**2, or --level"),
        (["a=2", "--level", "1"], "give either definitions"),
        (["a"], "each argument must have the form NAME=NUMBER or NAME=FORMULA, got 'a'"),
        (["a=2", "a=3"], "each name must be defined once, got a twice"),
        (["a=2", "L=a"], "L must be a number or a formula with an operation"),
        (["a=2", "L=q*2"], "q has no value"),
        (["a=2", "L=a*2", "--to", "docx"], "a format must be one of html, md, txt, tex, pdf, ipynb, moodle, stack, qti, got 'docx'"),
        (["a=2", "L=a*2", "--ask", "z"], "ask must list nodes of the graph: a, L; got 'z'"),
        (["a=2", "L=a*2", "--hints", "4"], "hints must be an integer from 0 to 3, got 4"),
        (["--level", "99"], "level must be an integer from 1 to 9, got 99"),
    ],
)  # fmt: skip
def test_wrong_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(["exercise", *words, "--out", str(tmp_path / "x")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_files_that_cannot_be_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mark", str(tmp_path / "key.json"), str(tmp_path)]) == 2
    (tmp_path / "key.json").write_text("{}")
    (tmp_path / "a.csv").write_text("name,a\nAna,1\n")
    assert main(["mark", str(tmp_path / "key.json"), str(tmp_path / "a.csv")]) == 2
    assert "must be a key written by chainrule: missing 'format'" in capsys.readouterr().err

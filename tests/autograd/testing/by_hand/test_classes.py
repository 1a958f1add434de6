"""A class of 30: its answers as real spreadsheets have them, its points, reasons and statistics."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from pathlib import Path

import pytest

from autograd import Value, op
from autograd.testing import Exercise, exercise, random_exercise
from autograd.testing.by_hand.answer_files import name_in, read_answers
from autograd.testing.by_hand.class_report import ClassReport, mark_class, read_answer
from autograd.testing.by_hand.sheet_keys import COMMON, from_key, key_file, read_key_file, to_key


def sheet() -> Exercise:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + a
    loss = d**2
    d.label, loss.label = "d", "L"
    return exercise(loss, ask=["d", "b", "a"])


def marked(tmp_path: Path, content: str | bytes, **options: object) -> ClassReport:
    path = tmp_path / "answers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return mark_class({COMMON: sheet()}, read_answers(path), **options)


def points(report: ClassReport) -> dict[str, int]:
    return {m.student: m.points for m in report.marks}


RIGHT = "-8", "-16", "16"


class TestSpreadsheets:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_separators_and_encodings(self, tmp_path: Path, separator: str, encoding: str, newline: str) -> None:
        rows = [
            ["Name", "d", "b", "a"],
            ["Zoë", *RIGHT],
            ["", "", "", ""],
            ["Müller, Jo" if separator != "," else "Jo", *RIGHT],
        ]
        text = newline.join(separator.join(row) for row in rows)
        report = marked(tmp_path, text.encode(encoding))
        assert list(points(report).values()) == [3, 3]
        assert "Zoë" in points(report)
        assert report.remarks == []

    def test_the_mess_of_a_real_class(self, tmp_path: Path) -> None:
        text = (
            "sep=;\r\nStudent;dL/dd;∂L/∂b;A;remark\r\n"
            'Ana;−8;"-16,0";16;fine\r\n'
            "Bo; -8 ;-1,6E+01;24;\r\n"
            "Cem;8;;#DIV/0!;\r\n"
            "Dora;-8;1,234.5;-32/-2;\r\n"
            ";-8;-16;16;\r\n"
            "Ana;2·d;2·d·a;2*d*(b + 1);\r\n"
            "Eve;1;2;3;4;5;6\r\n"
            ";;;;\r\n"
            "Fay\r\n"
        )
        report = marked(tmp_path, text)
        assert [(m.student, m.points) for m in report.marks] == [
            ("Ana", 3), ("Bo", 2), ("Cem", 0), ("Dora", 2), ("(row 7)", 3), ("Ana", 3), ("Eve", 0), ("Fay", 0),
        ]  # fmt: skip
        reasons = {m.student: m.reasons for m in report.marks}
        assert reasons["Bo"] == ["a: The gradient of a is 16, not 24. (missing path)"]
        assert reasons["Cem"][1:] == [
            "b: no answer",
            "a: '#DIV/0!' cannot be read: DIV is not a name here; the names are: a, b, v1, d, L",
        ]
        assert reasons["Dora"] == [
            "b: '1,234.5' cannot be read: a number must have one decimal point or comma and no separators of thousands, got 1,234.5"
        ]
        assert reasons["Eve"] == ["row 9 has 7 cells, but there are 5 columns"]
        assert reasons["Fay"] == ["d: no answer", "b: no answer", "a: no answer"]
        assert report.remarks == [
            "Ana has 2 rows; all are marked",
            "rows without a name: 7",
            "not asked for: remark; the sheet asks for d, b, a",
        ]

    def test_decimal_commas_between_commas_are_not_guessed(self, tmp_path: Path) -> None:
        (marks,) = marked(tmp_path, "name,d,b,a\nAna,-8,0,-16,16\n").marks
        assert "numbers with decimal commas must be in quotes" in marks.reasons[0]

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"name\nAna\n", b"\xef\xbb\xbf", b"sep=;"])
    def test_files_without_answers(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(ValueError, match="the first row of answers.csv must hold"):
            marked(tmp_path, content)

    def test_workbooks(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="answers.csv is a workbook: save it as CSV"):
            marked(tmp_path, b"PK\x03\x04...")

    def test_any_bytes_are_read_or_refused(self, tmp_path: Path) -> None:
        rng = random.Random(0)
        for _ in range(300):
            junk = bytes(rng.choices(b"\x00\xff\xfe;,\t\"'\r\n=-1aE\xe2\x88\x92 ", k=rng.randrange(80)))
            try:
                report = marked(tmp_path, b"name;d;b;a\n" * rng.randrange(2) + junk)
            except ValueError:
                continue
            list(csv.reader(io.StringIO(report.csv())))


def test_points_are_withheld_after_an_early_zero(tmp_path: Path) -> None:
    text = "name,d,b,a\nAna,0,0,0\nBo,4,8,-8\n"
    assert points(marked(tmp_path, text)) == {"Ana": 2, "Bo": 2}
    report = marked(tmp_path, text, trivial=False)
    assert points(report) == {"Ana": 0, "Bo": 2}
    assert report.marks[0].reasons[1:] == [f"{name}: 0 only because of an earlier mistake" for name in "ba"]


def test_statistics(tmp_path: Path) -> None:
    rows = ["-8,-16,24"] * 9 + ["8,16,-16"] * 2 + ["-8,-16,16"] * 19
    report = marked(tmp_path, "name,d,b,a\n" + "\n".join(f"S{i},{row}" for i, row in enumerate(rows)))
    assert report.statistics()[:2] == ["9 of 30: missing path (at a)", "2 of 30: sign (at d)"]
    assert "9 of 30: missing path (at a)" in str(report)


def test_hints_in_place_of_reasons(tmp_path: Path) -> None:
    (marks,) = marked(tmp_path, "name,d,b,a\nAna,-8,-16,24\n", hints=1).marks
    assert marks.reasons == ["a: Look at the gradient of a first."]


def test_cells_are_no_formulas(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(marked(tmp_path, 'name,d\n"=HYPERLINK(1)",1\n+1,2\n').csv())))
    assert [row[0] for row in rows] == ["student", "'=HYPERLINK(1)", "'+1"]


def test_a_folder(tmp_path: Path) -> None:
    files = {
        "Ana.txt": "d = -8\nb: -16\na,16\n",
        "Bo.json": json.dumps({"d": -8, "b": "−16", "a": None}),
        "Cem.csv": "d;-8,0\nb;-16,0\na;16,0\n",
        "Dan.txt": "no idea",
        "Eve.json": "{",
        ".DS_Store": "x",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = mark_class({COMMON: sheet()}, read_answers(tmp_path))
    assert points(report) == {"Ana": 3, "Bo": 2, "Cem": 3, "Dan": 0, "Eve": 0}
    assert report.marks[3].reasons == ["each line must have the form NODE = ANSWER, got 'no idea'"]


def test_a_sheet_for_each_student(tmp_path: Path) -> None:
    sheets = {name: random_exercise(1, random.Random(name)) for name in ("Ana", "Bo", "Cem")}
    (tmp_path / "key.json").write_text(key_file(sheets), encoding="utf-8")
    read = read_key_file(tmp_path / "key.json")
    assert {name: str(x) for name, x in read.items()} == {name: str(x) for name, x in sheets.items()}
    names = sorted({name for x in sheets.values() for name in x.key})
    rows = [["name", *names]] + [
        [f" {s.upper()} ", *(str(sheets[s].key.get(n, "")) for n in names)] for s in ("Ana", "Bo")
    ]
    (tmp_path / "a.csv").write_text("\n".join(map(";".join, [*rows, ["Zed", *["1"] * len(names)]])))
    report = mark_class(read, read_answers(tmp_path / "a.csv"))
    assert [m.points == m.total for m in report.marks[:2]] == [True, True]
    assert report.marks[2].reasons == ["the name is not in the key"]
    assert report.remarks == ["Zed is not in the key", "no answers from Cem"]


def test_keys_hold_all_of_a_sheet() -> None:
    a = Value(0.1, "a")
    x = exercise((a * a).exp() + 2, title="T", text="One.\n\nTwo.", ask=["a"], digits=5, hints=2)
    y = from_key(json.loads(json.dumps(to_key(x))))
    assert (str(y), y.key, y.hints, y.digits) == (str(x), x.key, 2, 5)


def test_keys_of_own_operations() -> None:
    cube = op("cube", lambda x: x**3, lambda x, y: [3 * x**2])
    with pytest.raises(ValueError, match="must consist of operations of autograd, got 'cube'"):
        to_key(exercise(cube(Value(2.0))))


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "x"}', '{"format": "chainrule key 1", "sheets": {"": {}}}']
)
def test_files_that_are_no_keys(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_text(content)
    with pytest.raises(ValueError, match=r"key\.json must be a key written by chainrule"):
        read_key_file(tmp_path / "key.json")


@pytest.mark.parametrize(
    ("text", "number"),
    [("-3/8", -0.375), ("1,5", 1.5), ("−0.25", -0.25), ("–2", -2), ("+.5", 0.5), ("1e-3", 0.001), ("=-16", -16), ("= -3/8", -0.375),
     ("\xa07 ", 7), ("- 3", -3), ("1,5/3", 0.5), ("'-2", -2), ("1.5E+01", 15)],
)  # fmt: skip
def test_numbers_of_students(text: str, number: float) -> None:
    assert math.isclose(read_answer(text, sheet()), number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "?",
        "1,234.5",
        "1.234,5",
        "1.2.3",
        "1/0",
        "nan",
        "inf",
        "1e999",
        "2 1/2",
        "3. Aug",
        "50%",
        "1'000",
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read: |is not a finite number"):
        read_answer(text, sheet())


def test_headings() -> None:
    names = {"a": 0, "A": 0, "w_1": 0, "x y": 0}
    assert [name_in(h, names) for h in ("a", "A", "dL/dw_1", "∂L/∂ W_1", "X  Y", "b")] == [
        "a",
        "A",
        "w_1",
        "w_1",
        "x y",
        None,
    ]

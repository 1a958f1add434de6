"""Tables in CSV files: what is read, and what is refused, by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.tabular.table import Table, TableError, has_comma, is_missing, number_in, printable, read_table


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "names", "rows", "lines"),
    [
        ("a,b\n1,2\n", ["a", "b"], [["1", "2"]], [2]),
        ("\ufeffa;b\r\n1;2\r\n3;4", ["a", "b"], [["1", "2"], ["3", "4"]], [2, 3]),
        ("a\tb\r1\t\r", ["a", "b"], [["1", ""]], [2]),
        ("a\n1\n2\n", ["a"], [["1"], ["2"]], [2, 3]),
        ("weight, kg;height, cm;age\n60;1.7;3\n", ["weight, kg", "height, cm", "age"], [["60", "1.7", "3"]], [2]),
        ("a;b\n1,5;2,5\n", ["a", "b"], [["1,5", "2,5"]], [2]),
        ('a, "b, c"\n"x\ny", "say ""no"""\n\n3,4\n', ["a", "b, c"], [["x\ny", 'say "no"'], ["3", "4"]], [2, 5]),
        ("\n\na,b\n,\n", ["a", "b"], [["", ""]], [4]),
        ("naïve,日本\n1,é\n", ["naïve", "日本"], [["1", "é"]], [2]),
        ('5" pipe,b\n1,2\n', ['5" pipe', "b"], [["1", "2"]], [2]),
    ],
)
def test_what_is_read(tmp_path: Path, text: str, names: list[str], rows: list[list[str]], lines: list[int]) -> None:
    table = read_table(written(tmp_path, text))
    assert (table.names, table.rows, table.lines) == (names, rows, lines)
    assert table.column(names[-1]) == [row[-1] for row in rows]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "t.csv is empty: the first line has the names of the columns"),
        ("\n \n", "t.csv is empty"),
        ("a,b\n", "t.csv has a header, but no rows"),
        (",b\n1,2\n", "line 1: column 1 has no name: write one into the header, or take the column out"),
        ("a,b,a\n1,2,3\n", "line 1: two columns have the name 'a': 1 and 3"),
        ("0,0,1\n1,2,3\n", "the name '0': 1 and 2; is there a header? the first line has only numbers"),
        ("a,b\n1,2\n3\n", "line 3: the header has 2 cells, and this row 1"),
        ("a,b\n1,2\n3,4,5\n", "line 3: the header has 2 cells, and this row 3; a cell with ',' in it needs quotes"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3: unexpected end of data; a quote inside of quotes is written twice"),
        ('a,b\n1,"2"3\n', "line 2: ',' expected after '\"'"),
        (b"a,b\n1,Jos\xe9\n", "line 2: this is not text in UTF-8; save the table as CSV in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1: this is not text in UTF-8"),
        ("a,b\n1,\x00\n", "line 2: there is a NUL character"),
        ("a,b\n1," + 200_000 * "x", "line 2: field larger than field limit"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    with pytest.raises(TableError) as caught:
        read_table(written(tmp_path, text))
    assert wanted in str(caught.value)


def test_the_file_itself(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "none.csv")
    with pytest.raises(IsADirectoryError):
        read_table(tmp_path)


def test_messages_have_no_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mt.csv"
    path.write_text("a\x1b[2J,a\x1b[2J\n")
    with pytest.raises(TableError) as caught:
        read_table(path)
    assert str(caught.value).isprintable()
    assert printable("a\x1b\u202e\r") == "a\\x1b\\u202e\\r"
    assert len(printable("x" * 1000)) == 60


@pytest.mark.parametrize(
    ("cell", "x"),
    [("1", 1.0), ("-1.5", -1.5), ("+.5", 0.5), ("3.", 3.0), ("1E-3", 1e-3), ("007", 7.0), ("-Infinity", -float("inf"))],
)
def test_numbers(cell: str, x: float) -> None:
    assert number_in(cell) == x


@pytest.mark.parametrize("cell", ["1_000", "0x10", "1,5", "", ".", "1e", "--1", "1 2", "nan", "١", "5%", "True"])
def test_texts(cell: str) -> None:
    assert number_in(cell) is None


@given(st.floats(allow_nan=False))
def test_every_number_is_read(x: float) -> None:
    assert number_in(repr(x)) == x


def test_commas_and_missing_values() -> None:
    assert all(map(has_comma, ["1,5", "-1,000", "1.234,5"]))
    assert not any(map(has_comma, ["1.5", ",5", "a,b", "1,5 kg"]))
    assert all(map(is_missing, ["", "NA", "na", "N/A", "NaN", "NULL", "?"]))
    assert not any(map(is_missing, ["0", "none", "-", "unknown"]))


def test_numbers_of_a_table_are_in_bounds_or_named() -> None:
    table = Table("t.csv", ",", ["x"], [["-1e100"], ["1e101"], ["inf"], ["1,5"], ["a\x1b"]], [2, 3, 4, 5, 7])
    cells = table.column("x")
    assert table.number(0, "x", cells[0]) == -1e100
    for i, wanted in [
        (1, "t.csv, line 3, column 'x': the number '1e101' is larger than 1e+100"),
        (2, "t.csv, line 4, column 'x': the number 'inf' is larger than 1e+100"),
        (3, "t.csv, line 5, column 'x': '1,5' is not a number; write numbers as 1.5, and thousands without commas"),
        (4, "t.csv, line 7, column 'x': 'a\\x1b' is not a number"),
    ]:
        with pytest.raises(TableError) as caught:
            table.number(i, "x", cells[i])
        assert str(caught.value) == wanted
    assert table.take([4, 0]).lines == [7, 2]

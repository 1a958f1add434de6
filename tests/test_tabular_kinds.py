"""What columns and targets are taken for, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nn.tabular.kinds import check_column, classes_of, kind_of, labels_of, target_kind
from nn.tabular.table import Table, TableError


def table_of(cells: Sequence[str], name: str = "x") -> Table:
    return Table("t.csv", ",", [name, "other"], [[cell, "1"] for cell in cells], list(range(2, 2 + len(cells))))


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        (["1", "2.5", "1"], "number", "numbers from 1 to 2.5"),
        (["1", "NA", "2.5", ""], "number", "numbers from 1 to 2.5; 2 missing"),
        (["1", "", "1"], "number", "numbers from 1 to 1; 1 missing"),
        (["7", "8", "10"], "number", "numbers from 7 to 10; if they only number the rows, leave them out: --ignore x"),
        (["0.5", "1.5", "2.5"], "number", "numbers from 0.5 to 2.5"),
        (["1", "1e6", "2"], "number", "numbers from 1 to 1,000,000"),
        (["b", "a", "b"], "category", "2 categories, a, b"),
        (["b", "?", "b"], "category", "1 category, b; 1 missing"),
        (["1", "a", "1", "a"], "category", "2 categories, 1, a"),
        (["2024-01-31", "2024-02-01", "2024-01-31"], "category", "dates, which are texts here: 2 categories"),
        (["31.1.2024", "1.2.24"], "", "left out: dates, which are texts here: each is a different one"),
        (["a", "b", "c"], "", "left out: each is a different one, as of an id or a name"),
        (["same", "same"], "", "left out: always same"),
        (["3", "3"], "", "left out: always 3"),
        (["", "?"], "", "left out: it has no values"),
        ([f"n{i}" for i in range(51)] * 2, "", "left out: 51 different ones, more than 50: --category x takes them"),
        ([f"n{i}" for i in range(50)] * 2, "category", "50 categories, n0, n1, n10, n11, n12, n13 and 44 more"),
    ],
)
def test_kinds(cells: list[str], kind: str, words: str) -> None:
    found = kind_of(table_of(cells), "x")
    assert found.kind == kind
    assert words in found.words


def test_options_are_written_for_a_shell() -> None:
    assert kind_of(table_of(["1", "2"], "the row"), "the row").words.endswith("--ignore 'the row'")


def test_categories_on_request() -> None:
    assert kind_of(table_of(["1", "2", "2"]), "x", True) == ("category", "2 categories, 1, 2")
    assert kind_of(table_of(["a", "b", "c"]), "x", True).kind == "category"
    assert kind_of(table_of([f"n{i}" for i in range(60)] * 2), "x", True).kind == "category"
    assert kind_of(table_of(["1", "1", "old"]), "x", True).kind == "category"
    assert kind_of(table_of(["1", "1"]), "x", True).kind == ""


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (
            ["1", "old", "3"],
            "line 3, column 'x': 'old' is not a number, as 2 others in this column are: mend it, leave it empty, or let --category x",
        ),
        (["1", "", "2,5"], "line 4, column 'x': '2,5' is not a number; write numbers as 1.5"),
        (["1,5", "2,5"], "line 2, column 'x': '1,5' is not a number; write numbers as 1.5"),
        (["1", "1e400"], "line 3, column 'x': the number '1e400' is larger than 1e+100"),
        (["1", "-inf"], "line 3, column 'x': the number '-inf' is larger than 1e+100"),
    ],
)
def test_cells_that_are_refused(cells: list[str], wanted: str) -> None:
    with pytest.raises(TableError) as caught:
        kind_of(table_of(cells), "x")
    assert wanted in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "task", "kind", "words"),
    [
        (["no", "yes"] * 2, "", "class", "classification, 2 classes, no, yes"),
        (["0", "1"], "", "class", "classification, 2 classes, 0, 1 (few and whole: --regression predicts a number)"),
        (["10", "9.0", "8"] * 3, "", "class", "classification, 3 classes, 8, 9, 10"),
        (
            ["10", "9.0", "8"],
            "",
            "number",
            "regression, numbers from 8 to 10 (--classification takes each for a class)",
        ),
        (["0.5", "1"] * 9, "", "number", "regression, numbers from 0.5 to 1"),
        ([str(i) for i in range(21)] * 9, "", "number", "regression, numbers from 0 to 20"),
        (["1", "2"] * 9, "regression", "number", "regression, numbers from 1 to 2"),
        (["0.5", "1", "1.0"], "classification", "class", "classification, 2 classes, 0.5, 1"),
        (["1", "2", "n"] * 9, "", "class", "classification, 3 classes, 1, 2, n"),
    ],
)
def test_targets(cells: list[str], task: str, kind: str, words: str) -> None:
    found = target_kind(table_of(cells), "x", task)
    assert found.kind == kind
    assert found.words.startswith(words)
    assert not (task and "--" in found.words)


@pytest.mark.parametrize(
    ("cells", "task", "wanted"),
    [
        (["a", "a"], "", "t.csv: 'x' is always 'a': there is one class only, and nothing to learn"),
        (["1", "1.0"], "", "always '1': there is one class only, and nothing to learn"),
        (["2.5", "2.5"], "", "t.csv: 'x' is always 2.5: there is nothing to learn"),
        (["a", "b", "c"], "", "t.csv: 'x' has a different text in each row, such as 'a': no numbers, and no classes"),
        ([f"n{i}" for i in range(101)] * 2, "", "t.csv: 'x' has 101 classes, and 100 is the most"),
        ([str(i) for i in range(101)], "classification", "100 is the most; --regression predicts a number"),
        (
            [*map(str, range(30)), "n"],
            "",
            "'n' is not a number, as 30 others in this column are: mend it, leave it empty, or let --classification take",
        ),
        (["1", "2", "n"], "regression", "line 4, column 'x': 'n' is not a number"),
        (["1", "inf", "2.5"], "", "line 3, column 'x': the number 'inf' is larger than 1e+100"),
    ],
)
def test_targets_that_are_refused(cells: list[str], task: str, wanted: str) -> None:
    with pytest.raises(TableError) as caught:
        target_kind(table_of(cells), "x", task)
    assert wanted in str(caught.value)


def test_labels() -> None:
    assert labels_of(table_of(["1", "1.0", "2.5", "1e20"]), "x") == ["1", "1", "2.5", "1e+20"]
    assert labels_of(table_of(["1", "1.0", "a"]), "x") == ["1", "1.0", "a"]
    assert classes_of(["1.0", "a", "10", "9"]) == ["1.0", "10", "9", "a"]


def test_unknown_columns() -> None:
    check_column(table_of(["1"]), "x")
    with pytest.raises(TableError, match=r"t.csv has no column 'othr'; did you mean other$"):
        check_column(table_of(["1"]), "othr")
    with pytest.raises(TableError, match=r"has no column 'price'; there are x, other$"):
        check_column(table_of(["1"]), "price")

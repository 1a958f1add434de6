"""Columns as inputs: what is learned of them, the numbers that they make, and what files may say of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nn.tabular.columns import CategoryColumn, ClassTarget, NumberColumn, NumberTarget, describe, encode, read
from nn.tabular.table import Table, TableError


def table_of(*cells: str) -> Table:
    return Table("t.csv", ",", ["x"], [[cell] for cell in cells], list(range(2, 2 + len(cells))))


def test_numbers_are_standardised() -> None:
    table = table_of("1", "3", "5")
    column = NumberColumn.learn(table, "x")
    assert column == NumberColumn("x", 3.0, pytest.approx((8 / 3) ** 0.5), False)
    assert column.encode(table).ravel().tolist() == pytest.approx([-(1.5**0.5), 0.0, 1.5**0.5])
    assert column.surprise(table) == ""


def test_missing_numbers_are_the_mean_and_say_so() -> None:
    column = NumberColumn.learn(table_of("1", "", "3", "NA"), "x")
    assert (column.mean, column.scale, column.width) == (2.0, 1.0, 2)
    assert column.encode(table_of("3", "?")).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert column.surprise(table_of("?")) == ""


def test_numbers_missing_where_none_were() -> None:
    column = NumberColumn("x", 2.0, 1.0, False)
    assert column.encode(table_of("", "5")).tolist() == [[0.0], [3.0]]
    assert (
        column.surprise(table_of("", "5"))
        == "1 missing, where the model learned from none that were: taken as the mean"
    )


def test_a_column_without_any_number_to_learn_from() -> None:
    column = NumberColumn.learn(table_of("", ""), "x")
    assert column == NumberColumn("x", 0.0, 1.0, True)


@pytest.mark.parametrize("number", ["1e100", "-1e100"])
def test_a_number_that_is_too_far_away(number: str) -> None:
    with pytest.raises(TableError, match=r"line 3, column 'x': -?1e\+100 is too far from the numbers that the model"):
        NumberColumn("x", 0.0, 1e-300, False).encode(table_of("0", number))


def test_categories_are_an_input_each() -> None:
    column = CategoryColumn.learn(table_of("b", "a", "b"), "x")
    assert column == CategoryColumn("x", ["a", "b"], False)
    assert column.encode(table_of("a", "b", "c", "")).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert column.surprise(table_of("a", "c\n", "")) == "2 of 3 are no category that it learned, such as 'c\\n'"
    assert column.surprise(table_of("a")) == ""


def test_a_missing_category_is_one_more() -> None:
    column = CategoryColumn.learn(table_of("b", "NA"), "x")
    assert column == CategoryColumn("x", ["b"], True)
    assert column.encode(table_of("b", "", "c")).tolist() == [[1, 0], [0, 1], [0, 0]]
    assert column.surprise(table_of("b", "?")) == ""


def test_columns_stand_side_by_side() -> None:
    columns = [NumberColumn("x", 0.0, 2.0, False), CategoryColumn("x", ["4"], False)]
    assert encode(table_of("4", "2"), columns).tolist() == [[2.0, 1.0], [1.0, 0.0]]


COLUMNS = [NumberColumn("x", 0.1, 2.0, True), CategoryColumn("y\x1b", ["a", ""], False), CategoryColumn("z", [], True)]
TARGETS = [ClassTarget("t", ["no", "yes"]), NumberTarget("t", 1e99, 1e-99)]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_described_can_be_read(target: Any) -> None:
    about = json.loads(json.dumps(describe(COLUMNS, target)))
    assert read(about) == (COLUMNS, target)
    assert target.width == (2 if target is TARGETS[0] else 1)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda about: about.pop("target"), "this model does not say which columns it reads"),
        (lambda about: about.update(more=1), "about.more is unknown"),
        (lambda about: about.update(columns={}), "about.columns is a list of at least one item, not {}"),
        (lambda about: about.update(columns=[1]), "about.columns[0] is an object of a kind, number or category, not 1"),
        (lambda about: about["columns"][0].update(kind=[]), "about.columns[0] is an object of a kind"),
        (lambda about: about["columns"][0].pop("mean"), "about.columns[0].mean is missing"),
        (lambda about: about["columns"][0].update(mean="0"), "about.columns[0].mean is a finite number, not '0'"),
        (lambda about: about["columns"][0].update(scale=0), "about.columns[0].scale is a positive number, not 0"),
        (lambda about: about["columns"][0].update(scale=float("nan")), "about.columns[0].scale is a finite number"),
        (lambda about: about["columns"][0].update(missing=1), "about.columns[0].missing is true or false, not 1"),
        (lambda about: about["columns"][0].update(width=1), "about.columns[0].width is unknown"),
        (lambda about: about["columns"][1].update(name="x"), "about.columns has 'x' more than once"),
        (lambda about: about["columns"][1].update(categories=["a", "a"]), "categories has 'a' more than once"),
        (lambda about: about["columns"][1].update(categories="ab"), "categories is a list of at least one item"),
        (lambda about: about["target"].update(classes=[]), "about.target.classes is a list of at least one item"),
        (lambda about: about["target"].update(classes=["a", 1]), "about.target.classes[1] is text in UTF-8, not 1"),
        (lambda about: about["target"].update(kind="category"), "about.target is an object of a kind, class or number"),
    ],
)
def test_what_is_refused(change: Callable[[Any], Any], wanted: str) -> None:
    about = describe(COLUMNS, TARGETS[0])
    change(about)
    with pytest.raises(ValueError, match="about|model") as caught:
        read(about)
    assert wanted in str(caught.value)

"""What the columns of a table are: numbers, categories, or nothing to learn from; and what a target asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from shlex import quote
from typing import NamedTuple

from ..saving.strict_json import shown
from .table import Table, TableError, has_comma, header_hint, is_missing, number_in, printable, written

MOST_CATEGORIES = 50  # that a column of texts may have, if nobody says that they are categories
MOST_CLASSES = 100
MOST_WHOLE = 20  # different numbers, all whole, that are classes if nobody says what they are
_ROWS_PER_CLASS = 3  # that there are then, at least

_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}( .*)?", re.ASCII)


class Kind(NamedTuple):
    """What a column is: the `kind` "number" or "category", or "" if it is left out, and that in words."""

    kind: str
    words: str


def kind_of(table: Table, name: str, as_categories: bool = False) -> Kind:
    """Return what the column `name` is, as an input; with `as_categories`, its numbers are texts, too.

    A column is numbers if all of its cells that have a value are. Texts are categories if there are few of them, and
    some more than once. What never changes is left out. An error names a cell that is no number among those that are.
    """
    cells = [cell for cell in table.column(name) if not is_missing(cell)]
    missing = len(table.rows) - len(cells)
    also = f"; {missing:,} missing" if missing else ""
    counts = Counter(cells)
    if len(counts) + (missing > 0) < 2:
        return Kind("", f"left out: always {_listed([*counts])}" if counts else "left out: it has no values")
    if not as_categories and _are_numbers(table, name, cells, _option("category", name)):
        numbers = _values(table, name)
        return Kind("number", _range(numbers) + also + _counting(table, name, numbers))
    texts = "dates, which are texts here: " if all(map(_DATE.fullmatch, cells)) else ""
    if not as_categories and len(counts) == len(cells):
        return Kind("", f"left out: {texts}each is a different one, as of an id or a name")
    if not as_categories and len(counts) > MOST_CATEGORIES:
        hint = f"more than {MOST_CATEGORIES}: {_option('category', name)} takes them"
        return Kind("", f"left out: {texts}{len(counts):,} different ones, {hint}")
    categories = "1 category" if len(counts) == 1 else f"{len(counts):,} categories"
    return Kind("category", f"{texts}{categories}, {_listed(sorted(counts))}{also}")


def _are_numbers(table: Table, name: str, cells: Sequence[str], option: str) -> bool:
    """Say whether `cells` are numbers; if most are, or with a comma would be, name one that is not.

    The `option` is what makes texts of them.
    """
    count = sum(number_in(cell) is not None for cell in cells)
    if count == len(cells):
        return True
    if all(number_in(cell) is not None or has_comma(cell) for cell in cells):
        _values(table, name)  # which raises
    if 2 * count > len(cells):
        i, cell = next((i, cell) for i, cell in enumerate(table.column(name)) if _is_text(cell))
        hint = f"mend it, leave it empty, or let {option} take all for texts"
        raise table.error(i, name, f"{shown(cell)} is not a number, as {count:,} others in this column are: {hint}")
    return False


def _is_text(cell: str) -> bool:
    return not is_missing(cell) and number_in(cell) is None


def _values(table: Table, name: str) -> list[float]:
    return [table.number(i, name, cell) for i, cell in enumerate(table.column(name)) if not is_missing(cell)]


def _range(numbers: Sequence[float]) -> str:
    return f"numbers from {written(min(numbers))} to {written(max(numbers))}"


def _counting(table: Table, name: str, numbers: Sequence[float]) -> str:
    """Say if a column looks as if it did nothing but number the rows."""
    n = len(table.rows)
    if len({*numbers}) < n or max(numbers) - min(numbers) >= 2 * n or not all(x.is_integer() for x in numbers):
        return ""
    return f"; if they only number the rows, leave them out: {_option('ignore', name)}"


def _option(option: str, name: str) -> str:
    """Write an option of the command with the `name` of a column, as a shell takes it."""
    return f"--{option} {quote(printable(name))}"


def _listed(texts: Sequence[str], most: int = 6) -> str:
    """Write the first `texts`, and how many more there are."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(map(printable, texts[:most])) + more


def target_kind(table: Table, name: str, task: str = "") -> Kind:
    """Return what the column `name` is as a target, without missing values: of the kind "class" or "number".

    The `task` is "classification", "regression", or "": then texts are classes, and so are whole numbers if there are
    few different ones; other numbers are numbers.
    """
    cells = table.column(name)
    numbers = _are_target_numbers(table, name, cells, task)
    if task == "regression" or (numbers and task != "classification" and not _are_few(cells)):
        values = _values(table, name)
        if min(values) == max(values):
            raise TableError(f"{table.path}: {shown(name)} is always {written(values[0])}: there is nothing to learn")
        hint = "" if task else " (--classification takes each for a class)"
        return Kind("number", f"regression, {_range(values)}{hint}")
    classes = classes_of(labels_of(table, name))
    _check_classes(table, name, classes, numbers)
    hint = " (few and whole: --regression predicts a number)" if numbers and not task else ""
    return Kind("class", f"classification, {len(classes)} classes, {_listed(classes)}{hint}")


def _are_target_numbers(table: Table, name: str, cells: Sequence[str], task: str) -> bool:
    if task == "regression":
        return bool(_values(table, name))
    if task == "classification" or len({*cells}) <= MOST_WHOLE:  # texts may be classes beside numbers
        return all(number_in(cell) is not None for cell in cells)
    return _are_numbers(table, name, cells, "--classification")


def _are_few(cells: Sequence[str]) -> bool:
    numbers = {float(cell) for cell in cells}
    if not all(x.is_integer() for x in numbers):
        return False
    return len(numbers) <= max(2, min(MOST_WHOLE, len(cells) // _ROWS_PER_CLASS))


def _check_classes(table: Table, name: str, classes: Sequence[str], numbers: bool) -> None:
    where, hint = f"{table.path}: {shown(name)}", "; --regression predicts a number" if numbers else ""
    if len(classes) == 1:
        raise TableError(f"{where} is always {shown(classes[0])}: there is one class only, and nothing to learn")
    if len(classes) == len(table.rows) and not numbers:
        first = shown(table.column(name)[0])
        raise TableError(
            f"{where} has a different text in each row, such as {first}: no numbers, and no classes to learn"
        )
    if len(classes) > MOST_CLASSES:
        raise TableError(f"{where} has {len(classes):,} classes, and {MOST_CLASSES} is the most{hint}")


def labels_of(table: Table, name: str) -> list[str]:
    """Return the class of each row by its text in the column `name`; if all are numbers, 1.0 is the same as 1."""
    cells = table.column(name)
    if all(number_in(cell) is not None for cell in cells):
        return [_as_label(table.number(i, name, cell)) for i, cell in enumerate(cells)]
    return cells


def _as_label(x: float) -> str:
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


def classes_of(labels: Sequence[str]) -> list[str]:
    """Return the different `labels` in their order, that of numbers or of texts.

    >>> classes_of(["10", "9", "10"]), classes_of(["b", "a"])
    (['9', '10'], ['a', 'b'])
    """
    numbers = all(number_in(label) is not None for label in labels)
    return sorted({*labels}, key=lambda label: (float(label) if numbers else 0.0, label))


def check_column(table: Table, name: str) -> None:
    """Refuse a `name` that is none of the columns of the `table`, with those that are like it."""
    if name not in table.names:
        close = get_close_matches(name, table.names, n=3, cutoff=0.5) or table.names
        known = f"{'did you mean' if close is not table.names else 'there are'} {_listed(close)}"
        hint = header_hint(table.names) if len(table.names) > 1 else "; cells are divided by commas, semicolons or tabs"
        raise TableError(f"{table.path} has no column {shown(name)}; {known}{hint}")

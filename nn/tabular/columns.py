"""Columns of a table as inputs and targets of a network: what was learned of each, and the numbers that it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ..saving.strict_json import below, check_items, check_keys, check_number, check_text, shown
from .scaling import Array, mean_and_scale
from .table import Table, is_missing

Data = dict[str, Any]


@dataclass(frozen=True)
class NumberColumn:
    """The input (x - mean) / scale, of numbers x.

    Where a cell is missing, x is the mean. If `missing`, another input is 1 there and else 0.
    """

    kind: ClassVar[str] = "number"
    name: str
    mean: float
    scale: float
    missing: bool

    @classmethod
    def learn(cls, table: Table, name: str) -> NumberColumn:
        """Return the column `name` as the numbers in the `table` make it."""
        x = _numbers(table, name)
        known = x[~np.isnan(x)]
        mean, scale = mean_and_scale(known) if len(known) else (0.0, 1.0)
        return cls(name, float(mean), float(scale), len(known) < len(x))

    @property
    def width(self) -> int:
        """The number of inputs."""
        return 2 if self.missing else 1

    def encode(self, table: Table) -> Array:
        """Return the inputs for each row of the `table`, of shape (rows, width)."""
        x = _numbers(table, self.name)
        unknown = np.isnan(x)
        with np.errstate(over="ignore"):
            inputs = np.where(unknown, 0.0, (x - self.mean) / self.scale)
        for i in np.flatnonzero(~np.isfinite(inputs)):
            raise table.error(int(i), self.name, f"{x[i]:g} is too far from the numbers that the model learned from")
        return np.column_stack([inputs, unknown] if self.missing else [inputs])

    def surprise(self, table: Table) -> str:
        """Say what is in the `table` that the column was not learned from; "" if nothing is."""
        count = 0 if self.missing else sum(map(is_missing, table.column(self.name)))
        return f"{count:,} missing, where the model learned from none that were: taken as the mean" if count else ""


@dataclass(frozen=True)
class CategoryColumn:
    """An input for each of the `categories`: 1 where the cell is that text, else 0.

    If `missing`, the last input is 1 where the cell has no value. All are 0 where a text is none of the categories.
    """

    kind: ClassVar[str] = "category"
    name: str
    categories: list[str]
    missing: bool

    @classmethod
    def learn(cls, table: Table, name: str) -> CategoryColumn:
        """Return the column `name` as the texts in the `table` make it."""
        cells = table.column(name)
        return cls(name, sorted({cell for cell in cells if not is_missing(cell)}), any(map(is_missing, cells)))

    @property
    def width(self) -> int:
        """The number of inputs."""
        return len(self.categories) + self.missing

    def encode(self, table: Table) -> Array:
        """Return the inputs for each row of the `table`, of shape (rows, width)."""
        places = {category: i for i, category in enumerate(self.categories)}
        inputs = np.zeros((len(table.rows), self.width))
        for i, cell in enumerate(table.column(self.name)):
            place = len(self.categories) if self.missing and is_missing(cell) else places.get(cell)
            if place is not None:
                inputs[i, place] = 1.0
        return inputs

    def surprise(self, table: Table) -> str:
        """Say what is in the `table` that the column was not learned from; "" if nothing is."""
        known = {*self.categories}
        new = [
            cell for cell in table.column(self.name) if cell not in known and not (self.missing and is_missing(cell))
        ]
        if not new:
            return ""
        return f"{len(new):,} of {len(table.rows):,} are no category that it learned, such as {shown(new[0])}"


Column = NumberColumn | CategoryColumn


@dataclass(frozen=True)
class ClassTarget:
    """What is to be predicted, as one of several classes, each an output of the model."""

    kind: ClassVar[str] = "class"
    name: str
    classes: list[str]

    @property
    def width(self) -> int:
        """The number of outputs of a model for it."""
        return len(self.classes)


@dataclass(frozen=True)
class NumberTarget:
    """What is to be predicted, as a number: the output of the model times the scale, plus the mean."""

    kind: ClassVar[str] = "number"
    name: str
    mean: float
    scale: float
    width: ClassVar[int] = 1


Target = ClassTarget | NumberTarget


def _numbers(table: Table, name: str) -> Array:
    """Return the numbers in a column, nan where there is no value."""
    cells = enumerate(table.column(name))
    return np.array([np.nan if is_missing(cell) else table.number(i, name, cell) for i, cell in cells], dtype=float)


def encode(table: Table, columns: Sequence[Column]) -> Array:
    """Return the inputs that the `columns` make of each row of the `table`, side by side."""
    return np.concatenate([column.encode(table) for column in columns], axis=1)


# How they are written into the file of a model, and read from it, which may hold anything.


def describe(columns: Sequence[Column], target: Target) -> Data:
    """Return columns and target as JSON data.

    >>> describe([NumberColumn("age", 40.0, 10.0, False)], ClassTarget("ill", ["no", "yes"]))["target"]
    {'kind': 'class', 'name': 'ill', 'classes': ['no', 'yes']}
    """
    return {"columns": [_as_data(column) for column in columns], "target": _as_data(target)}


def _as_data(part: Column | Target) -> Data:
    return {"kind": part.kind, **asdict(part)}


def read(about: Any) -> tuple[list[Column], Target]:
    """Return the columns and the target in the data `about` a model, if `describe` could have written it.

    >>> read({"columns": [], "target": {"kind": "class"}})
    Traceback (most recent call last):
    ValueError: about.columns is a list of at least one item, not []
    """
    if not isinstance(about, dict) or not {"columns", "target"} <= about.keys():
        raise ValueError("this model does not say which columns it reads, as those of `chainrule train` do")
    check_keys(about, "about", ["columns", "target"])
    items = check_items(about["columns"], "about.columns")
    columns = [_read(x, below("about.columns", i), (NumberColumn, CategoryColumn)) for i, x in enumerate(items)]
    _check_different([column.name for column in columns], "about.columns")
    return columns, _read(about["target"], "about.target", (ClassTarget, NumberTarget))


def _read(x: Any, where: str, kinds: Sequence[Any]) -> Any:
    known = {kind.kind: kind for kind in kinds}
    kind = x.get("kind") if isinstance(x, dict) else None
    if not isinstance(kind, str) or kind not in known:
        raise ValueError(f"{where} is an object of a kind, {' or '.join(known)}, not {shown(x)}")
    names = [field.name for field in fields(known[kind])]
    check_keys(x, where, ["kind", *names])
    return known[kind](**{name: _CHECKS[name](x[name], below(where, name)) for name in names})


def _check_categories(x: Any, where: str) -> list[str]:
    return [] if x == [] else _check_texts(x, where)  # a column that had no values where the model learned


def _check_texts(x: Any, where: str) -> list[str]:
    texts = [check_text(text, below(where, i)) for i, text in enumerate(check_items(x, where))]
    _check_different(texts, where)
    return texts


def _check_different(texts: Sequence[str], where: str) -> None:
    for text, count in Counter(texts).items():
        if count > 1:
            raise ValueError(f"{where} has {shown(text)} more than once")


def _check_scale(x: Any, where: str) -> float:
    if check_number(x, where) <= 0:
        raise ValueError(f"{where} is a positive number, not {shown(x)}")
    return float(x)


def _check_truth(x: Any, where: str) -> bool:
    if not isinstance(x, bool):
        raise ValueError(f"{where} is true or false, not {shown(x)}")
    return x


_CHECKS = {
    "name": check_text,
    "mean": check_number,
    "scale": _check_scale,
    "missing": _check_truth,
    "categories": _check_categories,
    "classes": _check_texts,
}

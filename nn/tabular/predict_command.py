"""What `chainrule predict` does: fill in, for the rows of a table, what a model of `chainrule train` learned."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Sequence

import numpy as np

from ..evaluation import predict as outputs_of
from ..evaluation import softmax
from ..layers import MLP
from ..saving.checkpoint import load_with_about
from ..saving.model_file import Path, reading
from ..shared import write_file
from .columns import Column, NumberTarget, Target, encode, read
from .kinds import check_column
from .scaling import Array
from .table import Table, TableError, printable, read_table
from .train_command import check_out

_NEW = ("predicted", "probability")


def predict(model: Path, path: Path, out: Path | None = None) -> None:
    """Read the rows of the CSV file `path` with the model in the JSON file `model`, and write them with predictions.

    They are written as CSV to the file `out`, by default to stdout; what there is to say is on stderr.
    """
    if out is not None:
        check_out(out, model, path)
    network, columns, target = load_table_model(model)
    table = read_table(path)
    _check_columns(table, columns)
    outputs = _outputs(network, table, columns, target)
    text = _as_csv(table, _predictions(outputs, target))
    if out is None:
        _check_encoding(text)
        sys.stdout.write(text)
        return
    write_file(out, text.encode())
    _say(f"{len(table.rows):,} predictions of {printable(target.name)} are in {printable(os.fspath(out))}")


def _check_encoding(text: str) -> None:
    """Refuse to print data that sys.stdout can show only with other characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        lacks = f"{encoding}, the encoding of the output, has no {error.object[error.start]!a}"
        raise ValueError(f"{lacks}: write to a file with --out, or set PYTHONIOENCODING=utf-8") from None


def load_table_model(path: Path) -> tuple[MLP, list[Column], Target]:
    """Return the model in the JSON file `path`, the columns that it reads, and what it predicts, if they suit it."""
    model, about = load_with_about(path)
    with reading(path):
        columns, target = read(about)
        nin = sum(column.width for column in columns)
        if type(model) is not MLP:
            raise ValueError(f"the model is an MLP, not {type(model).__name__}")
        _check_size("inputs", nin, len(model.layers[0].neurons[0].w))
        _check_size("outputs", target.width, len(model.layers[-1].neurons))
    return model, columns, target


def _check_size(what: str, wanted: int, found: int) -> None:
    if wanted != found:
        raise ValueError(f"about is of a model with {wanted} {what}, and this one has {found}")


def _check_columns(table: Table, columns: Sequence[Column]) -> None:
    """Refuse a table without the `columns` of the model, and say what else is special about it."""
    for column in columns:
        check_column(table, column.name)
    for name in _NEW:
        if name in table.names:
            raise TableError(f"{table.path} has a column {name} already, which is to be added: rename or remove it")
    others = [printable(name) for name in table.names if name not in {column.name for column in columns}]
    if others:
        _say(f"not read: {', '.join(others[:10])}{f' and {len(others) - 10} more' if len(others) > 10 else ''}")
    for column in columns:
        surprise = column.surprise(table)
        if surprise:
            _say(f"{printable(column.name)}: {surprise}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _outputs(model: MLP, table: Table, columns: Sequence[Column], target: Target) -> Array:
    """Return the outputs of the `model` for each row, on the scale of the `target`."""
    with np.errstate(all="ignore"):
        outputs = outputs_of(model, encode(table, columns), raw=True).reshape(len(table.rows), -1)
        if isinstance(target, NumberTarget):
            outputs = outputs * target.scale + target.mean
    for i in np.flatnonzero(~np.isfinite(outputs).all(axis=1)):
        raise TableError(f"{table.path}, line {table.lines[i]}: what the model gives for this row is not finite")
    return outputs


def _predictions(outputs: Array, target: Target) -> dict[str, list[str]]:
    """Return the columns of predictions that the `outputs` of a model stand for."""
    if isinstance(target, NumberTarget):
        return {"predicted": [f"{x:.10g}" for x in outputs[:, 0].tolist()]}
    names = [target.classes[i] for i in outputs.argmax(axis=1)]
    return {"predicted": names, "probability": [f"{p:.6g}" for p in softmax(outputs).max(axis=1)]}


def _as_csv(table: Table, new: dict[str, list[str]]) -> str:
    """Return the `table` with the columns `new` as CSV, divided as it was."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow([*table.names, *new])
    writer.writerows([*row, *more] for row, more in zip(table.rows, zip(*new.values())))
    return file.getvalue()

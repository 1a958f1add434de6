"""What `chainrule train` does: learn a column of a table from the others."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from shlex import quote
from typing import Any, NamedTuple

import numpy as np

from ..confusion_table import Confusion
from ..data.splitting import split
from ..evaluation import confusion, predict
from ..layers import MLP
from ..losses import cross_entropy, mean_squared_error
from ..saving.model_file import Path
from ..shared import check_writable
from ..training.nonfinite import NonFiniteError
from .columns import CategoryColumn, ClassTarget, NumberColumn, NumberTarget, Target, describe, encode
from .kinds import Kind, check_column, classes_of, kind_of, labels_of, target_kind
from .recipe import fit_as_usual
from .scaling import Array, mean_and_scale
from .table import Table, TableError, is_missing, printable, read_table, written

_MOST_LISTED = 24  # columns
_MOST_IN_CONFUSION = 15  # classes
_MOST_WEIGHTS = 1_000_000


class Options(NamedTuple):
    """How to train, as the options of the command say it; the `task` is "classification", "regression" or ""."""

    hidden: Sequence[int]
    activation: str
    epochs: int | None
    batch_size: int
    lr: float
    l2: float
    held_out: float
    seed: int
    task: str
    ignore: Sequence[str]
    category: Sequence[str]


def train(path: Path, target: str, out: Path, options: Options) -> None:
    """Learn the column `target` of the CSV file `path`, print how well, and write the model to the JSON file `out`."""
    check_out(out, path)
    table = _with_target(read_table(path), target, options)
    asked, kinds = target_kind(table, target, options.task), _kinds(table, target, options)
    print(f"{_listing(kinds)}\n\nlearning {printable(target)}: {asked.words}")
    rng = random.Random(options.seed)
    learn, test = _divided(len(table.rows), options.held_out, rng)
    tested = f", tested on {len(test):,} held out" if test else ""
    print(f"from {len(learn):,} rows{tested}; seed {options.seed}\n")
    learned = table.take(learn)
    columns = [_COLUMNS[kind](learned, name) for name, (kind, _) in kinds.items() if kind]
    goal = _goal(table, learned, target, asked.kind)
    X, Y = encode(table, columns), _targets(table, goal)
    held = (X[test], Y[test]) if test else None
    try:
        model = _trained(X[learn], Y[learn], held, goal, options, rng)
    except NonFiniteError as fault:
        where = table.path if fault.sample is None else f"{table.path}, line {learned.lines[fault.sample]}"
        hint = "use a smaller learning rate, --lr, or another --activation"
        raise ArithmeticError(f"{where}: numbers are no longer finite in epoch {fault.epoch}: {hint}") from fault
    if held:
        print(_assessed(model, goal, Y[learn], *held), end="\n\n")
    model.save(out, about=describe(columns, goal))
    name = printable(os.fspath(out))
    print(f"the model is in {name}: chainrule predict {quote(name)} FILE.csv")


_COLUMNS: dict[str, Any] = {"number": NumberColumn.learn, "category": CategoryColumn.learn}


def check_out(out: Path, *inputs: Path) -> None:
    """Refuse a file `out` that cannot be written, or is one of the `inputs`: better now than after the work."""
    folder = os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"there is no folder {printable(folder)} to write {printable(os.path.basename(out))} to"
        )
    for path in inputs:
        if os.path.exists(out) and os.path.exists(path) and os.path.samefile(out, path):
            raise ValueError(f"--out is {printable(os.fspath(path))} itself, which would be lost: give another name")
    check_writable(out)


def _with_target(table: Table, target: str, options: Options) -> Table:
    """Return the rows of the `table` that have a target, and print how many there are."""
    for name in (target, *options.ignore, *options.category):
        check_column(table, name)
    if target in options.ignore:
        raise ValueError(f"{printable(target)} is to be learned: it cannot be in --ignore")
    cells = table.column(target)
    known = [i for i, cell in enumerate(cells) if not is_missing(cell)]
    print(f"{table.path}: {len(cells):,} rows, {len(table.names):,} columns")
    if not known:
        raise TableError(f"{table.path}: no row has a value of {printable(target)}, which is to be learned")
    if len(known) < len(cells):
        print(f"left out, for there is no {printable(target)}: {len(cells) - len(known):,} of these rows")
    return table.take(known)


def _kinds(table: Table, target: str, options: Options) -> dict[str, Kind]:
    """Return what the columns are, but for the target."""
    kinds = {
        name: Kind("", "left out, as --ignore says")
        if name in options.ignore
        else kind_of(table, name, name in options.category)
        for name in table.names
        if name != target
    }
    if not any(kind for kind, _ in kinds.values()):
        reasons = "".join(f"\n  {printable(name)}: {words}" for name, (_, words) in kinds.items())
        raise TableError(f"{table.path} has no column to learn from{reasons}")
    return kinds


def _listing(kinds: dict[str, Kind]) -> str:
    """Say what each column is, in a line for each; where there are many, not of all that are just numbers."""
    shown = {printable(name): words for name, (_, words) in kinds.items()}
    plain = [name for name, words in shown.items() if words.startswith("numbers") and ";" not in words]
    if len(shown) <= _MOST_LISTED:
        plain = []
    width = max((len(name) for name in shown if name not in plain), default=0)
    lines = [f"  {name.ljust(width)}  {words}" for name, words in shown.items() if name not in plain]
    if plain:
        lines.append(f"  {len(plain):,} {'others' if lines else 'columns'}: numbers")
    return "\n".join(lines)


def _divided(n: int, held_out: float, rng: random.Random) -> tuple[list[int], list[int]]:
    """Return which of `n` rows to learn from, and which to test on."""
    places = list(range(n))
    if not held_out:
        return places, []
    try:
        (learn, _), (test, _) = split(places, places, held_out, rng=rng)
    except ValueError as mistake:
        raise ValueError(f"{mistake}: give another --held-out, or 0 to test on none") from None
    return learn, test


def _goal(table: Table, learned: Table, name: str, kind: str) -> Target:
    if kind == "class":
        return ClassTarget(name, classes_of(labels_of(table, name)))
    mean, scale = mean_and_scale(np.array(learned.column(name), dtype=float))
    return NumberTarget(name, float(mean), float(scale))


def _targets(table: Table, goal: Target) -> Array:
    """Return what a model for the `goal` learns of each row: the number of its class, or the number on a scale."""
    if isinstance(goal, ClassTarget):
        places = {label: i for i, label in enumerate(goal.classes)}
        return np.array([places[label] for label in labels_of(table, goal.name)])
    return (np.array(table.column(goal.name), dtype=float) - goal.mean) / goal.scale


def _trained(
    X: Array, Y: Array, held: tuple[Array, Array] | None, goal: Target, options: Options, rng: random.Random
) -> MLP:
    """Return a new model for the `goal` that has learned from the inputs `X` and the targets `Y`."""
    widths = [X.shape[1], *options.hidden, goal.width]
    count = sum(n * m for n, m in pairwise(widths))
    if count > _MOST_WEIGHTS:
        raise ValueError(f"a model of {' × '.join(map(str, widths))} has {count:,} weights: at most {_MOST_WEIGHTS:,}")
    model = MLP(widths[0], widths[1:], activation=options.activation, rng=rng)
    print(model, end="\n\n")
    fit_as_usual(
        model,
        X,
        Y,
        loss=cross_entropy if isinstance(goal, ClassTarget) else mean_squared_error,
        epochs=options.epochs,
        batch_size=options.batch_size,
        lr=options.lr,
        l2=options.l2,
        rng=rng,
        validation=held,
    )
    return model


def _assessed(model: MLP, goal: Target, learned: Array, X: Array, Y: Array) -> str:
    """Say how well the `model` does on the held-out inputs `X` and targets `Y`, and what no model would do."""
    if isinstance(goal, ClassTarget):
        return _classified(confusion(model, X, Y), goal, Counter(learned.tolist()).most_common(1)[0][0])
    return (
        f"held out: {_score(predict(model, X, raw=True) - Y, Y, goal.scale)}\n"
        f"always the mean, {written(goal.mean)}, would be: {_score(Y, Y, goal.scale)}"  # 0 is the mean where it learned
    )


def _classified(table: Confusion, goal: ClassTarget, usual: int) -> str:
    names, count = [printable(name) for name in goal.classes], sum(table.counts[usual])
    lines = [
        f"held out: {table.right:,} of {table.total:,} are right, {table.right / table.total:.1%}",
        f"always {names[usual]} would be: {count:,} of {table.total:,}, {count / table.total:.1%}",
    ]
    if len(names) <= _MOST_IN_CONFUSION:
        lines += ["", str(Confusion(table.counts, names))]
    return "\n".join(lines)


def _score(errors: Array, Y: Array, scale: float) -> str:
    """Write how large `errors` are, times `scale`, and, unless all targets are the same, what variance is explained."""
    spread = np.sum((Y - Y.mean()) ** 2)
    explained = f", R² {1 - np.sum(errors**2) / spread:.3f}" if spread else ""
    return f"RMSE {written(scale * float(np.sqrt(np.mean(errors**2))))}{explained}"

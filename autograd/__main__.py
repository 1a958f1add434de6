"""The command `chainrule`, also `python -m autograd`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from autograd import __version__
from autograd.terminal import Readable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the arguments `argv`, and return its exit status: 2 for a mistake in what was asked.

    What it prints is written in characters that the terminal or the pipe has.
    """
    with redirect_stdout(Readable(sys.stdout)), redirect_stderr(Readable(sys.stderr)):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    words = list(sys.argv[1:] if argv is None else argv)
    options, rest = parser.parse_known_args([_formula(x) for x in words] if words[:1] == ["grad"] else words)
    if options.command == "grad":  # names may also stand behind options
        options.names += [x for x in rest if not x.startswith("-")]
        rest = [x for x in rest if x.startswith("-")]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        options.run(options)
    except options.mistakes as error:
        print(f"chainrule {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _formula(argument: str) -> str:
    """Return `argument` such that argparse takes no formula for an option: -x gets a space before it."""
    option = re.fullmatch(r"-h|--|--[a-z]{2,}(=.*)?", argument)
    return f" {argument}" if argument.startswith("-") and not option else argument


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chainrule", description="Gradients to look at, and a network that learns.")
    parser.add_argument("--version", action="version", version=f"chainrule {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    grad = commands.add_parser(
        "grad",
        help="print the value and the gradient of a formula",
        description="Print the value and the gradient of a formula, by every name in it.",
        epilog='example: chainrule grad "tanh(w*x + b)" w=0.5 x=2 b=1 --steps',
    )
    grad.add_argument("formula", help='such as "tanh(w*x + b)"')
    grad.add_argument("names", nargs="*", metavar="NAME=NUMBER", help="the value of each name in it")
    grad.add_argument("--steps", action="store_true", help="print each step of the backward pass")
    grad.add_argument("--svg", type=Path, metavar="FILE", help="draw the computation graph into FILE")
    grad.set_defaults(run=_grad, mistakes=(ValueError, OSError, RuntimeError))

    demo = commands.add_parser(
        "demo",
        help="train a network on handwritten digits",
        description="Train a network on real handwritten digits, and show how it does.",
    )
    demo.add_argument("--seed", type=int, default=0, help="of weights and shuffling (default 0)")
    demo.add_argument("--epochs", type=positive_integer, help="passes over the digits (default 60; eager 15)")
    demo.add_argument("--eager", action="store_true", help="compute one scalar at a time, instead of compiled arrays")
    demo.add_argument(
        "--out", type=Path, default=Path("chainrule-demo"), help="folder for the pictures (default chainrule-demo)"
    )
    demo.set_defaults(run=_demo, mistakes=(OSError, ImportError))

    _add_train(commands.add_parser("train", help="learn a column of a table from the others"))
    _add_predict(commands.add_parser("predict", help="fill in what a model of `train` has learned"))
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.description = (
        "Learn a column of a table from the others, test that on rows held out, and write the model. Columns are "
        "numbers, or texts of which there are few; cells that are empty, NA, N/A, NaN, null or ? have no value."
    )
    train.epilog = "example: chainrule train iris.csv --target species --hidden 32,32 --out iris.json"
    train.add_argument("table", type=Path, metavar="FILE.csv", help="a table with a header, in UTF-8")
    train.add_argument("--target", required=True, metavar="COLUMN", help="the column to learn")
    train.add_argument(
        "--out", type=Path, default=Path("model.json"), metavar="FILE", help="file for the model (default model.json)"
    )
    task = train.add_mutually_exclusive_group()
    task.add_argument(
        "--classification", dest="task", action="store_const", const="classification", help="the target is classes"
    )
    task.add_argument(
        "--regression", dest="task", action="store_const", const="regression", help="the target is a number"
    )
    train.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="a column to leave out (may be repeated)"
    )
    train.add_argument(
        "--category", action="append", default=[], metavar="COLUMN", help="one whose numbers or texts are categories"
    )
    train.add_argument("--hidden", type=widths, default=(32,), metavar="32,32", help="hidden layers; 0: none")
    train.add_argument("--activation", default="relu", help="of hidden neurons, such as tanh (default relu)")
    train.add_argument(
        "--epochs", type=positive_integer, help="passes over the rows (default: 1,000 steps, or 20 to 300)"
    )
    train.add_argument("--batch-size", type=positive_integer, default=32, help="rows a step (default 32)")
    train.add_argument("--lr", type=float, default=0.02, help="learning rate, which falls to 0 (default 0.02)")
    train.add_argument("--l2", type=float, default=0.002, help="factor of the squared weights (default 0.002)")
    train.add_argument("--held-out", type=share, default=0.2, help="part of the rows to test on (default 0.2; 0: none)")
    train.add_argument("--seed", type=int, default=0, help="of weights and shuffling (default 0)")
    train.set_defaults(run=_train, mistakes=(ValueError, OSError, ArithmeticError), task="")


def _add_predict(predict: argparse.ArgumentParser) -> None:
    predict.description = "Write a table with the columns `predicted` and, of classes, `probability`, as CSV."
    predict.epilog = "example: chainrule predict iris.json new.csv --out predictions.csv"
    predict.add_argument("model", type=Path, metavar="MODEL.json", help="what `chainrule train` has written")
    predict.add_argument("table", type=Path, metavar="FILE.csv", help="a table with the same columns, in any order")
    predict.add_argument("--out", type=Path, metavar="FILE", help="file for the predictions (default: print them)")
    predict.set_defaults(run=_predict, mistakes=(ValueError, OSError))


def positive_integer(text: str) -> int:
    """Return the number in `text`; argparse puts this function's name into its message."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1, not {number}")
    return number


def widths(text: str) -> tuple[int, ...]:
    """Return the numbers in `text`, such as "32,32", which are at least 1; of "0", none."""
    return () if text.strip() == "0" else tuple(positive_integer(number) for number in text.split(","))


def share(text: str) -> float:
    """Return the number in `text`, which is at least 0 and less than 1."""
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"at least 0 and less than 1, not {text}")
    return number


def _grad(options: argparse.Namespace) -> None:
    from autograd import report

    report.show_gradient(options.formula, options.names, steps=options.steps, svg=options.svg)


def _demo(options: argparse.Namespace) -> None:
    from nn import demo

    demo.run(seed=options.seed, epochs=options.epochs, out=options.out, eager=options.eager)


def _train(options: argparse.Namespace) -> None:
    from nn.tabular import train_command

    how = {name: getattr(options, name) for name in train_command.Options._fields}
    train_command.train(options.table, options.target, options.out, train_command.Options(**how))


def _predict(options: argparse.Namespace) -> None:
    from nn.tabular import predict_command

    predict_command.predict(options.model, options.table, options.out)


if __name__ == "__main__":
    sys.exit(main())

"""Parse the arguments of the command `chainrule` and run its subcommands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from autograd import __version__
from autograd.terminal import Readable

FORMATS = "any of html (default), md, txt, tex, pdf, ipynb, moodle, stack, qti"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the arguments `argv` and return its exit status.

    It is 0, or 1 if a check fails, 2 for a user error, 130 for Ctrl-C.
    Characters that the encoding of the output lacks are replaced.
    """
    with redirect_stdout(Readable(sys.stdout)), redirect_stderr(Readable(sys.stderr)):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    words = list(sys.argv[1:] if argv is None else argv)
    has_formulas = words[:1] in (["grad"], ["check"])
    options, rest = parser.parse_known_args([_formula(x) for x in words] if has_formulas else words)
    if options.command == "grad":  # names may also follow options
        options.names += [x for x in rest if not x.startswith("-")]
        rest = [x for x in rest if x.startswith("-")]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(options.run(options) or 0)
    except options.user_errors as error:
        print(f"chainrule {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _formula(argument: str) -> str:
    """Put a space before a formula such as -x, so that argparse does not take it for an option."""
    option = re.fullmatch(r"-h|--|--[a-z]{2,}(=.*)?", argument)
    return f" {argument}" if argument.startswith("-") and not option else argument


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chainrule", description="Compute gradients, make and mark exercises, train a demo network."
    )
    parser.add_argument("--version", action="version", version=f"chainrule {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    grad = commands.add_parser(
        "grad",
        help="print the value and the gradient of a formula",
        description="Print the value of a formula and its gradient with respect to every name in it.",
        epilog='example: chainrule grad "tanh(w*x + b)" w=0.5 x=2 b=1 --steps',
    )
    grad.add_argument("formula", help='for example "tanh(w*x + b)"')
    grad.add_argument("names", nargs="*", metavar="NAME=NUMBER", help="the value of each name in the formula")
    grad.add_argument("--steps", action="store_true", help="print each step of both passes")
    grad.add_argument("--svg", type=Path, metavar="FILE", help="draw the computation graph to FILE")
    grad.set_defaults(run=_grad, user_errors=(ValueError, OSError, RuntimeError))

    check = commands.add_parser(
        "check",
        help="check the derivative of a formula",
        description="Check the derivatives of a formula with respect to each name in it, in order of appearance.",
        epilog='example: chainrule check "x**2*sin(x)" "2*x*sin(x) + x**2*cos(x)"; the exit status is 1 if it is wrong',
    )
    check.add_argument("formula", help='for example "x**2*sin(x)"')
    check.add_argument(
        "answers", nargs="+", metavar="DERIVATIVE", help="a derivative for each name, and points such as x=2"
    )
    check.set_defaults(run=_check, user_errors=(ValueError, TypeError))

    demo = commands.add_parser(
        "demo",
        help="train a network on handwritten digits",
        description="Train a network on handwritten digits and report its accuracy.",
    )
    demo.add_argument("--seed", type=int, default=0, help="seed for weights and shuffling (default 0)")
    demo.add_argument("--epochs", type=positive_integer, help="passes over the digits (default 60, or 15 with --eager)")
    demo.add_argument("--eager", action="store_true", help="compute one scalar at a time instead of compiled arrays")
    demo.add_argument(
        "--out", type=Path, default=Path("chainrule-demo"), help="folder for the pictures (default chainrule-demo)"
    )
    demo.set_defaults(run=_demo, user_errors=(OSError, ImportError))
    _add_exercise(commands)
    _add_mark(commands)
    return parser


def _add_exercise(commands: Any) -> None:
    make = commands.add_parser(
        "exercise",
        help="make worksheets that ask for gradients, and their key",
        description="Make worksheets that ask for gradients. What students get is in the folder sheets; the key, with "
        "the answers, is beside it.",
        epilog='example: chainrule exercise a=2 b=-3 "d=a*b+a" "L=d**2" --ask d a b',
    )
    make.add_argument(
        "definitions", nargs="*", metavar="NAME=FORMULA", help="numbers and formulas; the last is the loss"
    )
    make.add_argument("--level", type=int, help="make random exercises of this level instead")
    make.add_argument("--seed", type=int, default=0, help="seed of random exercises (default 0)")
    make.add_argument("--students", type=Path, metavar="FILE", help="one random sheet for each name in FILE")
    make.add_argument("--count", type=positive_integer, help="this many random sheets, for students 1, 2, ...")
    make.add_argument("--title", default="", help="heading of the sheet")
    make.add_argument("--text", default="", help="text below the heading")
    make.add_argument("--ask", nargs="+", metavar="NAME", help="the nodes to ask for (default all)")
    make.add_argument("--digits", type=int, help="significant digits of the numbers (default 6, or 4 if random)")
    make.add_argument("--hints", type=int, default=0, help="give hints from 1 to 3 instead of answers when marking")
    make.add_argument("--to", nargs="+", default=["html"], metavar="FORMAT", help=FORMATS)
    make.add_argument("--out", type=Path, default=Path("exercise"), help="folder to write to (default exercise)")
    make.set_defaults(run=_exercise, user_errors=(ValueError, OSError, RuntimeError, ImportError))


def _add_mark(commands: Any) -> None:
    mark = commands.add_parser(
        "mark",
        help="mark the answers of a class",
        description="Mark the answers of a class. Print the points and the reasons for lost ones as CSV; the frequent "
        "slips and remarks on the answers go to the standard error stream.",
        epilog="example: chainrule mark key.json answers.csv > marks.csv",
    )
    mark.add_argument("key", type=Path, help="the key, written by chainrule exercise")
    mark.add_argument(
        "answers", type=Path, help="a CSV file with a row per student, or a folder with a file per student"
    )
    mark.add_argument("--no-trivial", action="store_true", help="no point for a 0 that follows from an earlier mistake")
    mark.add_argument("--hints", type=int, help="give hints from 1 to 3 instead of the answers")
    mark.set_defaults(run=_mark, user_errors=(ValueError, OSError))


def positive_integer(text: str) -> int:
    """Parse a positive integer. Messages of argparse contain the name of this function."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def _grad(options: argparse.Namespace) -> None:
    from autograd.cli.formula_report import show_gradient

    show_gradient(options.formula, options.names, steps=options.steps, svg=options.svg)


def _check(options: argparse.Namespace) -> int:
    from autograd.cli.formula_check import check_formulas

    report = check_formulas(options.formula, options.answers)
    print(report)
    return 0 if report else 1


def _demo(options: argparse.Namespace) -> None:
    from autograd.cli import demo

    demo.run(seed=options.seed, epochs=options.epochs, out=options.out, eager=options.eager)


def _exercise(options: argparse.Namespace) -> None:
    from autograd.cli.exercise_files import make_sheets, students_in, write_sheets

    if bool(options.definitions) == (options.level is not None):
        raise ValueError("give either definitions such as a=2 L=a**2, or --level")
    texts = {"title": options.title, "text": options.text, "ask": options.ask, "hints": options.hints}
    digits = {} if options.digits is None else {"digits": options.digits}
    students = students_in(options.students) if options.students else [str(i + 1) for i in range(options.count or 0)]
    sheets = make_sheets(options.definitions, options.level, options.seed, students, texts | digits)
    written = write_sheets(sheets, options.out, options.to)
    print(f"{len(sheets)} sheet{'s' * (len(sheets) != 1)} written to {options.out}, the key to {written[-1]}")


def _mark(options: argparse.Namespace) -> None:
    from autograd.cli.class_marks import print_marks

    print_marks(options.key, options.answers, trivial=not options.no_trivial, hints=options.hints)

"""Parse the arguments of the command `chainrule` and run its subcommands."""

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
    parser = argparse.ArgumentParser(prog="chainrule", description="Compute gradients and train a demo network.")
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
    return parser


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

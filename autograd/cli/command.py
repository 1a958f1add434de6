"""Parse the arguments of the command `chainrule`, and run its subcommands."""

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
    return parser


def positive_integer(text: str) -> int:
    """Return the number in `text`; argparse puts this function's name into its message."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1, not {number}")
    return number


def _grad(options: argparse.Namespace) -> None:
    from autograd.cli.formula_report import show_gradient

    show_gradient(options.formula, options.names, steps=options.steps, svg=options.svg)


def _demo(options: argparse.Namespace) -> None:
    from autograd.cli import demo

    demo.run(seed=options.seed, epochs=options.epochs, out=options.out, eager=options.eager)

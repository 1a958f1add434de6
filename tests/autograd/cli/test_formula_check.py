"""`chainrule check`: derivatives are checked in the shell."""

from __future__ import annotations

import pytest

from autograd.cli.command import main


@pytest.mark.parametrize(
    "arguments",
    [
        ("x**2*sin(x)", "2*x*sin(x) + x**2*cos(x)"),
        ("-x*log(y)", "-log(y)", "-x/y"),
        ("w·x² − 1,5", "x²", "2·w·x", "x=3"),
        ("√(x-2)", "1/(2*√(x - 2))"),
        ("|x|", "1 if x > 0 else -1"),
        ("relu(x)", "0", "x=-1"),
        ("3*x", "3"),
        ("asin(x)", "1/sqrt(1 - x^2)", "x=0,5"),
    ],
)
def test_right_derivatives(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 0, capsys.readouterr()
    assert " right" in capsys.readouterr().out


def test_a_wrong_derivative(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "(2*x + 1)**3", "3*(2*x + 1)**2"]) == 1
    out = capsys.readouterr().out
    assert out.count(" wrong") == 4
    assert "the derivative with respect to x: 1/2 of the right value everywhere" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("x*y", "y"), "the number of derivatives must be 2, one for each of x, y; got 1"),
        (("3", "0"), "the number of derivatives must be 0"),
        (("x", "q"), "q is not a name here; the names are: x"),
        (("x", "1", "y=2"), "each name must be in the formula, got y"),
        (("x", "1", "x=2", "x=3"), "each name must be given once"),
        (("x", "1,234.5"), "no separators of thousands"),
        (("x +", "1"), "cannot read this formula"),
        (("log(-x**2)", "2/x"), "found no point inside the domain of the formula"),
        (("[x, x]", "1"), "formula"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 2
    assert problem in capsys.readouterr().err

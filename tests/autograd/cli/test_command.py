"""Test the command `chainrule` as a user calls it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd.cli.command import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


def test_value_and_gradient(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "grad", "tanh(w*x + b)", "w=0.5", "x=2", "b=1")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "tanh(w*x + b) = 0.9640275800758169"
    gradients = {line.split()[0]: float(line.split()[2]) for line in lines[4:]}
    assert gradients == {
        "w": pytest.approx(0.1413016497),
        "x": pytest.approx(0.0353254124),
        "b": pytest.approx(0.0706508249),
    }


def test_steps(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "grad", "a*b + a", "a=2", "b=-3", "--steps")
    forward, backward = (part.splitlines() for part in out.split("\n\n")[1:3])
    assert [line.split() for line in forward[2:]] == [["v1", "a·b", "-6"], ["v2", "v1", "+", "a", "-4"]]
    assert backward[0].split("  ")[0] == "node"
    assert [line.split()[-6:] for line in backward[2:6]] == [
        ["1·1", "=", "1", "0", "→", "1"],
        ["1·1", "=", "1", "0", "→", "1"],
        ["1·(-3)", "=", "-3", "1", "→", "-2"],
        ["1·2", "=", "2", "0", "→", "2"],
    ]
    assert len(backward) == 8


def test_svg(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    status, out, _ = run(capsys, "grad", "x*x", "x=3", "--svg", str(path))
    assert status == 0
    assert f"graph written to {path}" in out
    assert "grad 6<" in path.read_text()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-x", "x=3"], "-x = -3.0"),
        (["--x", "x=3"], "--x = 3.0"),
        (["2*3"], "2*3 = 6.0"),
        (["x*y", "--steps", "x=1", "y=2"], "y     2.0    1.0"),
        (["x*y", "x=1", "--steps", "y=2"], "y     2.0    1.0"),
        (["--", "-x*y", "x=1", "y=2"], "-x*y = -2.0"),
        (["x", "x=pi/2"], "x = 1.5707963267948966"),
        (["x + 1", "x=-2"], "x + 1 = -1.0"),
        (["log(x)", "x=0"], "the first number that is not finite is log(x = 0.0) = -inf"),
        (["x", "x=1", "y=2"], "y     2.0    0.0"),
    ],
)
def test_more_formulas(capsys: pytest.CaptureFixture[str], words: list[str], wanted: str) -> None:
    status, out, _ = run(capsys, "grad", *words)
    assert (status, wanted in out) == (0, True), out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (['__import__("os")'], "__import__ is not a known function"),
        (["x"], "x has no value: add x=NUMBER\n  x\n  ^ column 1"),
        (["x", "x"], "an assignment must have the form NAME=NUMBER, got 'x'"),
        (["x", "x=one"], "one has no value"),
        (["x", "x=[1]"], "the value of x must be a number, got '[1]'"),
        (["x", "3=4"], "a name must be an identifier, got '3'"),
        (["x", "x=1", "x=2"], "each name must be given once, got: x=1 x=2"),
        (["x < 1", "x=1"], "the formula must give a number, got a bool"),
        (["[x]", "x=1"], "the formula must give a number, got a list"),
        (["x*x", "x=1", "--svg", "x.png"], "--svg must be a file name that ends in .svg, got x.png"),
        (["x*x", "x=1", "--svg", "/nowhere/at/all.svg"], "No such file or directory"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], words: list[str], wanted: str) -> None:
    status, _, err = run(capsys, "grad", *words)
    assert status == 2
    assert err.startswith("chainrule grad: ")
    assert wanted in err
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "cp932", "utf-8"])
def test_output_that_is_not_utf_8(encoding: str, tmp_path: Path) -> None:
    svg = tmp_path / "é.svg"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "autograd",
            "grad",
            "α*β**2 + sqrt(x)",
            "α=2",
            "β=3",
            "x=4",
            "--steps",
            "--svg",
            str(svg),
        ],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        check=True,
    )
    out = done.stdout.decode(encoding)
    assert done.stderr == b""
    assert svg.exists()
    assert ("α" in out) == (encoding in ("utf-8", "cp932", "cp437"))
    if encoding == "ascii":
        assert out.startswith("alpha*beta**2 + sqrt(x) = 20.0\n")
        assert re.search(r"^alpha +2\.0 +9\.0$", out, re.MULTILINE)
        assert "2*beta = 6" in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_mistakes_and_help_are_not_in_utf_8(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["grad", "ω + 漢", "ω=1"], ["grad", "x", "x=1", "--→"]):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        try:
            status = main(words)
        except SystemExit as end:
            status = end.code
        assert status == 2
        streams[1].flush()
        assert streams[1].buffer.getvalue()


class TestNonsenseAsBackend:
    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "autograd", *words],
            capture_output=True,
            check=False,
            env=os.environ | {"MPLBACKEND": "nonsense"},
            text=True,
        )

    @pytest.mark.slow
    def test_a_plot_is_refused_with_one_line(self, tmp_path: Path) -> None:
        done = self.run("demo", "--out", str(tmp_path / "new"))
        assert done.returncode == 2
        assert done.stderr == (
            "chainrule demo: MPLBACKEND must name a backend of matplotlib, got 'nonsense': change or unset it\n"
        )

    @pytest.mark.slow
    def test_where_nothing_is_plotted_it_does_not_matter(self, tmp_path: Path) -> None:
        assert self.run("grad", "x*x", "x=3", "--svg", str(tmp_path / "a.svg")).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("formula", ["1if x else 2", "0x1for x", "x is 1", "'\\d'", "1or x", "(1)(x)"])
@pytest.mark.parametrize("options", [[], ["-W", "error"], ["-W", "always"]], ids=str)
def test_the_parser_warns_nobody(formula: str, options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *options, "-m", "autograd", "grad", formula, "x=1"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert "Warning" not in done.stderr
    if formula != "1if x else 2":  # which is a formula
        assert done.returncode == 2
        assert done.stderr.startswith("chainrule grad: ")
        assert len(done.stderr.splitlines()) == 3


def test_a_folder_that_is_read_only_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # as for anyone but root
    for words in (["grad", "x", "x=1", "--svg", str(tmp_path / "a.svg")], ["demo", "--out", str(tmp_path)]):
        status, _, err = run(capsys, *words)
        assert status == 2
        assert err.endswith(f"cannot write into the folder {tmp_path}: permission denied\n")


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [],
        ["nonsense"],
        ["grad", "x", "x=1", "--nonsense"],
        ["grad"],
        ["demo", "--epochs", "0"],
        ["demo", "--epochs", "many"],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2
    with pytest.raises(SystemExit) as caught:
        main(["grad", "--help"])
    assert caught.value.code == 0
    assert "NAME=NUMBER" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"chainrule {autograd.__version__}\n"


def test_interrupted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd.cli.demo.run", interrupt)
    assert run(capsys, "demo")[0] == 130


@pytest.mark.slow
def test_as_a_module_and_as_a_command() -> None:
    command = Path(sys.executable).parent / "chainrule"
    for start in ([sys.executable, "-m", "autograd"], [str(command)]):
        done = subprocess.run([*start, "grad", "x*x", "x=3"], capture_output=True, text=True, check=True)
        assert "x     3.0    6.0" in done.stdout

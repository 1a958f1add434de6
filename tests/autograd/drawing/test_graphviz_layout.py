"""Test broken Graphviz programs: nothing hangs or crashes, and there is a picture or a text."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, draw, draw_dot, explore
from autograd.cli.command import main
from autograd.drawing import external_program, graphviz_layout
from autograd.drawing.graphviz_layout import LayoutError, layout
from autograd.drawing.graphviz_output import check_output
from autograd.testing import exercise

pytestmark = pytest.mark.slow

# What a fake `dot` does, as a shell script, and what is said of it.
BROKEN = {
    "hangs": ("sleep 100", "did not end within 1 seconds"),
    "hangs and refuses to end": ("trap '' TERM INT HUP; while :; do sleep 1; done", "did not end within"),
    "floods its output": ("exec yes", "did not end within"),
    "closes its output and hangs": ("exec >&-; sleep 100", "did not end within"),
    "writes junk": ("echo junk", "wrote no valid SVG (syntax error: line 1, column 0): junk"),
    "writes HTML": ("echo '<!doctype html><html><body>404</body></html>'", "wrote no valid SVG"),
    "writes XHTML": (
        "echo '<html xmlns=\"http://www.w3.org/1999/xhtml\"/>'",
        "wrote an SVG that is not a graph: <html",
    ),
    "writes another format": ("printf '\\211PNG\\r\\n\\032\\n'", "wrote no valid SVG"),
    "writes nothing": ("cat > /dev/null", "wrote nothing"),
    "writes half an SVG": ('echo \'<svg xmlns="http://www.w3.org/2000/svg"><g class="graph">\'', "wrote no valid SVG"),
    "writes an empty SVG": ("echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>'", "wrote an SVG that is not a graph"),
    "writes another graph": (
        'echo \'<svg xmlns="http://www.w3.org/2000/svg"><g class="graph"/></svg>\'',
        "wrote an SVG of a different graph",
    ),
    "fails": ("echo 'no \033[31mlibrary' >&2; exit 3", "ended with exit status 3: no [31mlibrary"),
    "fails without a word": ("exit 1", "ended with exit status 1;"),
    "crashes": ("kill -SEGV $$", "was killed by SIGSEGV"),
    "complains without end": ("head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1", "ended with exit status 1: xxx"),
    "leaves a child that holds its output": ("sleep 100 & echo half", "wrote no valid SVG"),
}


def put(folder: Path, script: str, first_line: str = "#!/bin/sh") -> Path:
    """Make a fake `dot` in a folder of its own."""
    folder.mkdir(exist_ok=True)
    fake = folder / "dot"
    fake.write_text(f"{first_line}\n{script}\n")
    fake.chmod(0o755)
    return fake


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that puts a fake `dot` on PATH. The time limit is short, and nothing is remembered."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'fake'}:/usr/bin:/bin")
    monkeypatch.setattr(graphviz_layout, "_SECONDS", 1.0)
    monkeypatch.setattr(graphviz_layout, "_logged", set())
    monkeypatch.setattr(graphviz_layout, "_slow", set())
    monkeypatch.setattr(external_program, "_GRACE", 0.2)
    return lambda *args: put(tmp_path / "fake", *args)


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The package graphviz-pure is not installed."""
    monkeypatch.setattr(graphviz_layout.sysconfig, "get_path", lambda name: str(tmp_path))


def graph() -> Value:
    return Value(2.0, "a") * 3


@pytest.mark.parametrize("kind", BROKEN)
class TestBrokenPrograms:
    def test_the_wheel_draws_instead(
        self, kind: str, fake: Callable[..., Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        script, problem = BROKEN[kind]
        program = fake(script)
        start = time.monotonic()
        assert "data 2<" in draw(graph()).to_svg()
        assert time.monotonic() - start < 10
        assert draw(graph()).to_png().startswith(b"\x89PNG")
        assert b"<svg" in draw_dot(graph()).pipe("svg")
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        message = record.getMessage()
        assert message.startswith(f"Graphviz program {program} {problem}")
        assert message.endswith("graphviz-pure instead")
        assert message.isprintable()

    @pytest.mark.usefixtures("without_wheel")
    def test_without_the_wheel_there_is_text(self, kind: str, fake: Callable[..., Path]) -> None:
        script, problem = BROKEN[kind]
        program = fake(script)
        shown = draw(graph())._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert shown["text/plain"].startswith("v1 = a·3")
        assert f"{program} {problem.rstrip(';')}" in shown["text/plain"]
        assert "pip install graphviz-pure" in shown["text/plain"]


def test_programs_that_cannot_be_started(
    fake: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fake("", "#!/nowhere/python")
    assert "<svg" in draw(graph()).to_svg()
    assert "cannot be started: the interpreter in its first line is missing" in caplog.text
    (tmp_path / "fake" / "dot").write_bytes(b"\x00\x01no program")
    assert "<svg" in draw(graph()).to_svg()
    assert "cannot be started: Exec format error" in caplog.text
    caplog.clear()
    (tmp_path / "fake" / "dot").chmod(0o644)
    assert "<svg" in draw(graph()).to_svg()
    (tmp_path / "fake" / "dot").unlink()
    (tmp_path / "fake" / "dot").mkdir()
    assert "<svg" in draw(graph()).to_svg()
    assert not caplog.records, "what is no program is not found at all"


def test_a_program_that_may_not_be_started(fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake("exit 0")
    start = subprocess.Popen

    def refuse(command: list[str], **options: Any) -> Any:
        if command[0] == str(program):
            raise PermissionError(13, "Permission denied")
        return start(command, **options)

    monkeypatch.setattr(external_program.subprocess, "Popen", refuse)
    assert "<svg" in draw(graph()).to_svg()


class TestProgramsThatWork:
    """Odd programs whose answer is right are used."""

    @pytest.mark.parametrize(
        "script",
        [
            '"$wheel" "$@"; sleep 100 &',
            'head -c 3000000 /dev/zero | tr "\\0" x >&2; exec "$wheel" "$@"',
            'echo warning >&2; sleep 0.5; exec "$wheel" "$@"',
        ],
        ids=["leaves a child", "complains", "slow"],
    )
    def test_it_draws(self, script: str, fake: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
        wheel = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
        program = fake(f'touch "$0.used"\nwheel={wheel}\n{script}')
        assert "<svg" in draw(graph()).to_svg()
        assert Path(f"{program}.used").exists()
        assert not caplog.records

    def test_dot_on_path_comes_first(self, fake: Callable[..., Path]) -> None:
        fake('echo "graph 1 $1 $2"; echo stop')
        assert layout("digraph {}", "plain", "neato") == b"graph 1 -Kneato -Tplain\nstop\n"


class TestMemory:
    def test_a_program_that_was_too_slow_comes_last(self, fake: Callable[..., Path]) -> None:
        count = 'echo x >> "$0.calls"; '
        program = fake(f"{count} sleep 100")
        for _ in range(3):
            assert "<svg" in draw(graph()).to_svg()
        assert Path(f"{program}.calls").read_text() == "x\n"
        program.write_text(f"#!/bin/sh\n{count} exit 1\n")  # somebody has worked on it
        assert "<svg" in draw(graph()).to_svg()
        assert Path(f"{program}.calls").read_text() == "x\nx\n"

    @pytest.mark.usefixtures("without_wheel")
    def test_but_it_is_tried_where_there_is_no_other(self, fake: Callable[..., Path]) -> None:
        program = fake('echo x >> "$0.calls"; sleep 100')
        for _ in range(2):
            with pytest.raises(LayoutError, match="did not end within 1 seconds"):
                draw(graph()).to_svg()
        assert Path(f"{program}.calls").read_text() == "x\nx\n"

    def test_one_that_fails_is_tried_each_time(self, fake: Callable[..., Path]) -> None:
        program = fake('echo x >> "$0.calls"; exit 1')
        for _ in range(2):
            draw(graph()).to_svg()
        assert Path(f"{program}.calls").read_text() == "x\nx\n"


@pytest.mark.usefixtures("without_wheel")
class TestWithoutAnyProgram:
    @pytest.fixture(autouse=True)
    def broken(self, fake: Callable[..., Path]) -> Path:
        return fake("echo broken >&2; exit 1")

    def test_files(self, tmp_path: Path) -> None:
        path = tmp_path / "a.svg"
        path.write_text("old")
        for name in ("a.svg", "a.png"):
            with pytest.raises(LayoutError, match="could not draw this as .*/dot ended with exit status 1: broken"):
                draw(graph()).save(tmp_path / name)
        assert path.read_text() == "old"
        assert not (tmp_path / "a.png").exists()
        text = draw(graph()).save(tmp_path / "a.html").read_text()
        assert "<pre>v1 = a·3" in text
        assert "ended with exit status 1: broken" in text
        for name in ("a.txt", "a.dot", "a.mmd"):
            assert draw(graph()).save(tmp_path / name).exists()

    def test_notebooks(self) -> None:
        shown = draw_dot(graph())._repr_mimebundle_()
        assert list(shown) == ["text/plain"]
        assert "data 6.0000" in shown["text/plain"]
        assert "broken" in shown["text/plain"]
        static = explore(graph())._repr_html_().rpartition("</iframe>")[2]
        assert "<pre>v1 = a·3" in static
        assert "<img" not in static
        assert "<pre>v1 = a·3" in exercise(graph())._repr_html_()

    def test_the_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["grad", "a*3", "a=2", "--svg", str(tmp_path / "a.svg")]) == 2
        out, err = capsys.readouterr()
        assert "a     2.0    3.0" in out
        assert "└─ a  data 2  grad 3" in out
        assert err.startswith("chainrule grad: Graphviz could not draw this as svg: ")
        assert "broken" in err

    def test_the_demo(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["demo", "--epochs", "1", "--out", str(tmp_path)]) == 0
        assert "neuron.txt: graph of the output neuron for" in capsys.readouterr().out
        text = (tmp_path / "neuron.txt").read_text(encoding="utf-8")
        assert text.startswith("score of")
        assert "broken" in text


def test_an_interrupt_ends_the_program(fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    fake('echo $$ > "$0.pid"; exec sleep 100')
    started = []
    start = subprocess.Popen

    def remember(*args: Any, **options: Any) -> Any:
        started.append(start(*args, **options))
        return started[-1]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(external_program.subprocess, "Popen", remember)
    monkeypatch.setattr(external_program._Reader, "join", interrupt)
    with pytest.raises(KeyboardInterrupt):
        draw(graph()).to_svg()
    assert started[0].returncode == -9


def test_characters_that_no_file_has() -> None:
    assert b"<svg" in layout('digraph { a [label="\0 \ud800"] }')


@pytest.mark.parametrize(
    ("format", "whole"),
    [
        ("png", b"\x89PNG\r\n\x1a\n...IEND\xaeB`\x82"), ("pdf", b"%PDF-1.5\n...\n%%EOF\n"), ("plain", b"graph 1 1 1\nstop\n"), ("dot", b"digraph {\n}\n"),
        ("canon", b"strict graph {\n}\n"), ("json", b'{"name": "G"}\n'), ("gif", b"GIF89a...;"), ("jpg", b"\xff\xd8...\xff\xd9"), ("ps", b"%!PS-Adobe\n%%EOF\n"),
    ],
)  # fmt: skip
def test_answers_in_other_formats(format: str, whole: bytes) -> None:
    check_output(whole, format)
    for broken in (whole[: len(whole) // 2], b"<html></html>", b"", b" \n"):
        with pytest.raises(ValueError, match="^wrote (nothing|an incomplete|no valid)"):
            check_output(broken, format)
    check_output(b"anything", "a format of its own")


@pytest.mark.parametrize("format", ["svg", "png", "jpg", "json", "json0", "plain", "plain-ext", "dot", "xdot", "canon"])
def test_what_the_wheel_answers_is_whole(format: str) -> None:
    assert layout("digraph { a -> b }", format)


def test_a_large_graph_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def run(command: Any, source: bytes, seconds: float) -> bytes:
        limits.append(seconds)
        return b"graph 1\nstop"

    monkeypatch.setattr(graphviz_layout, "run_program", run)
    for size in (10, 10_000, 1_000_000):
        layout("x" * size, "plain")
    assert limits[0] == pytest.approx(10, rel=0.01)
    assert limits[1] < 12
    assert limits[2] > 3600

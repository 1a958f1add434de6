"""Files are written as a whole or not at all: on errors, on Ctrl-C at any moment, through links."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import files
from autograd.files import write_file


def test_a_file_is_made_with_the_usual_permissions_and_replaced_with_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, b"one")
    usual = tmp_path / "usual"
    usual.touch()
    assert path.stat().st_mode == usual.stat().st_mode
    path.chmod(0o640)
    write_file(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, target = tmp_path / "link", tmp_path / "folder" / "target"
    link.symlink_to(target)
    for content in (b"made through the link", b"replaced through the link"):
        write_file(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="is there and is not a file"):
        write_file(tmp_path, b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="pipe is there and is not a file"):
        write_file(tmp_path / "pipe", b"")


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # as for anyone but root
    with pytest.raises(PermissionError, match="file"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_errors_are_about_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "no" / "file"
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*/no/file'$"):
        write_file(path, b"new")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "No space left on device: '.*/file'$"),
        (KeyboardInterrupt("stop"), "stop"),
    ],
)
def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error), match=message):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def interrupted(f: Callable[[], None], moment: int) -> bool:
    """Call f, and press Ctrl-C before instruction number `moment` of autograd/files.py; say whether there was one."""
    count = 0

    def trace(frame: Any, event: str, arg: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename != files.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == moment:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        f()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # that nobody closed the file by name
def test_an_interruption_at_any_instruction(tmp_path: Path) -> None:
    path = tmp_path / "file"
    moment, seen = 1, set()
    path.write_bytes(b"old")
    while interrupted(lambda: write_file(path, b"new"), moment):
        assert list(tmp_path.iterdir()) == [path], moment
        seen.add(path.read_bytes())
        path.write_bytes(b"old")
        moment += 1
    assert path.read_bytes() == b"new"
    assert moment > 50
    assert seen == {b"old", b"new"}


SAVER = """
import random, signal, sys, nn
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
models = [nn.MLP(8, [16, 1], rng=random.Random(seed)) for seed in (0, 1)]
models[0].save(sys.argv[1])
print("ready", flush=True)
while True:
    for model in models:
        model.save(sys.argv[1])
"""


@pytest.mark.parametrize("milliseconds", [0, 3, 7, 20])
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_a_process_that_saves_is_stopped(tmp_path: Path, name: str, milliseconds: int) -> None:
    path = tmp_path / "m.json"
    with subprocess.Popen(
        [sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as saver:
        assert saver.stdout.readline() == b"ready\n"
        time.sleep(milliseconds / 1000)
        saver.send_signal(getattr(signal, name))
        saver.communicate(timeout=60)
    assert len(nn.load(path).parameters()) == 161
    if name == "SIGINT":
        assert list(tmp_path.iterdir()) == [path]

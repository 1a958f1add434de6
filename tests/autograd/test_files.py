"""Files are written as a whole or not at all: on errors, on Ctrl-C at any moment, through links."""

from __future__ import annotations

import errno
import os
import random
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
from autograd import Value, draw, draw_dot, explore, files
from autograd.cli.command import main
from autograd.files import check_writable, write_file
from autograd.testing import exercise
from nn.textbook import ThreeLayers, play_round, round_pictures, save_pictures


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
    with pytest.raises(FileExistsError, match="the path must be a file, got a folder or a device: "):
        write_file(tmp_path, b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="the path must be a file, got a folder or a device: .*pipe$"):
        write_file(tmp_path / "pipe", b"")


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda name, mode: os.path.isdir(name))  # as for anyone but root
    with pytest.raises(PermissionError, match=r"Permission denied: '.*old\.txt'$"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"


class TestReadOnlyFolders:
    """They are named as what is wrong; the tests may run as root, who may write anywhere."""

    @pytest.mark.parametrize("is_there", [True, False])
    def test_by_their_permissions(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool) -> None:
        path = tmp_path / "old.txt"
        if is_there:
            path.write_bytes(b"old")
        monkeypatch.setattr(os, "access", lambda name, mode: not os.path.isdir(name))
        for write in (lambda: write_file(path, b"new"), lambda: check_writable(path)):
            with pytest.raises(PermissionError) as caught:
                write()
            assert str(caught.value).endswith(f"cannot write into the folder {tmp_path}: permission denied")
        assert [x.read_bytes() for x in tmp_path.iterdir()] == [b"old"] * is_there

    @pytest.mark.parametrize("code", [errno.EROFS, errno.EPERM, errno.EACCES])
    def test_when_the_system_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        def refuse(path: str, mode: str) -> None:
            raise OSError(code, os.strerror(code), path)

        monkeypatch.setattr(files, "open", refuse, raising=False)
        with pytest.raises(
            OSError, match=f"cannot write into the folder {tmp_path}: {os.strerror(code).lower()}$"
        ) as e:
            write_file(tmp_path / "file", b"new")
        assert e.value.errno == code

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
    def test_as_somebody_else(self, tmp_path: Path) -> None:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == 0 and folder.name.startswith("pytest"):
                folder.chmod(0o755)
        script = (
            "import os, sys\nimport autograd\nfrom autograd.files import write_file\nos.setuid(65534)\n"
            "try:\n    write_file(sys.argv[1], 'new')\nexcept PermissionError as error:\n    print(error)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "a")], capture_output=True, text=True, check=True
        )
        assert done.stdout == f"[Errno 13] cannot write into the folder {tmp_path}: permission denied\n"


def test_errors_are_about_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "no" / "file"
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*/no/file'$"):
        write_file(path, b"new")


ERRORS = [
    (OSError(errno.ENOSPC, "No space left on device"), r"\[Errno 28\] No space left on device: '.*/file'$"),
    (KeyboardInterrupt("stop"), "stop"),
]


class Broken:
    """A file in which one method fails."""

    def __init__(self, file: Any, method: str, error: BaseException) -> None:
        self.file, self.method, self.error = file, method, error

    def __enter__(self) -> Broken:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        if name == self.method:
            raise self.error
        return getattr(self.file, name)


@pytest.mark.parametrize(("error", "message"), ERRORS)
@pytest.mark.parametrize("moment", ["write", "flush", "fsync", "close", "chmod", "replace"])
def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str, moment: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    if moment in ("fsync", "chmod", "replace"):
        monkeypatch.setattr(os, moment, fail)
    else:
        monkeypatch.setattr(files, "open", lambda *args: Broken(open(*args), moment, error), raising=False)  # noqa: SIM115
    with pytest.raises(type(error), match=message):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_is_written_in_utf_8(tmp_path: Path) -> None:
    write_file(tmp_path / "file", "ä\ud800\r\n\x00")
    assert (tmp_path / "file").read_bytes() == "ä\ufffd\r\n\x00".encode()


def test_the_umask_holds_for_new_files(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_file(tmp_path / "file", b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.chown(path, 65534, 65533)
    path.chmod(0o4640)
    write_file(path, b"two")
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65533)
    assert stat.S_IMODE(path.stat().st_mode) == 0o4640


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*/no/file'$"):
        check_writable(tmp_path / "no" / "file")


def writers(folder: Path) -> dict[str, Callable[[], object]]:
    """All that the project writes for a user, by the file that it goes to."""
    a = Value(2.0, "a")
    graph, page, sheet, diagram = draw(a * 3), explore(a * 3), exercise(a * 3), draw_dot(a * 3)
    model = nn.MLP(2, [1], rng=random.Random(0))
    pictures = round_pictures(play_round(ThreeLayers(rng=random.Random(0)), [1.0, 0.0], 1.0, lr=0.5))[:2]
    found: dict[str, Callable[[], object]] = {
        f"graph.{end}": lambda end=end: graph.save(folder / f"graph.{end}")
        for end in ("svg", "png", "html", "dot", "mmd", "txt")
    }
    for end in ("txt", "md", "html"):
        found[f"sheet.{end}"] = lambda end=end: sheet.save(folder / f"sheet.{end}")
        found[f"key.{end}"] = lambda end=end: sheet.save(folder / f"key.{end}", key=True)
    return found | {
        "page.html": lambda: page.save(folder / "page.html"),
        "diagram": lambda: diagram.save(folder / "diagram"),
        "rendered.svg": lambda: diagram.render(folder / "rendered"),
        "command.svg": lambda: command("grad", "a*3", "a=2", "--svg", str(folder / "command.svg")),
        "model.json": lambda: model.save(folder / "model.json"),
        "model.safetensors": lambda: nn.save_safetensors(model, folder / "model.safetensors"),
        "pictures.gif": lambda: save_pictures(pictures, folder / "pictures.gif"),
        "pictures/02.png": lambda: save_pictures(pictures, folder / "pictures"),
    }


def command(*words: str) -> None:
    """Run the command, which reports errors by its status."""
    if main(list(words)):
        raise OSError(errno.ENOSPC, "reported by the command")


@pytest.mark.slow
def test_whatever_is_written_replaces_a_file_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    for name, write in writers(tmp_path).items():
        path = tmp_path / name
        path.write_bytes(b"old")
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
            with pytest.raises(OSError, match=f"Errno {errno.ENOSPC}"):
                write()
        assert path.read_bytes() == b"old", name
        write()
        assert path.read_bytes() != b"old", name
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


LIMITED = """
import resource, sys
from autograd import Value, draw, explore
graph, page = draw(Value(2.0, "a") * 3), explore(Value(2.0, "a") * 3)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for write in (lambda: graph.save(sys.argv[1] + ".svg"), lambda: page.save(sys.argv[1] + ".html")):
    try:
        write()
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_when_the_system_writes_no_more(tmp_path: Path) -> None:
    for end in ("svg", "html"):
        (tmp_path / f"a.{end}").write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "a")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n" * 2
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["old", "old"]


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


@pytest.mark.slow
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


@pytest.mark.slow
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

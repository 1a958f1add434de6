"""Run a program that may hang, flood its output, or leave children behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Any

from autograd.terminal import plain

MAX_BYTES = 2**28  # of output to keep; the rest is dropped
_GRACE = 1.0  # seconds to read on after a program has ended


class ProgramError(Exception):
    """A program did not answer; the message says why, as a sentence whose subject is the program."""


class SlowProgramError(ProgramError):
    """A program did not end in time."""


def run(command: Sequence[str], source: bytes, seconds: float) -> bytes:
    """Return what `command` writes to its output, given `source` as its input; it has so many `seconds`.

    A ProgramError says what went wrong. Nothing of the program's process group goes on after it failed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        is_there = isinstance(error, FileNotFoundError) and os.path.exists(command[0])
        reason = "the interpreter in its first line is missing" if is_there else error.strerror
        raise ProgramError(f"cannot be started: {reason}") from None
    answer, said = _Reader(process.stdout), _Reader(process.stderr)
    Thread(target=_feed, args=(process.stdin, source), daemon=True).start()
    deadline = monotonic() + seconds
    try:
        while answer.is_alive() and process.poll() is None and monotonic() < deadline:
            answer.join(0.05)  # which ends at once with the answer; a child may hold it open after the program
        status = process.wait(max(0.0, deadline - monotonic()))
        answer.join(_GRACE)
        said.join(_GRACE)
    except subprocess.TimeoutExpired:
        raise SlowProgramError(f"did not end within {seconds:.0f} seconds") from None
    finally:
        if process.poll() is None or answer.is_alive() or said.is_alive():
            _kill(process)
    if status:
        what = f"ended with exit status {status}" if status > 0 else f"was ended by {_signal_name(-status)}"
        words = plain(bytes(said.content).decode(errors="replace"), 300)
        raise ProgramError(f"{what}: {words}" if words else what)
    return bytes(answer.content)


class _Reader(Thread):
    """Reads a stream to its end, so that the program can go on writing, and keeps the first part of it."""

    def __init__(self, stream: Any) -> None:
        super().__init__(daemon=True)
        self.stream, self.content = stream, bytearray()
        self.start()

    def run(self) -> None:
        with self.stream:
            while piece := self.stream.read(2**16):
                self.content += piece[: MAX_BYTES - len(self.content)]


def _feed(stream: Any, source: bytes) -> None:
    with suppress(OSError), stream:  # a program need not read its input to the end
        while source:
            source = source[stream.write(source) :]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

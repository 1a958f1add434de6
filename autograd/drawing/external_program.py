"""Run an external program that may hang, write without end, or leave child processes behind."""

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

MAX_BYTES = 2**28  # size of the output; the rest is dropped
_GRACE = 1.0  # seconds to keep reading after the program has ended


class ProgramError(Exception):
    """Raised if a program fails. The message is a predicate, such as "ended with exit status 1"."""


class SlowProgramError(ProgramError):
    """Raised if a program does not end in time."""


def run_program(command: Sequence[str], source: bytes, seconds: float) -> bytes:
    """Run `command` with `source` as its standard input and return its standard output.

    Raise ProgramError if it fails or runs longer than `seconds`; its whole process group is then killed.
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
    output, errors = _Reader(process.stdout), _Reader(process.stderr)
    Thread(target=_feed, args=(process.stdin, source), daemon=True).start()
    deadline = monotonic() + seconds
    try:
        while output.is_alive() and process.poll() is None and monotonic() < deadline:
            output.join(0.05)  # returns as soon as the output ends, but a child process may keep it open
        status = process.wait(max(0.0, deadline - monotonic()))
        output.join(_GRACE)
        errors.join(_GRACE)
    except subprocess.TimeoutExpired:
        raise SlowProgramError(f"did not end within {seconds:.0f} seconds") from None
    finally:
        if process.poll() is None or output.is_alive() or errors.is_alive():
            _kill(process)
    if status:
        name = next((known.name for known in signal.Signals if known == -status), f"signal {-status}")
        what = f"ended with exit status {status}" if status > 0 else f"was killed by {name}"
        message = plain(bytes(errors.content).decode(errors="replace"), 300)
        raise ProgramError(f"{what}: {message}" if message else what)
    return bytes(output.content)


class _Reader(Thread):
    """A thread that reads a stream to its end, so that the program never blocks, and keeps the first MAX_BYTES."""

    def __init__(self, stream: Any) -> None:
        super().__init__(daemon=True)
        self.stream, self.content = stream, bytearray()
        self.start()

    def run(self) -> None:
        with self.stream:
            while piece := self.stream.read(2**16):
                self.content += piece[: MAX_BYTES - len(self.content)]


def _feed(stream: Any, source: bytes) -> None:
    with suppress(OSError), stream:  # the program may close its input early
        while source:
            source = source[stream.write(source) :]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()

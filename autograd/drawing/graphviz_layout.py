"""Graphviz's layout: by the program `dot` on PATH or, where that is missing or broken, by the one of graphviz-pure."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sysconfig
from collections.abc import Collection, Mapping

from autograd.drawing.answers import check_answer
from autograd.drawing.process import ProgramError, SlowProgramError, run

_SECONDS = 10.0  # for a small graph
_BYTES_PER_ROOT_SECOND = 12_000  # the layout of long edges takes time in proportion to the square of the graph's size

_NOT_IN_XML = "[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"

_log = logging.getLogger(__name__)
_told: set[tuple[object, ...]] = set()  # programs, as they are on disk, whose problem was logged
_slow: set[tuple[object, ...]] = set()  # programs that did not end in time


class LayoutError(RuntimeError):
    """There is no layout program that works; the message says what is wrong with which."""


def layout(source: str, format: str = "svg", engine: str = "dot", ids: Collection[str] = ()) -> bytes:
    """Lay out the DOT `source` and return the picture: "svg", "png", "json" or what else the program can write.

    A program that fails, does not end in time or does not write what it was asked for is passed over; the first time,
    the log has a warning. One that did not end in time is tried after the others from then on, until Python ends or the
    program's file changes; nothing else is remembered. An SVG must have elements with these `ids`. A LayoutError says
    that no program is left.
    """
    content = re.sub(_NOT_IN_XML, "\ufffd", source).encode()
    seconds = _SECONDS + (len(content) / _BYTES_PER_ROOT_SECOND) ** 2
    problems: dict[str, str] = {}
    for program in _programs():
        try:
            answer = run([program, f"-K{engine}", f"-T{format}"], content, seconds)
            check_answer(answer, format, ids)
        except (ProgramError, ValueError) as error:
            problems[program] = str(error)
            if isinstance(error, SlowProgramError):
                _slow.add(_state(program))
            continue
        _tell(problems, program)
        return answer
    raise LayoutError(_message(problems, format))


def _programs() -> list[str]:
    """Return the programs to try: `dot`, then that of graphviz-pure; those that were too slow come last."""
    found = [
        shutil.which("dot"),
        shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")),
        shutil.which("graphviz-pure"),
    ]
    return sorted(dict.fromkeys(filter(None, found)), key=lambda program: _state(program) in _slow)


def _state(program: str) -> tuple[object, ...]:
    """Identify a program file, so that a repaired or replaced program counts as a new one."""
    try:
        status = os.stat(program)
    except OSError:
        return (program,)
    return program, status.st_ino, status.st_size, status.st_mtime_ns


def _tell(problems: Mapping[str, str], program: str) -> None:
    """Log the `problems` of the programs that were passed over for `program`."""
    for broken, problem in problems.items():
        if _state(broken) not in _told:
            _told.add(_state(broken))
            _log.warning("Graphviz's program %s %s; %s draws instead", broken, problem, program)


def _message(problems: Mapping[str, str], format: str) -> str:
    if not problems:
        return (
            "drawing needs Graphviz's program: 'pip install graphviz-pure' brings one, or install Graphviz so that "
            "'dot' is on PATH. The DOT text is there without it: draw_dot(...).source"
        )
    advice = "" if "graphviz-pure" in str(problems) else "; 'pip install graphviz-pure' brings a program of its own"
    reasons = "; ".join(f"{program} {problem}" for program, problem in problems.items())
    return f"Graphviz could not draw this as {format}: {reasons}{advice}"

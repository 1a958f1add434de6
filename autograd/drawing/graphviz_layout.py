"""Lay out graphs with Graphviz: the program `dot` on PATH or, if it is missing or broken, that of graphviz-pure."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sysconfig
from collections.abc import Collection, Mapping

from autograd.drawing.external_program import ProgramError, SlowProgramError, run_program
from autograd.drawing.graphviz_output import check_output

_SECONDS = 10.0  # time limit for a small graph
_BYTES_PER_ROOT_SECOND = 12_000  # the limit grows with the square of the source's size, as the time for long edges does

_NOT_IN_XML = "[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"

_log = logging.getLogger(__name__)
_logged: set[tuple[object, ...]] = set()  # program files whose problem has been logged
_slow: set[tuple[object, ...]] = set()  # program files that did not end in time


class LayoutError(RuntimeError):
    """Raised if no layout program works. The message names each program and its problem."""


def layout(source: str, format: str = "svg", engine: str = "dot", ids: Collection[str] = ()) -> bytes:
    """Lay out the DOT `source` and return the picture in `format`: "svg", "png", "json" or another format of Graphviz.

    If a program fails, is too slow or writes something else, log a warning once and try the next one. A program that
    was too slow is tried last from then on, until its file changes. An SVG must have elements with these `ids`.
    Raise LayoutError if no program works.
    """
    content = re.sub(_NOT_IN_XML, "\ufffd", source).encode()
    seconds = _SECONDS + (len(content) / _BYTES_PER_ROOT_SECOND) ** 2
    problems: dict[str, str] = {}
    for program in _programs():
        try:
            output = run_program([program, f"-K{engine}", f"-T{format}"], content, seconds)
            check_output(output, format, ids)
        except (ProgramError, ValueError) as error:
            problems[program] = str(error)
            if isinstance(error, SlowProgramError):
                _slow.add(_state(program))
            continue
        for failed, problem in problems.items():
            if _state(failed) not in _logged:
                _logged.add(_state(failed))
                _log.warning("Graphviz program %s %s; using %s instead", failed, problem, program)
        return output
    raise LayoutError(_message(problems, format))


def _programs() -> list[str]:
    """Return the programs to try: `dot`, then graphviz-pure. Programs that were too slow come last."""
    found = [
        shutil.which("dot"),
        shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")),
        shutil.which("graphviz-pure"),
    ]
    return sorted(dict.fromkeys(filter(None, found)), key=lambda program: _state(program) in _slow)


def _state(program: str) -> tuple[object, ...]:
    """Identify a program file by its path, size and time, so that a changed file counts as new."""
    try:
        status = os.stat(program)
    except OSError:
        return (program,)
    return program, status.st_ino, status.st_size, status.st_mtime_ns


def _message(problems: Mapping[str, str], format: str) -> str:
    if not problems:
        return (
            "drawing needs Graphviz: run 'pip install graphviz-pure', or install Graphviz so that 'dot' is on PATH. "
            "The DOT text needs no program: draw_dot(...).source"
        )
    advice = "" if "graphviz-pure" in str(problems) else "; 'pip install graphviz-pure' installs another program"
    reasons = "; ".join(f"{program} {problem}" for program, problem in problems.items())
    return f"Graphviz could not draw this as {format}: {reasons}{advice}"

"""Graphviz's layout program: the one on PATH, else the one that the package graphviz-pure brings along."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig


class LayoutError(RuntimeError):
    """There is no layout program, or it refused its input."""


def layout(source: str, format: str = "svg", engine: str = "dot") -> bytes:
    """Lay out the DOT `source` and return the picture: "svg", "png", "json" or what else the program can write.

    Raises a LayoutError where there is no program or it fails.
    """
    command = [_program(), f"-K{engine}", f"-T{format}"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise LayoutError(
            f"{command[0]} could not draw this as {format}: {done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout


def _program() -> str:
    found = shutil.which("dot") or shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))
    found = found or shutil.which("graphviz-pure")
    if found is None:
        raise LayoutError(
            "drawing needs Graphviz's program: 'pip install graphviz-pure' brings one, or install Graphviz so that "
            "'dot' is on PATH. The DOT text is there without it: draw_dot(...).source"
        )
    return found

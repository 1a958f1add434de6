"""The notebooks run from top to bottom, and are committed with the outputs that they then have."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

spec = importlib.util.spec_from_file_location("run", NOTEBOOKS / "run.py")
runner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runner)


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """The text of each code cell, in however many pieces it came; pictures may differ between layout programs."""
    return [
        "".join("".join(o.get("text", "") or o.get("data", {}).get("text/plain", "")) for o in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and "draw" not in cell.source
    ]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook(path: Path) -> None:
    committed = nbformat.read(path, as_version=4)
    assert any("assert" in cell.source for cell in committed.cells if cell.cell_type == "code")
    assert printed(runner.run(path)) == printed(committed), "committed with its outputs"
    assert path.stat().st_size < 500_000

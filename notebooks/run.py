"""Run the notebooks from top to bottom and write their outputs into them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def run(path: Path) -> nbformat.NotebookNode:
    """Return the notebook at `path` with its outputs; an error in a cell is raised."""
    for name in ("CI", "PYTEST_ADDOPTS"):  # which change what the pytest prints that a notebook runs
        os.environ.pop(name, None)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)  # times, which differ from run to run
    notebook.metadata.pop("language_info", None)
    return notebook


def main() -> None:
    """Run the notebooks named on the command line, or all of them."""
    for path in [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        nbformat.write(run(path), path)
        print(f"{path.name}: done")


if __name__ == "__main__":
    main()

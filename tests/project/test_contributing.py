"""CONTRIBUTING is true: its example adds an operation, and everything else follows from that line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PARTS = ("autograd", "nn", "tests", "docs", ".ci", "pyproject.toml", "README.md", "CONTRIBUTING.md")
TESTS = (
    "test_ops", "test_ops_edges", "compiler/test_code", "compiler/test_operations", "printing/test_formulas",
    "test_syntax", "testing/checks/test_mutations", "testing/checks/test_operations", "testing/checks/test_verdicts",
    "testing/test_strategies",
)  # fmt: skip


def test_the_example_adds_an_operation(tmp_path: Path) -> None:
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    diff = re.search("```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)[1].splitlines()
    added = "".join(f"{line[1:]}\n" for line in diff if line.startswith("+"))
    anchor = next(line[1:].partition("(")[0] for line in diff if line.startswith(" "))
    table = tmp_path / "autograd" / "ops.py"
    text = table.read_text()
    assert text.count(f"\n{anchor}(") == 1
    table.write_text(text.replace(f"\n{anchor}(", f"\n{added}{anchor}("))

    def run(*command: str) -> str:
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": ""}
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(".ci/stubs.py")
    run("tests/public_api.py")
    table_driven = [f"tests/autograd/{name}.py" for name in TESTS]
    out = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *table_driven, "-k", "logit")
    assert int(re.search(r"(\d+) passed", out)[1]) > 20
    everything = [
        "tests/project/test_docs.py::test_every_operation_is_public_and_documented",
        "tests/autograd/test_value.py",
    ]
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", *everything)
    assert run("-c", "import autograd; print(autograd.logit(0.5), autograd.Value(0.5).logit().data)") == "0.0 0.0\n"
    derivative = run("-m", "autograd", "grad", "logit(x)", "x=0.25")
    assert "5.33333" in derivative

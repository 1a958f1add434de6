"""Training on several devices and in several processes gives the losses of the NumPy program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

pytest.importorskip("jax", reason='training on several devices needs the extra "chainrule[jax]"')

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("kind", "lines", "devices"), [("devices", 1, 8), ("processes", 2, 2)])
def test_losses_are_those_of_numpy(kind: str, lines: int, devices: int) -> None:
    if kind == "processes" and sys.platform != "linux":
        pytest.skip("JAX has collectives between processes of CPUs on Linux only")
    command = [sys.executable, "benchmarks/many_hosts.py", kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"process \d of (\d), (\d) devices: .* difference to NumPy (.*)", done.stdout)
    assert [(int(count), int(total)) for count, total, _ in found] == [(lines, devices)] * lines
    assert all(float(difference) <= 1e-12 for *_, difference in found)

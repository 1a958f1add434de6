"""Test `chainrule demo` with one epoch: its report and its pictures."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from autograd import draw
from autograd.cli import demo
from autograd.cli.command import main
from nn import MLP

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("eager", [False, True])
def test_one_epoch(
    eager: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scalar at a time, with fewer digits. The README's command trains for all epochs."""
    if eager:
        images, labels = demo.digits()
        monkeypatch.setattr(demo, "digits", lambda: (images[:500], labels[:500]))
    out = tmp_path / "new" / "folder"
    assert main(["demo", "--epochs", "1", "--seed", "3", "--out", str(out), *["--eager"] * eager]) == 0
    shown = capsys.readouterr()
    assert "MLP, 2410 parameters" in shown.out
    count = 100 if eager else 359
    assert f"{'400' if eager else '1,438'} handwritten digits for training, {count} for testing; seed 3" in shown.out
    assert "epoch 1/1" in shown.err
    table = [line.split()[1:] for line in shown.out.splitlines() if re.match(r"\d   ", line)]
    assert sum(int(cell) for row in table for cell in row if cell != ".") == count
    right = sum(int(table[i][i]) for i in range(10) if table[i][i] != ".")
    assert f"{right} of {count} test digits are classified correctly" in shown.out
    assert right > count * (0.4 if eager else 0.78), "one epoch is enough for most"
    times = re.search(
        r"time per epoch: ([\d.]+) s compiled, ([\d.]+) s one scalar at a time, a factor of (\d+)", shown.out
    )
    assert float(times[2]) > float(times[1])
    assert f"(the {'first' if eager else 'second'} estimated from a fifth of the digits)" in shown.out
    assert sorted(path.name for path in out.iterdir()) == ["learning_curve.png", "misclassified.png", "neuron.svg"]
    for name in ("learning_curve.png", "misclassified.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert ET.parse(out / "neuron.svg").getroot().tag.endswith("svg")


def test_an_output_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["demo", "--epochs", "1", "--out", str(tmp_path / "file" / "below")]) == 2
    assert "chainrule demo: " in capsys.readouterr().err


def test_the_neuron_is_drawn_with_its_gradients() -> None:
    model = MLP(2, [2, 2], activation="tanh", rng=random.Random(0))
    tree = ET.fromstring(draw(demo.output_neuron(model, [1.0, 0.5], 1)).to_svg())
    shown = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert any(text.startswith("score of 1 = ") for text in shown)
    assert len([text for text in shown if text.startswith("grad ")]) == 6
    assert "grad 1" in shown
    assert "neuron 1" in shown

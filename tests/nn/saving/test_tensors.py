"""Safetensors files: what comes back, files of others, and files that are broken or hostile."""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from nn.saving.checkpoint import ModelFileError
from nn.saving.tensors import load_safetensors, save_safetensors

files = pytest.importorskip("safetensors.numpy", reason="the package safetensors reads and writes its files")


def small() -> nn.MLP:
    return nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize(
    "model",
    [
        small(),
        nn.MLP(2, [3, 4, 2], activation=None),
        nn.Layer(3, 2, activation="sin"),
        nn.Neuron(2),
    ],
)
def test_models_come_back(path: Path, model: nn.Module) -> None:
    save_safetensors(model, path)
    again = load_safetensors(str(path))
    assert type(again) is type(model)
    assert repr(again) == repr(model)
    assert again.state_dict() == model.state_dict()


def test_names_and_shapes_are_those_of_pytorch(path: Path) -> None:
    model = small()
    model.layers[0].neurons[2].b.data = 5.0
    save_safetensors(model, path)
    tensors = files.load_file(path)
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "0.weight": (3, 2),
        "0.bias": (3,),
        "2.weight": (1, 3),
        "2.bias": (1,),
    }
    assert tensors["0.weight"][1].tolist() == [w.data for w in model.layers[0].neurons[1].w]
    assert tensors["0.bias"].tolist() == [n.b.data for n in model.layers[0].neurons]
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_tensors_of_others_go_into_a_model(path: Path, dtype: type) -> None:
    tensors = {"0.weight": np.array([[0.1, 2.0]], dtype), "0.bias": np.array([0.5], dtype)}
    files.save_file(tensors, path)
    model = nn.Neuron(2, activation="tanh")
    assert load_safetensors(path, into=model) is model
    assert [p.data for p in model.parameters()] == [float(dtype(0.1)), 2.0, 0.5]
    message = (
        r"m\.safetensors: the file has no architecture; create the model and call load_safetensors\(path, into=model\)"
    )
    with pytest.raises(ModelFileError, match=message):
        load_safetensors(path)


def test_what_is_not_saved(path: Path) -> None:
    model = small()
    model.layers[1].neurons[0].b.data = math.nan
    with pytest.raises(ValueError, match=r"must be finite to be saved, got layers\.1\.neurons\.0\.b = nan"):
        save_safetensors(model, path)
    for other in (nn.Embedding(2, 2), nn.Neuron(1, activation=lambda v: v)):
        with pytest.raises(ValueError, match=rf"save_safetensors\(\) requires an MLP, .* got '{type(other).__name__}'"):
            save_safetensors(other, path)
    with pytest.raises(TypeError, match="model must be a Module"):
        save_safetensors(3, path)
    assert not path.exists()


def test_into_a_model_of_another_architecture(path: Path) -> None:
    save_safetensors(small(), path)
    model = nn.MLP(2, [3, 1])
    before = model.state_dict()
    with pytest.raises(
        ModelFileError,
        match=r"architecture\.activations must be \['relu', None\], as in the model to load into, got \['tanh', None\]",
    ):
        load_safetensors(path, into=model)
    assert model.state_dict() == before
    with pytest.raises(ModelFileError, match=r"architecture\.class must be 'Embedding', as in .*, got 'MLP'"):
        load_safetensors(path, into=nn.Embedding(2, 2))
    with pytest.raises(TypeError, match="into must be a Module"):
        load_safetensors(path, into={})


Tensors = dict[str, Any]
HEADER = {
    "format": "chainrule model",
    "version": 1,
    "architecture": {"class": "MLP", "nin": 2, "nouts": [3, 1], "activations": ["tanh", None]},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("2.bias"), r"the file lacks the key 2\.bias"),
        (lambda t: t.update({"3\n": np.ones(1)}), r"the file has the unknown key '3\\n'; its keys are 0\.weight, 0\.bias"),
        (lambda t: t.update({"0.weight": np.ones((2, 3))}), r"0\.weight must be a tensor of shape \(3, 2\) and type F64, F32, F16, got shape \(2, 3\)"),
        (lambda t: t.update({"0.bias": np.ones((3, 1))}), r"0\.bias must be a tensor of shape \(3,\) and type .*, got shape \(3, 1\)"),
        (lambda t: t.update({"2.bias": np.ones(1, int)}), r"2\.bias must be a tensor of shape \(1,\) and type F64, F32, F16, got shape \(1,\) and type I64"),
        (lambda t: t.update({"2.bias": np.array([math.nan])}), r"the parameter layers\.1\.neurons\.0\.b must be a finite number, got nan"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit(path: Path, change: Callable[[Tensors], object], message: str) -> None:
    save_safetensors(small(), path)
    tensors = files.load_file(path)
    change(tensors)
    files.save_file(tensors, path, {"chainrule": json.dumps(HEADER)})
    with pytest.raises(ModelFileError, match=rf"m\.safetensors: .*{message}"):
        load_safetensors(path)
    model = small()
    before = model.state_dict()
    with pytest.raises(ModelFileError, match=message):
        load_safetensors(path, into=model)
    assert model.state_dict() == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("", "this is not JSON"),
        ("{", "this is not JSON"),
        ("[" * 100_000, "levels deep"),
        ({"format": "x"}, "this is not a model"),
        ({"version": 2}, "version must be at most 1, got 2"),
        ({"extra": 2}, "the file has the unknown key 'extra'"),
        ({"about": {}}, "the file has the unknown key 'about'"),
        ({"architecture": {"own class": "Line"}}, r"cannot rebuild 'Line': .* call load_safetensors\(path, into=model\)"),
        ({"architecture": {"class": "Embedding", "count": 10**12, "width": 10**12}}, r"load_safetensors\(\) requires an MLP, .*, got 'Embedding'"),
        ({"architecture": {"class": "Neuron", "nin": 10**12, "activation": None}}, "architecture: sizes must fit the 13 parameters in the file"),
        ({"architecture": HEADER["architecture"] | {"nin": 10**12}}, "architecture: sizes must fit the 13 parameters in the file"),
        ({"architecture": {"class": "Neuron", "nin": 0, "activation": None}}, "architecture: nin must be at least 1, got 0"),
    ],
)  # fmt: skip
def test_what_a_file_says_of_its_model_is_checked(path: Path, changed: str | Mapping[str, Any], message: str) -> None:
    save_safetensors(small(), path)
    said = changed if isinstance(changed, str) else json.dumps(HEADER | dict(changed))
    files.save_file(files.load_file(path), path, {"chainrule": said})
    with pytest.raises(ModelFileError, match=rf"m\.safetensors: .*{message}"):
        load_safetensors(path)


@pytest.mark.slow
def test_a_file_cut_off_anywhere(path: Path) -> None:
    save_safetensors(nn.Neuron(1), path)
    content = path.read_bytes()
    for n in range(len(content)):
        path.write_bytes(content[:n])
        with pytest.raises(ModelFileError, match="this is not a safetensors file, or only a part of one"):
            load_safetensors(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="the path must be a file, got a folder or a device"):
        load_safetensors(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_safetensors(tmp_path / "none")


def test_without_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        ImportError, match=r"save_safetensors\(\) needs the package safetensors: pip install safetensors"
    ):
        save_safetensors(small(), path)
    with pytest.raises(
        ImportError, match=r"load_safetensors\(\) needs the package safetensors: pip install safetensors"
    ):
        load_safetensors(path)

"""Models to and from PyTorch: equal outputs, and what does not fit is refused."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from nn.saving.interchange import from_torch, to_torch

pytestmark = pytest.mark.slow
torch: Any = None


@pytest.fixture(autouse=True, scope="module")
def _torch() -> None:
    global torch  # noqa: PLW0603 - imported here, as it takes seconds
    torch = pytest.importorskip("torch", reason="the package torch is what models are exchanged with")


ACTIVATIONS = ["relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu", None]


def outputs(model: Any, x: list[float]) -> list[float]:
    y = model(x)
    return [v.data for v in y] if isinstance(y, list) else [y.data]


def assert_same(model: Any, sequential: Any, nin: int) -> None:
    """Compare outputs for small signals and for large ones, at which activations saturate."""
    rng = random.Random(0)
    for size in (0.0, 0.1, 1.0, 30.0, 1000.0):
        x = [rng.gauss(0.0, size) for _ in range(nin)]
        wanted = outputs(model, x)
        given = sequential(torch.tensor(x, dtype=torch.float64)).tolist()
        assert given == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equal_outputs_and_back(activation: str | None) -> None:
    rng = random.Random(1)
    mlp = nn.MLP(3, [5, 4, 2], activation=activation, rng=rng)
    for p in mlp.parameters():
        p.data += rng.gauss(0.0, 0.1)
    for model in (mlp, nn.Layer(3, 2, activation=activation, rng=rng), nn.Neuron(3, activation=activation, rng=rng)):
        sequential = to_torch(model)
        assert_same(model, sequential, 3)
        again = from_torch(sequential)
        assert type(again) is nn.MLP
        assert [*again.state_dict().values()] == [*model.state_dict().values()]
        assert_same(again, sequential, 3)
    assert repr(from_torch(to_torch(mlp))) == repr(mlp)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu"])
@pytest.mark.parametrize("x", [-1000.0, -40.0, -20.5, -1.0, 0.0, 1e-9, 19.5, 20.5, 39.5, 40.5, 1000.0])
def test_each_activation_is_the_same_function(activation: str, x: float) -> None:
    neuron = nn.Neuron(1, activation=activation)
    neuron.w[0].data = 1.0
    given = to_torch(neuron)(torch.tensor([x], dtype=torch.float64)).item()
    assert given == pytest.approx(neuron([x]).data, rel=1e-14, abs=1e-12)


def test_the_parameters_are_copies_and_no_generator_is_used() -> None:
    before, ours = torch.get_rng_state(), random.getstate()
    model = nn.MLP(2, [3, 1], rng=random.Random(0))
    state = model.state_dict()
    sequential = to_torch(model)
    again = from_torch(sequential)
    with torch.no_grad():
        for p in sequential.parameters():
            assert p.requires_grad
            p.add_(1.0)
    assert model.state_dict() == again.state_dict() == state
    assert torch.equal(torch.get_rng_state(), before)
    assert random.getstate() == ours


def test_gradients_are_equal() -> None:
    model = nn.MLP(3, [4, 1], activation="tanh", rng=random.Random(0))
    sequential = to_torch(model)
    x = [0.5, -1.0, 2.0]
    model(x).backward()
    sequential(torch.tensor(x, dtype=torch.float64)).sum().backward()
    first, last = sequential[0], sequential[2]
    rows = [[*w, b] for p in (first, last) for w, b in zip(p.weight.grad.tolist(), p.bias.grad.tolist())]
    assert [g for row in rows for g in row] == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)


def test_sequentials_as_they_are_written_elsewhere() -> None:
    act = torch.nn.Tanh()
    shared = torch.nn.Sequential(torch.nn.Linear(2, 3), act, torch.nn.Linear(3, 3), act, torch.nn.Linear(3, 1))
    nested = torch.nn.Sequential(
        torch.nn.Identity(),
        torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Dropout(0.5), torch.nn.ReLU()),
        torch.nn.Linear(4, 2),
        torch.nn.Sigmoid(),
    ).eval()
    for sequential, names in ((shared, ["tanh", "tanh", None]), (nested, ["relu", "sigmoid"])):
        model = from_torch(sequential)
        assert [getattr(layer.neurons[0].activation, "name", None) for layer in model.layers] == names
        assert_same(model, sequential.double(), 2)


def test_softplus_with_the_threshold_of_pytorch() -> None:
    sequential = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Softplus())
    assert from_torch(sequential).layers[0].neurons[0].activation.name == "softplus"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (lambda n: [], "the Sequential must have at least one Linear layer"),
        (lambda n: [n.Linear(2, 3, bias=False)], r"Sequential\[0\], a Linear, must have a bias"),
        (lambda n: [n.Conv2d(1, 2, 3)], r"Sequential\[0\], a Conv2d, cannot be converted; it must be one of Linear, .*ReLU"),
        (lambda n: [n.Linear(2, 3), n.Sequential(n.ReLU(), n.Hardswish())], r"Sequential\[1\]\[1\], a Hardswish, cannot be converted"),
        (lambda n: [n.Linear(2, 3), n.Dropout()], r"Sequential\[1\], a Dropout, drops signals at random: call eval\(\)"),
        (lambda n: [n.Tanh(), n.Linear(2, 3)], r"Sequential\[0\], a Tanh, must come right after a Linear layer"),
        (lambda n: [n.Linear(2, 3), n.Tanh(), n.ReLU()], r"Sequential\[2\], a ReLU, must come right after a Linear layer"),
        (lambda n: [n.Linear(2, 3), n.Tanh(), n.Linear(4, 1)], r"Sequential\[2\], a Linear, must have 3 inputs, the outputs of the layer before, got 4"),
        (lambda n: [n.Linear(2, 3), n.LeakyReLU(0.2)], r"must have negative_slope=0\.01 to be leaky_relu, got 0\.2"),
        (lambda n: [n.Linear(2, 3), n.GELU(approximate="tanh")], r"must have approximate='none' to be gelu, got 'tanh'"),
        (lambda n: [n.Linear(2, 3), n.Softplus(beta=2)], r"must have beta=1\.0 to be softplus, got 2"),
        (lambda n: [n.Linear(2, 3, dtype=torch.complex64)], r"must have real weights, got torch\.complex64"),
    ],
)  # fmt: skip
def test_what_does_not_fit_here(parts: Callable[[Any], list[Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_torch(torch.nn.Sequential(*parts(torch.nn)))


def test_only_sequentials_of_finite_numbers() -> None:
    with pytest.raises(TypeError, match=r"sequential must be a torch.nn.Sequential, got Linear"):
        from_torch(torch.nn.Linear(2, 3))
    sequential = torch.nn.Sequential(torch.nn.Linear(1, 1))
    torch.nn.init.constant_(sequential[0].bias, float("nan"))
    with pytest.raises(ValueError, match=r"the parameter layers\.0\.neurons\.0\.b must be a finite number, got nan"):
        from_torch(sequential)


def test_what_pytorch_does_not_have() -> None:
    with pytest.raises(
        ValueError, match=r"activation must be one of those in torch\.nn \(.*relu, .*leaky_relu.*\), got sin"
    ):
        to_torch(nn.MLP(2, [2, 1], activation="sin"))
    for model in (nn.Neuron(2, activation=lambda v: v), nn.Embedding(2, 2)):
        with pytest.raises(ValueError, match=r"to_torch\(\) requires an MLP, a Layer or a Neuron"):
            to_torch(model)


def test_pytorch_reads_our_safetensors_files_and_we_read_its(tmp_path: Path) -> None:
    files = pytest.importorskip("safetensors.torch", reason="the package safetensors reads and writes its files")
    from nn.saving.tensors import load_safetensors, save_safetensors

    model = nn.MLP(3, [4, 2], activation="gelu", rng=random.Random(0))
    save_safetensors(model, tmp_path / "ours")
    other = to_torch(nn.MLP(3, [4, 2], activation="gelu"))
    other.load_state_dict(files.load_file(tmp_path / "ours"))
    assert_same(model, other, 3)
    files.save_file(other.state_dict(), tmp_path / "its")
    again = load_safetensors(tmp_path / "its", into=nn.MLP(3, [4, 2], activation="gelu"))
    assert again.state_dict() == model.state_dict()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"to_torch\(\) needs the package torch: pip install torch"):
        to_torch(nn.Neuron(2))
    with pytest.raises(ImportError, match=r"from_torch\(\) needs the package torch: pip install torch"):
        from_torch(None)

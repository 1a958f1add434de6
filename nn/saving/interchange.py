"""Convert models to and from PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import autograd

from ..layers import MLP
from ..module import Module
from .architecture import build, describe, layers_of
from .checkpoint import finite_state
from .tensors import check_layers, fill, package, tensors_of

_ACTIVATIONS: list[Any] = [op for op in vars(autograd).values() if isinstance(op, autograd.Op) and op.activation]
_IGNORED = ("threshold",)  # options that from_torch does not compare


def to_torch(model: Module) -> Any:
    """Convert an MLP, a Layer or a Neuron to a torch.nn.Sequential of Linear layers and activations.

    >>> import nn
    >>> nn.to_torch(nn.MLP(2, [16, 1], activation="tanh"))  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=16, bias=True)
      (1): Tanh()
      (2): Linear(in_features=16, out_features=1, bias=True)
    )

    The parameters are copied as 64-bit floats. Inputs have the shape (..., nin) and outputs (..., nout), also for
    nout = 1. Raise ValueError for an activation that torch.nn does not have.
    """
    torch = package("torch", "to_torch()")
    check_layers(describe(model), "to_torch()")
    finite_state(model)
    parts = []
    for neurons in layers_of(model):
        # skip_init draws no weights, which leaves PyTorch's generator as it is
        linear = torch.nn.utils.skip_init(torch.nn.Linear, len(neurons[0].w), len(neurons), dtype=torch.float64)
        activation: Any = neurons[0].activation
        if activation not in (None, *_ACTIVATIONS):
            names = ", ".join(op.name for op in _ACTIVATIONS)
            raise ValueError(f"activation must be one of those in torch.nn ({names}), got {activation.name}")
        parts.append(linear)
        if activation is not None:
            kind = activation.activation
            parts.append(getattr(torch.nn, kind.torch)(**kind.torch_options))
    sequential = torch.nn.Sequential(*parts)
    sequential.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors_of(model).items()})
    return sequential


def from_torch(sequential: Any) -> MLP:
    """Convert a torch.nn.Sequential of Linear layers and activations to an MLP.

    >>> import nn, torch  # doctest: +SKIP
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))  # doctest: +SKIP
    >>> nn.from_torch(net)  # doctest: +SKIP
    MLP, 65 parameters
      layers.0: Layer(2, 16), tanh, 48 parameters
      layers.1: Layer(16, 1), linear, 17 parameters

    The parameters are copied. Each Linear layer must have a bias, and at most one activation may follow it, including
    the last layer. Sequentials may be nested. Identity is left out, and so is Dropout after `eval()`. Raise ValueError,
    which names the part, for anything else.
    """
    torch = package("torch", "from_torch()")
    if type(sequential) is not torch.nn.Sequential:
        raise TypeError(f"sequential must be a torch.nn.Sequential, got {type(sequential).__name__}")
    linears: list[Any] = []
    activations: list[str | None] = []
    for where, part in _parts(sequential, torch):
        if type(part) is torch.nn.Linear:
            _check_linear(part, linears[-1].out_features if linears else part.in_features, where)
            linears.append(part)
            activations.append(None)
            continue
        activation = _activation_of(part, torch, where)
        if activations[-1:] != [None]:
            raise ValueError(f"{where} must come right after a Linear layer")
        activations[-1] = activation
    if not linears:
        raise ValueError("the Sequential must have at least one Linear layer")
    nin, nouts = linears[0].in_features, [linear.out_features for linear in linears]
    architecture = {"class": "MLP", "nin": nin, "nouts": nouts, "activations": activations}
    tensors = [p.detach().double().cpu().numpy() for linear in linears for p in (linear.weight, linear.bias)]
    model: MLP = fill(build(architecture, sum(tensor.size for tensor in tensors)), tensors)
    return model


def _parts(module: Any, torch: Any, where: str = "Sequential") -> Iterator[tuple[str, Any]]:
    """Yield the effective parts of nested Sequentials, with descriptions such as "Sequential[1][0], a Tanh,"."""
    for i, part in enumerate(module):
        place = f"{where}[{i}]"
        if type(part) is torch.nn.Sequential:
            yield from _parts(part, torch, place)
        elif type(part) is torch.nn.Dropout and part.training:
            raise ValueError(f"{place}, a Dropout, drops signals at random: call eval() on the Sequential first")
        elif type(part) not in (torch.nn.Identity, torch.nn.Dropout):
            yield f"{place}, a {type(part).__name__},", part


def _check_linear(linear: Any, nin: int, where: str) -> None:
    if linear.bias is None:
        raise ValueError(f"{where} must have a bias: make it with bias=True, and set the bias to 0")
    if not linear.weight.is_floating_point():
        raise ValueError(f"{where} must have real weights, got {linear.weight.dtype}")
    if linear.in_features != nin:
        raise ValueError(f"{where} must have {nin} inputs, the outputs of the layer before, got {linear.in_features}")


def _activation_of(part: Any, torch: Any, where: str) -> str:
    """Return the name of the activation that the module `part` computes. Raise ValueError if its options differ."""
    for op in _ACTIVATIONS:
        if type(part) is getattr(torch.nn, op.activation.torch):
            for option, x in op.activation.torch_options.items():
                if option not in _IGNORED and getattr(part, option) != x:
                    given = getattr(part, option)
                    raise ValueError(f"{where} must have {option}={x!r} to be {op.name}, got {given!r}")
            return str(op.name)
    names = ", ".join(op.activation.torch for op in _ACTIVATIONS)
    raise ValueError(f"{where} cannot be converted; it must be one of Linear, {names}")

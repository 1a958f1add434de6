"""Models to and from PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import autograd

from ..layers import MLP
from ..module import Module
from .architecture import build, describe, layers_of
from .tensors import fill, package, shapes_of, tensors_of

# The activations that torch.nn has, too, with the name and the options there.
_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    name: (op.activation.torch, op.activation.torch_options)
    for name, op in vars(autograd).items()
    if isinstance(op, autograd.Op) and op.activation
}
_ANY = ("threshold",)  # options that from_torch does not insist on


def to_torch(model: Module) -> Any:
    """Return `model`, an MLP, a Layer or a Neuron, as a torch.nn.Sequential of Linear layers and activations.

    >>> import nn
    >>> nn.to_torch(nn.MLP(2, [16, 1], activation="tanh"))  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=16, bias=True)
      (1): Tanh()
      (2): Linear(in_features=16, out_features=1, bias=True)
    )

    Its parameters are copies, in 64-bit floats. Its inputs have the shape (..., nin), its outputs (..., nout), with
    nout = 1, too. The activations may be those of `autograd` that
    `torch.nn` has, too, such as relu, tanh and silu.
    """
    torch = package("torch", "to_torch()")
    architecture = describe(model)
    tensors = tensors_of(model, shapes_of(architecture, "to_torch()"))
    parts = []
    for nin, nout, activation in layers_of(architecture):
        # No weights are drawn, so that PyTorch's generator stays as it is.
        parts.append(torch.nn.utils.skip_init(torch.nn.Linear, nin, nout, dtype=torch.float64))
        if activation is not None:
            if activation not in _ACTIVATIONS:
                raise ValueError(f"PyTorch has no module for {activation}, but for {', '.join(_ACTIVATIONS)}")
            name, options = _ACTIVATIONS[activation]
            parts.append(getattr(torch.nn, name)(**options))
    sequential = torch.nn.Sequential(*parts)
    sequential.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    return sequential


def from_torch(sequential: Any) -> MLP:
    """Return the torch.nn.Sequential `sequential`, of Linear layers and activations, as an MLP.

    >>> import nn, torch  # doctest: +SKIP
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))  # doctest: +SKIP
    >>> nn.from_torch(net)  # doctest: +SKIP
    MLP, 65 parameters
      layers.0: Layer(2, 16), tanh, 48 parameters
      layers.1: Layer(16, 1), linear, 17 parameters

    Its parameters are copies. Each Linear layer has a bias, and one activation may follow it, as in `to_torch`; that of
    the last one is kept. Identity, and Dropout after `eval()`, do nothing and are left out. Anything else is a
    ValueError that says where.
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
        elif type(part) is torch.nn.Dropout and part.training:
            raise ValueError(f"{where} drops signals at random: call eval() on the Sequential first")
        elif type(part) not in (torch.nn.Identity, torch.nn.Dropout):
            activation = _activation_of(part, torch, where)
            if activations[-1:] != [None]:
                raise ValueError(f"{where} does not follow a Linear layer, as an activation does here")
            activations[-1] = activation
    if not linears:
        raise ValueError("the Sequential has no Linear layer, and an MLP has at least one")
    nin, nouts = linears[0].in_features, [linear.out_features for linear in linears]
    architecture = {"class": "MLP", "nin": nin, "nouts": nouts, "activations": activations}
    tensors = [p.detach().double().cpu().numpy() for linear in linears for p in (linear.weight, linear.bias)]
    model: MLP = fill(build(architecture), dict(zip(shapes_of(architecture, "from_torch()"), tensors)))
    return model


def _parts(module: Any, torch: Any, where: str = "Sequential") -> Iterator[tuple[str, Any]]:
    """Yield the parts of nested Sequentials with their places: "Sequential[1][0], a Tanh,"."""
    for i, part in enumerate(module):
        place = f"{where}[{i}]"
        if type(part) is torch.nn.Sequential:
            yield from _parts(part, torch, place)
        else:
            yield f"{place}, a {type(part).__name__},", part


def _check_linear(linear: Any, nin: int, where: str) -> None:
    if linear.bias is None:
        raise ValueError(f"{where} has no bias, which every neuron has here: make it with bias=True, and set that to 0")
    if not linear.weight.is_floating_point():
        raise ValueError(f"{where} must have real numbers as weights, got {linear.weight.dtype}")
    if linear.in_features != nin:
        raise ValueError(f"{where} reads {linear.in_features} signals, and the layer before it gives {nin}")


def _activation_of(part: Any, torch: Any, where: str) -> str:
    """Name the activation that the module `part` is, with the same options."""
    for activation, (name, options) in _ACTIVATIONS.items():
        if type(part) is getattr(torch.nn, name):
            for option, x in options.items():
                if option not in _ANY and getattr(part, option) != x:
                    raise ValueError(f"{where} has {option}={getattr(part, option)!r}, and {activation} here has {x!r}")
            return activation
    names = ", ".join(name for name, _ in _ACTIVATIONS.values())
    raise ValueError(f"{where} has no counterpart here; what has are Linear, {names}")

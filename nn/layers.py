"""Neurons, layers and multi-layer perceptrons."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, SupportsFloat

import autograd
from autograd import Value, choose, dot, one_hot

from .checks import check_count, check_flag, check_number, rng_or_module
from .module import Module
from .shared import printed

ActivationFunction = Callable[[Value], Value]
Signals = Iterable["Value | float"]

if TYPE_CHECKING:

    class Outputs(Value, list[Value]):  # type: ignore[misc]
        """What a layer returns: a Value if it has one neuron, a list of Values if it has several.

        The number of neurons is not known to a type checker. To it, outputs are both at once, so that
        `model(x) - y` and `model(x)[0]` have the type Value.
        """

else:
    Outputs = Value | list[Value]


def activation_named(activation: str | ActivationFunction | None) -> ActivationFunction | None:
    """Return the function for an `activation` given by name, such as "tanh"; None is the identity."""
    function = _operation(activation) if isinstance(activation, str) else activation
    if activation is None or (callable(function) and _takes_one_number(function)):
        return function
    hint = _suggestion(activation) if isinstance(activation, str) else ""
    wanted = 'a function of one number, a name such as "tanh", or None'
    raise ValueError(f"activation must be {wanted}, got {activation!r}{hint}")


def _operation(name: str) -> autograd.Op | None:
    found = vars(autograd).get(name)
    return found if isinstance(found, autograd.Op) else None


def _takes_one_number(function: ActivationFunction) -> bool:
    """Say whether an operation can be applied to one number; other functions are not tried."""
    if isinstance(function, autograd.Op):
        try:
            function(0.5)
        except TypeError:
            return False
        except (ArithmeticError, ValueError):  # outside of the domain of an operation of your own
            return True
    return True


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    names = [known for known in vars(autograd) if (op := _operation(known)) and _takes_one_number(op)]
    close = get_close_matches(name, names, 1)
    return f'; did you mean "{close[0]}"?' if close else ""


def gain_after(activation: ActivationFunction | None) -> float:
    """Return the factor that makes up for what `activation` does to the root mean square of its inputs.

    It is √2 after a rectifier, which halves the mean square, and 1 after anything else.
    """
    return activation.activation.gain if isinstance(activation, autograd.Op) and activation.activation else 1.0


def initial_parameters(nin: int, gain: float, rng: random.Random) -> tuple[list[float], float]:
    """Draw `nin` weights from U(-gain·√(3/nin), gain·√(3/nin)), then a bias from U(-1/√nin, 1/√nin).

    The weights have the variance gain²/nin, so signals keep their size from layer to layer. With gain 1 that is
    LeCun's initialisation (LeCun et al. 1998), with gain √2 it is He's (He et al. 2015), both in their uniform form.
    The bias is the one of PyTorch's `Linear`; with biases of 0, every neuron that reads the data would bend at a line
    through the origin. `benchmarks/initialisation.py` compares this with other schemes.
    """
    gain = check_number("gain", gain, positive=True)
    weight, bias = gain * math.sqrt(3 / nin), 1 / math.sqrt(nin)
    return [rng.uniform(-weight, weight) for _ in range(nin)], rng.uniform(-bias, bias)


@printed
class Neuron(Module):
    """A neuron of `nin` signals: activation(w · x + b), a graph of two nodes, its adder and its activation.

    >>> n = Neuron(2, activation="tanh", rng=random.Random(0))
    >>> n.w[0].data, n.w[1].data, n.b.data = 0.5, -1.0, 0.25
    >>> n([2.0, 1.0])
    Value(data=0.24491866240370913, grad=0.0, op=tanh)

    `nonlin=False` leaves the activation out. `rng` draws the weights and the bias; by default that is the module
    `random`, so `random.seed(...)` decides, as in code written for micrograd. The weights are uniform with the standard
    deviation gain/√nin, the bias is uniform between -1/√nin and 1/√nin. `gain` should be √2 if the signals come from
    rectifiers such as relu, and 1 otherwise; by default, the signals are taken to come from neurons like this one.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str | ActivationFunction | None = "relu",
        gain: float | None = None,
        rng: random.Random | None = None,
    ) -> None:
        check_count("nin", nin)
        check_flag("nonlin", nonlin)
        rng = rng_or_module(rng)
        function = activation_named(activation)
        self.activation = function if nonlin else None
        gain = gain_after(self.activation) if gain is None else gain
        weights, bias = initial_parameters(nin, gain, rng)
        self.w = [Value(w, f"w{i}") for i, w in enumerate(weights)]
        self.b = Value(bias, "b")

    def __call__(self, x: Signals) -> Value:
        """Return the neuron's output for the `nin` signals `x`."""
        r: Value = dot(self.w, x, self.b)
        if self.activation is None:
            return r
        y = self.activation(r)
        if y.__class__ is not Value and r.__class__ is Value:
            raise _not_a_value(self.activation, y)
        return y

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.w)}), {_name(self.activation)}"


@printed
class Layer(Module):
    """`nout` neurons side by side, all reading the same `nin` signals."""

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: str | ActivationFunction | None = "relu",
        gain: float | None = None,
        rng: random.Random | None = None,
    ) -> None:
        check_count("nout", nout)
        self.neurons = [Neuron(nin, nonlin, activation=activation, gain=gain, rng=rng) for _ in range(nout)]
        for i, neuron in enumerate(self.neurons):
            _name_part(f"neuron {i}", neuron)

    def outputs(self, x: Signals | Value | float) -> list[Value]:
        """Return the outputs of all neurons, in a list even if there is only one."""
        signals: tuple[Any, ...] = (x,) if isinstance(x, Real) else tuple(x)  # type: ignore[arg-type]
        return [neuron(signals) for neuron in self.neurons]

    def __call__(self, x: Signals | Value | float) -> Outputs:
        """Return the list of outputs, or the output itself of a layer of one neuron."""
        out = self.outputs(x)
        return out[0] if len(out) == 1 else out  # type: ignore[return-value]

    def __repr__(self) -> str:
        first, count = self.neurons[0], len(self.parameters())
        return f"Layer({len(first.w)}, {len(self.neurons)}), {_name(first.activation)}, {count} parameters"


class MLP(Module):
    """A multi-layer perceptron: `nin` inputs, then layers of `nouts` neurons, the last of them linear.

    The first layer, which reads the data, starts with the gain 1; the others with the gain for their `activation`.

    >>> MLP(2, [16, 16, 1], activation="tanh", rng=random.Random(0))
    MLP, 337 parameters
      layers.0: Layer(2, 16), tanh, 48 parameters
      layers.1: Layer(16, 16), tanh, 272 parameters
      layers.2: Layer(16, 1), linear, 17 parameters
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: str | ActivationFunction | None = "relu",
        rng: random.Random | None = None,
    ) -> None:
        if not isinstance(nouts, (list, tuple)) or not nouts:
            raise ValueError(f"nouts must be a non-empty list of layer widths, got {nouts!r}")
        widths = [nin, *nouts]
        gains = [1.0, *(gain_after(activation_named(activation)) for _ in nouts)]
        self.layers = [
            Layer(n, m, nonlin=i < len(nouts), activation=activation, gain=gain, rng=rng)
            for i, (n, m, gain) in enumerate(zip(widths, nouts, gains), start=1)
        ]
        for i, layer in enumerate(self.layers):
            _name_part(f"layer {i}", layer)

    def __call__(self, x: Signals | Value | float) -> Outputs:
        """Return the list of outputs for the inputs `x`, or the output itself of a net with one."""
        *hidden, last = self.layers
        for layer in hidden:
            x = layer.outputs(x)
        return last(x)


class Embedding(Module):
    """A table with a list of `width` parameters for each index below `count`: `embedding[i]` is its row i.

    >>> embedding = Embedding(27, 4, rng=random.Random(0))
    >>> len(embedding[5]), embedding[5] is embedding.table[5]
    (4, True)

    In a compiled function, the row of an index is a sum over all rows, all but one of them multiplied by 0.
    """

    def __init__(self, count: int, width: int, *, std: float = 0.02, rng: random.Random | None = None) -> None:
        check_count("count", count)
        check_count("width", width)
        check_number("std", std)
        gauss = rng_or_module(rng).gauss
        self.table = [[Value(gauss(0.0, std), f"e{j}") for j in range(width)] for _ in range(count)]
        for i, row in enumerate(self.table):
            for p in row:
                p.scope = (f"row {i}",)

    def __call__(self, i: SupportsFloat) -> list[Value]:
        """Return the row of index i."""
        if isinstance(i, Value):
            hot = one_hot(i, len(self.table))
            return [dot(hot, column) for column in zip(*self.table)]
        row: list[Value] = choose(i, self.table)
        return row

    __getitem__ = __call__


def _name_part(name: str, part: Module) -> None:
    """Tell the parameters of `part` where they belong, by which a picture knows what was computed where."""
    for p in part.parameters():
        p.scope = (name, *p.scope)


def _not_a_value(activation: ActivationFunction, y: object) -> TypeError:
    name = _name(activation)
    instead = f"autograd.{name}" if _operation(name) else "operations of autograd, such as autograd.tanh"
    return TypeError(f"the activation {name} must return a Value for a Value, got {type(y).__name__}: use {instead}")


def _name(activation: ActivationFunction | None) -> str:
    return "linear" if activation is None else getattr(activation, "__name__", repr(activation))

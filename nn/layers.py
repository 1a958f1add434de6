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
from .shared import Operand, printed

ActivationFunction = Callable[[Value], Value]
Signals = Iterable["Value | float"]

if TYPE_CHECKING:

    class Outputs(Value, list[Value]):  # type: ignore[misc]
        """The output of a layer: a Value for one neuron, a list of Values for several.

        To type checkers it is both at once, so that `model(x) - y` and `model(x)[0]` have the type Value.
        """

else:
    Outputs = Value | list[Value]


def activation_named(activation: str | ActivationFunction | None) -> ActivationFunction | None:
    """Return the function for an `activation`, which may be a name such as "tanh", or None for the identity."""
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
    """Return False if `function` is an operation that does not take one number."""
    if isinstance(function, autograd.Op):
        try:
            function(0.5)
        except TypeError:
            return False
        except (ArithmeticError, ValueError):  # 0.5 is outside the domain of a custom operation
            return True
    return True


def _suggestion(name: str) -> str:
    from difflib import get_close_matches

    names = [known for known in vars(autograd) if (op := _operation(known)) and _takes_one_number(op)]
    close = get_close_matches(name, names, 1)
    return f'; did you mean "{close[0]}"?' if close else ""


def gain_after(activation: ActivationFunction | None) -> float:
    """Return the gain that keeps the size of signals after `activation`: √2 for rectifiers, 1 for other functions."""
    return activation.activation.gain if isinstance(activation, autograd.Op) and activation.activation else 1.0


def initial_parameters(nin: int, gain: float, rng: random.Random) -> tuple[list[float], float]:
    """Draw `nin` weights from U(-gain·√(3/nin), gain·√(3/nin)), then a bias from U(-1/√nin, 1/√nin).

    The weights have the variance gain²/nin, so signals keep their size from layer to layer: LeCun's initialisation
    (LeCun et al. 1998) for gain 1, and He's (He et al. 2015) for gain √2. The bias is that of PyTorch's `Linear`: if it
    were 0, the kinks of all neurons in the first layer would go through the origin.
    """
    gain = check_number("gain", gain, positive=True)
    weight, bias = gain * math.sqrt(3 / nin), 1 / math.sqrt(nin)
    return [rng.uniform(-weight, weight) for _ in range(nin)], rng.uniform(-bias, bias)


@printed
class Neuron(Module):
    """A neuron with `nin` inputs: activation(w · x + b), recorded as two nodes.

    >>> n = Neuron(2, activation="tanh", rng=random.Random(0))
    >>> n.w[0].data, n.w[1].data, n.b.data = 0.5, -1.0, 0.25
    >>> n([2.0, 1.0])
    Value(data=0.24491866240370913, grad=0.0, op=tanh)

    `nonlin=False` omits the activation. `rng` draws the weights and the bias; the default is the module `random`, so
    that `random.seed(...)` applies, as with micrograd. The weights are uniform with standard deviation gain/√nin, the
    bias is uniform between -1/√nin and 1/√nin. `gain` should be √2 if the inputs come from rectifiers such as relu, and
    1 otherwise; by default, the inputs are assumed to come from neurons like this one.
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
        """Return the output of the neuron for the inputs `x`, a list of `nin` numbers or Values."""
        r: Value = dot(self.w, x, self.b)
        if self.activation is None:
            return r
        y = self.activation(r)
        if y.__class__ is not Value and isinstance(r, Operand) and not isinstance(y, Operand):
            raise _not_a_value(self.activation, y)
        return y

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.w)}), {_name(self.activation)}"


@printed
class Layer(Module):
    """A layer of `nout` neurons that share the same `nin` inputs; options are those of `Neuron`."""

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
        """Return the list of outputs, even for a layer of one neuron."""
        signals: tuple[Any, ...] = (x,) if isinstance(x, Real) else tuple(x)  # type: ignore[arg-type]
        return [neuron(signals) for neuron in self.neurons]

    def __call__(self, x: Signals | Value | float) -> Outputs:
        """Return the list of outputs, or the single output of a layer of one neuron."""
        out = self.outputs(x)
        return out[0] if len(out) == 1 else out  # type: ignore[return-value]

    def __repr__(self) -> str:
        first, count = self.neurons[0], len(self.parameters())
        return f"Layer({len(first.w)}, {len(self.neurons)}), {_name(first.activation)}, {count} parameters"


class MLP(Module):
    """A multi-layer perceptron with `nin` inputs and layers of `nouts` neurons; the last layer is linear.

    The gain of the weights is 1 in the first layer, and the one for `activation` in the others.

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
        """Return the list of outputs for the inputs `x`, or the single output if the last layer has one neuron."""
        *hidden, last = self.layers
        for layer in hidden:
            x = layer.outputs(x)
        return last(x)


class Embedding(Module):
    """A table of `count` rows with `width` parameters each; `embedding[i]` is row i.

    >>> embedding = Embedding(27, 4, rng=random.Random(0))
    >>> len(embedding[5]), embedding[5] is embedding.table[5]
    (4, True)

    The parameters are normal with standard deviation `std`. In a compiled function, `i` may be an argument, whose rows
    are gathered.
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
        """Return row `i`. Raise IndexError unless it is a whole number from 0 to count - 1."""
        if isinstance(i, Operand):
            hot = one_hot(i, len(self.table))
            return [dot(hot, column) for column in zip(*self.table)]
        row: list[Value] = choose(i, self.table)
        return row

    __getitem__ = __call__


def _name_part(name: str, part: Module) -> None:
    """Prepend `name` to the scope of the parameters of `part`, which drawings show."""
    for p in part.parameters():
        p.scope = (name, *p.scope)


def _not_a_value(activation: ActivationFunction, y: object) -> TypeError:
    name = _name(activation)
    instead = f"autograd.{name}" if _operation(name) else "operations of autograd, such as autograd.tanh"
    return TypeError(f"the activation {name} must return a Value for a Value, got {type(y).__name__}: use {instead}")


def _name(activation: ActivationFunction | None) -> str:
    return "linear" if activation is None else getattr(activation, "__name__", repr(activation))

"""The equations of layers in matrices: the forward pass, and the backward pass by the rules of the activations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd.operation import Op
from autograd.printing.algebra import Expression, single
from autograd.printing.applying import Applied
from autograd.printing.factors import Name
from autograd.printing.formulas import Mathematics, Writing
from autograd.printing.notation import Written
from autograd.printing.precedence import ATOM, PRODUCT
from autograd.printing.symbolic import derivative_at, shown_row

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
Activation = Callable[[Any], Any] | None


class LayerEquations(Mathematics):
    """The equations of layers with the given `activations`. `str` returns text, `latex` and `mathml` return code."""

    def __init__(self, activations: Sequence[Activation]) -> None:
        self.activations = list(activations)

    def written(self, writing: Writing) -> str:
        """Return the equations in one output format, from the first layer to the last and back."""
        layers = [_Layer(writing, k, len(self.activations), f) for k, f in enumerate(self.activations, start=1)]
        forward = [equation for layer in layers for equation in layer.forward()]
        return writing.equations(forward + [equation for layer in reversed(layers) for equation in layer.backward()])


class _Layer:
    """Layer number `k` of `count`, written in one output format."""

    def __init__(self, writing: Writing, k: int, count: int, activation: Activation) -> None:
        self.writing, self.k, self.count, self.activation = writing, k, count, activation
        signs = writing.signs | {"*": writing.signs["⊙"]}
        self.entrywise: Writing = type("Entrywise", (writing,), {"__slots__": (), "signs": signs})
        self.W, self.b, self.delta = self.name("W"), self.name("b"), self.name("δ")
        self.x = self.name("h", k - 1) if k > 1 else writing.name("x")
        self.y = self.name("h") if k < count else writing.name("y")
        self.z = self.name("z") if activation else self.y

    def label(self, letter: str, k: int) -> str:
        """Return the label of a matrix or a vector, such as W₁; a single layer has no index."""
        return letter + (str(k).translate(_SUBSCRIPTS) if self.count > 1 else "")

    def name(self, letter: str, k: int = 0) -> Written:
        """Write the name of a matrix or a vector, by default of this layer."""
        return self.writing.name(self.label(letter, k or self.k))

    def forward(self) -> Iterator[list[str]]:
        """Yield the equations of the forward pass."""
        weighted = self.writing.between(self.product(self.W, self.x).code, "+", self.b.code)
        yield [self.z.code, weighted]
        if self.activation:
            yield [self.y.code, self.entrywise.of(self.activation(self.entrywise(self.z.code))).code]

    def backward(self) -> Iterator[list[str]]:
        """Yield the equations of the backward pass."""
        arrived = self.loss_by(self.y)
        if self.k < self.count:
            arrived = self.product(self.transposed(self.name("W", self.k + 1)), self.name("δ", self.k + 1))
        yield [self.delta.code, self.through_activation(arrived)]
        yield [self.loss_by(self.W).code, self.product(self.delta, self.transposed(self.x)).code]
        yield [self.loss_by(self.b).code, self.delta.code]
        if self.k == 1:
            yield [self.loss_by(self.x).code, self.product(self.transposed(self.W), self.delta).code]

    def through_activation(self, arrived: Written) -> str:
        """Multiply what has arrived, entry by entry, by the derivative of the activation."""
        slope = self.slope()
        if slope is None or slope.number == 1:
            return arrived.code
        names = {"z": self.entrywise(self.z.code), "y": self.entrywise(self.y.code)}
        written = self.entrywise.of(Applied(lambda name: names[name.label], self.entrywise.number)(slope))
        return self.writing.between(arrived.inside(ATOM), "⊙", written.inside(PRODUCT))

    def slope(self) -> Expression | None:
        """Return the derivative of the activation in terms of its input z and its output y."""
        z, y = single(Name("z", 0)), single(Name("y", 1))
        if isinstance(self.activation, Op):
            return shown_row(self.activation, [z, *self.activation.defaults], y)[0]
        return None if self.activation is None else derivative_at(self.activation, "z")

    def loss_by(self, x: Written) -> Written:
        """Write the derivative of the loss."""
        return self.writing.derivative(self.writing.name("L"), x)

    def product(self, a: Written, b: Written) -> Written:
        """Write the product of two matrices."""
        return self.writing(self.writing.between(a.code, " ", b.code), PRODUCT)

    def transposed(self, x: Written) -> Written:
        """Write the transpose of a matrix."""
        return self.writing(self.writing.forms["T"] % x.code)

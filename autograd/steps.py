"""`backprop`: the backward pass one node at a time."""

from __future__ import annotations

from functools import cached_property

from autograd.backpropagation import propagate, topological
from autograd.graph import check_node, check_seed
from autograd.terminal import printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.printing.formulas import Names
    from autograd.value import Value


class Sweep:
    """A backward pass over nodes in topological `order`. Iterating yields its steps and changes no `grad`."""

    def __init__(self, order: Sequence[Value], seed: float) -> None:
        self.order, self.seed = order, seed

    @cached_property
    def names(self) -> Names:
        """The names of the nodes."""
        from autograd.printing.formulas import Names

        return Names(self.order)

    def __iter__(self) -> Iterator[Step]:
        cotangents = {self.order[-1]: self.seed}
        for node, cotangent in propagate(self.order, cotangents):
            yield Step(self, node, cotangent, [*map(cotangents.get, node.inputs)])


@printed
class Step:
    """One step of a backward pass: the `cotangent` of `node` is complete, and `node` sends it on to its inputs."""

    def __init__(self, sweep: Sweep, node: Value, cotangent: float, arrived: Sequence[float | None]) -> None:
        self.node, self.cotangent = node, cotangent
        self._sweep, self._arrived = sweep, arrived  # the cotangent of each input before this step

    @property
    def name(self) -> str:
        """The name of the node: its label, or v1, v2 and so on."""
        return self._sweep.names[self.node]

    @property
    def partials(self) -> Sequence[float]:
        """The local derivatives of the node by its inputs."""
        return self.node.partials

    @property
    def contributions(self) -> list[float]:
        """The contribution to each input: cotangent times local derivative."""
        return [self.cotangent * d for d in self.partials]

    @property
    def sends(self) -> list[Send]:
        """The contributions to the inputs that are nodes, each with the gradient of the input before and after."""
        sends = []
        arrived: dict[Value, float] = {}
        for place, (x, before) in enumerate(zip(self.node.inputs, self._arrived)):
            if x.__class__ is self.node.__class__:
                send = Send(self, place, arrived.get(x, before or 0.0))
                arrived[x] = send.after
                sends.append(send)
        return sends

    @cached_property
    def _formulas(self) -> list[str]:
        """The local derivatives as formulas."""
        from autograd.printing.text import Text

        return [formula.code for formula in self._sweep.names.partials(self.node, Text)]

    def __repr__(self) -> str:
        return f"Step({self.node!r}, cotangent={self.cotangent}, contributions={self.contributions})"


@printed
class Send:
    """The `contribution` of a step to one `input` of its node: the cotangent times the local derivative `partial`.

    `before` and `after` are the gradient of the input in this pass, without and with the contribution.
    """

    __slots__ = ("_place", "_step", "after", "before", "contribution", "input", "partial")

    def __init__(self, step: Step, place: int, before: float) -> None:
        self._step, self._place = step, place
        self.input: Value = step.node.inputs[place]
        self.partial = step.partials[place]
        self.contribution = step.cotangent * self.partial
        self.before, self.after = before, before + self.contribution

    @property
    def formula(self) -> str:
        """The formula of the local derivative."""
        return self._step._formulas[self._place]

    def __repr__(self) -> str:
        numbers = f"partial={self.partial}, contribution={self.contribution}, before={self.before}, after={self.after}"
        return f"Send(input={self.input!r}, {numbers}, formula={self.formula!r})"


def backprop(root: Value, seed: float = 1.0) -> Iterator[Step]:
    """Run `root.backward(seed)` one node at a time, and yield a `Step` for each node.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> for step in backprop(a * b):
    ...     print(step.name, step.cotangent, [(send.input.label, send.contribution) for send in step.sends])
    v1 1.0 [('a', 3.0), ('b', 2.0)]
    b 2.0 []
    a 3.0 []

    `Value.steps` returns the same steps after those of the forward pass, and leaves `grad` unchanged.
    """
    check_node(root, "root")
    return _accumulated(Sweep(topological([root]), check_seed(root, seed)))


def _accumulated(sweep: Sweep) -> Iterator[Step]:
    for step in sweep:
        step.node.grad += step.cotangent
        yield step

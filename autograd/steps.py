"""The backward pass one node at a time."""

from __future__ import annotations

from autograd.inspection import check_node, check_seed
from autograd.sweep import propagate, topological
from autograd.terminal import printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.value import Value


@printed
class Step:
    """One step of a backward pass: a `node` and the `cotangent` that arrived there, the sum over all its paths."""

    __slots__ = ("cotangent", "node")

    def __init__(self, node: Value, cotangent: float) -> None:
        self.node, self.cotangent = node, cotangent

    @property
    def partials(self) -> Sequence[float]:
        """The local derivatives: of the node by each of its inputs."""
        return self.node.partials

    @property
    def contributions(self) -> list[float]:
        """What goes to each input: the cotangent times the local derivative."""
        return [self.cotangent * d for d in self.partials]

    def __repr__(self) -> str:
        return f"Step({self.node!r}, cotangent={self.cotangent}, contributions={self.contributions})"


def backprop(root: Value, seed: float = 1.0) -> Iterator[Step]:
    """Do what `root.backward(seed)` does, one node at a time.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> for step in backprop(a * b):
    ...     print(step.node.label or step.node.op.name, step.cotangent, step.contributions)
    mul 1.0 [3.0, 2.0]
    b 2.0 []
    a 3.0 []
    """
    check_node(root, "backprop()")
    return _steps(topological([root]), {root: check_seed(root, seed)})


def _steps(order: list[Value], seeds: dict[Value, float]) -> Iterator[Step]:
    for node, cotangent in propagate(order, seeds):
        node.grad += cotangent
        yield Step(node, cotangent)

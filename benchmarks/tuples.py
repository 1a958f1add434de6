"""An engine in the design of microgpt: a node keeps its inputs and its local derivatives in tuples."""

from __future__ import annotations


class Value:
    """A number that remembers its inputs and the derivative with respect to each of them."""

    __slots__ = ("data", "grad", "inputs", "slopes")

    def __init__(self, data: float, inputs: tuple[Value, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.inputs, self.slopes = data, 0.0, inputs, slopes

    def __add__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Value:
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def relu(self) -> Value:
        """Return max(0, data)."""
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -other

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self) -> None:
        """Add the derivative of this number by each node to the `grad` of that node."""
        order: list[Value] = []
        seen = set()

        def visit(node: Value) -> None:
            if node not in seen:
                seen.add(node)
                for x in node.inputs:
                    visit(x)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for x, slope in zip(node.inputs, node.slopes):
                x.grad += slope * node.grad

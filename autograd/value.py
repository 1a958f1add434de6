"""`Value`: a number that records how it was computed and back-propagates through that graph."""

from __future__ import annotations

import math
import operator
from numbers import Real

from autograd import conversion, modes, operators, recorder
from autograd.backing import Backing, add_to_gradient, find_number, set_number
from autograd.backpropagation import propagate, topological
from autograd.foreign import refuse_reload
from autograd.graph import check_seed
from autograd.operand import Operand
from autograd.operation import Op, as_float
from autograd.operators import (
    comparison,
    infix,
    make_node,
    number_of,
    numbers_of,
    powers,
    refusal,
    unary,
    unary_methods,
    whole,
)
from autograd.ops import TABLE, abs, add, div, greater, greater_equal, less, less_equal, mod, mul, neg, sub
from autograd.terminal import printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from autograd.ops import Methods
    from autograd.printing.walkthrough import Walkthrough
else:
    Methods = Operand

if "Value" in globals():
    refuse_reload(__name__)


@printed
class Value(Methods):
    """A node of a computation graph: the number `data`, with an optional `label`.

    `Value(2.0)` creates a leaf. Arithmetic on nodes creates nodes that record their `op` and their `inputs`.
    `y.backward()` adds the derivative of y to the `grad` of every node that y was computed from.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c
    Value(data=4.0, grad=0.0, op=add)
    >>> c.backward()
    >>> a.grad, b.grad
    (-3.0, 2.0)

    `<`, `<=`, `>` and `>=` compare the data. `==` compares identity, so nodes can be keys of a dict. You can set
    attributes of your own, such as `p.velocity = 0.0`; copies and pickles keep them.
    """

    # Rare attributes are in the `__dict__`, which is created on first use: `_scope`, `_line`, attributes of users.
    __slots__ = ("__dict__", "__weakref__", "_data", "_grad", "inputs", "label", "op", "partials")

    inputs: tuple[Any, ...]  # nodes, and plain numbers as constants; a node may occur twice
    label: str
    op: Op | None  # None for a leaf
    partials: Sequence[float]  # the derivative with respect to each input, at the point of the forward pass
    _scope: tuple[str, ...] = ()
    _line: tuple[str, int] | None = None  # shown by `made_at`
    _is_constant: bool = False  # an argument of `grad` or its relatives that has returned
    _lost: str = ""  # a message about a conversion that lost the gradient (see autograd.conversion)

    def __init__(self, data: float, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"the label of a Value must be a str, got {type(label).__name__}: {label!r}")
        self._grad, self.op, self.inputs, self.partials, self.label = 0.0, None, (), (), label
        self.data = data

    @property
    def data(self) -> float:
        """The number at this node. Setting it does not change the nodes that were computed from it before."""
        if recorder.recorders:
            recorder.check_known(recorder.DATA)
        try:
            return self._data
        except AttributeError:
            return find_number(self, "_data")

    @data.setter
    def data(self, number: float) -> None:
        self._data = number = number if number.__class__ is float else as_float(number, "the data of a Value")
        if self.partials.__class__ is Backing:
            set_number(self, "_data", number)

    @property
    def grad(self) -> float:
        """The derivative of the root of the backward pass with respect to this node. It accumulates until set to 0."""
        try:
            return self._grad
        except AttributeError:
            return find_number(self, "_grad")

    @grad.setter
    def grad(self, number: float) -> None:
        self._grad = number = number if number.__class__ is float else as_float(number, "the grad of a Value")
        if self.partials.__class__ is Backing:
            set_number(self, "_grad", number)

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes in which the node was created, outermost first (see `autograd.scope`)."""
        return self._scope

    @scope.setter
    def scope(self, names: tuple[str, ...]) -> None:
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"the scope of a Value must be a tuple of names, got {names!r}")
        self._scope = names

    @property
    def made_at(self) -> str:
        """The line of code that created this node, "file:line: text", if it is not finite although its inputs are.

        It is the innermost line outside of `autograd` and `nn`. For any other node, and for copies, it is "".
        """
        return modes.show_line(*self._line) if self._line else ""

    def _apply(self, op: Op, inputs: Sequence[Any]) -> Value:
        if op.arity == 1 and op in unary_methods:
            return unary_methods[op](self)
        try:
            data = numbers_of(inputs, op)
        except TypeError:  # another operand decides what the operation gives
            other = next((x for x in inputs if isinstance(x, Operand) and x.__class__ is not Value), None)
            if other is None:
                raise
            return other._apply(op, inputs)  # type: ignore[no-any-return]
        try:
            if op.variadic:
                y = op.value(data)
                row = op.rule(data, y)
            else:
                y = op.value(*data)
                row = op.rule(*data, y)
        except (ArithmeticError, ValueError):
            y, row = op.linearize(data)
        if not op.is_ours:
            y, row = op.check(y, row, len(data))
        if op.chooses:
            row = op.chosen(row)
        return make_node(op, tuple(inputs), y, row)

    def backward(self, seed: float = 1.0) -> None:
        """Add `seed` times the derivatives of this node to the `grad` of every node that it was computed from.

        The sweep visits each node once. A node sends its cotangent times the local derivative to each input. A second
        call adds the same gradients again. `autograd.backprop` does the same one step at a time.
        """
        seeds = {self: check_seed(self, seed)}
        for node, cotangent in propagate(topological([self]), seeds):
            try:
                node._grad += cotangent  # threads do not switch within this line
            except AttributeError:
                add_to_gradient(node, cotangent)

    def steps(self, seed: float = 1.0) -> Walkthrough:
        """Return the forward and the backward pass one node at a time, as a sequence of steps that prints as a table.

        >>> a = Value(3.0, "a")
        >>> print((a * a).steps())
        node  formula  value
        ----  -------  -----
        v1    a·a      9
        <BLANKLINE>
        node  gradient     sends to  local derivative  contribution  gradient there
        ----  -----------  --------  ----------------  ------------  --------------
        v1    dv1/dv1 = 1  a         a = 3             1·3 = 3       0 → 3
                           a         a = 3             1·3 = 3       3 → 6
        a     dv1/da = 6
        """
        from autograd.printing.walkthrough import Walkthrough

        return Walkthrough(self, seed)

    # Operators.

    __add__, __radd__ = infix(add)
    __sub__, __rsub__ = infix(sub)
    __mul__, __rmul__ = infix(mul)
    __truediv__, __rtruediv__ = infix(div)
    __mod__, __rmod__ = infix(mod)
    __pow__, __rpow__ = powers()
    __neg__, __abs__ = unary(neg), unary(abs)
    __lt__, __le__ = comparison(less, operator.lt), comparison(less_equal, operator.le)
    __gt__, __ge__ = comparison(greater, operator.gt), comparison(greater_equal, operator.ge)
    __floordiv__ = __rfloordiv__ = refusal(
        "a // b", "a / b, or math.floor(a / b) for a whole number without a gradient"
    )
    __divmod__ = __rdivmod__ = refusal("divmod(a, b)", "math.floor(a / b) and a % b")

    # The interface of a real number.

    __int__, __trunc__, __floor__, __ceil__ = whole(int), whole(math.trunc), whole(math.floor), whole(math.ceil)

    @property
    def real(self) -> Value:
        """The node itself, because it is a real number."""
        return self

    @property
    def imag(self) -> float:
        """Zero, because a node is a real number."""
        return 0.0

    def conjugate(self) -> Value:
        """Return the node itself, because it is a real number."""
        return self

    def __float__(self) -> float:
        if modes.used:
            modes.check_float()
        if recorder.recorders:
            recorder.check_known(recorder.FLOAT)
        conversion.check(self)
        return number_of(self)

    def __bool__(self) -> bool:
        if recorder.recorders:
            recorder.check_known(recorder.BRANCH)
        return number_of(self) != 0.0

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def _repr_html_(self) -> str:
        """Show the node as a small card in a notebook."""
        from autograd.printing.card import card

        return card(self)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        op = f", op={self.op.name}" if self.op else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={number_of(self)}, grad={self.grad}{op}{label})"

    # Copies and pickles contain the whole graph of a node.

    def __copy__(self) -> Value:
        from autograd.copying import copy_node

        return copy_node(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from autograd.copying import copy_graph

        return copy_graph(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from autograd.copying import reduce_graph

        return reduce_graph(self)

    # Names that code written for micrograd uses.
    @property
    def _prev(self) -> tuple[Value, ...]:
        return tuple(x for x in self.inputs if x.__class__ is Value)

    @property
    def _op(self) -> str:
        return (self.op.infix or self.op.name) if self.op else ""

    def _backward(self) -> None:
        for x, d in zip(self.inputs, self.partials):
            if x.__class__ is Value:
                x.grad += self.grad * d

    def __init_subclass__(cls) -> None:
        raise TypeError("Value cannot be subclassed; declare new operations with autograd.op(...)")


def _add_methods() -> None:
    """Add a faster method to `Value` for each operation of one input."""
    for op in TABLE.values():
        if op.arity == 1:
            method = unary(op)
            for name in (op.name, *op.aliases):
                setattr(Value, name, method)


operators.Value = Value  # type: ignore[attr-defined]  # so that it can create nodes
_add_methods()
Real.register(Value)

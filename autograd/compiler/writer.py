"""Write array programs: the forward pass, then the adjoint of each statement in reverse order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from autograd.compiler.code import Code, NotCodeError, partials_code
from autograd.compiler.forward import MOST_TERMS, Forward
from autograd.compiler.layout import Group, Indices, Layout, Rows
from autograd.compiler.products import Product, recognise
from autograd.compiler.reader import Operand, axes, columns, is_single, listed, reshaped
from autograd.compiler.views import runs, view
from autograd.operation import Op
from autograd.ops import COMPARISONS, where

_WITH_OUT = (
    "multiply(",
    "negative(",
    "dot(",
    "product(",
    "matmul(",
    "einsum(",
)  # functions that write into their results
_CONTIGUOUS = re.compile(r"\w+\[\d+:\d+\](\.reshape\(.*\))?")  # views that `dot` can write into


class Writer(Forward):
    """Writes a program: `forward` computes all groups, `backward` carries gradients to the leaves that are wanted.

    It knows which rows have a gradient that is needed, and to which something was sent before: the first that is sent
    to a row is stored, what follows is added.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.backward: list[str] = []
        self.parts: list[tuple[str, Group, list[str]]] = []  # the scope of each group, and what computes it
        self._needed = {name: np.zeros(size, bool) for name, size in layout.sizes.items()}
        self._touched = {name: np.zeros(size, bool) for name, size in layout.sizes.items()}
        self._zeros: dict[str, list[int]] = {name: [] for name in layout.sizes}

    def write(self, root: tuple[str, int], wanted: str) -> None:
        """Write all statements: gradients start with `seed` at the `root`, given by its buffer and row.

        They end at the parameters, or at the arguments: the leaves in the buffer that is `wanted`, "S" or "V".
        """
        leaves = self.layout.leaf_rows(wanted)
        self._needed[wanted][leaves] = True
        for group in self.layout.groups:
            done = len(self.forward)
            self.compute(group)
            self.parts.append((self.names.scope_of(group), group, self.forward[done:]))
            if group.entries[0].reached and group.op not in COMPARISONS and any(map(self._needs, group.reads)):
                self._needed[group.buffer][group.rows] = True
        buffer, row = root
        self._touched[buffer][row] = True
        self.backward.append(f"{self.sink(f'g{buffer}[{row}:{row + 1}]')}[...] = seed")
        for group in reversed(self.layout.groups):
            if self._needed[group.buffer][group.rows].any():
                self._touch(group.buffer, group.rows)
                self._adjoint(group)
        self._touch(wanted, leaves)
        for name, rows in self._zeros.items():
            self.backward[:0] = [f"g{name}[{start}:{stop}] = 0.0" for start, stop in runs(sorted(rows))]

    def _needs(self, indices: Indices) -> bool:
        return bool(self._needed[indices.buffer][indices.rows].any())

    def _adjoint(self, group: Group) -> None:
        gradient = self.gradient(group)
        if group.op is None:
            self._adjoint_of_sum(group, gradient)
        elif group.op.is_ours and group.op.name == "logsumexp":
            self._adjoint_of_logsumexp(group, gradient)
        else:
            self._adjoint_of_operation(group, group.op, gradient)

    def _adjoint_of_operation(self, group: Group, op: Op, gradient: str) -> None:
        inputs = self.operands(group)
        read = [column for indices in group.inputs for column in columns(indices)]
        try:
            row: Sequence[Operand] = partials_code(op, inputs, Code(self.target(group)))
        except NotCodeError:
            names = [self.names.new("d") for _ in read]
            self.backward.append(f"{', '.join(names)}, = {self.call(op)}.slopes({listed(inputs)})")
            row = [Code(name) for name in names]
        for i, (indices, partial) in enumerate(zip(read, row)):
            if self._needs(indices):
                sent = self._passed(gradient, inputs, i) if op is where else self._times(op, gradient, partial)
                self._send(group, indices.buffer, indices.rows[:, 0], sent)

    def _passed(self, gradient: str, inputs: Sequence[Operand], i: int) -> str:
        """Return the code of what `where` sends to its input number i: to an option the gradient where it is chosen."""
        sent = [gradient, "0.0"] if i == 1 else ["0.0", gradient if i == 2 else "0.0"]
        return f"where({self.need(inputs[0])}, {', '.join(sent)})"

    def _times(self, op: Op, gradient: str, partial: Operand) -> str:
        text = self.need(partial)
        if op.chooses:
            self.helpers["passed"] = None
            return f"passed({gradient}, {text})"
        if text in ("1.0", "-1.0"):
            return gradient if text == "1.0" else f"negative({gradient})"
        return f"multiply({gradient}, {text})"

    def _adjoint_of_logsumexp(self, group: Group, gradient: str) -> None:
        self.helpers["softmax"] = None
        sent = f"multiply({gradient}[:, None], softmax({self.whole(group)}, {self.target(group)}))"
        if len(group.inputs) == 1:
            self._send(group, group.inputs[0].buffer, group.inputs[0].rows, sent)
            return
        name, start = self.names.new("d"), 0
        self.backward.append(f"{name} = {sent}")
        for buffer, rows in group.inputs:
            stop = start + rows.shape[1]
            if self._needed[buffer][rows].any():
                self._send(group, buffer, rows, f"{name}[:, {start}:{stop}]")
            start = stop

    def _adjoint_of_sum(self, group: Group, gradient: str) -> None:
        if group.divisor != 1:
            self.backward.append(f"divide({gradient}, {float(group.divisor)}, out={gradient})")
        for pair in group.pairs:
            product = recognise(*pair)
            for is_left, indices in ((True, product.a), (False, product.b)):
                if self._needs(indices):
                    self._adjoint_of_product(group, self._trimmed(product, indices), gradient, is_left)
        for indices in filter(self._needs, group.inputs):
            if indices.rows.shape[1] > MOST_TERMS:
                shape = f"({', '.join(map(str, indices.rows.shape))}{', V.shape[1]' * (group.buffer == 'V')})"
                self._send(group, indices.buffer, indices.rows, f"broadcast_to({gradient}[:, None], {shape})")
            else:
                for column in columns(indices):
                    self._send(group, indices.buffer, column.rows[:, 0], gradient)

    def _trimmed(self, product: Product, indices: Indices) -> Product:
        """Return the part of a product that the gradients of one factor need, without the ones below signals."""
        needed = self._needed[indices.buffer][indices.rows].any(0)
        if needed.all():
            return product
        a, b = (Indices(buffer, rows[:, needed]) for buffer, rows in (product.a, product.b))
        return Product(a, b, product.is_grid)

    def _adjoint_of_product(self, group: Group, product: Product, gradient: str, is_left: bool) -> None:
        a, b, result = product.subscripts
        if group.buffer == "V" and not product.batched:
            gradient = f"dot({gradient}, {self.ones()})"
        if len(product.shape) > 1:
            gradient = reshaped(gradient, product)
            gradient = gradient if "dot(" in gradient else self.bind(gradient, f"{gradient.partition('.')[0]}_")
        left, right = self.factors(product)
        times = product.times
        indices, to, by, other = (product.a, a, b, right) if is_left else (product.b, b, a, left)
        match to, by, result:
            case ("pm", "mb", "pb") | ("nm", "mb", "nb"):
                sent = f"{times}({gradient}, {other}.T)"
            case ("mb", "pm", "pb") | ("mb", "nm", "nb") | ("m", "pm", "p") | ("m", "nm", "n"):
                sent = f"{times}({other}.T, {gradient})"
            case "qmb", "pm", "qpb":
                sent = f"matmul({other}.T, {gradient})"
            case "pm", "qmb", "qpb":
                sent = f"tensordot({gradient}, {other}, ((0, 2), (0, 2)))"
            case "pm", "qm", "qp":
                sent = f"dot({gradient}.T, {other})"
            case "qm", "pm", "qp":
                sent = f"dot({gradient}, {other})"
            case _:
                sent = f'einsum("{result},{by}->{to}", {gradient}, {other})'
        self._add(indices.buffer, axes(indices, to), sent)

    def _send(self, group: Group, buffer: str, rows: Rows, sent: str) -> None:
        """Add what is `sent`, of the shape of `rows` and an axis of the samples if the group has one, to gradients."""
        if buffer == "S" and group.buffer == "V":
            sent = f"dot({sent}, {self.ones()})"
        if rows.ndim == 1 and len(rows) > 1 and is_single(rows):
            rows, sent = rows[:1], f"({sent}).sum(0)"
        self._add(buffer, rows, sent)

    def _add(self, buffer: str, rows: Rows, sent: str) -> None:
        """Add what is `sent` to the gradients at `rows`, or store it there where nothing was sent before."""
        is_first, is_distinct = not self._touched[buffer][rows].any(), len(np.unique(rows)) == rows.size
        if is_first and is_distinct:
            self._touched[buffer][rows] = True
            self._store(buffer, rows, sent)
            return
        self._touch(buffer, np.unique(rows))
        code = view(f"g{buffer}", rows)
        if not is_distinct:
            self.backward.append(f"np.add.at(g{buffer}, {self.index(rows)}, {sent})")
        elif code is None:
            self.backward.append(f"g{buffer}[{self.index(rows)}] += {sent}")
        else:
            name = self.sink(code)
            self.backward.append(f"add({name}, {sent}, out={name})")

    def _store(self, buffer: str, rows: Rows, sent: str) -> None:
        code = view(f"g{buffer}", rows)
        if code is None:
            self.backward.append(f"g{buffer}[{self.index(rows)}] = {sent}")
        elif sent.startswith(_WITH_OUT) and (_CONTIGUOUS.fullmatch(code) or not sent.startswith(("dot", "product"))):
            self.backward.append(f"{sent[:-1]}, out={self.sink(code)})")
        else:
            self.backward.append(f"{self.sink(code)}[...] = {sent}")

    def _touch(self, buffer: str, rows: Rows) -> None:
        """See to it that those of the gradients at `rows` start from 0 that nothing was sent to yet."""
        untouched = rows[~self._touched[buffer][rows]]
        self._touched[buffer][untouched] = True
        self._zeros[buffer] += untouched.tolist()

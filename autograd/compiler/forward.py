"""Write the forward pass of an array program: one or a few statements for each group of entries."""

from __future__ import annotations

from autograd.compiler.code import INLINE, UFUNCS, NotCodeError, code_of, value_code
from autograd.compiler.layout import Group, Indices
from autograd.compiler.products import Product, recognise
from autograd.compiler.reader import Reader, columns, listed, reshaped
from autograd.operation import Op

MOST_TERMS = 4  # that are added one by one


class Forward(Reader):
    """Writes the statements that compute groups."""

    def compute(self, group: Group) -> None:
        """Write the statements of a group."""
        if group.op is None:
            self._sum(group)
        elif group.op.is_ours and group.op.name == "logsumexp":
            self.helpers["logsumexp"] = None
            self.forward.append(f"{self.target(group)}[...] = logsumexp({self.whole(group)})")
        else:
            self._operation(group, group.op)

    def _operation(self, group: Group, op: Op) -> None:
        target, inputs = self.target(group), self.operands(group)
        try:
            code = value_code(op, inputs)
        except NotCodeError:
            self.forward.append(f"{target}[...] = {self.call(op)}({listed(inputs)})")
            return
        if op.is_ours and code.text.startswith("square("):
            self.forward.append(f"{code.text[:-1]}, out={target})")
        elif op.is_ours and op.name in UFUNCS and not code.helpers:
            self.forward.append(f"{UFUNCS[op.name]}({listed(inputs)}, out={target})")
        elif op.is_ours and op.name in INLINE:
            self.forward.append(f"{code.text[:-1]}, out={target})")
        else:
            self.forward.append(f"{target}[...] = {self.need(code)}")

    def _sum(self, group: Group) -> None:
        target, first = self.target(group), True
        for pair in group.pairs:
            self._product(group, recognise(*pair), target, first)
            first = False
        for term in [term for indices in group.inputs for term in self._terms(indices, group)]:
            self.forward.append(f"{target}[...] = {term}" if first else f"add({target}, {term}, out={target})")
            first = False
        if group.divisor != 1:
            self.forward.append(f"divide({target}, {float(group.divisor)}, out={target})")

    def _terms(self, indices: Indices, group: Group) -> list[str]:
        """Return the code of the terms of a sum: each column, or the sum of many."""
        if indices.rows.shape[1] > MOST_TERMS:
            return [f"{self.load(indices, group)}.sum(1)"]
        return [code_of(self.operand(column, group)).text for column in columns(indices)]

    def _product(self, group: Group, product: Product, target: str, first: bool) -> None:
        a, b, result = product.subscripts
        left, right = self.factors(product)
        times = product.times
        match a, b:
            case ("pm", "mb") | ("nm", "mb") | ("pm", "m") | ("nm", "m"):
                call = f"{times}({left}, {right}"
            case "m", "qm":
                call = f"{times}({right}, {left}"
            case ("pm", "qmb") | ("m", "qmb"):
                call = f"matmul({left}, {right}"
            case "pm", "qm":
                call = f"dot({right}, {left}.T"
            case _:
                call = f'einsum("{a},{b}->{result}", {left}, {right}'
        if group.buffer == "V" and not product.batched:  # factors of a `dot` that do not depend on the sample
            self.forward.append(f"{target}[...] = {call}).reshape(-1, 1)")  # which come first
            return
        if len(product.shape) > 1:
            target = self.bind(reshaped(target, product), f"{target}_")
        self.forward.append(f"{call}, out={target})" if first else f"add({target}, {call}), out={target})")

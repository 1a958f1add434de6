"""Write the backward pass of programs on floats, including loops."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import cache
from typing import Any

from autograd.compiler.code import Code, NotCodeError, code_of, partials_code
from autograd.compiler.loops import Loop
from autograd.compiler.statements import Node, Statements, code_in, loop_head, names_in, tuple_of
from autograd.compiler.symbols import Symbol
from autograd.operation import Op
from autograd.ops import logsumexp, power

_MOST_TERMS = 20  # of a sum, which Python nests as deep


class Adjoints:
    """Writes the statements that carry gradients back from the `root` of `statements` to the `wanted` leaves.

    They are the `lines`; `derivatives` are the names of those by the leaves, and `saved` is what the lines read of each
    round of a loop. Gradients are g5, and c5 where they are carried from round to round.
    """

    def __init__(self, statements: Statements, root: Symbol, wanted: Sequence[Symbol]) -> None:
        self._statements, self._names, self._needed = statements, statements.names, statements.needed
        self._sent: dict[Any, list[str]] = {root: ["1.0"]} if root in self._needed else {}  # to each node, as code
        self._templates = cache(_templates)  # per program, because a user's rule may read values that change
        self.saved: dict[Loop, list[str]] = {}
        self.derivatives: list[str] = []
        self.lines = list(self._backward(wanted))

    def _backward(self, wanted: Sequence[Symbol]) -> Iterator[str]:
        for part in reversed(self._statements.parts):
            yield from self._loop_back(part) if isinstance(part, Loop) else self._straight_back(part)
        for leaf in wanted:
            self.derivatives.append((yield from self._arrived(leaf)))

    def _straight_back(self, nodes: Sequence[Node]) -> Iterator[str]:
        for node in reversed(nodes):
            if node in self._sent:
                gradient = yield from self._arrived(node)
                yield from self._sends(node, gradient)

    def _loop_back(self, loop: Loop) -> Iterator[str]:
        """Yield the statements by which gradients go back through a loop."""
        if not any(node in self._sent for nodes in loop.rounds for node in nodes):
            return
        carried = [(k, f"c{self._names[x][1:]}") for k, x in loop.before.items() if x in self._needed]
        lists = yield from self._enter(loop, dict(carried))
        summed = [(node, x, f"g{self._names[node][1:]}") for node, x in loop.outer.items() if x in self._needed]
        for node, _, name in summed:
            yield f"{name} = {_sum(self._sent.pop(node, []))}"
        lines = list(self._straight_back(loop.body))
        lines += [f"{name} += {_sum(self._sent.pop(x))}" for _, x, name in summed if x in self._sent]
        if carried:
            sent = [_sum(self._sent.pop(loop.before[k], [])) for k, _ in carried]
            lines.append(f"{', '.join(name for _, name in carried)} = {', '.join(sent)}")
        outer = {self._names[x] for x in loop.outer.values()}
        saved = self.saved[loop] = sorted(names_in(lines) - outer)
        names = [tuple_of(saved)] * bool(saved) + list(lists)
        values = [f"s{self._names[loop.body[0]][1:]}"] * bool(saved) + list(lists.values())
        yield loop_head(len(loop.rounds), names, [f"reversed({x})" for x in values])
        yield from (f"    {line}" for line in lines)
        for node, _, name in summed:
            self._sent[node] = [name]
        for k, name in carried:
            if loop.start(k) in self._needed:
                yield from self._send(loop.start(k), name)

    def _enter(self, loop: Loop, carried: dict[int, str]) -> Generator[str, None, dict[str, str]]:
        """Send to the body of a loop what arrives in its rounds from behind it: return lists of it, by their names."""
        lists: dict[str, str] = {}
        last = len(loop.rounds) - 1
        for k, standin in enumerate(loop.body):
            sent = {i: _sum(self._sent.pop(nodes[k])) for i, nodes in enumerate(loop.rounds) if nodes[k] in self._sent}
            if k in carried:
                yield f"{carried[k]} = {sent.pop(last, '0.0')}"
                self._sent[standin] = [carried[k]]
            if sent:
                name = f"a{self._names[standin][1:]}"
                lists[name] = f"[{', '.join(sent.get(i, '0.0') for i in range(last + 1))}]"
                self._sent.setdefault(standin, []).append(name)
        return lists

    def _arrived(self, node: Node) -> Generator[str, None, str]:
        """Return the name of the gradient that arrived at a node; yield the statement that adds it up, if any does."""
        sent = self._sent.pop(node, ["0.0"])
        if len(sent) == 1 and (sent[0].isidentifier() or sent[0] == "0.0"):
            return sent[0]
        name = f"g{self._names[node][1:]}" if node.__class__ is Symbol else f"g_{self._names[node]}"
        yield f"{name} = {_sum(sent)}"
        return name

    def _sends(self, node: Node, gradient: str) -> Iterator[str]:
        row = yield from self._row(node, node.op)
        for x, partial in zip(node.inputs, row):
            if x in self._needed:
                if node.op is not None and node.op.chooses:
                    yield from self._send(x, f"passed({gradient}, {partial})")
                elif partial in ("1.0", "-1.0"):
                    yield from self._send(x, partial.replace("1.0", gradient))
                else:
                    yield from self._send(x, f"{gradient} * {partial if partial.isidentifier() else f'({partial})'}")

    def _send(self, node: Node, gradient: str) -> Iterator[str]:
        """Note what is sent to a node; yield the statement that adds up what was sent before, if that is much."""
        if len(self._sent.setdefault(node, [])) == _MOST_TERMS:
            self._sent[node] = [(yield from self._arrived(node))]
        self._sent[node].append(gradient)

    def _row(self, node: Node, op: Op | None) -> Generator[str, None, list[str]]:
        """Return the code of the local derivatives at a node; yield the statement that computes them, if any does."""
        if op is None:
            return []
        inputs = [code_in(self._names, x) for x in node.inputs]
        y = self._names[node]
        if op is logsumexp:
            name = f"d{y[1:]}"
            yield f"{name} = softmax([{', '.join(inputs)}], {y})"
            return [f"{name}[{i}]" for i in range(len(inputs))]
        try:
            if op.variadic:
                return [code_of(d).text for d in partials_code(op, list(map(Code, inputs)), Code(y))]
            exponent = float(node.inputs[1]).hex() if op is power else ""  # which tells 0.0 from -0.0
            return [template.format(*inputs, y=y) for template in self._templates(op, exponent)]
        except NotCodeError:
            name = f"d{y[1:]}"
            yield f"{name} = {self._statements.name_of(op)}_linearize([{', '.join(inputs)}])[1]"
            return [f"{name}[{i}]" for i in range(len(inputs))]


def _templates(op: Op, exponent: str) -> list[str]:
    """Return the code of the row of an operation, with places for its inputs and its output."""
    inputs: list[Any] = [Code(f"{{{i}}}") for i in range(op.arity or 0)]
    if exponent:
        inputs[1] = float.fromhex(exponent)
    return [code_of(d).text for d in partials_code(op, inputs, Code("{y}"))]


def _sum(sent: Sequence[str]) -> str:
    return " + ".join(sent).replace("+ -", "- ") if sent else "0.0"

"""Statements on floats: the forward and the backward pass of a graph that does not repeat itself across samples.

    v5 = v0 * v1 + v2
    v6 = sin(v5)

What repeats itself along the way, such as the steps of a recurrence, is a loop:

    p7 = 1.5
    for _ in range(1000):
        w7 = p7 + 0.01 * (v0 * p7)
        p7 = w7
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from autograd.arrays.code import UFUNCS, Code, NotCodeError, code_of, partials_code
from autograd.arrays.loops import Loop, Standin, parts
from autograd.operation import Op
from autograd.ops import power
from autograd.value import Value

Node = Value | Standin

_NAME = re.compile(r"\b[vwpe]\d+\b")
_LONGEST = 80  # characters of what becomes part of another expression
_MOST_TERMS = 20  # of a sum, which Python nests as deep
_WRITTEN = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "neg": "-{}"}


class Statements:
    """Writes the statements that compute nodes in topological `order`, and the derivatives by the `wanted` leaves.

    `names` are those of the leaves and nodes: v5; of what stands for nodes in a loop: w5 for those of the round, p5 for
    those of the round before, e5 for what is another number in each round. Gradients are g5, and c5 where they are
    carried from round to round. `own` are the names of operations that are not of the table.
    """

    def __init__(self, order: Sequence[Value], roots: Sequence[Value], wanted: Sequence[Value]) -> None:
        known = set(wanted)
        self.inputs = [*wanted, *(node for node in order if node.op is None and node not in known)]
        computed = [node for node in order if node.op is not None]
        self.names: dict[Any, str] = {node: f"v{i}" for i, node in enumerate([*self.inputs, *computed])}
        self.own: dict[Op, str] = {}
        self._sent: dict[Any, list[str]] = {}  # to each node, as code
        self._needed: set[Any] = known
        for node in computed:
            if not known.isdisjoint(node.inputs):
                known.add(node)
        self._parts = parts(computed, known)
        self._saved: dict[Loop, list[str]] = {}  # what the backward pass reads of each round
        self._roots, self._wanted = roots, wanted
        self.derivatives: list[str] = []

    @property
    def count(self) -> int:
        """The number of nodes that are written, those of a loop once."""
        return sum(len(part.body) if isinstance(part, Loop) else len(part) for part in self._parts)

    @property
    def results(self) -> list[str]:
        """The names of the roots."""
        return [self.names[root] for root in self._roots]

    @cached_property
    def backward(self) -> list[str]:
        """The statements of the backward pass, with `derivatives` the names of those by the wanted leaves."""
        for loop in self._loops():
            self._name(loop)
        return list(self._backward(self._roots[0], self._wanted))

    def _loops(self) -> Iterator[Loop]:
        return (part for part in self._parts if isinstance(part, Loop))

    def _name(self, loop: Loop) -> None:
        """Name what stands in the body of a loop, and note for what of it there are gradients."""
        numbers = [self.names[node][1:] for node in loop.rounds[0]]
        last = loop.rounds[-1]
        for place, standin in enumerate(loop.body):
            self.names[standin] = f"w{numbers[place]}"
            if last[place] in self._needed:
                self._needed.add(standin)
        for place, standin in loop.before.items():
            self.names[standin] = f"p{numbers[place]}"
            if last[place] in self._needed or loop.start(place) in self._needed:
                self._needed.add(standin)
        for node, standin in loop.outer.items():
            self.names[standin] = self.names[node]
            if node in self._needed:
                self._needed.add(standin)
        for i, (standin, _) in enumerate(loop.each):
            self.names[standin] = f"e{numbers[0]}{i:03}"

    def forward(self, saving: bool) -> Iterator[str]:
        """Yield the statements of the forward pass, `saving` what the backward pass reads of loops.

        What is read once, and not going back, is part of its reader.
        """
        kept = set(_NAME.findall("\n".join([*self.backward, *self.results])))
        code = dict(self.names)
        straight = [node for part in self._parts if not isinstance(part, Loop) for node in part]
        uses = Counter(chain.from_iterable(node.inputs for node in straight))
        for x in chain.from_iterable(loop.reads for loop in self._loops()):
            kept.add(code.get(x, ""))
            uses[x] += 1
        for part in self._parts:
            if isinstance(part, Loop):
                yield from self._loop(part, code, kept, uses, saving)
            else:
                yield from self._straight(part, code, kept, uses)

    def _straight(
        self, nodes: Iterable[Node], code: dict[Any, str], kept: set[str], uses: Counter[Any]
    ) -> Iterator[str]:
        for node in nodes:
            text = self._value(node, [code[x] if x in code else _number(float(x)) for x in node.inputs])
            if uses[node] == 1 and code[node] not in kept and len(text) < _LONGEST:
                code[node] = f"({text})"
            else:
                yield f"{code[node]} = {text}"

    def _loop(
        self, loop: Loop, code: dict[Any, str], kept: set[str], uses: Counter[Any], saving: bool
    ) -> Iterator[str]:
        """Yield the statements of a loop, and of what is read of it behind it."""
        number = self.names[loop.body[0]][1:]
        saved = self._saved.get(loop, []) if saving else []
        taken = self._taken(loop, code, kept, uses)
        listed = {
            k: f"t{self.names[loop.body[k]][1:]}" for k, rounds in taken.items() if rounds[0] < len(loop.rounds) - 1
        }
        carried = [(self.names[x], self.names[loop.body[k]], code[loop.start(k)]) for k, x in loop.before.items()]
        yield from (f"{before} = {start}" for before, _, start in carried)
        yield from (f"{name} = []" for name in [f"s{number}"] * bool(saved) + list(listed.values()))
        yield self._for(loop, code)
        inside = {*kept, *saved, *(after for _, after, _ in carried), *(self.names[loop.body[k]] for k in taken)}
        reads = Counter(chain.from_iterable(standin.inputs for standin in loop.body))
        yield from (f"    {line}" for line in self._straight(loop.body, code, inside, reads))
        if saved:
            yield f"    s{number}.append({_listed(saved)})"
        yield from (f"    {name}.append({self.names[loop.body[k]]})" for k, name in listed.items())
        if carried:
            yield f"    {', '.join(x for x, _, _ in carried)} = {', '.join(x for _, x, _ in carried)}"
        for k, rounds in taken.items():
            for i in rounds:
                node, item = loop.rounds[i][k], f"{listed[k]}[{i}]" if k in listed else self.names[loop.body[k]]
                if code[node] in kept:
                    yield f"{code[node]} = {item}"
                else:
                    code[node] = item

    def _taken(self, loop: Loop, code: dict[Any, str], kept: set[str], uses: Counter[Any]) -> dict[int, list[int]]:
        """Return in which rounds a node is read by what is behind the loop, by the place of the node in a round."""
        rounds = {
            k: [i for i, node in enumerate(nodes) if uses[node] or code[node] in kept]
            for k, nodes in enumerate(zip(*loop.rounds))
        }
        return {k: found for k, found in rounds.items() if found}

    def _for(self, loop: Loop, code: dict[Any, str]) -> str:
        lists = [", ".join(code[x] if x in code else _number(float(x)) for x in refs) for _, refs in loop.each]
        return _for(len(loop.rounds), [self.names[x] for x, _ in loop.each], [f"[{refs}]" for refs in lists])

    def _value(self, node: Node, inputs: list[str]) -> str:
        op = node.op
        if op is None:
            return self.names[node]
        if op.is_ours and op.name in _WRITTEN:
            return _WRITTEN[op.name].format(*inputs)
        if op.is_ours and op.name in ("<", "<=", ">", ">="):
            return f"1.0 if {inputs[0]} {op.name} {inputs[1]} else 0.0"
        name = UFUNCS.get(op.name, op.name) if op.is_ours else self._name_of(op)
        return f"{name}([{', '.join(inputs)}])" if op.variadic or not op.is_ours else f"{name}({', '.join(inputs)})"

    def _name_of(self, op: Op) -> str:
        """Return the name of a function that computes somebody's own operation from a list of inputs."""
        return self.own.setdefault(op, f"own{len(self.own)}")

    def _backward(self, root: Value, wanted: Sequence[Value]) -> Iterator[str]:
        """Yield the statements of the backward pass, and note which names have the derivatives by the `wanted`."""
        if root in self._needed:
            self._sent[root] = ["1.0"]
        for part in reversed(self._parts):
            yield from self._loop_back(part) if isinstance(part, Loop) else self._straight_back(part)
        for leaf in wanted:
            derivative = yield from self._arrived(leaf)
            self.derivatives.append(derivative)

    def _straight_back(self, nodes: Sequence[Node]) -> Iterator[str]:
        for node in reversed(nodes):
            if node in self._sent:
                gradient = yield from self._arrived(node)
                yield from self._sends(node, gradient)

    def _loop_back(self, loop: Loop) -> Iterator[str]:
        """Yield the statements by which gradients go back through a loop."""
        if not any(node in self._sent for nodes in loop.rounds for node in nodes):
            return
        carried = [(k, f"c{self.names[x][1:]}") for k, x in loop.before.items() if x in self._needed]
        lists = yield from self._enter(loop, dict(carried))
        summed = [(node, x, f"g{self.names[node][1:]}") for node, x in loop.outer.items() if x in self._needed]
        for node, _, name in summed:
            yield f"{name} = {_sum(self._sent.pop(node, []))}"
        lines = list(self._straight_back(loop.body))
        lines += [f"{name} += {_sum(self._sent.pop(x))}" for _, x, name in summed if x in self._sent]
        if carried:
            sent = [_sum(self._sent.pop(loop.before[k], [])) for k, _ in carried]
            lines.append(f"{', '.join(name for _, name in carried)} = {', '.join(sent)}")
        outer = {self.names[x] for x in loop.outer.values()}
        saved = self._saved[loop] = sorted(set(_NAME.findall("\n".join(lines))) - outer)
        names = [_listed(saved)] * bool(saved) + list(lists)
        values = [f"s{self.names[loop.body[0]][1:]}"] * bool(saved) + list(lists.values())
        yield _for(len(loop.rounds), names, [f"reversed({x})" for x in values])
        yield from (f"    {line}" for line in lines)
        for node, _, name in summed:
            self._sent[node] = [name]
        for k, name in carried:
            if loop.start(k) in self._needed:
                self._sent.setdefault(loop.start(k), []).append(name)

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
                name = f"a{self.names[standin][1:]}"
                lists[name] = f"[{', '.join(sent.get(i, '0.0') for i in range(last + 1))}]"
                self._sent.setdefault(standin, []).append(name)
        return lists

    def _arrived(self, node: Node) -> Generator[str, None, str]:
        """Return the name of the gradient that arrived at a node; yield the statement that adds it up, if any does."""
        sent = self._sent.pop(node, ["0.0"])
        if len(sent) == 1 and (sent[0].isidentifier() or sent[0] == "0.0"):
            return sent[0]
        name = f"g{'' if node.__class__ is Value else '_'}{self.names[node][1:]}"
        yield f"{name} = {_sum(sent)}"
        return name

    def _sends(self, node: Node, gradient: str) -> Iterator[str]:
        row = yield from self._row(node, node.op)
        for x, partial in zip(node.inputs, row):
            if x in self._needed:
                sent = self._sent.setdefault(x, [])
                if len(sent) == _MOST_TERMS:
                    self._sent[x] = sent = [(yield from self._arrived(x))]
                if partial in ("1.0", "-1.0"):
                    sent.append(partial.replace("1.0", gradient))
                else:
                    sent.append(f"{gradient} * {partial if partial.isidentifier() else f'({partial})'}")

    def _row(self, node: Node, op: Op | None) -> Generator[str, None, list[str]]:
        """Return the code of the local derivatives at a node; yield the statement that computes them, if any does."""
        if op is None:
            return []
        inputs = [self.names[x] if x in self.names else _number(float(x)) for x in node.inputs]
        y = self.names[node]
        try:
            if op.variadic:
                return [code_of(d).text for d in partials_code(op, list(map(Code, inputs)), Code(y))]
            exponent = float(node.inputs[1]) if op is power else None
            return [template.format(*inputs, y=y) for template in _templates(op, exponent)]
        except NotCodeError:
            name = f"d{y[1:]}"
            yield f"{name} = {self._name_of(op)}_linearize([{', '.join(inputs)}])[1]"
            return [f"{name}[{i}]" for i in range(len(inputs))]


@lru_cache(maxsize=1024)
def _templates(op: Op, exponent: float | None) -> list[str]:
    """Return the code of the row of an operation, with places for its inputs and its output."""
    inputs: list[Any] = [Code(f"{{{i}}}") for i in range(op.arity or 0)]
    if exponent is not None:
        inputs[1] = exponent
    return [code_of(d).text for d in partials_code(op, inputs, Code("{y}"))]


def _for(rounds: int, names: Sequence[str], values: Sequence[str]) -> str:
    """Return the head of a loop in which the `names` get their `values`, one a round."""
    if len(names) > 1:
        return f"for {', '.join(names)} in zip({', '.join(values)}):"
    return f"for {names[0]} in {values[0]}:" if names else f"for _ in range({rounds}):"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _sum(sent: Sequence[str]) -> str:
    return " + ".join(sent).replace("+ -", "- ") if sent else "0.0"


def _number(x: float) -> str:
    return f"({x!r})" if str(x).startswith("-") else repr(x)

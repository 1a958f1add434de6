"""Forward pass of a program on floats, for a graph without repetition across samples.

    v5 = v0 * v1 + v2
    v6 = sin(v5)

Repeated blocks, such as the steps of a recurrence, become a loop:

    p7 = 1.5
    for _ in range(1000):
        w7 = p7 + 0.01 * (v0 * p7)
        p7 = w7
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from autograd.compiler.code import UFUNCS, code_of
from autograd.compiler.loops import Loop, Standin, parts
from autograd.compiler.symbols import Symbol
from autograd.compiler.tape import Ref
from autograd.operation import Op
from autograd.printing.precedence import ATOM

Node = Symbol | Standin

_NAME = re.compile(r"\b[vwpe]\d+\b")
_LONGEST = 80  # characters of what becomes part of another expression
_WRITTEN = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}", "neg": "-{}"}


class Statements:
    """Writes the statements that compute nodes in topological `order`, with gradients only by the `wanted` leaves.

    `names` are those of the leaves and nodes: v5; of what stands for nodes in a loop: w5 for those of the round, p5 for
    those of the round before, e5 for what is another number in each round. `needed` are those with a gradient. `own`
    are the names of operations that are not of the table.
    """

    def __init__(self, order: Sequence[Symbol], roots: Sequence[Symbol], wanted: Sequence[Symbol]) -> None:
        self.needed: set[Any] = set(wanted)
        self.inputs = [*wanted, *(node for node in order if node.op is None and node not in self.needed)]
        computed = [node for node in order if node.op is not None]
        self.names: dict[Any, str] = {node: f"v{i}" for i, node in enumerate([*self.inputs, *computed])}
        self.results = [self.names[root] for root in roots]
        self.own: dict[Op, str] = {}
        for node in computed:
            if not self.needed.isdisjoint(node.inputs):
                self.needed.add(node)
        self.parts = parts(computed, self.needed)
        self._loops = [part for part in self.parts if isinstance(part, Loop)]
        for loop in self._loops:
            self._name(loop)

    @property
    def count(self) -> int:
        """The number of nodes that are written, those of a loop once."""
        return sum(len(part.body) if isinstance(part, Loop) else len(part) for part in self.parts)

    def _name(self, loop: Loop) -> None:
        """Name what stands in the body of a loop, and note for what of it there are gradients, in any of its rounds."""
        numbers = [self.names[node][1:] for node in loop.rounds[0]]
        needed = {place for nodes in loop.rounds for place, node in enumerate(nodes) if node in self.needed}
        self.needed.update(loop.body[place] for place in needed)
        for place, standin in enumerate(loop.body):
            self.names[standin] = f"w{numbers[place]}"
        for place, standin in loop.before.items():
            self.names[standin] = f"p{numbers[place]}"
            if place in needed or loop.start(place) in self.needed:
                self.needed.add(standin)
        for node, standin in loop.outer.items():
            self.names[standin] = self.names[node]
            if node in self.needed:
                self.needed.add(standin)
        for i, (standin, _) in enumerate(loop.each):
            self.names[standin] = f"e{numbers[0]}{i:03}"

    def forward(self, read: Collection[str], saved: Mapping[Loop, Sequence[str]]) -> Iterator[str]:
        """Yield the statements; names that are `read` going back are kept, those that are `saved` in each round, too.

        What is read once, and not going back, is part of its reader.
        """
        kept = {*read, *self.results}
        code = dict(self.names)
        straight = [node for part in self.parts if not isinstance(part, Loop) for node in part]
        uses = Counter(chain.from_iterable(node.inputs for node in straight))
        for x in chain.from_iterable(loop.reads for loop in self._loops):
            kept.add(code.get(x, ""))
            uses[x] += 1
        for part in self.parts:
            if isinstance(part, Loop):
                yield from self._loop(part, code, kept, uses, saved.get(part, ()))
            else:
                yield from self._straight(part, code, kept, uses)

    def _straight(
        self, nodes: Iterable[Node], code: dict[Any, str], kept: set[str], uses: Counter[Any]
    ) -> Iterator[str]:
        for node in nodes:
            text = self._value(node, [code_in(code, x) for x in node.inputs])
            if uses[node] == 1 and code[node] not in kept and len(text) < _LONGEST:
                code[node] = f"({text})"
            else:
                yield f"{code[node]} = {text}"

    def _loop(
        self, loop: Loop, code: dict[Any, str], kept: set[str], uses: Counter[Any], saved: Sequence[str]
    ) -> Iterator[str]:
        """Yield the statements of a loop, and of what is read of it behind it."""
        number = self.names[loop.body[0]][1:]
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
            yield f"    s{number}.append({tuple_of(saved)})"
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
        lists = [", ".join(code_in(code, x) for x in refs) for _, refs in loop.each]
        return loop_head(len(loop.rounds), [self.names[x] for x, _ in loop.each], [f"[{refs}]" for refs in lists])

    def _value(self, node: Node, inputs: list[str]) -> str:
        op = node.op
        if op is None:
            return self.names[node]
        if op.is_ours and op.name in _WRITTEN:
            return _WRITTEN[op.name].format(*inputs)
        if op.is_ours and op.name in ("<", "<=", ">", ">="):
            return f"1.0 if {inputs[0]} {op.name} {inputs[1]} else 0.0"
        name = UFUNCS.get(op.name, op.name) if op.is_ours else self.name_of(op)
        return f"{name}([{', '.join(inputs)}])" if op.variadic or not op.is_ours else f"{name}({', '.join(inputs)})"

    def name_of(self, op: Op) -> str:
        """Return the name of a function that computes somebody's own operation from a list of inputs."""
        return self.own.setdefault(op, f"own{len(self.own)}")


def loop_head(rounds: int, names: Sequence[str], values: Sequence[str]) -> str:
    """Return the head of a loop in which the `names` get their `values`, one a round."""
    if len(names) > 1:
        return f"for {', '.join(names)} in zip({', '.join(values)}):"
    return f"for {names[0]} in {values[0]}:" if names else f"for _ in range({rounds}):"


def tuple_of(names: Sequence[str]) -> str:
    """Return the code of all `names` together."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def names_in(lines: Iterable[str]) -> set[str]:
    """Return the names of nodes, and of what stands for nodes, that `lines` read."""
    return set(_NAME.findall("\n".join(lines)))


def code_in(names: Mapping[Any, str], x: Ref) -> str:
    """Return what `names` has for a node, or the code of a number."""
    return names[x] if x in names else code_of(x).inside(ATOM)

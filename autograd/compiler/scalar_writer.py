"""Write programs as Python code on floats, with a variable for each row.

    v5 = v0 * v1 + v2
    v6 = sin(v5)

In a loop, w5 is the number of this round, p5 that of the round before, and e5 another one in each round:

    p5 = 1.5
    for _ in range(1000):
        w5 = 0.01 * (v0 * p5) + p5
        p5 = w5

Gradients begin with g. Going back, the gradient gp5 of a round becomes gw5 in the round before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.compiler.code import UFUNCS, Code, infix
from autograd.compiler.ir import Call, Loop, Part, Statement, View
from autograd.compiler.loop_rows import moving
from autograd.compiler.printer import Printer
from autograd.operation import Op
from autograd.ops import COMPARISONS, neg, power, where
from autograd.printing.precedence import ATOM, CASES, COMPARISON, POWER, PRODUCT, SUM


class ScalarWriter(Printer):
    """Writes statements whose views have a single row each; other views are copies of many rows.

    `functions` are the names of those that are called, `own` the names of operations that are not of the table.
    """

    def __init__(self, constants: Sequence[str], backward: Sequence[Part]) -> None:
        super().__init__()
        self._constants = constants
        self.functions: dict[str, None] = {}
        self.own_names: dict[Op, str] = {}
        self._alias: dict[int, str] = {}  # codes of the numbers in rows that have no variable
        self._assigned: set[str] = set()  # names of gradients
        self._made: set[int] = set()  # rows that the loop computes
        self._locals: dict[Any, str] = {}
        self._lines: list[str] = []
        self._read: set[int] = set()
        self._saves = False
        self._saved: dict[int, list[str]] = {}  # names of what is read going back, by the identity of loops
        for loop in backward:
            if isinstance(loop, Loop) and loop.adjoint_of:
                self._enter(loop.adjoint_of)
                names = {self.name(x) for x in moving(loop) if x.buffer == "S"}
                self._saved[id(loop.adjoint_of)] = sorted(names)

    def write_forward(self, parts: Sequence[Part], read: set[int], saves: bool) -> list[str]:
        """Return the lines of a forward pass, after which the rows in `read` are known.

        Where it `saves`, it also makes lists of what the backward pass reads of each round of a loop.
        """
        self._read, self._saves = read, saves
        self._alias = dict(enumerate(self._constants))
        return self._write(parts)

    def write_backward(self, parts: Sequence[Part], wanted: Iterable[int]) -> tuple[list[str], list[str]]:
        """Return the lines of a backward pass, and the codes of the gradients at the rows that are `wanted`."""
        return self._write(parts), [self._gradient(f"g{row}") for row in wanted]

    def _write(self, parts: Sequence[Part]) -> list[str]:
        lines: list[str] = []
        self._lines = lines
        for part in parts:
            if isinstance(part, Statement):
                self._statement(part)
            elif part.adjoint_of:
                self._loop_back(part, part.adjoint_of)
            else:
                self._loop(part)
        return lines

    def _statement(self, statement: Statement) -> None:
        target, value = statement.target, statement.value
        is_gradient = target.buffer == "gS"
        if value.__class__ is float and is_gradient:
            return  # gradients that have no variable yet are 0
        is_copy = isinstance(value, View) and not (is_gradient or target.step or statement.adds)
        if target.rows.size > 1 or is_copy:
            self._copy(target, value)
            return
        name, sign = self._target(target), "="
        if statement.adds and not (is_gradient and name not in self._assigned):
            sign = "+="
            if isinstance(value, Call) and value.op is neg:
                sign, value = "-=", value.inputs[0]
        code = self.code(value)
        text = f"1.0 * ({code.text})" if code.level == COMPARISON else code.text
        self._lines.append(f"{name} {sign} {text}")
        if is_gradient:
            self._assigned.add(name)

    def _copy(self, target: View, value: View) -> None:
        """Note what rows are copies of, or write what is sent to many rows at once."""
        pairs = zip(target.rows.ravel().tolist(), value.rows.ravel().tolist())
        if target.buffer == "S":
            self._alias.update((to, self.number_in(row)) for to, row in pairs)
            return
        for to, row in pairs:
            if f"g{row}" in self._assigned:
                self._lines.append(f"g{to} {'+' * (f'g{to}' in self._assigned)}= g{row}")
                self._assigned.add(f"g{to}")

    # Loops.

    def _loop(self, loop: Loop) -> None:
        """Write a loop, and the lists of what is read of its rounds elsewhere."""
        places, saved = self._enter(loop), self._saved.get(id(loop), []) if self._saves else []
        lists = {}
        for row, step in places.items():
            rounds = [i for i in range(loop.rounds) if row + i * step in self._read]
            if rounds and rounds[0] < loop.rounds - 1:
                lists[row] = f"t{row}"
            self._alias.update({row + i * step: f"t{row}[{i}]" if row in lists else f"w{row}" for i in rounds})
        read_views = {self.name(x): x for x in moving(loop)}
        before = {name: x for name, x in read_views.items() if name.startswith("p")}
        self._lines += [f"{name} = {self.number_in(int(x.rows[0]))}" for name, x in before.items()]
        number = min(self._made)
        self._lines += [f"{name} = []" for name in [f"s{number}"] * bool(saved) + list(lists.values())]
        each = {
            name: f"[{', '.join(self.number_in(row) for row in x.in_rounds(loop.rounds).ravel().tolist())}]"
            for name, x in read_views.items()
            if name.startswith("e")
        }
        body = self._body(loop.body)
        if saved:
            body.append(f"s{number}.append({_tuple(saved)})")
        body += [f"{name}.append(w{row})" for row, name in lists.items()]
        if before:
            body.append(f"{', '.join(before)} = {', '.join(f'w{name[1:]}' for name in before)}")
        self._write_rounds(loop, each, body)

    def _loop_back(self, loop: Loop, forward: Loop) -> None:
        """Write the adjoint of a loop: gradients of what is carried go from round to round, others are in lists."""
        places = self._enter(forward)
        targets = {self._target(s.target): s.target for s in loop.body}
        last, lists, first = loop.rounds - 1, {}, {}
        carried = [row for row in places if f"gp{row}" in targets]
        for row, step in places.items():
            sent = [self._gradient(f"g{row + i * step}") for i in range(loop.rounds)]
            if row in carried:
                self._lines.append(f"gw{row} = {sent[last]}")
                self._assigned.add(f"gw{row}")
                sent = ["0.0", *sent[:last]]
            if any(x != "0.0" for x in sent):
                lists[f"a{row}"] = f"[{', '.join(reversed(sent))}]"
                first[f"g{'p' if row in carried else 'w'}{row}"] = f"a{row}"
        collected = {name: x.in_rounds(loop.rounds).ravel().tolist() for name, x in targets.items() if name[1] == "e"}
        for name, rows in collected.items():
            sent = [self._gradient(f"g{row}") for row in rows]
            if any(x != "0.0" for x in sent):
                lists[f"a{name[2:]}"] = f"[{', '.join(reversed(sent))}]"
                first[name] = f"a{name[2:]}"
        summed = [name for name, x in targets.items() if not x.step]
        self._lines += [f"{name} = 0.0" for name in summed if name not in self._assigned]
        self._assigned.update(summed, first)
        body = [*(f"{name} = {text}" for name, text in first.items()), *self._body(loop.body)]
        self._lines += [f"l{name[2:]} = []" for name in collected]
        body += [f"l{name[2:]}.append({name})" for name in collected]
        if carried:
            gradients = ", ".join(self._gradient(f"gp{row}") for row in carried)
            body.append(f"{', '.join(f'gw{row}' for row in carried)} = {gradients}")
        saved = self._saved[id(forward)]
        heads = {_tuple(saved): f"reversed(s{min(self._made)})"} if saved else {}
        self._write_rounds(loop, heads | lists, body)
        for row in carried:
            self._lines.append(f"g{row - places[row]} = gw{row}")
            self._assigned.add(f"g{row - places[row]}")
        for name, rows in collected.items():
            self._lines += [f"g{row} = l{name[2:]}[{last - i}]" for i, row in enumerate(rows)]
            self._assigned.update(f"g{row}" for row in rows)
        self._assigned.difference_update(collected)  # another loop may read the same

    def _enter(self, loop: Loop) -> dict[int, int]:
        """Return the rows that a loop computes, with their steps."""
        places = {int(s.target.rows[0]): s.target.step for s in loop.body}
        self._made = set(places)
        return places

    def _body(self, statements: Sequence[Statement]) -> list[str]:
        outer, self._lines, known = self._lines, [], dict(self._locals)
        for statement in statements:
            self._statement(statement)
        body, self._lines, self._locals = self._lines, outer, known
        return body

    def _write_rounds(self, loop: Loop, lists: dict[str, str], body: Sequence[str]) -> None:
        if len(lists) > 1:
            head = f"for {', '.join(lists)} in zip({', '.join(lists.values())}):"
        else:
            head = next((f"for {name} in {x}:" for name, x in lists.items()), f"for _ in range({loop.rounds}):")
        self._lines += [head, *(f"    {line}" for line in body)]

    # Expressions.

    def name(self, view: View) -> str:
        """Return the name of a view, or the code of the number in its row."""
        if view.buffer == "gS":
            return self._gradient(self._target(view))
        return self._letter(view) if view.step else self.number_in(int(view.rows.flat[0]))

    def _target(self, view: View) -> str:
        if view.buffer == "gS":
            return f"g{self._letter(view) if view.step else view.rows.flat[0]}"
        return self._letter(view) if view.step else f"v{view.rows.flat[0]}"

    def _letter(self, view: View) -> str:
        row = int(view.rows.flat[0])
        if row in self._made:
            return f"w{row}"
        return f"p{row + view.step}" if row + view.step in self._made else f"e{row}"

    def number_in(self, row: int) -> str:
        """Return the name or the code of the number in a row."""
        return self._alias.get(row, f"v{row}")

    def _gradient(self, name: str) -> str:
        return name if name in self._assigned else "0.0"

    def view(self, view: View, has_samples: bool) -> Code:
        """Return the name of a view."""
        return Code(self.name(view))

    def _operation(self, op: Op, inputs: tuple[Any, ...], has_samples: bool) -> Code:
        pieces = [self.code(x) for x in inputs]
        texts = [piece.text for piece in pieces]
        if not op.is_ours:
            return Code(f"{self._own(op)}([{', '.join(texts)}])")
        if op is neg:
            return Code(f"-{pieces[0].inside(POWER)}", SUM)
        if op is where:
            condition, a, b = (piece.inside(SUM) for piece in pieces)
            return Code(f"{a} if {condition} else {b}", CASES)
        if op is power and inputs[1] == 2.0 and pieces[0].level == ATOM:
            return Code(f"{texts[0]} * {texts[0]}", PRODUCT)
        if op.infix not in ("", "**") or op in COMPARISONS:
            return infix(op.infix or op.name, pieces)
        return self._called(UFUNCS.get(op.name, op.name), f"[{', '.join(texts)}]" if op.variadic else ", ".join(texts))

    def _called(self, function: str, arguments: str) -> Code:
        self.functions[function] = None
        return Code(f"{function}({arguments})")

    def _own(self, op: Op) -> str:
        return self.own_names.setdefault(op, f"own{len(self.own_names)}")

    def _local(self, key: Any, text: str) -> str:
        if key not in self._locals:
            self._locals[key] = f"d{len(self._locals)}"
            self._lines.append(f"{self._locals[key]} = {text}")
        return self._locals[key]

    def _seed(self, x: Call, has_samples: bool) -> Code:
        return Code("1.0")

    def _slope(self, x: Call, has_samples: bool) -> Code:
        call = f"{self._own(x.op.op)}_linearize([{self.listed(x.inputs[1:], False)}])[1]"
        return Code(f"{self._local(call, call)}[{int(x.inputs[0])}]")

    def _pass(self, x: Call, has_samples: bool) -> Code:
        return self._called("passed", self.listed(x.inputs, False))

    def _softmax(self, x: Call, has_samples: bool) -> Code:
        *xs, y = x.inputs
        return self._called("softmax", f"[{self.listed(xs, False)}], {self.text(y)}")

    def _part(self, x: Call, has_samples: bool) -> Code:
        return Code(f"{self._local(id(x.inputs[0]), self.text(x.inputs[0]))}[{int(x.inputs[1])}]")


def _tuple(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"

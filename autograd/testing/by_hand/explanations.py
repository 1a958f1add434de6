"""Explain a wrong gradient in sentences: which path, which factor, which sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from autograd.operation import Slip
from autograd.printing.formulas import Names
from autograd.printing.text import Text
from autograd.testing.by_hand.found import LOCAL, Found
from autograd.testing.by_hand.region import Region
from autograd.value import Value

MAX_CONTRIBUTIONS = 8  # number of contributions in an explanation
MAX_SLIPS = 3  # number of slips that are named if several give the same number

# {partial} stands for a local derivative with its formula and number, {y} and {x} for the nodes it belongs to.
# If it is not on all paths, the sentence begins with the path.
SENTENCES = {
    "sign": "The sign is wrong.",
    "sign of negative": "The sign is wrong: {partial} is negative.",
    "sign of one": "The contribution of the path {path} has the wrong sign.",
    "sign of one negative": "The contribution of the path {path} has the wrong sign: {partial} is negative.",
    "sign everywhere": "The sign of {partial} is wrong, and likewise at the other nodes of this kind.",
    "wrong rule": "{partial} was taken as {wrong}: {clause}.",
    "wrong rule everywhere": "{partial} was taken as {wrong}, and likewise at the other nodes of this kind: {clause}.",
    "wrong total": "In {y} = {formula}, {clause}.",
    "other branch": "{partial} was taken on the other side of the kink.",
    "no factor": "The factor {partial} was forgotten.",
    "no factor everywhere": "The factor {partial} was forgotten, and likewise at the other nodes of this kind.",
    "no local derivative": "The local derivative {partial} was forgotten.",
    "no local derivative everywhere": "{partial} was forgotten, and likewise at the other nodes of this kind.",
    "no inner derivative": "The inner derivative d{y}/d{node} = {factor} was forgotten.",
    "no gradient": "This is {partial}; multiply it by the gradient of {y}, which is {cotangent}.",
    "swapped partials": "{swapped} was used in place of {partial}.",
    "wrong point": "{partial} was taken at the wrong point: the input and the output were mixed up.",
    "outer point": "{partial} was taken at {node}, not at {x}.",
    "inner derivative": "{partial} was taken at the inner derivative {factor}, not at {x}.",
    "wrong value": "The value of {leaf} was used in place of {partial}.",
    "value": "The value of {y} was used in place of {partial}.",
    "twice": "The gradient was multiplied twice by {partial}.",
    "probability": "The gradient was multiplied by p(1 - p) for p = {factor}, once too often.",
    "reciprocal": "The gradient was divided by {partial}, not multiplied.",
    "target": "Another target was used: the gradient is p - y, where y is 1 for the right class and 0 for the others.",
    "missing path": "The path {path} is missing: add its contribution, {factor}.",
    "only path": "Only the path {path} was taken: add the contributions of all paths.",
    "missing paths": "Some of the paths are missing: add the contributions of all paths.",
    "missing node": "The paths through {y} are missing: add their contributions, {factor}.",
    "only node": "Only the paths through {y} were taken: add the contributions of all paths.",
    "factor missing": "A factor of {factor} is missing.",
    "factor extra": "There is an extra factor of {factor}.",
    "reciprocal of all": "This is 1 divided by the gradient.",
    "own value": "This is the value of the node, not its gradient.",
    "gradient of another": "This is the gradient of {y}.",
}


class Explainer:
    """Writes the explanations of the gradients of one graph."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def lines(self, region: Region, given: float, slips: Sequence[Found]) -> list[str]:
        """Return the explanation of a wrong gradient: the contributions, the slips, and the names that occur."""
        name = self.names[region.node]
        lines = [f"The gradient of {name} is {region.gradient:.6g}, not {given:.6g}."]
        uses = [(c, place) for c, place in region.edges(region.consumers) if c.inputs[place] is region.node]
        lines += [self.contribution(region, c, place) for c, place in uses[:MAX_CONTRIBUTIONS]]
        if len(uses) > MAX_CONTRIBUTIONS:
            lines.append(f"There are {len(uses) - MAX_CONTRIBUTIONS:,} more contributions.")
        lines += [either([self.sentence(region, slip) for slip in slips[:MAX_SLIPS]])] if slips else []
        return lines + self.definitions(region, lines)

    def contribution(self, region: Region, c: Value, place: int) -> str:
        """Return the sentence about one contribution to the gradient of the node of the region."""
        cotangent, d = region.cotangents[c], float(c.partials[place])
        partial = self.partial(c, place)
        return f"{self.names[c]} contributes {cotangent:.6g} times {partial}, which is {cotangent * d:.6g}."

    def sentence(self, region: Region, slip: Found) -> str:
        """Return the sentence about a slip."""
        c, place = slip.consumer, slip.place
        words = {"factor": f"{slip.factor:.6g}", "node": self.names[region.node]}
        if c is not None:
            words["y"] = self.names[c]
        if c in region.consumers:
            words |= self._words(region, c, place, slip)
        text = SENTENCES[slip.sentence].format_map(words)
        if c is None or slip.sentence not in LOCAL or not region.has_ways_around(c, place):
            return text
        return f"On the path {words['path']}, {text[0].lower()}{text[1:]}"

    def _path(self, region: Region, c: Value, place: int) -> str:
        """Write one path through a local derivative, such as a → c → L."""
        return " → ".join(self.names[node] for node in region.path(c, place))

    def _words(self, region: Region, c: Value, place: int, slip: Found) -> dict[str, str]:
        """Return the words that a sentence about a local derivative may contain."""
        words = {
            "x": self.names.write(c.inputs[place], Text).code,
            "formula": self.names.definition(c, Text),
            "partial": self.partial(c, place),
            "swapped": self.partial(c, slip.other),
            "leaf": self.names[slip.leaf] if slip.leaf else "",
            "cotangent": f"{region.cotangents[c]:.6g}",
        }
        if c.inputs[place] in region.tangents:
            words["path"] = self._path(region, c, place)
        if slip.rule is not None:
            words["clause"] = slip.rule.sentence
            words["wrong"] = "".join(written_partials(slip.rule, c, self.names)[place : place + 1])
        return words

    def partial(self, c: Value, place: int) -> str:
        """Write a local derivative with its formula and number: ∂c/∂b = a = 2."""
        formula = self.names.partials(c, Text)[place]
        symbol = Text.partial(self.names.write(c, Text), self.names.write(c.inputs[place], Text))
        return Text.equal(symbol, formula, Text.number(float(c.partials[place])))

    def definitions(self, region: Region, lines: Sequence[str]) -> list[str]:
        """Return a line that defines the names in `lines`, such as "Here v4 = log(p)."; leaves need none."""
        text, found = " ".join(lines), dict[str, str]()
        for node in reversed([region.node, *region.consumers]):
            name = self.names[node]
            if not node.op or name in found or name not in text:
                continue
            if re.search(rf"(?<![\w#]){re.escape(name)}(?![\w#])", text):
                found[name] = self.names.definition(node, Text)
                text += f" {found[name]}"
        written = [f"{name} = {formula}" for name, formula in reversed(found.items())]
        return [f"Here {', '.join(written[:-1])}{' and ' * (len(written) > 1)}{written[-1]}."] if written else []


def written_partials(slip: Slip, c: Value, names: Names) -> list[str]:
    """Write the local derivatives of a node by a wrong rule; [] if the rule returns the derivative of the output."""
    if c.op is None or slip.is_total(c.op):
        return []
    inputs, y = names.write_inputs(c, Text), names.write(c, Text)
    with suppress(Exception):  # a user's own rule may accept only numbers
        row = slip.rule(inputs, y) if c.op.variadic else slip.rule(*inputs, y)
        return [Text.of(d).code for d in row]
    return ["another function"] * len(c.inputs)


def either(sentences: Sequence[str]) -> str:
    """Join sentences that may all be true by "either … or …".

    >>> either(["The sign is wrong.", "A factor of 2 is missing."])
    'Either the sign is wrong, or a factor of 2 is missing.'
    """
    different = list(dict.fromkeys(sentences))
    if len(different) == 1:
        return different[0]
    clauses = [sentence[0].lower() + sentence[1:].removesuffix(".") for sentence in different]
    return f"Either {', or '.join(clauses)}."

"""Interpreters of the marking in exports: what Moodle, STACK and a QTI player do with the answers of a student."""

from __future__ import annotations

import html
import io
import math
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from xml.etree import ElementTree as ET

Answers = Mapping[int, float | None]  # by the number of the blank
Marks = dict[int, tuple[float, str]]  # points and feedback, by the number of the blank

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


class Moodle:
    """Marks the blanks of a cloze question. They are numbered in backward order, but written in that of the table."""

    def __init__(self, quiz: bytes) -> None:
        text = ET.fromstring(quiz).findtext("question[@type='cloze']/questiontext/text")
        self.fields = [self._alternatives(code) for code in re.findall(r"\{1:NUMERICAL:([^}]*)\}", text)]

    def _alternatives(self, code: str) -> list[tuple[float, float, float, str]]:
        found = []
        for part in code.split("~"):
            fraction, number, tolerance, feedback = re.fullmatch(r"(=|%0%)([^:]+):([^#]+)#(.*)", part).groups()
            told = html.unescape(html.unescape(feedback))  # by the importer, and by the browser
            found.append((1.0 if fraction == "=" else 0.0, float(number), float(tolerance), told))
        return found

    def mark(self, answers: list[float | None]) -> list[tuple[float, str]]:
        return [self._mark(field, x) for field, x in zip(self.fields, answers, strict=True)]

    def _mark(self, field: list[tuple[float, float, float, str]], x: float | None) -> tuple[float, str]:
        hits = [(points, told) for points, number, t, told in field if x is not None and abs(x - number) <= t]
        return hits[0] if hits else (0.0, "")


class Stack:
    """Walks the potential response trees of a STACK question."""

    def __init__(self, quiz: bytes) -> None:
        question = ET.fromstring(quiz).find("question[@type='stack']")
        self.inputs = [x.findtext("name") for x in question.findall("input")]
        assert all(x.findtext("options") == "allowempty" for x in question.findall("input"))
        self.trees = [self._tree(prt) for prt in question.findall("prt")]
        self.tests = question.findall("qtest")

    def _tree(self, prt: ET.Element) -> tuple[list[tuple[str, object]], list[dict[str, str]]]:
        lines = [line.split(":", 1) for line in prt.findtext("feedbackvariables/text").split(";") if line.strip()]
        variables = [(name.strip(), compile(self._python(code), "maxima", "eval")) for name, code in lines]
        nodes = [{x.tag: x.findtext("text") or x.text or "" for x in node} for node in prt.findall("node")]
        for node in nodes:  # a number, or the name of a variable
            with suppress(ValueError):
                node["tans"] = float(node["tans"])
        return variables, nodes

    def _python(self, code: str) -> str:
        return re.sub(r"^ *if is\((\w+)=(\w+)\) then (.*) else (\w+)$", r"\3 if \1 is \2 else \4", code).strip()

    def mark(self, answers: Answers) -> Marks:
        empty = object()
        given = {f"ans{i}": empty if x is None else x for i, x in answers.items()} | {"EMPTYANSWER": empty}
        return {i: self._walk(*tree, dict(given)) for i, tree in enumerate(self.trees, 1)}

    def _walk(self, variables: list, nodes: list[dict[str, str]], names: dict) -> tuple[float, str]:
        for name, code in variables:
            names[name] = eval(code, {"__builtins__": {}}, names)  # noqa: S307
        number = 0
        while number >= 0:
            node = nodes[number]
            holds = self._holds(node, names)
            kind = "true" if holds else "false"
            score, told = float(node[f"{kind}score"]), node[f"{kind}feedback"]
            number = int(node[f"{kind}nextnode"])
        return score, told.strip()

    def _holds(self, node: dict[str, str], names: dict) -> bool:
        x, wanted = names[node["sans"]], names.get(node["tans"], node["tans"])
        if node["answertest"] == "AlgEquiv":
            return x is wanted
        size = (
            {"NumAbsolute": 1.0, "NumRelative": abs(wanted)}[node["answertest"]] if x is not names["EMPTYANSWER"] else 0
        )
        return abs(x - wanted) <= float(node["testoptions"]) * size


class Player:
    """A QTI player: runs the response processing of the first item in a package."""

    def __init__(self, package: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(package)) as files:
            manifest = ET.fromstring(files.read("imsmanifest.xml"))
            hrefs = [x.get("href") for x in manifest.iter("{http://www.imsglobal.org/xsd/imscp_v1p1}resource")]
            assert set(files.namelist()) == {"imsmanifest.xml", *hrefs}
            self.item = ET.fromstring(files.read(hrefs[0]))
        self.feedback = {
            (x.get("outcomeIdentifier"), x.get("identifier")): "".join(x.itertext()).strip()
            for x in self.item.findall(f"{QTI}modalFeedback")
        }

    def mark(self, answers: Answers) -> tuple[float, dict[int, str]]:
        self.values = {f"RESPONSE_{i}": x for i, x in answers.items()}
        for declared in self.item.findall(f"{QTI}outcomeDeclaration"):
            default = declared.findtext(f"{QTI}defaultValue/{QTI}value")
            self.values[declared.get("identifier")] = None if default is None else float(default)
        for rule in self.item.find(f"{QTI}responseProcessing"):
            self._run(rule)
        return self.values["SCORE"], {i: self.values[f"FEEDBACK_{i}"] for i in answers}

    def _run(self, rule: ET.Element) -> None:
        if rule.tag == f"{QTI}setOutcomeValue":
            self.values[rule.get("identifier")] = self._value(rule[0])
            return
        for branch in rule:
            actions = list(branch)
            if branch.tag != f"{QTI}responseElse" and not self._value(actions.pop(0)):
                continue
            for action in actions:
                self._run(action)
            return

    def _value(self, x: ET.Element) -> object:
        kind = x.tag.removeprefix(QTI)
        if kind == "variable":
            return self.values[x.get("identifier")]
        if kind == "baseValue":
            return x.text if x.get("baseType") == "identifier" else float(x.text)
        if kind in ("and", "or"):  # the first operand that decides is enough here, because no NULL gets this far
            return (all if kind == "and" else any)(self._value(y) for y in x)
        values = [self._value(y) for y in x]
        if kind in ("not", "isNull"):
            return not values[0] if kind == "not" else values[0] is None
        if None in values:
            return None
        functions = {
            "sum": math.fsum,
            "product": math.prod,
            "subtract": lambda pair: pair[0] - pair[1],
            "gte": lambda pair: pair[0] >= pair[1],
            "lte": lambda pair: pair[0] <= pair[1],
        }
        return functions[kind](values)

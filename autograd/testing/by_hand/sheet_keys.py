"""Worksheets as JSON: the key that marks answers later, in another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.modes import recording
from autograd.ops import TABLE
from autograd.testing.by_hand.exercises import Exercise
from autograd.value import Value

FORMAT = "chainrule key 1"
COMMON = ""  # the name of a sheet that all students share


def key_file(sheets: Mapping[str, Exercise]) -> str:
    """Return the key of the `sheets` of all students as JSON. The name "" stands for a sheet that they share."""
    content = {"format": FORMAT, "sheets": {student: to_key(sheet) for student, sheet in sheets.items()}}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_key_file(path: str | Path) -> dict[str, Exercise]:
    """Read the sheets from a key file, by student."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, not {FORMAT!r}")
        return {student: from_key(key) for student, key in content["sheets"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        message = f"missing {error}" if isinstance(error, LookupError) else error
        raise ValueError(f"{path} must be a key written by chainrule: {message}") from None


def to_key(sheet: Exercise) -> dict[str, Any]:
    """Return a sheet as data: its texts, its graph and its gradients.

    >>> a = Value(2.0, "a")
    >>> to_key(Exercise(a * 3.0))["nodes"]
    [{'name': 'a', 'value': 2.0}, {'name': 'v1', 'op': 'mul', 'inputs': ['a', 3.0], 'value': 6.0}]
    """
    return {
        "title": sheet.title,
        "task": sheet.task,
        "digits": sheet.digits,
        "hints": sheet.hints,
        "ask": list(sheet.key),
        "nodes": [_node(node, sheet) for node in sheet.nodes],
        "gradients": sheet.key,
    }


def _node(node: Value, sheet: Exercise) -> dict[str, Any]:
    name = sheet.names[node]
    if node.op is None:
        return {"name": name, "value": node.data}
    if TABLE.get(node.op.name) is not node.op:
        raise ValueError(f"the key of an exercise must consist of operations of autograd, got {node.op.name!r}")
    inputs = [sheet.names[x] if isinstance(x, Value) else float(x) for x in node.inputs]
    return {"name": name, "op": node.op.name, "inputs": inputs, "value": node.data}


def from_key(key: Mapping[str, Any]) -> Exercise:
    """Build the sheet of a key again."""
    nodes: dict[str, Value] = {}
    with recording():
        for each in key["nodes"]:
            nodes[each["name"]] = _built(each, nodes)
    loss = nodes[key["nodes"][-1]["name"]]
    sheet = Exercise(
        loss, title=key["title"], task=key["task"], ask=key["ask"], digits=key["digits"], hints=key["hints"]
    )
    if sheet.key.keys() != key["gradients"].keys():
        raise ValueError("its graph does not have the gradients that it asks for")
    return sheet


def _built(each: Mapping[str, Any], nodes: Mapping[str, Value]) -> Value:
    name = str(each["name"])
    if "op" not in each:
        return Value(float(each["value"]), name)
    node = TABLE[each["op"]].apply(tuple(nodes[x] if isinstance(x, str) else float(x) for x in each["inputs"]))
    if not isinstance(node, Value):
        raise ValueError(f"the inputs of {name} must include a node")
    node.label = name
    return node

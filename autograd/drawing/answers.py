"""Whether an answer of Graphviz's program is what it was asked for."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Collection

from autograd.terminal import plain

_SVG = "{http://www.w3.org/2000/svg}"
_DOT = (b"digraph", b"graph", b"strict")

# How an answer in a format starts and ends.
_MARKS: dict[str, tuple[bytes | tuple[bytes, ...], bytes]] = {
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    "jpg": (b"\xff\xd8", b"\xff\xd9"),
    "jpeg": (b"\xff\xd8", b"\xff\xd9"),
    "gif": (b"GIF8", b";"),
    "pdf": (b"%PDF-", b"%%EOF"),
    "ps": (b"%!PS", b"%%EOF"),
    "eps": (b"%!PS", b"%%EOF"),
    "svgz": (b"\x1f\x8b", b""),
    "plain": (b"graph ", b"stop"),
    "plain-ext": (b"graph ", b"stop"),
    "dot": (_DOT, b"}"),
    "gv": (_DOT, b"}"),
    "canon": (_DOT, b"}"),
    "xdot": (_DOT, b"}"),
}


def check_answer(answer: bytes, format: str, ids: Collection[str] = ()) -> None:
    """Raise a ValueError where `answer` is no whole file of the `format`, or an SVG without elements of these `ids`."""
    kind, _, renderer = format.lower().partition(":")
    if kind == "svg" and not renderer:
        problem = _problem_of_svg(answer, ids)
    elif kind.endswith("json") or kind == "json0":
        problem = _problem_of_json(answer)
    else:
        start, end = _MARKS.get(kind, (b"", b""))
        right = answer.startswith(start) and answer.rstrip(b"\r\n ").endswith(end)
        problem = "" if right else f"wrote no whole {kind}"
    if not answer.strip():
        problem = "wrote nothing"
    if problem:
        words = plain(answer[:200].decode(errors="replace"), 60)
        raise ValueError(f"{problem}: {words}" if words else problem)


def _problem_of_svg(answer: bytes, ids: Collection[str]) -> str:
    try:
        svg = ET.fromstring(answer)  # noqa: S314 - a program of the user's own wrote it
    except (ET.ParseError, ValueError, LookupError) as error:
        return f"wrote no SVG ({error})"
    if svg.tag != f"{_SVG}svg" or not any(g.get("class") == "graph" for g in svg.iter(f"{_SVG}g")):
        return "wrote no SVG of a graph"
    drawn = {element.get("id") for element in svg.iter()}
    return "" if drawn.issuperset(ids) else "wrote the SVG of another graph"


def _problem_of_json(answer: bytes) -> str:
    try:
        return "" if isinstance(json.loads(answer), dict) else "wrote no JSON of a graph"
    except (ValueError, RecursionError) as error:
        return f"wrote no JSON ({error})"

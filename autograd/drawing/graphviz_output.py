"""Check that Graphviz wrote a complete file in the requested format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Collection

from autograd.terminal import plain

_SVG = "{http://www.w3.org/2000/svg}"
# The first and the last bytes of a file in each format.
_ENDS: dict[str, tuple[bytes | tuple[bytes, ...], bytes]] = {
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    "gif": (b"GIF8", b";"),
    "pdf": (b"%PDF-", b"%%EOF"),
    "svgz": (b"\x1f\x8b", b""),
    **dict.fromkeys(["jpg", "jpeg"], (b"\xff\xd8", b"\xff\xd9")),
    **dict.fromkeys(["ps", "eps"], (b"%!PS", b"%%EOF")),
    **dict.fromkeys(["plain", "plain-ext"], (b"graph ", b"stop")),
    **dict.fromkeys(["dot", "gv", "canon", "xdot"], ((b"digraph", b"graph", b"strict"), b"}")),
}


def check_output(output: bytes, format: str, ids: Collection[str] = ()) -> None:
    """Raise ValueError if `output` is not a complete file in `format`. An SVG must have elements with these `ids`."""
    kind, _, renderer = format.lower().partition(":")
    if kind == "svg" and not renderer:
        problem = _svg_problem(output, ids)
    elif kind.endswith("json") or kind == "json0":
        problem = _json_problem(output)
    else:
        start, end = _ENDS.get(kind, (b"", b""))
        is_complete = output.startswith(start) and output.rstrip(b"\r\n ").endswith(end)
        problem = "" if is_complete else f"wrote an incomplete {kind} file"
    if not output.strip():
        problem = "wrote nothing"
    if problem:
        quoted = plain(output[:200].decode(errors="replace"), 60)
        raise ValueError(f"{problem}: {quoted}" if quoted else problem)


def _svg_problem(output: bytes, ids: Collection[str]) -> str:
    try:
        svg = ET.fromstring(output)  # noqa: S314 - written by the user's own program
    except (ET.ParseError, ValueError, LookupError) as error:
        return f"wrote no valid SVG ({error})"
    if svg.tag != f"{_SVG}svg" or not any(g.get("class") == "graph" for g in svg.iter(f"{_SVG}g")):
        return "wrote an SVG that is not a graph"
    drawn = {element.get("id") for element in svg.iter()}
    return "" if drawn.issuperset(ids) else "wrote an SVG of a different graph"


def _json_problem(output: bytes) -> str:
    try:
        return "" if isinstance(json.loads(output), dict) else "wrote JSON that is not a graph"
    except (ValueError, RecursionError) as error:
        return f"wrote no valid JSON ({error})"

"""Write a picture as Mermaid, a diagram language for Markdown pages."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.drawing.dot_code import FILL
from autograd.drawing.picture import Box, Picture
from autograd.terminal import plain


def to_mermaid(picture: Picture) -> str:
    """Return the Mermaid text of a picture."""
    lines = [f"flowchart {picture.direction}", *_cluster(picture, (), [0])]
    lines += [f"    {box.id}cut[…]:::cut -.-> {box.id}" for box in picture.cut]
    for i, edge in enumerate(picture.edges, start=len(picture.cut)):
        count = f"|{edge.count:,}×|" if edge.count > 1 else ""
        lines.append(f"    {edge.source.id} -->{count} {edge.target.id}")
        if edge.marked:
            lines.append(f"    linkStyle {i} stroke-width:3px,stroke:#b35900")
    lines += [f"    classDef {kind} fill:{fill},stroke:#57606a,color:#1f2328" for kind, fill in FILL.items()]
    lines += ["    classDef cut fill:none,stroke:none"] * bool(picture.cut)
    lines += [f"    style {box.id} stroke-width:3px" for box in picture.boxes if box.marked]
    lines += [f"    note[{escaped(picture.note)}]:::cut"] * bool(picture.note)
    return "\n".join(lines) + "\n"


def _cluster(picture: Picture, scope: tuple[str, ...], count: list[int]) -> Iterator[str]:
    level = len(scope)
    indent = "    " * (level + 1)
    for box in picture.boxes:
        if box.scope == scope:
            yield f"{indent}{box.id}{_shape(box)}:::{box.kind}"
    for part in picture.scopes_in(scope):
        count[0] += 1
        yield f"{indent}subgraph s{count[0]}[{escaped(plain(part[-1]))}]"
        yield from _cluster(picture, part, count)
        yield f"{indent}end"


def _shape(box: Box) -> str:
    label = "<br>".join(escaped(line)[1:-1] for line in box.texts)
    return f'("{label}")' if box.kind == "leaf" else f'["{label}"]'


def escaped(text: str) -> str:
    """Quote `text` for Mermaid. Characters other than letters, digits and a few signs become character codes."""
    return '"' + "".join(c if c.isalnum() or c in " .,=·+-()²³…×" else f"#{ord(c)};" for c in text) + '"'

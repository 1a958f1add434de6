"""Write a picture as a tree of text, from the output back to the leaves."""

from __future__ import annotations

from autograd.drawing.picture import Box, Picture


def to_text(picture: Picture, *, numbers: bool = True) -> str:
    """Return the picture as a tree of text. A box that is used several times is expanded once.

    The boxes show their values and gradients if `numbers` is true.
    """
    inputs: dict[str, list[tuple[Box, int]]] = {box.id: [] for box in picture.boxes}
    for edge in picture.edges:
        inputs[edge.target.id].append((edge.source, edge.count))
    cut = {box.id for box in picture.cut}
    lines, seen = [], set[str]()
    read = {edge.source.id for edge in picture.edges}
    stack: list[tuple[Box, int, str, str]] = [(box, 1, "", "") for box in picture.boxes if box.id not in read]
    stack = stack or [(picture.boxes[-1], 1, "", "")]  # every box is read by another one: they form a cycle
    while stack:
        box, count, first, rest = stack.pop()
        again = box.id in seen
        seen.add(box.id)
        title = box.title.partition(" = ")[0] if again else box.title
        shown = "".join(f"  {line}" for line in box.texts[1:]) if numbers and not again else ""
        times = f"{count} × " if count > 1 and box.kind != "group" else ""
        more = "  (see above)" if again and (inputs[box.id] or box.id in cut) else ""
        lines.append(f"{first}{times}{title}{shown}{more}")
        if again:
            continue
        if box.id in cut:
            lines.append(f"{rest}{'├' if inputs[box.id] else '└'}─ …")
        for i, (source, number) in enumerate(reversed(inputs[box.id])):
            stack.append((source, number, f"{rest}{'├' if i else '└'}─ ", f"{rest}{'│  ' if i else '   '}"))
    return "\n".join(lines + [picture.note] * bool(picture.note))

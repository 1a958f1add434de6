"""Draw the computation graph in the style of micrograd's notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import graphviz

from autograd.backpropagation import topological
from autograd.drawing.dot_code import LARGE, LESS_EFFORT, escaped
from autograd.drawing.graphviz_layout import LayoutError, layout
from autograd.files import write_file
from autograd.graph import check_node
from autograd.terminal import plain, printed
from autograd.value import Value


@printed
class Diagram(graphviz.Digraph):
    """A `graphviz.Digraph` that can also be drawn without `dot` on PATH.

    If no program can draw it, a notebook shows the DOT text.
    """

    def pipe(
        self, format: str | None = None, *_: Any, engine: str | None = None, encoding: str | None = None, **__: Any
    ) -> Any:
        """Return the picture as bytes, or as a string if an `encoding` is given."""
        picture = layout(self.source, format or self.format, engine or self.engine)
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: str | Path | None = None,
        directory: str | Path | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *_: Any,
        outfile: str | Path | None = None,
        engine: str | None = None,
        **__: Any,
    ) -> str:
        """Save the DOT text and the picture. Return the path of the picture: `outfile`, or `filename`.`format`.

        If an error occurs, existing files are unchanged.
        """
        if outfile is not None:
            format = format or Path(outfile).suffix.removeprefix(".") or None
            filename = filename or Path(outfile).with_suffix(".gv")
        format = format or self.format
        picture = self.pipe(format, engine=engine)
        text = Path(self.save(filename, directory=directory))
        path = Path(outfile) if outfile is not None else Path(f"{text}.{format}")
        write_file(path, picture)
        if cleanup:
            text.unlink()
        if view:
            self._view(str(path), format=format, quiet=False)
        return str(path)

    def save(
        self,
        filename: str | Path | None = None,
        directory: str | Path | None = None,
        *,
        skip_existing: bool = False,
    ) -> str:
        """Save the DOT text in UTF-8 and return its path. If an error occurs, an existing file is unchanged."""
        if filename is not None:
            self.filename = str(filename)
        if directory is not None:
            self.directory = str(directory)
        path = Path(self.filepath)
        if not (skip_existing and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, self.source)
        return str(self.filepath)

    def __str__(self) -> str:
        return str(self.source)

    def _repr_mimebundle_(self, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            bundle: dict[str, Any] = super()._repr_mimebundle_(*args, **options)
        except LayoutError as error:
            return {"text/plain": f"{self.source}\n({error})"}
        return bundle


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Diagram:
    """Draw the computation graph of `root` as micrograd does: a record for each value, an ellipse for each operation.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> picture = draw_dot(a * b)
    >>> print(picture.source.splitlines()[3].strip())
    n0 [label="{ a | data 2.0000 | grad 0.0000 }" shape=record]

    Return a `graphviz.Digraph`, which notebooks show as a picture; `picture.render("graph")` writes it to a file.
    `rankdir` is "LR" (left to right) or "TB" (top to bottom).
    """
    check_node(root, "root")
    if rankdir not in ("LR", "TB"):
        raise ValueError(f'rankdir must be "LR" or "TB", got {rankdir!r}')
    nodes = topological([root])
    diagram = Diagram(format=format, graph_attr={"rankdir": rankdir}, node_attr={"fontname": "Arial"})
    if len(nodes) > LARGE:
        diagram.graph_attr.update(LESS_EFFORT)
    names: dict[Value, str] = {}
    for node in nodes:
        name = names[node] = f"n{len(names)}"
        label = f"{_escape(str(node.label))} | " if node.label else ""
        diagram.node(name, label=f"{{ {label}data {node.data:.4f} | grad {node.grad:.4f} }}", shape="record")
        if node.op is None:
            continue
        diagram.node(f"{name}op", label=escaped(node._op))
        diagram.edge(f"{name}op", name)
        for i, x in enumerate(node.inputs):
            source = names[x] if isinstance(x, Value) else f"{name}c{i}"
            if not isinstance(x, Value):
                diagram.node(source, label=f"{float(x):g}", shape="plaintext")
            diagram.edge(source, f"{name}op")
    return diagram


def _escape(label: str) -> str:
    """Escape `label` so that a record shows it unchanged: braces and bars would otherwise split it into fields."""
    shown = plain(label, len(label)).replace("&", "&amp;")
    return "".join(f"\\{c}" if c in '\\{}|<>"' else c for c in shown)

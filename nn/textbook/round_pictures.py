"""A round of learning as a sequence of pictures: forward, the error, its way back, and the new weights."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..plot.style import Page, axes_on
from ..shared import write_file
from .network_canvas import BACK, FORWARD, IDLE, INK, UPDATE, Canvas, extent
from .rounds import Round, Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image

_SCALE = 0.7  # inches that a unit of the canvas has
_SHADES = 32


class Picture(Page):
    """A figure of lines and text, whose image needs few colours and so little room."""

    def image(self) -> Image:
        """Return the figure as an image of 32 colours."""
        from PIL import Image  # a dependency of matplotlib

        return Image.open(BytesIO(self._repr_png_())).convert("RGB").quantize(_SHADES)


class _Stage(NamedTuple):
    """What happens in a picture: the `kind` of step, the `layer` it happens in (between -1 and n), and a `title`."""

    kind: str
    layer: int
    title: str


def _stages(round_: Round) -> list[_Stage]:
    n = len(round_.layers)
    last = n - 1
    summed = "δ = f '(r) · Σ w·δ, over the neurons that it feeds"
    return [
        _Stage("set", -1, "The inputs, the desired output, and the weights"),
        *(_Stage("forward", i, f"Forward, layer {i}: r = Σ w·a + b, then y = f(r)") for i in range(n)),
        _Stage("error", n, "The error: E = ½ (y - d)²"),
        _Stage("back", last, f"Back, layer {last}: δ = f '(r) · (y - d)"),
        *(_Stage("back", i, f"Back, layer {i}: {summed}") for i in reversed(range(last))),
        *(_Stage("update", i, f"New weights, layer {i}: w - {round_.lr:g} · δ · a") for i in range(n)),
    ]


def draw_round(round_: Round, stage: int, *, ax: Axes | None = None) -> Axes:
    """Draw picture number `stage` of `round_`: the network, what is known by then, and in colour what happens.

    The pictures, numbered from 0 on: the weights; forward, layer by layer (blue); the error; its way back, layer by
    layer (red); the new weights, layer by layer (green): 2 + 3 · layers. δ (delta) is the derivative of E by the sum r.
    """
    stages = _stages(round_)
    if not 0 <= stage < len(stages):
        raise ValueError(f"the pictures of this round are numbered 0 to {len(stages) - 1}, so there is no {stage}")
    canvas = Canvas(axes_on(ax, *_size(round_)), round_)
    now = stages[stage]
    canvas.ax.set_title(f"{stage + 1}. {now.title}", fontsize=14, color=_color(now))
    _draw_inputs(canvas)
    for i in range(len(round_.layers)):
        _draw_layer(canvas, i, now, stages[: stage + 1])
    _draw_error(canvas, now, stages[: stage + 1])
    return canvas.ax


def round_pictures(round_: Round, *, dpi: int = 70) -> list[Picture]:
    """Return all pictures of `round_`, each a figure of its own with `dpi` dots per inch, which notebooks show.

    >>> from nn.textbook import ThreeLayers, play_round
    >>> import random
    >>> round_ = play_round(ThreeLayers(rng=random.Random(0)), [1.0, 0.0], 1.0, lr=0.5)
    >>> len(round_pictures(round_))
    11
    """
    pictures = []
    for stage in range(len(_stages(round_))):
        picture = Picture(figsize=_size(round_), dpi=dpi, layout="constrained")
        draw_round(round_, stage, ax=picture.subplots())
        pictures.append(picture)
    return pictures


def save_pictures(pictures: Sequence[Picture], path: str | Path, *, seconds: float = 3.0) -> Path:
    """Save the `pictures` as one animated GIF, where `path` ends in .gif, or as 01.png, 02.png, ... in that folder.

    Each picture of a GIF stays for some `seconds`.
    """
    path = Path(path)
    images = [picture.image() for picture in pictures]
    if path.suffix == ".gif":
        more = {"save_all": True, "append_images": images[1:], "duration": round(1000 * seconds), "loop": 0}
        write_file(path, _encoded(images[0], "GIF", **more))
        return path
    path.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images, start=1):
        write_file(path / f"{i:02}.png", _encoded(image, "PNG"))
    return path


def _encoded(image: Image, format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def _size(round_: Round) -> tuple[float, float]:
    width, height = extent(round_)
    return _SCALE * width, _SCALE * height + 0.4


def _draw_inputs(canvas: Canvas) -> None:
    for j, x in enumerate(canvas.round.inputs):
        where = canvas.element(-1, j)
        box = {"boxstyle": "square,pad=0.5", "facecolor": "#f2f2f2", "edgecolor": INK}
        canvas.text(where, _number(x), size=11, bbox=box)
        canvas.text((where[0], where[1] + 0.65), f"input {j}", size=9)


def _draw_layer(canvas: Canvas, layer: int, now: _Stage, done: Sequence[_Stage]) -> None:
    color = _color(now) if now.layer == layer else IDLE
    back = now.kind == "back"
    sends_back = back and now.layer == layer - 1
    known = {s.kind for s in done if s.layer == layer}
    for i, unit in enumerate(canvas.round.layers[layer]):
        *weights, bias = _weights(unit, changed="update" in known, changing=now.kind == "update" and now.layer == layer)
        for j, weight in enumerate(weights):
            canvas.edge(layer, i, j, weight, BACK if sends_back else IDLE if back else color, back=sends_back)
        canvas.bias(layer, i, bias, IDLE if back else color)
        r, y = (_number(unit.r), _number(unit.y)) if "forward" in known else ("", "")
        canvas.units(layer, i, r, y, unit.element, color, back=color == BACK)
        if "back" in known:
            _draw_delta(canvas, layer, i, unit, at_work=color == BACK)


def _draw_delta(canvas: Canvas, layer: int, i: int, unit: Unit, *, at_work: bool) -> None:
    """Write delta below a neuron, and with `at_work` how it is made, to the left, where no arrows arrive."""
    x, y = canvas.middle(layer, i)
    product = f"{_number(unit.slope)} · {_factor(unit.arrived)} = " if at_work else ""
    canvas.text((x - 0.4 * at_work, y - 0.72), f"δ = {product}{_number(unit.delta)}", BACK, 10 if at_work else 9)


def _weights(unit: Unit, *, changed: bool, changing: bool) -> list[str]:
    old, new = (*unit.weights, unit.bias), (*unit.new_weights, unit.new_bias)
    if changing:
        return [f"{_number(w)}→{_number(v)}" for w, v in zip(old, new)]
    return [_number(w) for w in (new if changed else old)]


def _draw_error(canvas: Canvas, now: _Stage, done: Sequence[_Stage]) -> None:
    """Draw the desired outputs beside the outputs, and the error of each where it is known."""
    last = len(canvas.round.layers) - 1
    known = any(s.kind == "error" for s in done)
    at_work = now.kind == "error"
    sends_back = now.kind == "back" and now.layer == last
    for i, (y, d) in enumerate(zip(canvas.round.outputs, canvas.round.desired)):
        start = canvas.element(last, i)
        end = (canvas.right, start[1])
        ends = (start[0] + 0.5, start[1]), (end[0] - 0.62, end[1])
        color = BACK if at_work or sends_back else IDLE
        canvas.arrow(*(ends[::-1] if sends_back else ends), color, bold=color != IDLE)
        box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": color if color != IDLE else INK}
        canvas.text(end, f"desired\n{_number(d)}", size=10, bbox=box)
        if known:
            canvas.text((end[0], end[1] - 0.95), f"y - d = {_number(y - d)}", BACK, 10)
    if known:
        lowest = canvas.element(last, len(canvas.round.outputs) - 1)[1]
        canvas.text((canvas.right, lowest - 1.3), f"E = {_number(canvas.round.error)}", BACK, 10)


def _color(stage: _Stage) -> str:
    return {"forward": FORWARD, "error": BACK, "back": BACK, "update": UPDATE}.get(stage.kind, INK)


def _number(x: float) -> str:
    """Write a number with three digits after the point, or as few as a whole number has."""
    return f"{x:g}" if x == round(x) and abs(x) < 1e6 else f"{x:.3f}" if 0.0005 <= abs(x) < 1000 else f"{x:.2g}"


def _factor(x: float) -> str:
    return f"({_number(x)})" if x < 0 else _number(x)

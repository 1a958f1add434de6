"""Draw a round of training as a sequence of pictures: forward, error, backward, new weights."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from PIL.Image import Image
from PIL.Image import open as open_image

from ..plot.style import Page, axes_on
from ..shared import write_file
from .network_canvas import BACK, FORWARD, IDLE, INK, UPDATE, Canvas, extent
from .records import as_factor
from .training_round import Round, Unit

_SCALE = 0.7  # inches for one unit of the canvas
_COLOURS = 32  # enough for lines and text, in a small file


class Picture(Page):
    """A figure of a round, which notebooks display."""

    def image(self) -> Image:
        """Return the figure as a PIL image with 32 colours."""
        return open_image(BytesIO(self._repr_png_())).convert("RGB").quantize(_COLOURS)


class _Stage(NamedTuple):
    """The content of a picture: the `kind` of step, its `layer` (-1 for the inputs, n for the error), and a `title`."""

    kind: str
    layer: int
    title: str


def _stages(round_: Round) -> list[_Stage]:
    n = len(round_.layers)
    layers, last = range(n), n - 1
    return [
        _Stage("set", -1, "The inputs, the desired output, and the weights"),
        *(_Stage("forward", i, f"Forward, layer {i}: r = Σ w·a + b, then y = f(r)") for i in layers),
        _Stage("error", n, "The error: E = ½ (y - d)²"),
        _Stage("back", last, f"Backward, layer {last}: δ = f '(r) · (y - d)"),
        *(_Stage("back", i, f"Backward, layer {i}: δ = f '(r) · Σ w·δ of layer {i + 1}") for i in layers[-2::-1]),
        *(_Stage("update", i, f"New weights, layer {i}: w - {round_.lr:g} · δ · a") for i in layers),
    ]


def draw_round(round_: Round, stage: int, *, ax: Axes | None = None) -> Axes:
    """Draw one picture of `round_`: the network with all numbers known at this `stage`, and the current step in colour.

    The stages, numbered from 0, are: the weights; forward through each layer (blue); the error; backward through each
    layer (red); the new weights of each layer (green). That is 2 + 3n for n layers. δ (delta) is dE/dr.
    """
    stages = _stages(round_)
    if not 0 <= stage < len(stages):
        raise ValueError(f"stage must be between 0 and {len(stages) - 1} for this round, got {stage}")
    canvas = Canvas(axes_on(ax, *_size(round_)), round_)
    now = stages[stage]
    canvas.ax.set_title(f"{stage + 1}. {now.title}", fontsize=14, color=_color(now))
    _draw_inputs(canvas)
    for i in range(len(round_.layers)):
        _draw_layer(canvas, i, now, stages[: stage + 1])
    _draw_error(canvas, now, is_known=any(done.kind == "error" for done in stages[: stage + 1]))
    return canvas.ax


def round_pictures(round_: Round, *, dpi: int = 70) -> list[Picture]:
    """Return a picture of each stage of `round_`, with `dpi` dots per inch.

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
    """Save `pictures` as an animated GIF if `path` ends in .gif, otherwise as 01.png, 02.png, ... in the folder `path`.

    A GIF shows each picture for `seconds`.
    """
    path = Path(path)
    images = [picture.image() for picture in pictures]
    if path.suffix == ".gif":
        animation = {"save_all": True, "append_images": images[1:], "duration": round(1000 * seconds), "loop": 0}
        write_file(path, _encoded(images[0], "GIF", **animation))
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
    is_current, is_back = now.layer == layer, now.kind == "back"
    color = _color(now) if is_current else IDLE
    known = {stage.kind for stage in done if stage.layer == layer}
    weight_color = IDLE if is_back else color
    sends_back = is_back and now.layer == layer - 1
    for i, unit in enumerate(canvas.round.layers[layer]):
        *weights, bias = _weights(unit, is_new="update" in known, is_changing=is_current and now.kind == "update")
        for j, weight in enumerate(weights):
            canvas.edge(layer, i, j, weight, BACK if sends_back else weight_color, back=sends_back)
        canvas.bias(layer, i, bias, weight_color)
        r, y = (_number(unit.r), _number(unit.y)) if "forward" in known else ("", "")
        canvas.neuron(layer, i, r, y, unit.element, color, back=color == BACK)
        if "back" in known:
            _draw_delta(canvas, layer, i, unit, is_current=color == BACK)


def _draw_delta(canvas: Canvas, layer: int, i: int, unit: Unit, *, is_current: bool) -> None:
    """Write delta below a neuron; if current, with its factors and shifted to the left, away from the arrows."""
    x, y = canvas.middle(layer, i)
    product = f"{_number(unit.slope)} · {as_factor(_number(unit.arrived))} = " if is_current else ""
    text = f"δ = {product}{_number(unit.delta)}"
    canvas.text((x - 0.4 * is_current, y - 0.72), text, BACK, 10 if is_current else 9)


def _weights(unit: Unit, *, is_new: bool, is_changing: bool) -> list[str]:
    old, new = (*unit.weights, unit.bias), (*unit.new_weights, unit.new_bias)
    if is_changing:
        return [f"{_number(w)}→{_number(v)}" for w, v in zip(old, new)]
    return [_number(w) for w in (new if is_new else old)]


def _draw_error(canvas: Canvas, now: _Stage, *, is_known: bool) -> None:
    """Draw the desired outputs beside the outputs, and the errors if they are known."""
    last = len(canvas.round.layers) - 1
    sends_back = now.kind == "back" and now.layer == last
    color = BACK if sends_back or now.kind == "error" else IDLE
    box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": color if color != IDLE else INK}
    for i, (y, d) in enumerate(zip(canvas.round.outputs, canvas.round.desired)):
        x, height = canvas.element(last, i)
        canvas.arrow((x + 0.5, height), (canvas.right - 0.62, height), color, back=sends_back)
        canvas.text((canvas.right, height), f"desired\n{_number(d)}", size=10, bbox=box)
        if is_known:
            canvas.text((canvas.right, height - 0.95), f"y - d = {_number(y - d)}", BACK, 10)
    if is_known:
        canvas.text((canvas.right, height - 1.3), f"E = {_number(canvas.round.error)}", BACK, 10)


def _color(stage: _Stage) -> str:
    return {"forward": FORWARD, "error": BACK, "back": BACK, "update": UPDATE}.get(stage.kind, INK)


def _number(x: float) -> str:
    """Write an integer without decimals, and other numbers with three decimals, or two digits if tiny or huge."""
    return f"{x:g}" if x == round(x) and abs(x) < 1e6 else f"{x:.3f}" if 0.0005 <= abs(x) < 1000 else f"{x:.2g}"

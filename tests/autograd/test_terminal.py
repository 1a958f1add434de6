"""Text on terminals: whatever labels hold and whatever the encoding of the output is."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
import nn
from autograd import Value, backprop, derive, draw, draw_dot, explore, formula, no_grad, op, scope, sigmoid, sqrt
from autograd.terminal import Readable, encodable, for_stdout, one_line, plain, printable, printed
from autograd.testing import check_by_hand, check_gradients, check_op, exercise

ENCODINGS = ["ascii", "cp1252", "latin-1", "cp437", "koi8-r", "cp932", "utf-8"]
HOSTILE = "\x1b[31mred\x07 \u202eabc\u2066\u200b\r\x00\ud800é"


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")


def content(written: io.TextIOWrapper) -> str:
    written.flush()
    return written.buffer.getvalue().decode(written.encoding)


def printed_things(label: str = "α→漢") -> Iterator[Any]:
    """One of everything that prints, made with a label of somebody's own."""
    a, b = Value(2.0, label), Value(-3.0, f"{label}, too")
    with scope(f"part {label}"):
        loss = (a * b + a) ** 12 * sqrt(a) + sigmoid(a)
    loss.label = f"loss {label}"
    loss.backward()
    own = op(f"own {label}", lambda x: 2 * x, lambda x, y: [3.0])
    yield from (loss, a, own, own(a), next(iter(backprop(loss))))
    yield from (loss.steps(), *loss.steps(), loss.steps().backward[0].sends)
    yield from (formula(loss), derive(loss, a), derive(loss, a).paths, [formula(loss)])
    yield from (draw(loss), draw(loss, depth=0), draw(loss).picture, explore(loss), draw_dot(loss))
    yield from (exercise(loss), exercise(loss).solution, check_by_hand(loss, {a: 1.0}), check_op(own))
    yield from (check_gradients(own, a), nn.diagnose(loss, [a, b, Value(1.0, label)]))
    yield autograd.compile(lambda x: own(x) * x)
    layer = nn.Layer(1, 2, activation=own, rng=random.Random(0))
    model = type(f"Model {label}".replace("\0", "").replace("\ud800", ""), (nn.Module,), {})()
    setattr(model, label, layer)
    yield from (layer, layer.neurons[0], model)
    yield nn.Confusion([[1]], [label])
    history = nn.History()
    history.append({label: 1})
    yield history


class TestEncodings:
    @pytest.mark.slow
    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_everything_prints(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for thing in printed_things():
            written = stream(encoding)
            with monkeypatch.context() as patch:
                patch.setattr(sys, "stdout", written)
                print(thing)
                print(repr(thing), f"{thing}")
            assert content(written).strip()

    def test_in_utf_8_it_is_as_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", stream("utf-8"))
        a = Value(2.0, "a")
        assert str(derive(a * a, a)) == "    v1 = a·a\ndv1/da = 2a\n       = 4"
        assert str((a * a).steps()).splitlines()[2].split() == ["v1", "a·a", "4"]
        assert repr(draw(a * 3)).splitlines()[1] == "└─ a  data 2  grad 0"

    def test_only_what_a_stream_lacks_is_written_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        a = Value(2.0, "a")
        wanted = {"ascii": "dy/da = 3a^2", "latin-1": "dy/da = 3a²", "cp437": "dy/da = 3a²"}
        y = a**3
        y.label = "y"
        for encoding, text in wanted.items():
            monkeypatch.setattr(sys, "stdout", stream(encoding))
            assert str(derive(y, a)).splitlines()[1] == text
        monkeypatch.setattr(sys, "stdout", stream("cp437"))
        assert repr(draw(y)).splitlines()[1].startswith("└─ a")

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("x¹⁰ + x² − ½·√(y)", "x^10 + x^2 - 1/2*sqrt(y)"), ("a ≤ b ≠ c → ∞ …", "a <= b != c -> inf ..."), ("αβ Σ Ω ά", "alphabeta Sigma Omega alpha"),
            ("é ü ﬁ", "e u fi"), ("漢 😀", "\\u6f22 \\U0001f600"), ("├─ a\n│  └─ b", "|- a\n|  `- b"), ("", ""), ("x⁻²", "x^-2"),
        ],
    )  # fmt: skip
    def test_readable_in_ascii(self, text: str, shown: str) -> None:
        assert encodable(text, "ascii") == shown

    def test_a_power_is_written_in_one_way(self) -> None:
        assert encodable("x¹⁴ x² x¹²", "latin-1") == "x^14 x² x¹²"

    def test_columns_stay_in_line_where_there_is_room(self) -> None:
        assert encodable("√x    1\nlong  2", "ascii") == "sqrtx  1\nlong  2"
        assert encodable("→a    1\nlong  2", "ascii") == "->a   1\nlong  2"

    def test_streams_of_ones_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Plain:
            def __init__(self) -> None:
                self.text = ""

            def write(self, text: str) -> None:
                self.text += text

        for encoding in (None, "nonsense", 3):
            own: Any = Plain()
            if encoding is not None:
                own.encoding = encoding
            monkeypatch.setattr(sys, "stdout", own)
            print(formula(Value(2.0, "a") * 3))
            assert own.text == "a·3\n"
        monkeypatch.setattr(sys, "stdout", None)
        assert str(formula(Value(2.0, "a") * 3)) == "a·3"

    def test_a_readable_stream(self) -> None:
        inner = stream("ascii")
        readable = Readable(inner)
        print("a·b → ∂", file=readable)
        assert content(inner) == "a*b -> d\n"
        assert readable.encoding == "ascii"
        assert not readable.isatty()

    def test_steps_that_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        written = stream("ascii")
        monkeypatch.setattr(sys, "stdout", written)
        nn.textbook.tell(nn.MLP(1, [1]), [[1]], [2], [[1]], rng=random.Random(1), progress=False)
        assert "E = 1/2 * (" in content(written)

    def test_files_and_data_hold_the_text_itself(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
        monkeypatch.setattr(sys, "stdout", stream("ascii"))
        a = Value(2.0, "α")
        assert draw(a * 3).to_text().startswith("v1 = α·3")
        assert draw(a * 3).save(tmp_path / "a.txt").read_text(encoding="utf-8").startswith("v1 = α·3")
        sheet = exercise(a * 3)
        assert "α·3" in sheet.save(tmp_path / "b.txt").read_text(encoding="utf-8")
        assert "1·3 = 3" in sheet.save(tmp_path / "b.txt", key=True).read_text(encoding="utf-8")
        assert (a * 3).steps()[0].formula == "α·3"


class TestHostileLabels:
    def test_nothing_reaches_the_terminal_that_is_not_printable(self) -> None:
        for thing in printed_things(HOSTILE):
            for text in (str(thing), repr(thing)):
                strange = {c for c in text if not c.isprintable()} - {"\n", "\t"}
                assert not strange, (type(thing), strange)

    def test_nor_by_errors_and_warnings(self) -> None:
        bad, a = Value(0.0, HOSTILE), Value(1.0, "a")
        own = op(HOSTILE, lambda x: x, lambda x, y: [1.0])
        failures: list[Callable[[], Any]] = [
            lambda: own(a, a), lambda: own("x"), lambda: check_by_hand(a, {"b": 1.0}), lambda: check_by_hand(bad, {"b": 1.0}),
            lambda: autograd.replay(a, {bad: 1.0}), lambda: draw(a, highlight=bad), lambda: draw(a, around=bad), lambda: bad.log().backward(),
            lambda: nn.fit(nn.MLP(1, [1]), [[1.0]], [1.0], loss=lambda y, t: bad.log() * y, epochs=1, batch_size=1),
            lambda: exercise(bad.log()),
        ]  # fmt: skip
        with autograd.anomalies(), pytest.raises(FloatingPointError) as caught:
            bad.log()
        messages = [str(caught.value)]
        for fail in failures:
            with pytest.raises((TypeError, ValueError, ArithmeticError, RuntimeWarning)) as caught:
                fail()
            messages.append(str(caught.value))
        for message in messages:
            assert all(c.isprintable() or c == "\n" for c in message), ascii(message)

    def test_names_of_operations(self) -> None:
        shown = op("bell\x07", lambda x: x, lambda x, y: [1.0], infix="\x1b")
        assert (shown.name, repr(shown), shown.infix) == ("bell ", "<op bell >", " ")
        for name in ("", "\u202e", " \n"):
            with pytest.raises(ValueError, match="must contain printable characters"):
                op(name, lambda x: x, lambda x, y: [1.0])

    def test_a_label_of_nothing_printable_is_none(self) -> None:
        a = Value(2.0, "\u202e\x00")
        assert str(formula(a * Value(3.0, "b"))) == "2·b"
        assert [step.name for step in (a * a).steps().backward] == ["v2", "v1"]
        with scope("\u202e"):
            y = a * 3
        assert draw(y, depth=0).picture.boxes[-1].title == "\ufffd"

    def test_names_that_look_alike_get_numbers(self) -> None:
        a, b = Value(1.0, "a"), Value(2.0, "a\u200b")
        assert str(formula(a * b)) == "a·a#2"

    def test_a_label_that_is_shown_otherwise_is_still_a_key(self) -> None:
        assert check_by_hand(Value(2.0, "two\nlines") * 3, {"two\nlines": 3.0})
        assert exercise(Value(2.0, "two\nlines") * 3).mark({"two\nlines": 3.0, "v1": 1.0})


def test_one_line_and_its_length() -> None:
    assert printable("a\x1b\nb") == "a  b"
    assert printable("a\x1b\nb", but="\n") == "a \nb"
    assert one_line(" a \t\u202e b\n") == "a b"
    assert plain("\u202e") == "\ufffd"
    assert plain("  \n") == ""
    assert plain("abcdef", 4) == "abc…"


def test_a_class_that_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    @printed
    class Thing:
        def __repr__(self) -> str:
            """Return an arrow."""
            return "→\x1b"

    assert (str(Thing()), repr(Thing()), Thing.__repr__.__doc__) == ("→ ", "→ ", "Return an arrow.")
    monkeypatch.setattr(sys, "stdout", stream("ascii"))
    assert (str(Thing()), for_stdout("→")) == ("-> ", "->")


def test_printing_changes_nothing_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    written = stream("ascii")
    monkeypatch.setattr(sys, "stdout", written)
    with no_grad():
        print(Value(1.0, "ä"))
    assert (written.encoding, written.errors) == ("ascii", "strict")

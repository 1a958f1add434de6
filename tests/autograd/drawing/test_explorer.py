"""Test the explorer in a browser: controls, numbers compared with Python, predictions, hostile labels."""

from __future__ import annotations

import json
import math
import random
import re
from pathlib import Path
from typing import Any

import nbconvert
import pytest

import nn
from autograd import Value, explore, log, op, relu, scope, tanh, total, where
from autograd.drawing.explorer import Explorer
from autograd.drawing.graphviz_layout import LayoutError
from autograd.ops import TABLE, Op, dot, power

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
HOSTILE = ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "$\\alpha$", "😀 ünï", "x" * 500, "${title}", "a\nb\u2028c", "__proto__"]  # fmt: skip


def example() -> tuple[Value, dict[str, Value]]:
    """(a·b + a)², in which `a` has two paths."""
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    d = c + a
    loss = d**2
    c.label, d.label, loss.label = "c", "d", "L"
    return loss, {"a": a, "b": b, "c": c, "d": d, "L": loss}


def of_every_operation() -> Value:
    """One node of every operation of the table, in the middle of its domain, and their sum."""
    rng = random.Random(0)
    made = []
    for each in TABLE.values():
        low, high = zip(*(each.domain or [(-2, 2)] * (each.arity or 3)))
        inputs = [Value(rng.uniform(a, b), f"{each.name}_{i}") for i, (a, b) in enumerate(zip(low, high))]
        made.append(apply(each, inputs))
    return total(made)


def apply(each: Op, inputs: list[Value]) -> Value:
    if each is dot:
        return dot(inputs[:1], inputs[1:2], inputs[2])
    if each is power:
        return power(inputs[0], 3)
    return each(inputs) if each.variadic else each(*inputs)


def open_in(page: Any, tmp_path: Path, explorer: Explorer) -> Any:
    page.goto(explorer.save(tmp_path / "page.html").as_uri())
    return page


def rows(page: Any) -> dict[str, tuple[str, str]]:
    return rows_at_each_step(page, steps=0)[0]


def rows_at_each_step(page: Any, steps: int) -> list[dict[str, tuple[str, str]]]:
    """The rows of the table now and after each of `steps` clicks on "Next step", in one call of the browser."""
    next_step = page.get_by_role("button", name="Next step", exact=True).element_handle()
    tables = page.get_by_role("table", name="Gradients").evaluate(
        """(table, [next, steps]) => {
            const read = () => [...table.querySelectorAll("tbody tr")].map(row => [...row.cells].map(cell => cell.textContent));
            const tables = [read()];
            for (let i = 0; i < steps; i++) { next.click(); tables.push(read()); }
            return tables;
        }""",
        [next_step, steps],
    )
    return [{name: (value, gradient) for name, value, gradient in cells} for cells in tables]


def click(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def status(page: Any) -> str:
    return page.locator("#status").inner_text()


def agree(shown: str, wanted: float) -> bool:
    got = float(shown)
    return got == wanted or (got != got and wanted != wanted) or math.isclose(got, wanted, rel_tol=1e-12, abs_tol=1e-14)


def check_every_step(page: Any, root: Value) -> None:
    """Go through all steps and compare the whole table at each with what `Value.steps` says."""
    steps = root.steps()
    names = {node: steps.names[node] for node in (step.node for step in steps.backward)}
    computed = {node for node in names if node.op is None}
    sums = dict.fromkeys(names, 0.0)
    sums[root] = 0.0
    click(page, "First step")
    tables = rows_at_each_step(page, len(steps) - 1)
    for i, (step, shown) in enumerate(zip(steps, tables, strict=True)):
        if i < len(steps.forward):
            computed.add(step.node)
        else:
            sums[root] = 1.0
            for send in step.sends:
                assert send.before == sums[send.input]
                sums[send.input] = send.after
        assert len(shown) == len(names)
        for node, name in names.items():
            value, gradient = shown[name]
            assert agree(value, node.data) if node in computed else value == "–", (i, name)
            assert agree(gradient, sums[node]), (i, name, gradient, sums[node])
    click(page, "Next step")
    assert "Backward, step" in status(page), "at the end it stays"


class TestControls:
    def test_by_mouse(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        assert status(page) == "Forward, step 1 of 3: c is -6"
        click(page, "Last step")
        assert status(page) == "Backward, step 5 of 5: a has gradient 16"
        click(page, "Previous step")
        assert "Backward, step 4 of 5: b" in status(page)
        click(page, "First step")
        click(page, "Next step")
        assert "Forward, step 2 of 3: d is -4" in status(page)
        page.get_by_role("slider", name="Step").fill("4")
        assert "Backward, step 1 of 5: L has gradient 1" in status(page)
        page.locator("#n0").click()
        assert "Backward, step 5 of 5: a" in status(page)

    def test_by_keyboard(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        for key, wanted in [
            ("ArrowRight", "Forward, step 2"), ("End", "Backward, step 5"), ("ArrowLeft", "Backward, step 4"), ("Home", "Forward, step 1"),
        ]:  # fmt: skip
            page.keyboard.press(key)
            assert wanted in status(page)
        for name in ("First step", "Previous step", "Play", "Next step", "Last step"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        assert "Forward, step 2" in status(page), "the slider moves by one"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.get_by_role("checkbox", name="Predict").is_checked()

    def test_play_runs_to_the_end_and_stops(self, page: Any, tmp_path: Path) -> None:
        page.clock.install()
        open_in(page, tmp_path, explore(example()[0]))
        play = page.get_by_role("button", name="Play")
        play.click()
        assert play.get_attribute("aria-pressed") == "true"
        page.clock.run_for(1300)
        assert "Forward, step 2" in status(page)
        play.click()
        page.clock.run_for(5000)
        assert "Forward, step 2" in status(page)
        play.click()
        page.clock.run_for(20_000)
        assert "Backward, step 5" in status(page)
        assert play.get_attribute("aria-pressed") == "false"
        play.click()
        assert "Forward, step 1" in status(page), "from the end it starts again"

    def test_zoom_and_pan(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))

        def view() -> list[float]:
            return [float(x) for x in page.locator("#canvas svg").get_attribute("viewBox").split()]

        whole = view()
        click(page, "Zoom in")
        assert view()[2] == pytest.approx(whole[2] * 0.8)
        click(page, "Zoom out")
        assert view() == pytest.approx(whole)
        box = page.locator("#canvas svg").bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 10)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 30)
        page.mouse.up()
        assert view()[0] < whole[0]
        page.keyboard.down("Control")
        page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        assert view()[2] < whole[2]
        click(page, "Show all")
        assert view() == pytest.approx(whole)
        before = status(page)
        node = page.locator("#n3").bounding_box()
        page.mouse.move(node["x"] + 9, node["y"] + 9)
        page.mouse.down()
        page.mouse.move(node["x"] + 70, node["y"] + 20, steps=4)
        page.mouse.up()
        assert status(page) == before, "dragging is no click"
        for _ in range(40):
            click(page, "Zoom out")
        assert view()[2] <= whole[2] * 4

    def test_everything_has_a_name(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        for name in ("First step", "Previous step", "Next step", "Last step", "Play", "Zoom in", "Zoom out", "Show all", "Reset numbers"):  # fmt: skip
            assert page.get_by_role("button", name=name, exact=True).count() == 1
        assert page.get_by_role("slider", name="Step").count() == 1
        assert page.get_by_role("checkbox", name="Predict").count() == 1
        for name in ("a", "b"):
            assert page.get_by_label(name, exact=True).count() == 1
        snapshot = page.locator("body").aria_snapshot()
        unnamed = [
            line
            for line in snapshot.splitlines()
            if re.fullmatch(r"\s*- (button|slider|checkbox|spinbutton|textbox|table|img):?", line)
        ]
        assert unnamed == []

    def test_motion_is_reduced_where_asked(self, browser: Any, tmp_path: Path) -> None:
        file = explore(example()[0]).save(tmp_path / "page.html")
        for motion, wanted in (("reduce", "none"), ("no-preference", "flow")):
            context = browser.new_context(reduced_motion=motion)
            new = context.new_page()
            new.goto(file.as_uri())
            assert new.locator(".active path").first.evaluate("e => getComputedStyle(e).animationName") == wanted
            context.close()

    def test_light_and_dark(self, browser: Any, tmp_path: Path) -> None:
        file = explore(example()[0]).save(tmp_path / "page.html")
        for scheme, paper in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")):
            context = browser.new_context(color_scheme=scheme)
            new = context.new_page()
            new.goto(file.as_uri())
            assert new.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == paper
            context.close()


class TestNumbers:
    def test_every_operation_at_every_step(self, page: Any, tmp_path: Path) -> None:
        root = of_every_operation()
        check_every_step(open_in(page, tmp_path, explore(root)), root)

    def test_changed_leaves_are_computed_as_python_does(self, page: Any, tmp_path: Path) -> None:
        root = of_every_operation()
        open_in(page, tmp_path, explore(root))
        for name in ("sin_0", "pow_1", "logsumexp_2", "dot_0", "gelu_0", "erf_0", "where_0"):
            page.get_by_label(name, exact=True).fill("0.625" if name != "where_0" else "0")
        again = of_every_operation()
        for leaf in again.steps().backward:
            if leaf.node.label in ("sin_0", "pow_1", "logsumexp_2", "dot_0", "gelu_0", "erf_0"):
                leaf.node.data = 0.625
            elif leaf.node.label == "where_0":
                leaf.node.data = 0.0
        check_every_step(page, recomputed(again))

    def test_reset(self, page: Any, tmp_path: Path) -> None:
        loss, nodes = example()
        open_in(page, tmp_path, explore(loss))
        click(page, "Last step")
        page.get_by_label("a", exact=True).fill("5")
        assert rows(page) == {
            "a": ("5", "40"),
            "b": ("-3", "-100"),
            "c": ("-15", "-20"),
            "d": ("-10", "-20"),
            "L": ("100", "1"),
        }
        click(page, "Reset numbers")
        loss.backward()
        assert {name: tuple(map(float, cells)) for name, cells in rows(page).items()} == {
            name: (v.data, v.grad) for name, v in nodes.items()
        }

    def test_what_is_no_number_is_marked_and_changes_nothing(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        click(page, "Last step")
        field = page.get_by_label("a", exact=True)
        field.fill("5")
        field.fill("")
        assert field.get_attribute("aria-invalid") == "true"
        assert rows(page)["b"] == ("-3", "-100")

    def test_numbers_that_are_not_finite(self, page: Any, tmp_path: Path) -> None:
        x = Value(0.0, "x")
        y = x.log() * 0
        with pytest.warns(RuntimeWarning):
            y.backward()
        open_in(page, tmp_path, explore(y))
        click(page, "Last step")
        assert rows(page)["v1"] == ("-inf", "0")
        assert rows(page)["v2"] == ("nan", "1")
        assert rows(page)["x"][1] == "nan"
        page.get_by_label("x", exact=True).fill("1")
        assert rows(page)["v2"] == ("0", "1")
        assert rows(page)["x"] == ("1", "0")

    def test_python_s_numbers_are_shown_whatever_happened_to_the_leaves_since(self, page: Any, tmp_path: Path) -> None:
        loss, nodes = example()
        nodes["a"].data = 100.0
        open_in(page, tmp_path, explore(loss))
        click(page, "Last step")
        assert rows(page)["b"] == ("-3", "-16")

    def test_own_operations_are_translated(self, page: Any, tmp_path: Path) -> None:
        steep = 3.0
        bent = op("bent", lambda x, y: steep * x if x > y else abs(x), lambda x, y, z: [z, z])
        a, b = Value(2.0, "a"), Value(1.0, "b")
        open_in(page, tmp_path, explore(bent(a, b)))
        click(page, "Last step")
        page.get_by_label("a", exact=True).fill("-4")
        assert rows(page) == {"a": ("-4", "4"), "b": ("1", "4"), "v1": ("4", "1")}

    def test_what_cannot_be_translated_is_said_and_fixed(self, page: Any, tmp_path: Path) -> None:
        rounded = op("</script>", lambda x: float(round(x)), lambda x, y: [1.0])
        a = Value(2.4, "a")
        open_in(page, tmp_path, explore(rounded(a) * a))
        assert page.get_by_label("a", exact=True).is_disabled()
        assert (
            "The numbers cannot be changed: the operation </script> cannot be translated"
            in page.locator("#leaves").inner_text()
        )
        click(page, "Last step")
        assert rows(page)["a"] == ("2.4", "4.4")


def recomputed(root: Value) -> Value:
    """The same graph, computed again from its leaves."""
    made: dict[Value, Value] = {}
    for step in reversed(root.steps().backward):
        node = step.node
        if node.op is None:
            made[node] = Value(node.data, node.label)
        else:
            made[node] = node.op.apply(tuple(made[x] if isinstance(x, Value) else x for x in node.inputs))
    return made[root]


def answer(page: Any, number: str) -> str:
    page.locator("#answer").fill(number)
    page.keyboard.press("Enter")
    return page.locator("#verdict").get_attribute("data-verdict")


def test_the_picture_follows_where_a_part_of_it_is_seen(page: Any, tmp_path: Path) -> None:
    node = Value(0.5, "x")
    for _ in range(30):
        node = node.tanh()
    open_in(page, tmp_path, explore(node))
    view = page.locator("#canvas svg").get_attribute("viewBox")
    click(page, "Last step")
    assert page.locator("#canvas svg").get_attribute("viewBox") == view, "all of it is seen"
    for _ in range(8):
        click(page, "Zoom in")
    click(page, "First step")
    frame, current = (page.locator(place).bounding_box() for place in ("#canvas", "#canvas .current"))
    assert frame["x"] < current["x"] + current["width"] / 2 < frame["x"] + frame["width"]


class TestPredictions:
    def test_verdicts(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        page.get_by_role("checkbox", name="Predict").check()
        assert "Backward, step 1" in status(page), "predicting begins where there is something to predict"
        assert [gradient for _, gradient in rows(page).values()] == ["?", "?", "?", "?", "1"]
        click(page, "Next step")  # d: 1 · 2d = -8
        assert page.locator("#question").is_visible()
        assert "-8" not in page.locator("#panel").inner_text()
        assert answer(page, "8") == "sign"
        assert answer(page, "1") == "no local derivative"
        assert answer(page, "-4") == "factor"
        assert answer(page, "3.3") == "wrong"
        assert answer(page, "two") == "no number"
        assert rows(page)["d"][1] == "?"
        assert answer(page, "-8") == "right"
        assert rows(page)["d"][1] == "-8"
        click(page, "Next step")  # c: -8 · 1
        click(page, "Show the answer")
        assert rows(page)["c"][1] == "-8"
        click(page, "Next step")  # b: -8 · 2
        assert answer(page, "2") == "no gradient"
        assert answer(page, "-16.0") == "right"
        click(page, "Next step")  # a: 24 - 8
        assert answer(page, "24") == answer(page, "-8") == "missing path"
        assert answer(page, "32") == answer(page, "-32") == "sign"
        assert answer(page, "16") == "right"
        page.get_by_role("checkbox", name="Predict").uncheck()
        assert "?" not in str(rows(page))

    def test_hidden_gradients_are_nowhere_to_be_read(self, page: Any, tmp_path: Path) -> None:
        x = Value(1.25, "x")
        y = tanh(x * 0.37) * (x / 7 - 0.2)
        open_in(page, tmp_path, explore(y))
        page.get_by_role("checkbox", name="Predict").check()
        values = {step.value for step in y.steps().forward}
        secrets = {f"{step.cotangent:.6g}" for step in y.steps().backward if step.cotangent not in {1.0, *values}}
        assert len(secrets) >= 2
        for _ in y.steps().backward[1:]:
            click(page, "Next step")
            shown = page.locator("body").inner_text()
            assert not [secret for secret in secrets if secret in shown]

    def test_play_waits_for_an_answer_and_tooltips_do_not_tell(self, page: Any, tmp_path: Path) -> None:
        page.clock.install()
        open_in(page, tmp_path, explore(example()[0]))
        page.get_by_role("checkbox", name="Predict").check()
        click(page, "Play")
        page.clock.run_for(10_000)
        assert "Backward, step 2 of 5: d, what is its gradient?" in status(page)
        assert "grad ?" in page.locator("#n0 title").text_content()
        page.locator("#answer").fill("-8")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert "Backward, step 3 of 5" in status(page), "after a right answer, Enter goes on"

    def test_tiny_and_infinite_gradients_are_not_right_by_chance(self, page: Any, tmp_path: Path) -> None:
        x, u = Value(1.0, "x"), Value(0.0, "u")
        open_in(page, tmp_path, explore(x * 1e-12 + u.sqrt()))
        page.get_by_role("checkbox", name="Predict").check()
        for name, wrong, right in (("x", ["0", "-1e-12", "1e-9"], "1e-12"), ("u", ["17", "-inf", "1e300"], "inf")):
            click(page, "First step")
            for _ in range(12):
                if f": {name}, what" not in status(page):
                    click(page, "Next step")
            assert all(answer(page, number) != "right" for number in wrong)
            assert answer(page, right) == "right"

    def test_answers_may_be_written_in_several_ways(self, page: Any, tmp_path: Path) -> None:
        x = Value(500.0, "x")
        open_in(page, tmp_path, explore(x**2))
        for typed, verdict in (("2*500", "right"), ("2·500", "right"), ("2000/2", "right"), ("1e3", "right"), ("1000,0", "right"), ("1,000", "no number"), ("0x10", "no number"), ("", "no number"), ("2*", "no number")):  # fmt: skip
            page.get_by_role("checkbox", name="Predict").check()
            click(page, "Last step")
            assert answer(page, typed) == verdict, typed
            page.get_by_role("checkbox", name="Predict").uncheck()

    def test_what_cannot_be_worked_out_is_not_asked(self, page: Any, tmp_path: Path) -> None:
        h, w = Value(0.1, "h"), Value(0.9, "w")
        for _ in range(500):
            h = tanh(w * h + 0.1)
        open_in(page, tmp_path, explore(h))
        page.get_by_role("checkbox", name="Predict").check()
        click(page, "Last step")
        assert "w has gradient" in status(page)
        assert "comes from nodes that are not drawn" in page.locator("#panel").inner_text()

    def test_a_half_typed_answer_outlives_a_change_of_numbers(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(example()[0]))
        page.get_by_role("checkbox", name="Predict").check()
        click(page, "Next step")
        page.locator("#answer").fill("-1")
        page.get_by_label("a", exact=True).fill("4")
        assert page.locator("#answer").input_value() == "-1"
        click(page, "Play")
        assert page.evaluate("document.activeElement.id") == "answer", "the question comes first"

    def test_many_paths(self, page: Any, tmp_path: Path) -> None:
        x = Value(1.5, "x")
        open_in(page, tmp_path, explore(total([x * k for k in range(1, 15)])))
        page.get_by_role("checkbox", name="Predict").check()
        click(page, "Last step")
        assert answer(page, str(105 - 14)) == "missing path"
        assert answer(page, "105") == "right"


class TestHostile:
    def test_labels_are_text(self, page: Any, tmp_path: Path) -> None:
        leaves = [Value(float(i), label) for i, label in enumerate(HOSTILE)]
        root = total(leaves)
        root.label = HOSTILE[0] + "!"
        open_in(page, tmp_path, explore(root))
        assert page.evaluate("document.querySelectorAll('img, script').length") == 2, "the data and the script"
        click(page, "Last step")
        assert len(rows(page)) == len(HOSTILE) + 1
        shown = list(rows(page))
        assert shown[0] == HOSTILE[0]
        assert shown[4].startswith("xxxxx")
        assert shown[5] == "${title}"

    def test_operations_are_text(self, page: Any, tmp_path: Path) -> None:
        strange = op("x=>{},alert(1),//</script>`", lambda x: x + 1, lambda x, y: [1.0])
        open_in(page, tmp_path, explore(strange(Value(1.0, "a")) * 2))
        page.get_by_label("a", exact=True).fill("2")
        click(page, "Last step")
        assert rows(page)["v2"] == ("6", "1")

    def test_nothing_of_the_graph_is_in_the_script(self) -> None:
        html = explore(total([Value(1.0, "needle"), Value(2.0, "</script>")])).to_html()
        scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
        assert len(scripts) == 1
        assert "needle" not in scripts[0]
        assert "script-src 'sha256-" in html


class TestSizes:
    def test_fifty_nodes(self) -> None:
        x = Value(0.5, "x")
        y = x
        for i in range(17):
            y = tanh(y * x + i)
            y.label = f"h{i}"
        assert len(y.steps().backward) == 52
        assert len(explore(y).to_html().encode()) < 150_000

    def test_a_single_leaf(self, page: Any, tmp_path: Path) -> None:
        open_in(page, tmp_path, explore(Value(3.0, "x")))
        assert status(page) == "Backward, step 1 of 1: x has gradient 1"
        assert rows(page) == {"x": ("3", "1")}

    def test_three_hundred_nodes(self, page: Any, tmp_path: Path) -> None:
        nodes = [Value(1 + i / 100, f"x{i}") for i in range(60)]
        while len(nodes) < 299:
            nodes.append(nodes[-1] - nodes[-60] if len(nodes) % 2 else relu(nodes[-1]))
        root = total(nodes[-60:])
        explorer = explore(root)
        assert explorer.picture.note == ""
        open_in(page, tmp_path, explorer)
        click(page, "Last step")
        shown, steps = rows(page), root.steps()
        assert 250 < len(shown) <= 300
        assert all(agree(shown[steps.names[step.node]][1], step.cotangent) for step in steps.backward)

    def test_a_large_graph_is_collapsed(self, page: Any, tmp_path: Path) -> None:
        model = nn.MLP(8, [16, 4], activation="tanh", rng=random.Random(0))
        loss = nn.cross_entropy(
            [model([float(i + j) for j in range(8)]) for i in range(16)], [i % 4 for i in range(16)]
        )
        open_in(page, tmp_path, explore(loss))
        assert re.search(r"showing \d+ of [\d,]+ nodes", page.locator(".note").inner_text())
        assert "The numbers cannot be changed" in page.content() or page.locator("#leaves").is_hidden()
        for _ in range(page.locator("#slider").evaluate("e => Number(e.max)")):
            page.keyboard.press("ArrowRight")
        assert "Backward, step" in status(page)


def test_of_a_long_chain_the_end_is_shown_with_whole_gradients(page: Any, tmp_path: Path) -> None:
    h, w = Value(0.1, "h"), Value(0.9, "w")
    for _ in range(500):
        h = tanh(w * h + 0.1)
    h.backward()
    open_in(page, tmp_path, explore(h))
    assert page.locator(".note").inner_text() == "showing 40 of 1,502 nodes"
    click(page, "Last step")
    assert agree(rows(page)["w"][1], w.grad), "what boxes that are not drawn send is in it"
    assert page.get_by_label("w", exact=True).is_disabled()


POINTS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.7, -8.0, 25.0, -40.0, 800.0, -800.0, 1e-9, 1e300, math.inf, -math.inf, math.nan]  # fmt: skip


def test_the_translated_arithmetic_is_that_of_the_table(page: Any) -> None:
    """Every value and every partial derivative, far out, at kinks and at what is not finite."""
    from autograd.drawing.explorer import _asset
    from autograd.drawing.javascript import arithmetic

    code, names = arithmetic(TABLE.values())
    cases = []
    for each in names:
        count = each.arity or 3
        for i, first in enumerate(POINTS):
            inputs = [first, *(POINTS[(i * 7 + 5 * k) % len(POINTS)] for k in range(1, count))]
            cases.append((each, inputs))
    calls = [
        [names[each], each.variadic, [str(x).replace("inf", "Infinity") for x in inputs]] for each, inputs in cases
    ]
    page.goto("about:blank")
    got = page.evaluate(
        "([code, calls]) => { const ops = Function(code)(); return calls.map(([name, variadic, inputs]) => {"
        " const xs = inputs.map(Number), args = variadic ? [xs] : xs, y = ops[name].value(...args);"
        " return [y, ...ops[name].rule(...args, y)].map((x) => String(Number(x))); }); }",
        [f"{_asset('python.js')}\n{code}\nreturn {{{', '.join(names.values())}}};", calls],
    )
    for (each, inputs), numbers in zip(cases, got):
        y, row = each.linearize(inputs)
        for wanted, shown in zip([y, *row], numbers, strict=True):
            assert agree(shown.replace("Infinity", "inf"), wanted), (each.name, inputs, wanted, shown)


def test_an_option_that_was_not_chosen_has_no_say(page: Any, tmp_path: Path) -> None:
    x = Value(0.0, "x")
    open_in(page, tmp_path, explore(where(x > 0, log(x) * 2, x)))
    click(page, "Last step")
    assert rows(page)["x"] == ("0", "1")
    page.get_by_label("x", exact=True).fill("3")
    assert float(rows(page)["x"][1]) == 1.0


class TestWithoutALayout:
    """No program can lay the graph out: the page has a tree of text, and everything but the picture works."""

    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> bytes:
            raise LayoutError("/bin/dot did not <end> within 10 seconds")

        monkeypatch.setattr("autograd.drawing.svg.layout", refuse)

    def test_it_is_stepped_through(self, page: Any, tmp_path: Path) -> None:
        loss, _ = example()
        open_in(page, tmp_path, explore(loss))
        assert page.locator("#canvas pre").inner_text().splitlines()[:2] == ["L = d²", "└─ d = c + a"]
        assert page.get_by_text("/bin/dot did not <end> within 10 seconds").is_visible()
        assert page.get_by_role("group", name="Zoom").is_hidden()
        check_every_step(page, loss)

    def test_numbers_and_predictions(self, page: Any, tmp_path: Path) -> None:
        loss, _ = example()
        open_in(page, tmp_path, explore(loss))
        page.get_by_label("a", exact=True).fill("3")
        click(page, "Last step")
        assert status(page) == "Backward, step 5 of 5: a has gradient 24"
        page.get_by_label("Predict").check()
        click(page, "Next step")
        page.locator("#answer").fill("-12")
        click(page, "Check")
        assert page.locator("#verdict").inner_text() == "Right."
        assert "grad" not in page.locator("#canvas").inner_text(), "which would tell the answers"

    def test_a_collapsed_graph(self, page: Any, tmp_path: Path) -> None:
        loss = total([relu(Value(float(i), f"x{i}")) for i in range(400)])
        open_in(page, tmp_path, explore(loss))
        assert "400 × relu" in page.locator("#canvas pre").inner_text()
        click(page, "Last step")

    def test_in_a_notebook(self) -> None:
        static = explore(example()[0])._repr_html_().rpartition("</iframe>")[2]
        assert "<pre>L = d²" in static
        assert "did not &lt;end&gt;" in static
        assert "<td>16.0</td>" in static


@pytest.mark.parametrize("label", ["\u202e", "\x00", "\x1b\x07", "\ud800", "\u200b\u2066", " \n"])
def test_labels_without_a_printable_character(page: Any, tmp_path: Path, label: str) -> None:
    a, b = Value(2.0, label), Value(3.0, label)
    with scope(f"{label}\u202e"):
        loss = a * b
    loss = loss + a
    loss.label = label
    open_in(page, tmp_path, explore(loss))
    assert set(rows(page)) == {"v1", "v2", "v3", "v4"}
    check_every_step(page, loss)
    page.get_by_label("v1", exact=True).fill("5")
    assert rows(page)["v4"][0] == "20"


def test_the_page_is_written_where_told(tmp_path: Path) -> None:
    loss, _ = example()
    assert explore(loss).save(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(ValueError, match=r"must be \.html, got 'a\.png'"):
        explore(loss).save(tmp_path / "a.png")
    with pytest.raises(TypeError, match="^root must be a Value, got a number"):
        explore(2.0)
    with pytest.raises(ValueError, match="direction must be"):
        explore(loss, direction="up")


def test_in_a_terminal_it_is_the_tree() -> None:
    assert repr(explore(example()[0])).startswith("L = d²")


def test_without_a_script_the_table_is_there() -> None:
    html = explore(example()[0]).to_html()
    assert "<tr><td>a</td><td>2.0</td><td>16.0</td></tr>" in html
    assert json.loads(re.search(r'id="graph">(.*?)</script>', html)[1])["live"] is True


class TestInANotebook:
    """What a notebook shows, as the pages that nbconvert makes of notebooks show it."""

    @pytest.fixture
    def shown(self, browser: Any, tmp_path: Path) -> Any:
        body, _ = nbconvert.HTMLExporter().from_filename(str(NOTEBOOKS / "03_step_by_step.ipynb"))
        (tmp_path / "notebook.html").write_text(body, encoding="utf-8")
        context = browser.new_context()
        new = context.new_page()
        new.route(re.compile("^https?:"), lambda route: route.abort())  # what nbconvert's own page asks for
        new.goto((tmp_path / "notebook.html").as_uri())
        yield new
        context.close()

    def test_the_page_is_live(self, shown: Any) -> None:
        page = shown.frame_locator("iframe[title^='Computation graph']")
        page.get_by_role("button", name="Last step").click()
        assert "Backward, step 8 of 8" in page.locator("#status").inner_text()
        page.get_by_label("w", exact=True).fill("0")
        assert (
            page.get_by_role("table", name="Gradients").locator("tr", has_text="v1").locator("td").nth(1).inner_text()
            == "0"
        )

    def test_the_static_part_is_there(self, shown: Any) -> None:
        picture = shown.get_by_alt_text("Computation graph of L", exact=False)
        assert picture.is_hidden(), "where the page runs, it is not in the way"
        shown.get_by_label("Static picture and table").check()
        assert picture.is_visible()
        assert picture.evaluate("image => image.naturalWidth") > 100
        assert shown.get_by_role("table", name="Gradients").is_visible()

    def test_where_frames_are_left_out_the_static_part_is_seen(self, shown: Any) -> None:
        shown.evaluate("document.querySelector('iframe').remove()")
        assert shown.get_by_alt_text("Computation graph of L", exact=False).is_visible()

    def test_tables_of_steps_have_formulas(self, shown: Any) -> None:
        table = shown.get_by_role("table", name="Backward pass")
        assert table.locator("math").count() > 20
        assert table.locator("msup").first.bounding_box()["width"] > 0

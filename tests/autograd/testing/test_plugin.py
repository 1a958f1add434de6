"""The pytest plugin, run in separate sessions: failures, the fixture, and the page."""

from __future__ import annotations

import json
import os
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from autograd.printing.table import Table
from autograd.testing import session_page
from autograd.testing.checks.report import Report, listeners, publish
from autograd.testing.session_page import ReportLog, SessionPage

pytestmark = pytest.mark.slow

HEAD = """
import pytest

from autograd import Value, op, tanh
from autograd.testing import assert_gradients, check_by_hand, check_gradients
from tests.autograd.testing.test_plugin import OneLine, Small

wrong = op("wrong_sign", lambda x: x * x, lambda x, y: [-2 * x])
"""

TABLE = ["input  verdict", "-----  -------", "x      wrong", "", "It is all wrong."]


class Small(Report):
    """A report that is published as soon as it is made."""

    def __init__(self, subject: str = "f at 2", right: bool = False, remark: str = "It is all wrong.") -> None:
        self.subject, self.right, self.remark = subject, right, remark
        publish(self)

    def __bool__(self) -> bool:
        return self.right

    def tables(self) -> list[Table]:
        return [Table([["input", "verdict"], ["x", "right" if self.right else "wrong"]])]

    def remarks(self) -> list[str]:
        return [] if self.right else [self.remark]


class OneLine(Small):
    """A report of one line."""

    def tables(self) -> list[Table]:
        return []


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the source of a test module in a session that loads the plugin, and return its result."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)  # in CI, pytest does not shorten its summary
    monkeypatch.delitem(sys.modules, "autograd.testing.plugin", raising=False)  # or pytest warns that it is known

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=HEAD + source)
        arguments = ["-p", "autograd.testing.plugin", "-p", "no:cacheprovider", "--strict-markers", *options]
        result = pytester.runpytest_inprocess(*arguments, no_reraise_ctrlc=True)
        assert listeners == []
        return result

    return run


def shown(result: pytest.RunResult) -> list[str]:
    """Return the lines that show the only failure, without the last one, which must name the place."""
    lines = result.outlines
    first = next(i for i, line in enumerate(lines) if line.startswith("____")) + 1
    last = next(i for i in range(first, len(lines)) if lines[i].startswith("test_it.py:"))
    assert lines[last].endswith(": AssertionError")
    assert lines[last - 1] == ""
    return lines[first : last - 1]


def test_checks_that_raise_are_in_the_report(session: Any, pytester: pytest.Pytester) -> None:
    source = """
def test_a():
    check_gradients(lambda x: x.nonsense(), 2.0)
def test_b(gradients):
    gradients.check(lambda x: 1 / 0, 2.0)
def test_c():
    a = Value(2.0, "a")
    check_by_hand(a * a, {"q": 1})
def test_d():
    with pytest.raises(ZeroDivisionError):
        check_gradients(lambda x: 1 / 0, 2.0)
    assert check_gradients(lambda w, x: tanh(w * x) / x, 0.5, 2.0)
"""
    result = session(source, "--gradient-report=page.html")
    page = (pytester.path / "page.html").read_text()
    assert "gradients: 4 checks in 4 tests, 3 failed; report: " in result.stdout.str()
    for text in (
        "<b>failed</b> check_gradients of &lt;lambda&gt;", "raised AttributeError: ", "raised ZeroDivisionError: division by zero",
        "<b>failed</b> check_by_hand of a·a", "raised ValueError: no node named", "<b>passed</b> gradients of tanh(x0·x1)/x1",
    ):  # fmt: skip
        assert text in page


class TestFailures:
    @pytest.mark.parametrize("verbosity", ["-q", "-v", "-vv"])
    def test_a_bare_assertion_shows_the_report_and_its_place(self, session: Any, verbosity: str) -> None:
        result = session("def test_a():\n    x = 1\n    assert Small(remark='It' + ' is wrong.' * 60)\n", verbosity)
        assert shown(result) == [*TABLE[:4], "It" + " is wrong." * 60]
        assert f"test_it.py:{len(HEAD.strip().splitlines()) + 3}: AssertionError" in result.outlines
        assert "gradients: 1 check in 1 test, 1 failed" in result.outlines
        assert "FAILED test_it.py::test_a - failed: f at 2" in result.outlines

    @pytest.mark.parametrize(
        "source",
        [
            "report = Small()\n    assert report",
            "reports = [Small()]\n    assert reports[0]",
            "report = Small()\n    Small('g')\n    assert report",
            "Small('g')\n    assert Small()",
            "reports = [Small(), *(Small(right=True) for _ in range(100))]\n    assert reports[0]",
            "reports = [Small(remark=300 * 'x' + 'a'), Small('g', remark=300 * 'x' + 'b')]\n    assert reports[0]",
            "reports = [Small(remark='a' + 300 * 'x'), Small('g', remark='b' + 300 * 'x')]\n    assert reports[0]",
            "Small(right=True)\n    raise AssertionError(str(Small()))",
            "import unittest\n    unittest.TestCase().assertTrue(Small(), 'no')",
        ],
    )
    def test_ways_to_assert(self, session: Any, source: str) -> None:
        result = session(f"def test_a():\n    {source}\n")
        assert "\n".join(["", *TABLE[:4]]) in result.stdout.str()
        assert "def test_a():" not in result.outlines
        assert "FAILED test_it.py::test_a - failed: f at 2" in result.outlines

    def test_the_message_of_an_assertion_comes_first(self, session: Any) -> None:
        result = session("def test_a():\n    assert Small(), 'the second\\nlayer'\n")
        assert shown(result) == ["the second", "layer", "", *TABLE]
        assert "FAILED test_it.py::test_a - the second" in result.outlines
        assert shown(session("def test_a():\n    report = Small()\n    assert report, report\n")) == TABLE

    def test_real_checks(self, session: Any, pytester: pytest.Pytester) -> None:
        result = session(
            "def test_check():\n    assert check_gradients(wrong, 2.0)\n"
            "def test_assert():\n    assert_gradients(wrong, 2.0)\n"
            "def test_hand():\n    a = Value(2.0, 'a')\n    assert check_by_hand(a * a, {'a': 3.0})\n",
            "--junitxml=junit.xml",
        )
        text = result.stdout.str()
        assert "def test_" not in text
        assert "\\n" not in text
        assert text.count("the first wrong local derivative is that of wrong_sign") == 2
        assert "The gradient of a is 4, not 3." in text
        assert [line.partition(":")[0] for line in result.outlines if line.endswith(": AssertionError")] == [
            "test_it.py"
        ] * 3
        failures = [failure.text for failure in ET.parse(pytester.path / "junit.xml").iter("failure")]
        assert len(failures) == 3
        assert all("verdict\n-----" in text or "verdict\n----" in text for text in failures)

    def test_other_assertions_are_left_as_they_are(self, session: Any) -> None:
        result = session(
            "def test_a():\n    assert not Small()\n    assert len('abc') == 2\n"
            "def test_b():\n    assert Small().subject == 'g'\n"
            "def test_c():\n    assert Small(right=True) is None\n"
            "def test_d():\n    Small()\n    assert not Small(right=True)\n"
            "def test_e():\n    Small()\n    raise ValueError(Small())\n"
            "def test_f():\n    assert 'right' in str(OneLine())\n"
        )
        assert result.parseoutcomes() == {"failed": 6}
        assert "input  verdict" not in result.outlines
        for line in (
            "len('abc') == 2",
            "Small().subject == 'g'",
            "Small(right=True) is None",
            "not Small(right=True)",
            "'right' in str(OneLine())",
        ):
            result.stdout.fnmatch_lines(f">       assert {line}")

    def test_traceback_options_are_respected(self, session: Any) -> None:
        for option in ("--tb=long", "--showlocals", "--full-trace"):
            result = session("def test_a():\n    assert Small()\n", option)
            result.stdout.fnmatch_lines(">       assert Small()")
        assert "    assert Small()" in session("def test_a():\n    assert Small()\n", "--tb=native").outlines

    def test_notes_and_printed_text_are_kept(self, session: Any) -> None:
        result = session(
            "def test_a():\n    print('printed')\n    try:\n        assert Small()\n"
            "    except AssertionError as error:\n        error.add_note('for x = 3')\n        raise\n"
        )
        assert shown(result) == [*TABLE, "for x = 3"]
        assert "printed" in result.outlines

    def test_hidden_places(self, session: Any) -> None:
        result = session("def test_a():\n    __tracebackhide__ = True\n    assert Small()\n")
        assert result.parseoutcomes() == {"failed": 1}
        assert "input  verdict" in result.outlines

    def test_what_another_plugin_shows_is_left_as_it_is(self, session: Any, pytester: pytest.Pytester) -> None:
        pytester.makeconftest("""
            import pytest

            @pytest.hookimpl(wrapper=True, trylast=True)
            def pytest_runtest_makereport():
                result = yield
                result.longrepr = result.longrepr and "shown by another plugin"
                return result
        """)
        assert "shown by another plugin" in session("def test_a():\n    assert Small()\n").outlines

    def test_reports_do_not_outlive_their_test(self, session: Any) -> None:
        result = session(
            "import weakref\nkept = []\n"
            "def test_a():\n    kept.append(weakref.ref(Small()))\n    assert kept[0]() is not None\n"
            "def test_b():\n    assert kept[0]() is None\n"
        )
        assert result.parseoutcomes() == {"passed": 2}


class TestFixture:
    def test_each_check_fails_with_its_report(self, session: Any) -> None:
        result = session(
            "def test_check(gradients):\n    gradients.check(wrong, 2.0)\n"
            "def test_hand(gradients):\n    a = Value(2.0, 'a')\n    gradients.by_hand(a * a, {'a': 3.0})\n"
            "def test_op(gradients):\n    gradients.op(wrong)\n"
            "def test_derivative(gradients):\n    gradients.derivative(lambda x: x * x, lambda x: 3 * x, at=[2.0])\n"
        )
        assert result.parseoutcomes() == {"failed": 4}
        assert "def test_" not in result.stdout.str()
        assert (
            sum(line.endswith(": AssertionError") and line.startswith("test_it.py:") for line in result.outlines) == 4
        )

    def test_each_check_returns_its_report(self, session: Any) -> None:
        result = session(
            "def test_a(gradients):\n"
            "    assert gradients.check(tanh, 2.0).marks\n"
            "    a = Value(2.0, 'a')\n"
            "    assert gradients.by_hand(a * a, {'a': 4.0}).marks\n"
            "    assert gradients.op(tanh)\n"
            "    assert gradients.derivative(lambda x: x * x, lambda x: 2 * x, at=[2.0])\n"
        )
        assert result.parseoutcomes() == {"passed": 1}
        assert "gradients: 4 checks in 1 test, all passed" in result.outlines

    def test_the_marker_gives_defaults(self, session: Any) -> None:
        result = session(
            "@pytest.mark.gradients(order=1, tolerance=1e-6)\n"
            "class TestOrders:\n"
            "    def test_a(self, gradients):\n        assert not gradients.check(tanh, 2.0).second\n"
            "    def test_b(self, gradients):\n        assert gradients.check(tanh, 2.0, order=2).second\n"
            "    @pytest.mark.gradients(order=2)\n"
            "    def test_c(self, gradients):\n        assert gradients.check(tanh, 2.0).second\n"
            "    def test_d(self, gradients):\n        a = Value(2.0, 'a')\n        gradients.by_hand(a, {'a': 1.0})\n"
            "@pytest.mark.gradients(tolerance=3.0)\n"
            "def test_e(gradients):\n    gradients.check(wrong, 2.0, order=1)\n"
        )
        assert result.parseoutcomes() == {"passed": 5}

    def test_a_marker_with_another_option_is_an_error(self, session: Any) -> None:
        result = session("@pytest.mark.gradients(1e-6, tolerence=1)\ndef test_a():\n    pass\n")
        assert result.parseoutcomes() == {"errors": 1}
        assert (
            "the marker gradients takes order and tolerance as keyword arguments, got 1e-06, tolerence"
            in result.outlines
        )

    def test_the_marker_is_listed(self, session: Any) -> None:
        assert "@pytest.mark.gradients(order, tolerance):" in session("", "--markers").stdout.str()


class TestPage:
    def test_it_shows_what_was_checked(self, session: Any, pytester: pytest.Pytester, page: Any) -> None:
        result = session(
            "def test_a():\n    Small('<b>f</b> at 1\\ud800', right=True)\n    assert Small('$g at 2', remark='a < b\\nc')\n"
            "@pytest.mark.parametrize('x', ['<i>'])\ndef test_b(x):\n    Small(right=True)\n    Small('', right=True)\n"
            "def test_c():\n    pass\n",
            "--gradient-report=some/folder/page.html",
        )
        path = pytester.path / "some/folder/page.html"
        assert f"gradients: 4 checks in 2 tests, 1 failed; report: {path}" in result.outlines
        page.goto(path.as_uri())
        assert page.opened == [path.as_uri()]
        assert page.locator("h2:visible").all_inner_texts() == ["test_it.py::test_a", "test_it.py::test_b[<i>]"]
        assert page.locator("summary:visible").all_inner_texts() == [
            "passed <b>f</b> at 1\ufffd", "failed $g at 2", "passed f at 2", "passed derivatives",
        ]  # fmt: skip
        assert page.locator("p:visible").all_inner_texts()[1:] == ["a < b\nc"]
        assert page.locator("table:visible").all_inner_texts() == ["input\tverdict\nx\twrong"]
        page.get_by_text("at 1").click()
        assert page.locator("table:visible").count() == 2
        page.get_by_label("show only failed checks").check()
        assert page.locator("h2:visible").all_inner_texts() == ["test_it.py::test_a"]
        assert page.locator("summary:visible").all_inner_texts() == ["failed $g at 2"]
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(paper) != light

    def test_a_session_without_checks_says_so(self, session: Any, pytester: pytest.Pytester) -> None:
        result = session("def test_a():\n    pass\n", "--gradient-report=page.html")
        assert "gradients: no derivatives were checked; report: " in result.stdout.str()
        assert "<p>no derivatives were checked</p>" in (pytester.path / "page.html").read_text()
        assert "gradients:" not in session("def test_a():\n    pass\n").stdout.str()

    def test_an_interrupted_session_keeps_what_it_checked(self, session: Any, pytester: pytest.Pytester) -> None:
        result = session(
            "@pytest.fixture\ndef checked():\n    Small('in setup', right=True)\n"
            "def test_a(checked):\n    Small('in call', right=True)\n    raise KeyboardInterrupt\n"
            "def test_b():\n    Small('not reached')\n",
            "--gradient-report=page.html",
        )
        assert result.ret == pytest.ExitCode.INTERRUPTED
        assert "gradients: 2 checks in 1 test, all passed" in result.stdout.str()
        text = (pytester.path / "page.html").read_text()
        assert text.index("in setup") < text.index("in call")

    def test_checks_between_tests_are_not_counted(self, session: Any, pytester: pytest.Pytester) -> None:
        pytester.makeconftest("""
            from tests.autograd.testing.test_plugin import Small

            def pytest_runtest_logfinish():
                Small()
        """)
        result = session("Small()\ndef test_a():\n    Small(right=True)\ndef test_b():\n    pass\n")
        assert "gradients: 1 check in 1 test, all passed" in result.outlines
        assert "gradients:" not in session("Small()\n").stdout.str()

    def test_a_page_that_cannot_be_written_is_refused_at_once(self, session: Any, pytester: pytest.Pytester) -> None:
        pytester.makefile(".txt", file="")
        for path, reason in (
            ("page.py", "must be a file name that ends in .html, got 'page.py'"),
            ("file.txt/page.html", "file.txt/page.html: File exists"),
            ("folder.html", "folder.html: Is a directory"),
        ):
            (pytester.path / "folder.html").mkdir(exist_ok=True)
            result = session("def test_a():\n    pass\n", f"--gradient-report={path}")
            assert result.ret == pytest.ExitCode.USAGE_ERROR
            assert reason in result.stderr.str()
            assert "test_it.py" not in result.stdout.str()

    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_page_that_cannot_be_written_in_the_end(
        self, session: Any, pytester: pytest.Pytester, is_there: bool
    ) -> None:
        pytester.makeconftest("""
            import errno, os, pytest

            @pytest.fixture(autouse=True, scope="session")
            def full_disk():
                yield
                def fail(_):
                    raise OSError(errno.ENOSPC, "No space left on device")
                pytest.MonkeyPatch().setattr(os, "fsync", fail)
        """)
        page = pytester.path / "page.html"
        if is_there:
            page.write_text("old")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", os.fsync)  # put back when the session, which runs in this process, is over
            result = session("def test_a():\n    Small('one', right=True)\n", "--gradient-report=page.html")
        assert result.ret == pytest.ExitCode.INTERNAL_ERROR
        assert "1 passed" in result.stdout.str()
        assert "gradients: 1 check in 1 test, all passed; cannot write the report: " in result.stdout.str()
        assert f"No space left on device: '{page}'" in result.stdout.str()
        assert [path.read_text() for path in pytester.path.glob("page.html")] == ["old"] * is_there

    def test_workers_send_their_logs(self, session: Any, pytester: pytest.Pytester) -> None:
        """As in pytest-xdist, results are made in a worker, serialized as JSON, and reported in the controller."""
        source = "def test_a():\n    Small('one', right=True)\n    assert Small('two')\n"
        pytester.makeconftest("""
            import json, pathlib
            import pytest

            @pytest.hookimpl(tryfirst=True)
            def pytest_configure(config):
                config.workerinput = {}
                config.pluginmanager.register(Worker(config))

            class Worker:
                def __init__(self, config):
                    self.config, self.sent = config, []
                def pytest_runtest_logreport(self, report):
                    self.sent.append(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))
                def pytest_sessionfinish(self):
                    pathlib.Path("sent.json").write_text(json.dumps(self.sent))
        """)
        result = session(source, "--gradient-report=page.html")
        assert not (pytester.path / "page.html").exists()
        assert "gradients:" not in result.stdout.str()
        pytester.makeconftest("""
            import json, pathlib

            def pytest_runtestloop(session):
                hook = session.config.hook
                for data in json.loads(pathlib.Path("sent.json").read_text()):
                    report = hook.pytest_report_from_serializable(config=session.config, data=data)
                    hook.pytest_runtest_logreport(report=report)
                return True
        """)
        result = session(source, "--gradient-report=page.html")
        assert "gradients: 2 checks in 1 test, 1 failed" in result.stdout.str()
        assert "FAILED test_it.py::test_a - failed: two" in result.outlines
        text = (pytester.path / "page.html").read_text()
        assert text.index("one") < text.index("two")

    def test_a_conftest_or_a_late_module_can_load_it(self, session: Any, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            test_late=HEAD + "pytest_plugins = ['autograd.testing.plugin']\ndef test_a():\n    Small()\n"
        )
        assert "gradients: 1 check in 1 test, 1 failed" in pytester.runpytest_inprocess("test_late.py").outlines
        pytester.makeconftest("pytest_plugins = ['autograd.testing.plugin']")
        result = pytester.runpytest_inprocess("--gradient-report=page.html", "test_late.py")
        assert "gradients: 1 check in 1 test, 1 failed; report: " in result.stdout.str()


class TestLargeSessions:
    def test_the_last_reports_of_a_test_are_shown(self) -> None:
        log = ReportLog(with_tables=True)
        for i in range(1000):
            log.add(Small(f"number {i}", right=i % 100 != 0))
        data = log.data()
        assert (data["passed"], data["failed"]) == (990, 10)
        assert [subject for passed, subject, _ in data["shown"] if not passed] == [
            f"number {i}" for i in range(0, 1000, 100)
        ]
        assert [subject for passed, subject, _ in data["shown"] if passed] == [
            f"number {i}" for i in range(950, 1000) if i % 100
        ][-50:]
        assert json.loads(json.dumps(data))["shown"][0][1] == "number 0"
        page = SessionPage()
        page.add("test", data)
        page.add("test", data)
        assert page.summary() == "2,000 checks in 1 test, 20 failed"
        assert "Showing 120 of 2,000 checks." in page.html()

    def test_a_page_that_is_full_shows_no_more_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session_page, "MAX_CHARACTERS", 1000)
        page = SessionPage()
        for i in range(100):
            log = ReportLog(with_tables=True)
            log.add(Small(f"number {i}", right=i != 99))
            page.add(f"test {i}", log.data())
        text = page.html()
        assert 1 < text.count("<table>") < 10
        assert text.count("<summary>") == 100
        assert text.count("Left out because the page is full.") == 100 - text.count("<table>")
        assert "It is all wrong." in text, "failed reports have room of their own"

    def test_tables_are_only_made_for_a_page(self) -> None:
        log = ReportLog(with_tables=False)
        log.add(Small())
        assert log.data() == {"passed": 0, "failed": 1, "shown": []}

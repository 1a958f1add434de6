"""What the project says of itself is true: docstrings, README, import arrows, light imports."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn
from autograd.__main__ import main
from autograd.operation import Op
from autograd.ops import TABLE

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    {m.name for package in (autograd, nn) for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")}
    | {"autograd", "nn"}
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("package", [autograd, nn], ids=lambda p: p.__name__)
def test_every_public_name_is_documented(package: object) -> None:
    for name in package.__all__:
        thing = getattr(package, name)
        assert inspect.getdoc(thing), name
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    assert inspect.getdoc(value), f"{name}.{member}"


def test_public_functions_have_examples() -> None:
    for package in (autograd, nn):
        for name in package.__all__:
            thing = getattr(package, name)
            if inspect.isfunction(thing):
                assert ">>>" in inspect.getdoc(thing), name


def test_every_operation_is_public_and_documented() -> None:
    hidden = {"add", "sub", "mul", "div", "neg", "power"}  # these are operators
    for name, operation in TABLE.items():
        assert operation.__doc__.endswith("."), name
        assert name in hidden or getattr(autograd, name) is operation
    assert set(autograd.__all__) >= TABLE.keys() - hidden - {"abs", "pow"}


def test_names_loaded_on_first_use() -> None:
    assert callable(autograd.draw_dot)
    assert "draw_dot" in dir(autograd)
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'nonsense'"):
        autograd.nonsense  # noqa: B018


def test_the_readme_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it saves a model
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


def test_the_page_about_tables_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it saves a pipeline and a model
    result = doctest.testfile(str(ROOT / "docs" / "tables.md"), module_relative=False)
    assert result.attempted > 40
    assert result.failed == 0


def test_the_commands_in_the_readme_print_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.findall(r"```console\n\$ chainrule (grad .*)\n((?:.*\n)*?)```", (ROOT / "README.md").read_text())
    assert shown
    for command, output in shown:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out.strip() == output.strip()


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
            assert target.startswith("https://") or (document.parent / target).exists(), (document, target)


def imports(path: Path) -> set[str]:
    """The modules that a file imports when it is imported, by full name; what is for type checkers does not count."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "autograd":
            found |= {f"autograd.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


CORE = {
    "terminal": set(),
    "foreign": set(),
    "floats": set(),
    "operation": {"foreign", "terminal"},
    "sums": {"operation"},
    "ops": {"floats", "foreign", "operation", "sums"},
    "sweep": {"operation"},
    "modes": {"terminal"},
    "card": {"terminal"},
    "structure": set(),
    "inspection": {"foreign", "operation", "sweep", "terminal"},
    "conversion": {"modes", "sweep"},
    "value": {"conversion", "foreign", "inspection", "modes", "operation", "sweep", "terminal"},
    "methods": {"foreign", "modes", "operation", "ops", "value"},
    "requirement": {"modes", "operation", "value"},
    "choice": {"modes", "ops", "requirement", "value"},
    "steps": {"inspection", "sweep", "terminal"},
    "copying": {"foreign", "sweep", "value"},
    "conditional": {"ops"},
    "functional": {"conditional", "foreign", "inspection", "modes", "operation", "ops", "structure", "sweep", "value"},
}


@pytest.mark.parametrize("name", CORE)
def test_arrows_of_the_core(name: str) -> None:
    found = imports(ROOT / "autograd" / f"{name}.py")
    ours = {module.partition(".")[2] for module in found if module.startswith("autograd.")}
    assert ours <= CORE[name]
    assert {module for module in found if not module.startswith("autograd")} <= sys.stdlib_module_names | {
        "collections.abc"
    }


def test_nn_uses_public_names_of_autograd_only() -> None:
    for path in (ROOT / "nn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import) and any(alias.name.startswith("autograd.") for alias in node.names):
                assert path.name == "shared.py", "what else the packages share is in one place"
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd"):
                assert node.module == "autograd"
                assert {alias.name for alias in node.names} <= set(autograd.__all__), path


def test_import_is_light() -> None:
    """Only the standard library, and none of its slow parts."""
    program = "import sys; before = set(sys.modules); import autograd; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - {"autograd"} <= sys.stdlib_module_names
    assert not loaded & {"typing", "inspect", "dataclasses", "re", "asyncio", "subprocess", "ast", "argparse"}


def test_nn_imports_saving_on_first_use() -> None:
    program = "import sys, nn; assert not any(name.startswith('nn.saving') for name in sys.modules); nn.load"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_files_of_hips_autograd_are_noticed(tmp_path: Path) -> None:
    """They come with `pip install autograd`, into the same folder."""
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd")

    def imported(*options: str) -> str:
        start = [sys.executable, *options, "-c", "import autograd; autograd.grad(autograd.sin)(0.0)"]
        return subprocess.run(start, cwd=tmp_path, capture_output=True, text=True, check=False).stderr

    assert imported() == ""
    (tmp_path / "autograd" / "tracer.py").write_text("")
    assert f"RuntimeWarning: {tmp_path / 'autograd'} holds files of HIPS autograd" in imported()
    assert "pip uninstall autograd" in imported("-W", "error")


def test_operations_are_callable_records() -> None:
    assert all(isinstance(operation, Op) and operation.name == name for name, operation in TABLE.items())


def test_no_file_is_long() -> None:
    for path in [*(ROOT / "autograd").rglob("*.py"), *(ROOT / "nn").rglob("*.py")]:
        assert len(path.read_text().splitlines()) <= 300, path

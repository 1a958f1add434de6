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
from autograd.cli.command import main
from autograd.operation import Op
from autograd.ops import TABLE

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    {m.name for package in (autograd, nn) for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")}
    | {"autograd", "nn"}
)


@pytest.mark.slow
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
    hidden = {"add", "sub", "mul", "div", "mod", "neg", "power"}  # these are operators
    for name, operation in TABLE.items():
        assert operation.__doc__.endswith("."), name
        assert name in hidden or getattr(autograd, name) is operation
    assert set(autograd.__all__) >= TABLE.keys() - hidden - {"abs", "pow"}


def test_names_loaded_on_first_use() -> None:
    assert callable(autograd.draw_dot)
    assert "draw_dot" in dir(autograd)
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'nonsense'"):
        autograd.nonsense  # noqa: B018


DOCUMENTS = {path.relative_to(ROOT).as_posix(): path for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]}
FEW_EXAMPLES = {f"docs/{name}.md" for name in ("README", "benchmarks", "command_line", "comparison", "source")}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_examples_in_the_documents(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To renew their pictures, run `python -m doctest ../README.md drawing.md` in docs/."""
    monkeypatch.chdir(tmp_path)  # they save files
    result = doctest.testfile(str(DOCUMENTS[name]), module_relative=False, encoding="utf-8")
    assert result.attempted > 5 or name in FEW_EXAMPLES
    assert result.failed == 0
    for picture in tmp_path.glob("*.svg"):
        assert texts(picture) == texts(ROOT / "docs" / picture.name)


def texts(picture: Path) -> list[str]:
    """The texts in an SVG; coordinates depend on the layout program."""
    return re.findall("<text[^>]*>(.*)</text>", picture.read_text())


def test_commands_in_the_documents_print_what_they_show(capsys: pytest.CaptureFixture[str]) -> None:
    documents = "\n".join(path.read_text() for path in DOCUMENTS.values())
    shown = re.findall(r"```console\n\$ chainrule (.*)\n((?:.*\n)*?)```", documents)
    assert len(shown) == documents.count("$ chainrule ") > 1
    for command, output in shown:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out.strip() == output.strip()


def test_the_readme_is_short_and_has_two_commands() -> None:
    readme = DOCUMENTS["README.md"].read_text()
    assert len(readme.splitlines()) <= 130
    assert [len(block.splitlines()) for block in re.findall("```sh\n(.*?)```", readme, re.DOTALL)] == [1, 1]


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall("^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *DOCUMENTS.values()]:
        for link in re.findall(r"\]\(([^)]+)\)", document.read_text()):
            target, _, anchor = link.partition("#")
            path = document.parent / target if target else document
            assert target.startswith("https://") or path.exists(), (document, link)
            assert not anchor or anchor in anchors(path), (document, link)


def test_every_page_and_picture_is_linked() -> None:
    pages = "".join(path.read_text() for path in DOCUMENTS.values())
    for path in (ROOT / "docs").iterdir():
        index = DOCUMENTS["docs/README.md"].read_text() if path.suffix == ".md" else pages
        assert path.name == "README.md" or f"{path.name})" in index, path


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
    "terminal": "",
    "backing": "",
    "foreign": "",
    "floats": "",
    "structure": "",
    "operand": "foreign",
    "operation": "foreign operand terminal",
    "sums": "operand operation",
    "ops": "floats foreign operand operation sums",
    "backpropagation": "operand",
    "modes": "",
    "recorder": "modes",
    "graph": "backpropagation foreign operand operation terminal",
    "conversion": "backpropagation modes",
    "operators": "backing foreign modes operand operation ops recorder",
    "value": "backing backpropagation conversion foreign graph modes operand operation operators ops recorder terminal",
    "requirement": "operand operation operators recorder value",
    "choice": "ops requirement",
    "steps": "backpropagation graph terminal",
    "copying": "backpropagation foreign operators value",
    "conditional": "ops",
    "functional": "backpropagation conditional foreign graph modes operand operation operators ops recorder structure value",
}


@pytest.mark.parametrize("name", CORE)
def test_arrows_of_the_core(name: str) -> None:
    found = imports(ROOT / "autograd" / f"{name}.py")
    ours = {module.partition(".")[2] for module in found if module.startswith("autograd.")}
    assert ours <= set(CORE[name].split())
    assert {module for module in found if not module.startswith("autograd")} <= sys.stdlib_module_names | {
        "collections.abc"
    }


@pytest.mark.slow
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


def test_nn_is_thin() -> None:
    """`import nn` loads the standard library, the core of autograd and 1,000 lines; the rest comes on first use."""
    program = (
        "import sys; import autograd; before = set(sys.modules); import nn; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    core = {name for name in loaded if name.partition(".")[0] == "nn"}
    assert {name.partition(".")[0] for name in loaded} - {"nn", "autograd"} <= sys.stdlib_module_names
    assert {name for name in core if (ROOT / name.replace(".", "/")).is_dir()} == {"nn"}, "parts in folders come later"
    assert core >= {"nn.module", "nn.layers", "nn.losses", "nn.optim"}
    files = [Path(importlib.import_module(name).__file__) for name in core]
    assert sum(len(path.read_text().splitlines()) for path in files) <= 1000


@pytest.mark.slow
def test_files_of_hips_autograd_are_noticed(tmp_path: Path) -> None:
    """They come with `pip install autograd`, into the same folder."""
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd")

    def imported(*options: str) -> str:
        start = [sys.executable, *options, "-c", "import autograd; autograd.grad(autograd.sin)(0.0)"]
        return subprocess.run(start, cwd=tmp_path, capture_output=True, text=True, check=False).stderr

    assert imported() == ""
    (tmp_path / "autograd" / "tracer.py").write_text("")
    assert f"RuntimeWarning: {tmp_path / 'autograd'} contains files of HIPS autograd" in imported()
    assert "pip uninstall autograd" in imported("-W", "error")


def test_operations_are_callable_records() -> None:
    assert all(isinstance(operation, Op) and operation.name == name for name, operation in TABLE.items())


FILES = [*(ROOT / "autograd").rglob("*.py"), *(ROOT / "nn").rglob("*.py")]


def test_names_of_modules_are_unambiguous() -> None:
    names = [path.stem for path in FILES if path.stem not in ("__init__", "__main__")]
    assert len(names) == len(set(names))
    packages = [autograd, autograd.testing, nn, nn.data, nn.plot, nn.textbook]
    assert not set(names) & {name for package in packages for name in package.__all__}


def test_no_file_is_long() -> None:
    for path in FILES:
        assert len(path.read_text().splitlines()) <= 300 or path.name == "ops.py", path  # but for the table

"""The files around the packages agree with each other: versions, tools, addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import autograd

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_pre_commit_runs_the_tools_of_the_extra_dev() -> None:
    pins = dict(re.findall(r"^([\w-]+)==(.*)$", "\n".join(PROJECT["optional-dependencies"]["dev"]), re.MULTILINE))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    revisions = re.findall(r"repo: https://github.com/[\w-]+/(ruff|mirrors-mypy).*\n *rev: v(.*)\n", hooks)
    assert {name.removeprefix("mirrors-"): version for name, version in revisions} == pins
    assert pins.keys() == {"ruff", "mypy"}


def test_contributors_install_the_extra_dev() -> None:
    assert "pip install -e '.[dev]'" in (ROOT / "CONTRIBUTING.md").read_text()
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 80, "one page"


def test_the_citation_is_of_this_version() -> None:
    citation = dict(re.findall(r"^([\w-]+): (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    assert citation["version"] == autograd.__version__
    assert citation["repository-code"] == PROJECT["urls"]["Homepage"]


def test_addresses_are_in_the_repository() -> None:
    home = PROJECT["urls"]["Homepage"]
    for address in PROJECT["urls"].values():
        path = re.sub(r"^/(tree|blob)/main/", "", address.removeprefix(home))
        assert address.startswith(home)
        assert path in ("", "/issues") or (ROOT / path).exists(), address

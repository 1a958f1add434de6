"""The public API is the one that is written down: a change of it shows in the diff of public_api.txt."""

from __future__ import annotations

from tests import public_api


def test_public_api() -> None:
    assert public_api.listing() == public_api.FILE.read_text(encoding="utf-8"), "renew it: python tests/public_api.py"

"""Detect objects from another copy of this package, which exists after a reload or a purge of `sys.modules`."""

from __future__ import annotations


def refuse_foreign(x: object, ours: type) -> None:
    """Raise a TypeError if `x` is an instance of another copy of the class `ours`."""
    if type(x).__module__ == "builtins" or isinstance(x, ours):
        return
    if any(c.__qualname__ == ours.__qualname__ and c.__module__ == ours.__module__ for c in type(x).__mro__):
        name, package = type(x).__name__, ours.__module__.partition(".")[0]
        raise TypeError(
            f"this {name} is from another copy of {package}, which was imported twice: "
            f"create the {name} again with the current copy, or restart Python"
        )


def refuse_reload(module: str) -> None:
    """Raise an ImportError, because `importlib.reload` would create a second copy of the classes of a module."""
    raise ImportError(
        f"{module} cannot be reloaded, because existing objects would keep the old classes: restart Python", name=module
    )

"""Two copies of a package in one process, after a purge of `sys.modules`: objects of one are refused by the other."""

from __future__ import annotations


def is_foreign(x: object, ours: type) -> bool:
    """Say whether `x` is an instance of another copy of the class `ours`, or of a class derived from that."""
    if type(x).__module__ == "builtins" or isinstance(x, ours):
        return False
    return any(c.__qualname__ == ours.__qualname__ and c.__module__ == ours.__module__ for c in type(x).__mro__)


def refuse_foreign(x: object, ours: type) -> None:
    """Raise a TypeError where `x` is an instance of another copy of the class `ours`."""
    if is_foreign(x, ours):
        name, package = type(x).__name__, ours.__module__.partition(".")[0]
        raise TypeError(
            f"this {name} is from another copy of {package}, which was imported twice: "
            f"make the {name} again with the copy in use, or restart Python"
        )


def refuse_reload(module: str) -> None:
    """Raise an ImportError, since `importlib.reload` of a module would make a second copy of its classes."""
    raise ImportError(f"{module} cannot be reloaded: what was made before would not fit; restart Python", name=module)

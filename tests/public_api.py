"""List the public API. `python tests/public_api.py` writes it to public_api.txt, where a diff shows what has changed."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

FILE = Path(__file__).with_suffix(".txt")
PACKAGES = ("autograd", "nn")
MODULES = (
    "autograd", "autograd.testing", "autograd.testing.strategies", "nn", "nn.data", "nn.plot", "nn.textbook",
)  # fmt: skip

Names = dict[str, Any]


def listing() -> str:
    """List all modules with their public names, signatures and attributes."""
    modules = {name: public_names(import_module(name)) for name in MODULES}
    listed = {thing for names in modules.values() for thing in names.values() if inspect.isclass(thing)}
    return "\n".join(
        line for name, names in modules.items() for line in [name, "=" * len(name), "", *lines(names, listed)]
    )


def public_names(module: ModuleType) -> Names:
    """Find the names in `__all__`, and those that a star import leaves out, such as `compile`."""
    names = {*dir(module), *getattr(module, "__all__", ())}
    things = {name: getattr(module, name) for name in names if not name.startswith("_")}
    return {name: thing for name, thing in things.items() if is_ours(thing) and not is_imported(thing, module)}


def is_ours(thing: Any) -> bool:
    """Tell whether `thing` is a function, a class or an operation of this project."""
    return callable(thing) and str(getattr(thing, "__module__", "")).partition(".")[0] in PACKAGES


def is_imported(thing: Any, module: ModuleType) -> bool:
    """Tell whether a module without `__all__` has `thing` from another one."""
    return not hasattr(module, "__all__") and thing.__module__ != module.__name__


def lines(names: Names, listed: set[type]) -> Iterator[str]:
    """List names: a line for a function or an operation, several for a class."""
    for name, thing in sorted(names.items(), key=lambda item: (item[0].lower(), item[0])):
        if not inspect.isclass(thing):
            yield f"{name}{signature(thing)}" if inspect.isfunction(thing) else f"{name}{operation_inputs(thing)}"
        elif thing.__name__ != name:
            yield f"{name} = {thing.__name__}"
        else:
            yield f"class {name}{constructor(thing)}{bases(thing)}"
            yield from sorted(f"    {line}" for line in members(thing, listed))
    yield ""


def operation_inputs(operation: Any) -> str:
    """Show the inputs of an operation as its rule names them; the rule takes the output as well, last."""
    return f"({', '.join([*inspect.signature(operation.rule).parameters][:-1])}), an operation"


def constructor(cls: type) -> str:
    """Show the parameters of a class, if its constructor is in this project."""
    owner = next(base for base in cls.__mro__ if {"__init__", "__new__"} & vars(base).keys())
    return signature(cls) if is_ours(owner) else ""


def bases(cls: type) -> str:
    """Show the public base classes."""
    names = [base.__name__ for base in cls.__bases__ if base is not object and not base.__name__.startswith("_")]
    return f", subclass of {', '.join(names)}" if names else ""


def members(cls: type, listed: set[type]) -> Iterator[str]:
    """List what a class has in public, but for what it has from another class in the list."""
    ours = [base for base in reversed(cls.__mro__) if is_ours(base) and (base is cls or base not in listed)]
    found = {name: member for base in ours for name, member in vars(base).items()}
    types = {name: annotation for base in ours for name, annotation in inspect.get_annotations(base).items()}
    methods = {name: member for name, member in found.items() if is_method(member)}
    data = {name for base in ours for name in assigned(base)} | types.keys() | (found.keys() - methods.keys())
    for name in data:
        if not name.startswith("_") and not is_foreign(found.get(name)):
            getter = getattr(found.get(name), "fget", None) or getattr(found.get(name), "func", None)
            kind = types.get(name) or getattr(getter, "__annotations__", {}).get("return")
            yield f"{name}: {written(kind)}" if kind else name
    written_here = {name: method for name, method in methods.items() if is_written(method)}
    yield from (f"{name}{signature(method)}" for name, method in written_here.items() if not name.startswith("_"))
    special = sorted(name for name in written_here.keys() - {"__init__", "__new__"} if name.startswith("__"))
    if special:
        yield " ".join(special)


def assigned(cls: type) -> Iterator[str]:
    """Find the attributes that the constructor of a class assigns."""
    init = vars(cls).get("__init__")
    if is_written(init):
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(init)))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and ast.unparse(node.value) == "self"
            ):
                yield node.attr


def is_foreign(member: Any) -> bool:
    """Tell whether a base class of another project, such as scikit-learn, has added `member`."""
    return type(member).__module__.partition(".")[0] not in {*sys.stdlib_module_names, *PACKAGES}


def is_method(member: Any) -> bool:
    return callable(member) or isinstance(member, (classmethod, staticmethod))


def is_written(method: Any) -> bool:
    """Tell whether a method is in a file of this project; what dataclasses generate depends on the version of Python."""
    code = getattr(getattr(method, "__func__", method), "__code__", None)
    folders = [import_module(name).__path__[0] for name in PACKAGES]
    return code is not None and any(Path(code.co_filename).is_relative_to(folder) for folder in folders)


def signature(f: Callable[..., Any]) -> str:
    """Show the parameters of `f` and what it returns, as they are written."""
    found = inspect.signature(getattr(f, "__func__", f))
    parameters = [parameter(p) for p in found.parameters.values() if p.name not in ("self", "cls")]
    returned = "" if inspect.isclass(f) or found.return_annotation is found.empty else f" -> {found.return_annotation}"
    return f"{inspect.Signature(parameters)}{returned}"


def parameter(p: inspect.Parameter) -> inspect.Parameter:
    """Show functions among defaults by their names, and annotations without quotes."""
    default = p.default if p.default is p.empty else AsWritten(getattr(p.default, "__name__", repr(p.default)))
    return p.replace(
        default=default, annotation=p.annotation if p.annotation is p.empty else AsWritten(written(p.annotation))
    )


def written(annotation: Any) -> str:
    """Show an annotation as it is written; named tuples keep theirs as a ForwardRef."""
    return str(getattr(annotation, "__forward_arg__", annotation))


class AsWritten(str):
    """A string whose repr has no quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


if __name__ == "__main__":
    sys.path.insert(0, str(FILE.parents[1]))
    FILE.write_text(listing(), encoding="utf-8")

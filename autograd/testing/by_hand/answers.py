"""Read answers: numbers, functions, text and SymPy expressions, for single nodes and for arrays."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from autograd.graph import check_node
from autograd.operation import as_float
from autograd.printing.formulas import Mathematics
from autograd.printing.text import Text
from autograd.terminal import one_line
from autograd.testing.by_hand.node_arrays import Index, NodeArray, arrays_of
from autograd.testing.by_hand.written_formulas import WrittenFormula
from autograd.value import Value

Answer = Any  # a number, text, a function, a SymPy expression, or nested lists or an array of these

MEANING = "a gradient worked out by hand"


class Point:
    """The numbers at the nodes of a graph, by name; the name of an array gives a NumPy array."""

    def __init__(self, by_name: Mapping[str, Value], arrays: Mapping[str, NodeArray]) -> None:
        self._by_name, self._arrays = by_name, arrays

    def __getitem__(self, name: str) -> Any:
        if name in self._by_name:
            return self._by_name[name].data
        return self._arrays[name].numbers(self.__getitem__)


class GivenAnswer(NamedTuple):
    """An answer as a function of the numbers in the graph, and the `names` of those that it uses: none for a number."""

    number: Callable[[Point], Any]
    names: Sequence[str] = ()

    def __call__(self, point: Point) -> float:
        """Return the answer at the `point`."""
        return as_float(self.number(point), MEANING)


class Answers:
    """The answers to a graph whose nodes have the names `by_name`.

    `given` are the answers by node, `arrays` the arrays by label, `outside` the answers for entries of an array that
    the graph does not contain, by name; `array_of` is the label of the array that a node is an entry of.
    """

    def __init__(self, by_name: Mapping[str, Value], gradients: Mapping[Any, Answer]) -> None:
        self.by_name, self.arrays = by_name, arrays_of(by_name)
        self.given: dict[Value, GivenAnswer] = {}
        self.outside: dict[str, GivenAnswer] = {}
        self.array_of: dict[Value, str] = {}
        self._names = {node: name for name, node in by_name.items()}
        for key, answer in gradients.items():
            found = self.find(key)
            if isinstance(found, NodeArray):
                self._add_array(found, answer)
            else:
                self._give(found, self._read(answer))

    def point(self, by_name: Mapping[str, Value]) -> Point:
        """Return the numbers of a graph with the same names."""
        return Point(by_name, self.arrays)

    def _give(self, node: Value, answer: GivenAnswer) -> None:
        if node in self.given:
            raise ValueError(f"each gradient must be given once, got that of {self._names[node]} twice")
        self.given[node] = answer

    def find(self, key: Any) -> Value | NodeArray:
        """Return the node or the array with the label `key`, or the node `key` itself."""
        if isinstance(key, str):
            shown = one_line(key)  # names are printable
            if shown in self.by_name:
                return self.by_name[shown]
            if shown in self.arrays:
                return self.arrays[shown]
            raise ValueError(f"no node named {key!r}; {self._known()}")
        check_node(key, "each key of gradients that is not a label")
        if key not in self._names:
            raise ValueError(f"each key of gradients must be in the graph of the loss, got {key!r}")
        return key  # type: ignore[no-any-return]

    def _known(self) -> str:
        return f"the graph has: {', '.join([*self.arrays, *self.by_name][:20])}"

    def _add_array(self, array: NodeArray, answer: Answer) -> None:
        for index, entry in self._entries(array, answer):
            if index in array.nodes:
                self._give(array.nodes[index], entry)
                self.array_of[array.nodes[index]] = array.label
            else:
                self.outside[array.name(index)] = entry

    def _entries(self, array: NodeArray, answer: Answer) -> Iterator[tuple[Index, GivenAnswer]]:
        if not callable(answer):
            return ((index, self._read(entry)) for index, entry in array.entries(answer) if entry is not None)
        compute, names = self._function(answer)

        @lru_cache(maxsize=1)
        def entries(point: Point) -> dict[Index, Any]:
            return dict(array.entries(compute(point)))

        here = entries(self.point(self.by_name))
        return ((index, GivenAnswer(partial(_entry, entries, index), names)) for index in here)

    def _read(self, answer: Answer) -> GivenAnswer:
        if isinstance(answer, Mathematics):  # whatever formula() returns
            answer = answer.written(Text)
        if isinstance(answer, str):
            formula = WrittenFormula(answer, self.by_name)
            return GivenAnswer(formula, formula.names)
        if type(answer).__module__.partition(".")[0] == "sympy":
            return self._expression(answer)
        if callable(answer):
            return GivenAnswer(*self._function(answer))
        number = as_float(answer, MEANING)
        return GivenAnswer(lambda point: number)

    def _expression(self, answer: Any) -> GivenAnswer:
        """Read a SymPy expression."""
        try:
            from sympy import N
        except ImportError:
            raise ImportError('answers in SymPy need the package: pip install "chainrule[sympy]"') from None
        symbols = sorted(answer.free_symbols, key=str)
        self._check_names([str(symbol) for symbol in symbols], "the symbols of a SymPy expression")
        return GivenAnswer(
            lambda point: float(N(answer, 17, subs={symbol: point[str(symbol)] for symbol in symbols})),
            [str(symbol) for symbol in symbols],
        )

    def _function(self, answer: Callable[..., Any]) -> tuple[Callable[[Point], Any], list[str]]:
        signature = inspect.signature(answer)
        names = [p.name for p in signature.parameters.values() if p.default is p.empty or p.name in self.by_name]
        self._check_names(names, "the arguments of a gradient function")

        def number(point: Point) -> Any:
            bound = inspect.BoundArguments(signature, OrderedDict((name, point[name]) for name in names))
            return answer(*bound.args, **bound.kwargs)

        return number, names

    def _check_names(self, names: Sequence[str], whose: str) -> None:
        for name in names:
            if name not in self.by_name and name not in self.arrays:
                raise ValueError(f"{whose} must be names of nodes, got {name!r}; {self._known()}")


def _entry(entries: Callable[[Point], Mapping[Index, Any]], index: Index, point: Point) -> Any:
    return entries(point)[index]

"""Print array statements as mathematics: h = w @ x + b for dot(w, x, out=h) and add(h, b, out=h)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

_SIGNS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "subtract": ast.Sub(),
    "multiply": ast.Mult(),
    "divide": ast.Div(),
    "dot": ast.MatMult(),
    "matmul": ast.MatMult(),
    "product": ast.MatMult(),
}


def readable(statements: Iterable[str], adders: Mapping[str, tuple[str, str, str]] | None = None) -> list[str]:
    """Return `statements` with signs for functions, and a sum that is made step by step in one line.

    >>> readable(["dot(w, x, out=h)", "add(h, b, out=h)", "maximum(h, 0.0, out=a)", "g[...] = multiply(c, a > 0.0)"])
    ['h = w @ x + b', 'a = maximum(h, 0.0)', 'g = c * (a > 0.0)']

    Each of the `adders` is a matrix of weights and biases, times signals and 1: it is read as its parts.

    >>> adders = {"p": ("w", "b", "x")}
    >>> readable(["dot(p, x_and_1, out=h)", "dot(g_h, x_and_1.T, out=g_p)"], adders)
    ['h = w @ x + b', 'g_w = g_h @ x.T', 'g_b = g_h.sum(1)']
    """
    found: list[tuple[str, ast.expr]] = []
    for statement in statements:
        for target, value in _in_parts(*_assignment(ast.parse(statement).body[0]), adders or {}):
            is_next = bool(found) and found[-1][0] == target and isinstance(value, ast.BinOp)
            if is_next and isinstance(value, ast.BinOp) and ast.unparse(value.left) == target:
                value.left = found.pop()[1]
            found.append((target, value))
    return [f"{target} = {ast.unparse(value)}" if target else ast.unparse(value) for target, value in found]


def _in_parts(
    target: str, value: ast.expr, adders: Mapping[str, tuple[str, str, str]]
) -> Iterator[tuple[str, ast.expr]]:
    """Yield a statement, or those that it is read as if it is that of an adder or of its gradient."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.MatMult):
        left = ast.unparse(value.left)
        if left in adders:
            weights, bias, signals = adders[left]
            value = ast.parse(f"{weights} @ {signals} + {bias}", mode="eval").body
        elif target.removeprefix("g_") in adders:
            weights, bias, signals = adders[target.removeprefix("g_")]
            yield f"g_{weights}", ast.parse(f"{left} @ {signals}.T", mode="eval").body
            target, value = f"g_{bias}", ast.parse(f"{left}.sum(1)", mode="eval").body
    yield target, value


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr]:
    """Return what a statement computes and the name that it gives to it."""
    if isinstance(statement, ast.Assign):
        target = ast.unparse(statement.targets[0]).removesuffix("[...]")
        return target, _Signs().visit(statement.value)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        targets = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "out"]
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != "out"]
        return targets[0] if targets else "", _Signs().visit(call)
    return "", ast.Name(ast.unparse(statement))


class _Signs(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Write calls of functions that have a sign with it."""
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "negative":
            return ast.UnaryOp(ast.USub(), node.args[0])
        if name in _SIGNS and len(node.args) == 2:
            return ast.BinOp(node.args[0], _SIGNS[name], node.args[1])
        return node

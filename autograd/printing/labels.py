"""Read labels as mathematical names, and spell them in ASCII for LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check",
    "\u0332": "underline", "\u20d7": "vec",
}  # fmt: skip
_COMMANDS = {letter: name for name, letter in GREEK.items()} | {
    "ϵ": "epsilon", "ε": "varepsilon", "ϕ": "phi", "φ": "varphi", "ϑ": "vartheta", "ϱ": "varrho", "ς": "varsigma",
    "\\": "backslash", "~": "sim", "^": "wedge", "|": "vert", "`": "prime", "·": "cdot", "×": "times", "÷": "div",
    "±": "pm", "∂": "partial", "∇": "nabla", "∞": "infty", "√": "surd", "∑": "sum", "∏": "prod", "∫": "int", "≤": "le",
    "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "∝": "propto", "→": "to", "←": "leftarrow", "⇒": "Rightarrow",
    "↦": "mapsto", "∈": "in", "⊙": "odot", "⊗": "otimes", "⊕": "oplus", "∘": "circ", "′": "prime", "ℓ": "ell",
    "ℏ": "hbar", "†": "dagger", "…": "dots", "‖": "Vert", "⟨": "langle", "⟩": "rangle", "¬": "neg", "∧": "wedge",
    "∨": "vee", "∅": "emptyset", "⊤": "top", "⊥": "bot", "∀": "forall", "∃": "exists",
}  # fmt: skip
_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧοıøØłŁđĐ", "ABEZHIKMNOPTXoioOlLdD", strict=True)) | {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE",
    "−": "-", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "⁄": "/",
}  # fmt: skip
_SPECIAL = {c: f"\\{c}" for c in "#$%&_{}"} | {"<": "< ", ">": "> ", "°": r"{}^{\circ}"}
_MARKS = "\u0300-\u036f\u20d0-\u20ff"


def split_name(label: str) -> tuple[str, str] | None:
    """Split a name such as w_12, h2 or W[0,1] into its word and its index; return None if `label` is not a name.

    >>> split_name("w_12"), split_name("x₁"), split_name("loss"), split_name("h2#3"), split_name("W[0,1]")
    (('w', '12'), ('x', '1'), ('loss', ''), ('h', '2#3'), ('W', '0,1'))
    """
    word = rf"(?:[^\W\d_{_SUBSCRIPTS}][{_MARKS}]*)+['′]*"
    found = re.fullmatch(rf"({word})(?:_?(\d+|[{_SUBSCRIPTS}]+)|_(\w+)|\[([\d,]+)\])?(#\d+)?", label)
    if found is None or any(unicodedata.category(c) == "No" for c in found[1]):  # such as x²
        return None
    number = (found[2] or "").translate(str.maketrans(_SUBSCRIPTS, "0123456789"))
    return found[1], (number or found[3] or found[4] or "") + (found[5] or "")


def symbol(word: str) -> str:
    r"""Write the word of a name in LaTeX: a letter in italics, a Greek letter also by its name, other words upright.

    >>> [symbol(word) for word in ("x", "sigma", "σ", "ŷ", "x'", "loss")]
    ['x', '\\sigma', '\\sigma', '\\hat{y}', "x'", '\\text{loss}']
    """
    stem = word.rstrip("'′")
    primes = "'" * (len(word) - len(stem))
    if stem in GREEK:
        return f"\\{stem}{primes}"
    if len(unicodedata.normalize("NFD", stem).rstrip("".join(_ACCENTS))) == 1:
        return _spelled(stem, lambda letter: letter).rstrip() + primes
    return escaped(stem) + primes


def escaped(text: str) -> str:
    r"""Write text in the math mode of LaTeX, in ASCII, so that it looks the same and runs no command.

    >>> escaped("50% of <b>"), escaped("café 😀")
    ('\\text{50}\\%\\text{ of }< \\text{b}> ', '\\text{caf}\\acute{\\text{e}}\\text{ }\\text{U+1F600}')

    Characters that LaTeX cannot show without further packages are written by their code points.
    """
    clusters = re.findall(rf"(?s).[{_MARKS}]*", unicodedata.normalize("NFC", text))
    runs = ("".join(run) if is_plain else [*run] for is_plain, run in groupby(clusters, _is_plain))
    return "".join(
        _upright(run) if isinstance(run, str) else "".join(_spelled(c, _upright) for c in run) for run in runs
    )


def _is_plain(cluster: str) -> bool:
    return cluster.isascii() and cluster not in _SPECIAL and cluster not in _COMMANDS


def _upright(text: str) -> str:
    return rf"\text{{{text}}}"


def _spelled(cluster: str, write_letter: Callable[[str], str]) -> str:
    """Write a character, which may have accents."""
    letters = unicodedata.normalize("NFD", cluster)
    code = _character(letters[0], unicodedata.normalize("NFC", cluster)[0], write_letter)
    for mark in letters[1:]:
        code = f"\\{_ACCENTS[mark]}{{{code}}}" if mark in _ACCENTS else code
    return code


def _character(c: str, whole: str, write_letter: Callable[[str], str]) -> str:
    if c in _COMMANDS:
        return f"\\{_COMMANDS[c]} "
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c in _LATIN or c.isascii():
        return write_letter(_LATIN.get(c, c))
    kind, *_ = unicodedata.decomposition(c).split() or [""]
    simpler = unicodedata.normalize("NFKD", c)
    if simpler in ("", c):
        return _upright(f"U+{ord(whole):04X}")
    sign = {"<super>": "{}^{%s}", "<sub>": "{}_{%s}"}.get(kind, "%s")
    return sign % "".join(_spelled(x, write_letter) for x in simpler)

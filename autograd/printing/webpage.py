"""Build self-contained HTML pages with one shared style."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template

_SHELL = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';$policy style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2328; --quiet: #57606a; --line: #d0d7de; --field: #f6f8fa;
  --accent: #b35900; --right: #1a7f37; --wrong: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --ink: #e6edf3; --quiet: #9aa4af; --line: #3d444d; --field: #161b22;
    --accent: #f0883e; --right: #56d364; --wrong: #ff8a80;
  }
}
body { background: var(--paper); color: var(--ink); font: 15px/1.45 Arial, Helvetica, sans-serif; }
table { border-collapse: collapse; margin: 0.4rem 0; }
caption { text-align: left; font-weight: 600; padding: 0.2rem 0; }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--line); }
$style
</style>
</head>
<body>
$body
</body>
</html>
""")  # noqa: E501 - the policy is one attribute


class Html(str):
    """A string of HTML, such as a formula in MathML. Unlike other strings, `to_html` does not escape it."""

    __slots__ = ()


def to_html(text: str) -> str:
    """Escape `text` for HTML, unless it is `Html`.

    >>> to_html("a < b"), to_html(Html("<b>a</b>"))
    ('a &lt; b', '<b>a</b>')
    """
    return text if isinstance(text, Html) else escape(text)


def html_page(title: str, body: str, style: str, script: str = "") -> str:
    """Return a self-contained page. Its security policy allows no downloads and no script except `script`."""
    policy = ""
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy = f" script-src 'sha256-{digest}';"
        body += f"\n<script>{script}</script>"
    return _SHELL.substitute(title=escape(title), body=body, style=style, policy=policy)

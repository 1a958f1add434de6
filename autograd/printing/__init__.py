"""Print formulas, derivations, steps and tables as text, LaTeX, MathML and HTML."""

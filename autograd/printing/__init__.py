"""Print mathematics, tables and pages: formulas as text, LaTeX and MathML, derivations, aligned columns, HTML."""

"""Mathematics written out: names, formulas, derivations, as plain text, LaTeX and MathML."""

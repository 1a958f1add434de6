"""Draw computation graphs as SVG, PNG, DOT, Mermaid, text and interactive pages."""

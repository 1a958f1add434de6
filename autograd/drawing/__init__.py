"""Pictures of computation graphs."""

from autograd.drawing.dot import Diagram, draw_dot

__all__ = ["Diagram", "draw_dot"]

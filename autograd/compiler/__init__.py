"""Compile functions of scalars to programs on arrays."""

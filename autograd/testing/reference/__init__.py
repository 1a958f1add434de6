"""Reference derivatives from mpmath values, from finite differences with error bounds, and from one-sided slopes."""

"""Reference derivatives: exact values by mpmath, finite differences with error bounds, and one-sided slopes."""

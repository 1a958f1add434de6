"""Models in files, and exchanged with other libraries."""

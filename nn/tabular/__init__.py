"""Models for tables: CSV files, their columns as numbers, and the commands `train` and `predict`."""

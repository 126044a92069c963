"""Bulk matching: many records at once through Splink on DuckDB, by the same comparisons and weights as record by record."""

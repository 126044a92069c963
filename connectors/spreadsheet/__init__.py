"""Rows of CSV and Excel files in a folder, read safely: nothing is guessed silently and nothing is dropped."""

"""Reading CSV files and workbooks row by row, for every connector whose records are the rows of files, wherever those lie.

Beside the rest of the contract it alone needs libraries: openpyxl and python_calamine. `core.contract` does not import it.
"""

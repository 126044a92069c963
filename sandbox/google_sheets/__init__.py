"""Stand-in for the Google Sheets API and its token endpoint, as far as reading rows needs them.

Comes in: API requests and dials. Goes out: API answers; it pushes nothing.
Guarantees: the same calls at the same times give the same answers.
"""

from sandbox.google_sheets.stand_in import GoogleSheetsStandIn

__all__ = ["GoogleSheetsStandIn"]

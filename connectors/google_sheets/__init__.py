"""Google Sheets: the rows of a spreadsheet, read by a service account and told again where they change."""

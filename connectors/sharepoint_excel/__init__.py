"""SharePoint and OneDrive for work: the rows of Excel and CSV files in folders, over Microsoft Graph."""

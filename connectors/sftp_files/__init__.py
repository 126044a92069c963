"""SFTP: the rows of CSV and Excel files in folders of a server."""

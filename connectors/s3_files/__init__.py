"""S3-compatible storage: the rows of CSV and Excel files in a bucket."""

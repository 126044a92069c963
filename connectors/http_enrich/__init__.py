"""Any enrichment service that is asked by one HTTP request and answers JSON."""

"""Questions to the index and their answers, as frozen rows that were checked against the database."""

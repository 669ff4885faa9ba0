"""The ways in: uploads in parts, the classic form, the question what to do with the same bytes twice."""

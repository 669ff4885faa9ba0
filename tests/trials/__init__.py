"""Long trials of reliability, run by ``make trials``; a short share of each runs in the tests."""

"""A second, naive reading of the metric contract, to hold the SQL against."""

"""A second reading of the metric contract, in polars, to hold the SQL against."""

"""How fast the metrics answer over a year of traffic: python -m benchmarks.queries."""

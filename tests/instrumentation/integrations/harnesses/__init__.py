"""One module per adapter, each with its HARNESSES; the suite finds them here."""

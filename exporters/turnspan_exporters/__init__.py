"""Where the data can go: records, the Exporter protocol, one folder per destination."""

"""The conventions in weaver's YAML format, the source of turnspan.conventions."""

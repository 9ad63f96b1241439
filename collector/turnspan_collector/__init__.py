"""The collector: OTLP in, durable rows out."""

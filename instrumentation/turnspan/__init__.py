"""Instrumentation for chatbots: every turn, handoff and click as OpenTelemetry."""

"""The doors: OTLP over gRPC and over HTTP."""

from turnspan_collector.receivers.grpc import GrpcReceiver
from turnspan_collector.receivers.http import HttpReceiver
from turnspan_collector.receivers.intake import Intake

__all__ = ["GrpcReceiver", "HttpReceiver", "Intake"]

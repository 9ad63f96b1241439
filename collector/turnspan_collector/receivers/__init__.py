"""The doors: OTLP over gRPC and over HTTP."""

from turnspan_collector.receivers.grpc import GrpcReceiver
from turnspan_collector.receivers.http import HttpReceiver, as_status
from turnspan_collector.receivers.intake import Intake

__all__ = ["GrpcReceiver", "HttpReceiver", "Intake", "as_status"]

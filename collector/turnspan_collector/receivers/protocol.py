"""uvicorn's reading of HTTP, with OTLP's answer to what is no HTTP at all.

Such bytes reach no application: the library answers by itself, in plain text. A client
of OTLP is owed a google.rpc.Status, in protobuf where the encoding is not known.
"""

from __future__ import annotations

from grpc import StatusCode
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from turnspan_collector.answers import Refusal
from turnspan_collector.decode import Encoding

__all__ = ["OtlpProtocol"]

NO_HTTP = Refusal(
    400, StatusCode.INVALID_ARGUMENT, "the request is no HTTP/1.1, or is cut short"
)


class OtlpProtocol(HttpToolsProtocol):
    """One connection of the HTTP receiver."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, and end the connection."""
        body = NO_HTTP.body(Encoding.PROTOBUF)
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"content-type: {Encoding.PROTOBUF.value}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

"""URLs lose their query, and clients their address, on whatever instrumentation."""

from __future__ import annotations

import re

from turnspan_collector.processors.attributes import attribute_sets, remove
from turnspan_exporters.records import Batch

__all__ = ["DROPPED", "URLS", "drop_queries", "without_query"]

URLS = (
    "url.full",
    "url.original",
    "http.url",
    "http.target",
    "http.request.header.referer",
)
DROPPED = frozenset(
    {
        "url.query",
        "url.fragment",
        "client.address",
        "client.socket.address",
        "http.client_ip",
        "net.peer.ip",
        "net.sock.peer.addr",
        "network.peer.address",
        "source.address",
    }
)
QUERY = re.compile(r"[?#].*", re.DOTALL)
USER_INFO = re.compile(r"(?<=://)[^/@]*@")


def drop_queries(batch: Batch) -> Batch:
    """Without queries, fragments, credentials in URLs, and network addresses."""
    remove(batch, DROPPED.__contains__)
    for attributes in attribute_sets(batch):
        for key in URLS:
            value = attributes.get(key)
            if isinstance(value, str):
                attributes[key] = without_query(value)
    return batch


def without_query(url: str) -> str:
    """The URL without query, fragment and credentials."""
    return USER_INFO.sub("", QUERY.sub("", url))

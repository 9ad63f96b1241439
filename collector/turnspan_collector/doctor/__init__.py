"""What is wrong, in plain words: checks of the bot's side, the collector, the store."""

from turnspan_collector.doctor.bots import check_bot
from turnspan_collector.doctor.collector import check_collector
from turnspan_collector.doctor.findings import Finding, Severity, worst
from turnspan_collector.doctor.stores import check_store

__all__ = [
    "Finding",
    "Severity",
    "check_bot",
    "check_collector",
    "check_store",
    "worst",
]

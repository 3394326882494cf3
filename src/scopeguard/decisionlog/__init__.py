"""A record of decisions: one line each, with what they were made of, in files that show what was changed in them."""

from scopeguard.decisionlog.file_sink import FileSink
from scopeguard.decisionlog.log import DecisionLog, LogFailedError, LogStatus
from scopeguard.decisionlog.sinks import LoggingSink, Sink
from scopeguard.decisionlog.verification import Finding, Lane, Verified, verify_log

__all__ = [
    "DecisionLog",
    "FileSink",
    "Finding",
    "Lane",
    "LogFailedError",
    "LogStatus",
    "LoggingSink",
    "Sink",
    "Verified",
    "verify_log",
]

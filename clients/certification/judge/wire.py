"""What passed on the wire, as the proxy saw it."""

import dataclasses
import threading
import time
import typing

DETAILS_KEY = "grpc-status-details-bin"


@dataclasses.dataclass
class Status:
    """How a call ended: the code's name and what its details say."""

    code: str
    message: str = ""
    reason: str = ""
    side_effect: str = ""  # Empty: there was no ErrorInfo of sluice.v1.
    retry_after_s: float = 0.0
    broken: bool = False  # The connection was reset instead of a status.


@dataclasses.dataclass
class Send:
    """One try of a call, or one opening of a stream."""

    method: str
    request: typing.Any
    metadata: dict
    at: float
    timeout_s: typing.Optional[float]
    messages: list = dataclasses.field(default_factory=list)
    status: typing.Optional[Status] = None
    canceled: bool = False
    sent_bytes: int = 0


class Wire:
    """Every send since the last clear(), in order of arrival. Any thread may use it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sends = []

    def clear(self):
        with self._lock:
            self._sends = []

    def add(self, send):
        with self._lock:
            self._sends.append(send)

    def sends(self, method=None):
        with self._lock:
            return [s for s in self._sends if method in (None, s.method)]


def now():
    return time.monotonic()

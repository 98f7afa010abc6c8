"""When a call is sent again, and after how long. No I/O: the sync and the asyncio client share it."""

from __future__ import annotations

import dataclasses
import random
import time
import uuid
from typing import Any, Callable, Optional

import grpc

from sluice import errors

DEADLINE_S = 10.0
SILENCE_S = 45.0
KEEPALIVE_S = 20.0


@dataclasses.dataclass(frozen=True)
class Retries:
    """How often a call is sent at most, and the bounds of the random wait between."""

    max_attempts: int = 4
    initial_backoff: float = 0.1
    max_backoff: float = 5.0

    def wait(self, failures: int) -> float:
        """Full jitter: anything between nothing and the bound, which doubles."""
        return random.uniform(0, min(self.max_backoff, self.initial_backoff * 2 ** min(failures, 30)))


class Method:
    """What is the same for all calls of a method."""

    def __init__(self, path: str) -> None:
        name = path.rsplit("/", 1)[-1]
        self.reads = name.startswith(("Get", "List"))
        self._has_request_id: Optional[bool] = None

    def with_request_id(self, request: Any) -> Any:
        """The request, or a copy of it with a new request_id where one is needed and missing."""
        if self._has_request_id is None:
            self._has_request_id = "request_id" in type(request).DESCRIPTOR.fields_by_name
        if not self._has_request_id or request.request_id:
            return request
        copy = type(request)()
        copy.CopyFrom(request)
        copy.request_id = str(uuid.uuid4())
        return copy

    def request_id(self, request: Any) -> str:
        return request.request_id if self._has_request_id else ""


class Attempts:
    """The sends of one call, under one deadline."""

    def __init__(self, method: Method, request_id: str, retries: Retries, timeout: float,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._method = method
        self._request_id = request_id
        self._retries = retries
        self._clock = clock
        self._end = clock() + timeout
        self._sends = 1
        self._side_effect = errors.SideEffect.NONE  # Of all sends so far.
        self._last: Optional[errors.Error] = None

    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._end - self._clock())

    def wait_after(self, call: Any) -> float:
        """Seconds to wait before the next send; raises the typed error when there is none."""
        error = errors.from_call(call, self._request_id)
        self._last = error
        if error.side_effect is errors.SideEffect.POSSIBLE:
            self._side_effect = errors.SideEffect.POSSIBLE
        if self._sends >= self._retries.max_attempts or not _nothing_happened(self._method, error):
            raise error from (call if isinstance(call, BaseException) else None)
        wait = (error.retry_after or 0.0) + self._retries.wait(self._sends - 1)
        if wait >= self.left():
            raise error from (call if isinstance(call, BaseException) else None)
        self._sends += 1
        return wait

    def given_up(self, why: str, under_way: bool = False) -> errors.Error:
        """The error of a call that is not sent any more. One that is `under_way` may happen yet."""
        side_effect = errors.SideEffect.POSSIBLE if under_way else self._side_effect
        error = errors.Error(grpc.StatusCode.CANCELLED, why, side_effect=side_effect,
                             request_id=self._request_id)
        error.__cause__ = self._last
        return error


def _nothing_happened(method: Method, error: errors.Error) -> bool:
    if error.side_effect is errors.SideEffect.NONE:
        return error.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
    # A read may be repeated when the connection broke; what the server itself says stands.
    return method.reads and error.code is grpc.StatusCode.UNAVAILABLE and not error.reason

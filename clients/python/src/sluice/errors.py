"""Errors that say what happened, why, and whether money may have moved."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Mapping, Optional, Sequence

import grpc
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "sluice.v1"
_DETAILS_KEY = "grpc-status-details-bin"


class SideEffect(str, enum.Enum):
    """Whether the call may have done something."""

    NONE = "none"
    """Nothing has happened and nothing will."""

    POSSIBLE = "possible"
    """It may have been accepted: repeat it with the same request_id, or read the resource."""


@dataclasses.dataclass(frozen=True)
class FieldViolation:
    """A field of the request and the rule that it breaks."""

    field: str
    description: str


class Error(grpc.RpcError):
    """A call that did not succeed."""

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str = "",
        *,
        reason: str = "",
        side_effect: SideEffect = SideEffect.POSSIBLE,
        field_violations: Sequence[FieldViolation] = (),
        retry_after: Optional[float] = None,
        request_id: str = "",
        metadata: Optional[Mapping[str, str]] = None,
        details: Optional[status_pb2.Status] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        """The status of gRPC."""
        self.message = message
        """For people. Branch on `reason`."""
        self.reason = reason
        """A name of sluice.v1.ErrorReason without its prefix; newer ones may come. Empty: the
        error is not one of the server's own words."""
        self.side_effect = side_effect
        self.field_violations = tuple(field_violations)
        self.retry_after = retry_after
        """Seconds that the server asks to wait. None: it does not say."""
        self.request_id = request_id
        """What to repeat the call with. Empty: the method has none."""
        self.metadata = dict(metadata or {})
        """What else the server says, for example `oldest_cursor`."""
        self.details = details
        """The whole google.rpc.Status, for what is not above. None: there was none."""

    def __str__(self) -> str:
        words = [self.code.name]
        if self.reason:
            words.append(f"({self.reason})")
        words.append(self.message)
        words += [f"[{v.field}: {v.description}]" for v in self.field_violations]
        words.append(f"side_effect={self.side_effect.value}")
        return " ".join(word for word in words if word)


class InvalidArgument(Error, ValueError):
    """Refused by the client itself, before anything was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(grpc.StatusCode.INVALID_ARGUMENT, message, side_effect=SideEffect.NONE)


CLOSED = "the client is closed"


def closed() -> Error:
    """Of what begins on a closed client."""
    return Error(grpc.StatusCode.CANCELLED, CLOSED, side_effect=SideEffect.NONE)


def from_call(call: Any, request_id: str = "") -> Error:
    """The typed error of a call of gRPC that failed (a grpc.RpcError, sync or aio)."""
    code = call.code()
    error = Error(code, call.details() or "", request_id=request_id)
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            _read_details(value, error)
    if isinstance(call, BaseException):
        # Its frames are gRPC's own. They hold the call, and a call holds the connection, also after
        # the client was closed: whoever keeps the error would keep both.
        call.__traceback__ = None
    return error


def _read_details(data: bytes, error: Error) -> None:
    status = status_pb2.Status()
    try:
        status.ParseFromString(data)
    except Exception:  # pylint: disable=broad-except
        return  # Not readable: as if there were none.
    error.details = status
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo.FromString(detail.value)
            if info.domain == DOMAIN:
                error.reason = info.reason
                error.metadata = dict(info.metadata)
                if info.metadata.get("side_effect") == SideEffect.NONE.value:
                    error.side_effect = SideEffect.NONE
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest.FromString(detail.value)
            error.field_violations = tuple(
                FieldViolation(v.field, v.description) for v in bad.field_violations)
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            delay = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay
            error.retry_after = delay.seconds + delay.nanos / 1e9

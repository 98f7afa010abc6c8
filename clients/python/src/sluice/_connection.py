"""Endpoints, TLS and API keys."""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import List, Optional, Sequence, Tuple

import grpc

from sluice.errors import InvalidArgument

MAX_MESSAGE_BYTES = 64 << 20  # Beyond the largest page: a thousand orders with all they may hold.

# What a stream may have in flight and unread. A fixed amount: left alone, gRPC lets it grow by its
# own guess of the line, up to many times that, and a reader who stops keeps it.
WINDOW_BYTES = 1 << 20

_OPTIONS: List[Tuple[str, object]] = [
    # What is sent again is decided here, by the error's details, never by a status code alone.
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
    ("grpc.primary_user_agent", "sluice-python/0.1.0"),
    # Also while nothing is called, so that the next call does not find out by its deadline.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]


def options(keepalive: float, plaintext: bool) -> List[Tuple[str, object]]:
    """Of a channel, that asks whether it lives after `keepalive` seconds of silence."""
    milliseconds = max(round(keepalive * 1000), 2)
    made = [*_OPTIONS, ("grpc.keepalive_time_ms", milliseconds),
            ("grpc.keepalive_timeout_ms", milliseconds // 2),
            # A ping of gRPC's own may be under way when ours is due; ours then waits for its answer,
            # which would be given a minute.
            ("grpc.http2.ping_timeout_ms", milliseconds // 2)]
    if plaintext:
        # A key that is allowed because it stays on this machine must not leave it by a proxy.
        made.append(("grpc.enable_http_proxy", 0))
    return made


@dataclasses.dataclass(frozen=True)
class Tls:
    """TLS to the server. Each part is PEM."""

    roots: Optional[bytes] = None
    """Authorities that are trusted. None: the system's."""

    certificate: Optional[bytes] = None
    """The client's own certificate chain, for servers that ask for one; with `private_key`."""

    private_key: Optional[bytes] = None

    def credentials(self) -> grpc.ChannelCredentials:
        if (self.certificate is None) != (self.private_key is None):
            raise InvalidArgument("tls: certificate and private_key belong together")
        return grpc.ssl_channel_credentials(self.roots, self.private_key, self.certificate)


def check(endpoint: str, tls: Optional[Tls], api_key: str) -> None:
    """A key must not be readable on the way."""
    if not endpoint:
        raise InvalidArgument("endpoint: must not be empty")
    if api_key and tls is None and not is_loopback(endpoint):
        raise InvalidArgument("api_key: is sent over plaintext to loopback only; set tls")


def metadata(api_key: str) -> Sequence[Tuple[str, str]]:
    return (("authorization", f"Bearer {api_key}"),) if api_key else ()


def is_loopback(endpoint: str) -> bool:
    """Whether the bytes stay on this machine."""
    if endpoint.startswith(("unix:", "unix-abstract:")):
        return True
    if "," in endpoint:
        return False  # A list of addresses: not worth knowing each.
    for scheme in ("dns:///", "ipv4:", "ipv6:", "dns:"):
        if endpoint.startswith(scheme):
            endpoint = endpoint[len(scheme):]
            break
    if endpoint.startswith("["):
        host = endpoint[1:].split("]", 1)[0]
    else:
        host = endpoint.rsplit(":", 1)[0] if endpoint.count(":") == 1 else endpoint
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

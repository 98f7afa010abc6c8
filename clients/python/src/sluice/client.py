"""The client for threads. sluice.aio has the one for asyncio."""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from typing import Any, Callable, Generic, Iterator, Optional, TypeVar

import grpc

from sluice import _connection, errors
from sluice._channel import Metadata, RetryingChannel
from sluice._policy import DEADLINE_S, KEEPALIVE_S, SILENCE_S, Retries
from sluice._watch import REOPENED, Batch, Item, Position
from sluice.v1 import (account_link_pb2, account_link_pb2_grpc, event_pb2, event_pb2_grpc,
                       notification_pb2_grpc, order_pb2, order_pb2_grpc, payout_pb2,
                       payout_pb2_grpc, provider_pb2_grpc, reconciliation_pb2_grpc, refund_pb2_grpc)

T = TypeVar("T")


class Client:
    """A connection to Sluice. Threads may share it; close() it, or use it in `with`.

    endpoint  "host:port", or what else gRPC takes.
    tls       None: plaintext.
    api_key   Sent as `authorization: Bearer`. Refused over plaintext beyond loopback.
    timeout   Seconds for a call, all its tries together, unless the call says otherwise.
    silence   Seconds without any message after which a stream is taken for dead.
    keepalive Seconds without a byte after which the connection is asked by a ping whether it lives;
              without an answer within half of that it is given up. Not less than 10: a server takes
              more pings for an attack.

    The services are generated stubs (orders.CreateOrder, ...); their calls raise sluice.Error.
    """

    def __init__(self, endpoint: str, *, tls: Optional[_connection.Tls] = None, api_key: str = "",
                 timeout: float = DEADLINE_S, retries: Retries = Retries(),
                 silence: float = SILENCE_S, keepalive: float = KEEPALIVE_S) -> None:
        _connection.check(endpoint, tls, api_key)
        options = _connection.options(keepalive, plaintext=tls is None)
        if tls is None:
            channel = grpc.insecure_channel(endpoint, options=options)
        else:
            channel = grpc.secure_channel(endpoint, tls.credentials(), options=options)
        self._metadata = _connection.metadata(api_key)
        self._retries = retries
        self._watchdog = _Watchdog(silence)
        self.channel = RetryingChannel(channel, self._metadata, retries, timeout)
        self.orders = order_pb2_grpc.OrderServiceStub(self.channel)
        self.refunds = refund_pb2_grpc.RefundServiceStub(self.channel)
        self.payouts = payout_pb2_grpc.PayoutServiceStub(self.channel)
        self.account_links = account_link_pb2_grpc.AccountLinkServiceStub(self.channel)
        self.events = event_pb2_grpc.EventServiceStub(self.channel)
        self.notifications = notification_pb2_grpc.NotificationServiceStub(self.channel)
        self.providers = provider_pb2_grpc.ProviderServiceStub(self.channel)
        self.reconciliation = reconciliation_pb2_grpc.ReconciliationServiceStub(self.channel)

    def watch_events(self, request: event_pb2.WatchEventsRequest) -> Watch[event_pb2.Event]:
        """Every event from the request's start on. A watch `from_now` that breaks before its first
        cursor has come begins from now again."""
        return self._watch(self.events.WatchEvents, request, "batch")

    def watch_order(self, request: order_pb2.WatchOrderRequest) -> Watch[order_pb2.Order]:
        """The order as it is, then after each change."""
        return self._watch(self.orders.WatchOrder, request, "order")

    def watch_payout(self, request: payout_pb2.WatchPayoutRequest) -> Watch[payout_pb2.Payout]:
        """The payout as it is, then after each change."""
        return self._watch(self.payouts.WatchPayout, request, "payout")

    def watch_account_link(
            self, request: account_link_pb2.WatchAccountLinkRequest
    ) -> Watch[account_link_pb2.AccountLink]:
        """The link as it is, then after each change."""
        return self._watch(self.account_links.WatchAccountLink, request, "account_link")

    def close(self) -> None:
        """Ends every call and watch."""
        self._watchdog.close()
        self.channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()

    def _watch(self, method: Any, request: Any, field: str) -> Watch[Any]:
        def start(wanted: Any) -> Any:
            try:
                return method(wanted, metadata=self._metadata)
            except ValueError:  # How gRPC says that the channel is closed, among other things.
                if not self.channel.closed:
                    raise
            raise errors.closed()

        return Watch(start, Position(request, field), self._retries, self._watchdog)


class Watch(Generic[T]):
    """A stream that opens itself again and goes on where it was.

    Iterate in one thread; close() and `cursor` may be used in any. Messages are asked for as they
    are iterated: a reader who stops stops the stream.
    """

    def __init__(self, start: Callable[[Any], Any], position: Position[T], retries: Retries,
                 watchdog: _Watchdog) -> None:
        self._start = start
        self._position = position
        self._retries = retries
        self._watchdog = watchdog
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._call: Any = None
        self._batch: Batch[T] = Batch((), position.cursor, position.cursor)
        self._failures = 0
        self.waits_since: Optional[float] = None
        self._silent = False
        watchdog.add(self)
        self._open()

    @property
    def cursor(self) -> str:
        """Safe to store when every item given so far is dealt with. Moves on with heartbeats."""
        return self._batch.cursor

    def close(self) -> None:
        """Ends the stream; the iteration stops."""
        self._closed.set()
        self._watchdog.remove(self)
        self.cancel_call()

    def cancel_call(self) -> None:
        """Ends the present stream only."""
        with self._lock:
            if self._call is not None:
                self._call.cancel()

    def end_silence(self, since: float) -> None:
        """Ends the present stream, if it is still the one that was waited for since then."""
        with self._lock:
            if self._call is not None and self.waits_since == since:
                self._silent = True
                self._call.cancel()

    def __enter__(self) -> Watch[T]:
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Item[T]]:
        # As __next__, without a call for each item.
        return itertools.chain.from_iterable(self._batches())

    def __next__(self) -> Item[T]:
        while True:
            for item in self._batch.items:
                return item
            self._receive()

    def _batches(self) -> Iterator[Iterator[Item[T]]]:
        while True:
            yield self._batch.items  # Of the last message, what is left.
            try:
                self._receive()
            except StopIteration:
                return

    def _receive(self) -> None:
        """Takes one message, or opens the stream again. Every item of the last one was given."""
        self._position.cursor = self._batch.cursor
        if self._closed.is_set():
            raise StopIteration
        # close() may come at any time: what is read from is never looked up again.
        call = self._call
        if call is None:
            call = self._open()
        if call is None:
            raise StopIteration
        self.waits_since = time.monotonic()
        try:
            message = next(call)
        except StopIteration:
            self._wait()
        except grpc.RpcError as error:
            self._after(error)
        else:
            self._failures = 0
            self._batch = self._position.take(message)
        finally:
            self.waits_since = None

    def _open(self) -> Any:
        """The new stream; None when the watch is closed."""
        with self._lock:
            self._silent = False
            if not self._closed.is_set():
                self._call = self._start(self._position.request())
            return self._call

    def _after(self, error: Any) -> None:
        if self._closed.is_set():
            raise StopIteration
        if self._silent:
            self._wait()
            return
        typed = errors.from_call(error)
        if typed.code not in REOPENED:
            self.close()
            raise typed from error
        self._wait(typed.retry_after or 0.0)

    def _wait(self, at_least: float = 0.0) -> None:
        self.waits_since = None
        self._call = None
        if self._closed.wait(at_least + self._retries.wait(self._failures)):
            raise StopIteration
        self._failures += 1


class _Watchdog:
    """Ends streams that have been silent for too long: one thread for all watches of a client."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._lock = threading.Lock()
        # Weak: a watch that is dropped without close() ends as any stub's stream does.
        self._watches: weakref.WeakSet[Watch[Any]] = weakref.WeakSet()
        self._stop = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def add(self, watch: Watch[Any]) -> None:
        with self._lock:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sluice-watch", daemon=True)
                self._thread.start()

    def remove(self, watch: Watch[Any]) -> None:
        with self._lock:
            self._watches.discard(watch)

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            watches = list(self._watches)
        for watch in watches:
            watch.close()

    def _run(self) -> None:
        while not self._stop.wait(self._silence / 8):
            now = time.monotonic()
            with self._lock:
                watches = list(self._watches)
            for watch in watches:
                since = watch.waits_since
                if since is not None and now - since > self._silence:
                    watch.end_silence(since)

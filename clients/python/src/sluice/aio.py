"""The client for asyncio: as sluice.Client, with `await`, `async with` and `async for`."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Deque, Generic, Optional, TypeVar

import grpc

from sluice import _connection, errors
from sluice._channel import Metadata
from sluice._policy import DEADLINE_S, KEEPALIVE_S, SILENCE_S, Attempts, Method, Retries
from sluice._watch import REOPENED, Item, Position
from sluice.v1 import account_link_pb2, event_pb2, order_pb2, payout_pb2

if TYPE_CHECKING:  # The generated stubs are the same classes; only their types differ.
    from sluice.v1.account_link_pb2_grpc import AccountLinkServiceAsyncStub as AccountLinkStub
    from sluice.v1.event_pb2_grpc import EventServiceAsyncStub as EventStub
    from sluice.v1.notification_pb2_grpc import NotificationServiceAsyncStub as NotificationStub
    from sluice.v1.order_pb2_grpc import OrderServiceAsyncStub as OrderStub
    from sluice.v1.payout_pb2_grpc import PayoutServiceAsyncStub as PayoutStub
    from sluice.v1.provider_pb2_grpc import ProviderServiceAsyncStub as ProviderStub
    from sluice.v1.reconciliation_pb2_grpc import (
        ReconciliationServiceAsyncStub as ReconciliationStub)
    from sluice.v1.refund_pb2_grpc import RefundServiceAsyncStub as RefundStub
else:
    from sluice.v1.account_link_pb2_grpc import AccountLinkServiceStub as AccountLinkStub
    from sluice.v1.event_pb2_grpc import EventServiceStub as EventStub
    from sluice.v1.notification_pb2_grpc import NotificationServiceStub as NotificationStub
    from sluice.v1.order_pb2_grpc import OrderServiceStub as OrderStub
    from sluice.v1.payout_pb2_grpc import PayoutServiceStub as PayoutStub
    from sluice.v1.provider_pb2_grpc import ProviderServiceStub as ProviderStub
    from sluice.v1.reconciliation_pb2_grpc import ReconciliationServiceStub as ReconciliationStub
    from sluice.v1.refund_pb2_grpc import RefundServiceStub as RefundStub

T = TypeVar("T")


class Client:
    """A connection to Sluice, for the tasks of one event loop. The arguments are sluice.Client's.

    Canceling the task of a call gives the call up, also between two tries. It may have happened: a
    caller who means to repeat it sets the request_id.
    """

    def __init__(self, endpoint: str, *, tls: Optional[_connection.Tls] = None, api_key: str = "",
                 timeout: float = DEADLINE_S, retries: Retries = Retries(),
                 silence: float = SILENCE_S, keepalive: float = KEEPALIVE_S) -> None:
        _connection.check(endpoint, tls, api_key)
        options = _connection.options(keepalive, plaintext=tls is None)
        if tls is None:
            made = grpc.aio.insecure_channel(endpoint, options=options)
        else:
            made = grpc.aio.secure_channel(endpoint, tls.credentials(), options=options)
        self._retries = retries
        self._silence = silence
        self._metadata = _connection.metadata(api_key)
        self._grpc = made
        self._watches: weakref.WeakSet[Watch[Any]] = weakref.WeakSet()
        self.channel: Any = _RetryingChannel(made, self._metadata, retries, timeout)
        self.orders = OrderStub(self.channel)
        self.refunds = RefundStub(self.channel)
        self.payouts = PayoutStub(self.channel)
        self.account_links = AccountLinkStub(self.channel)
        self.events = EventStub(self.channel)
        self.notifications = NotificationStub(self.channel)
        self.providers = ProviderStub(self.channel)
        self.reconciliation = ReconciliationStub(self.channel)

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

    async def close(self) -> None:
        """Ends every call and watch."""
        for watch in list(self._watches):
            watch.close()
        await self._grpc.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *unused: Any) -> None:
        await self.close()

    def _watch(self, method: Any, request: Any, field: str) -> Watch[Any]:
        watch: Watch[Any] = Watch(lambda wanted: method(wanted, metadata=self._metadata),
                                  Position(request, field), self._retries, self._silence)
        self._watches.add(watch)
        return watch


class Watch(Generic[T], AsyncIterator[Item[T]]):
    """A stream that opens itself again and goes on where it was; for one task.

    Messages are asked for as they are iterated: a reader who stops stops the stream. Waiting for an
    item may be given up (asyncio.wait_for, a canceled task): the next one opens the stream again,
    and nothing is lost.
    """

    def __init__(self, start: Callable[[Any], Any], position: Position[T], retries: Retries,
                 silence: float) -> None:
        self._start = start
        self._position = position
        self._retries = retries
        self._silence = silence
        self._closed = asyncio.Event()
        self._items: Deque[Item[T]] = deque()
        self._failures = 0
        self._call: Any = start(position.request())

    @property
    def cursor(self) -> str:
        """Safe to store when every item given so far is dealt with. Moves on with heartbeats."""
        return self._position.cursor

    def close(self) -> None:
        """Ends the stream; the iteration stops."""
        self._closed.set()
        self._end_call()

    def _end_call(self) -> None:
        # Also forgotten: gRPC keeps the connection for as long as somebody holds a call of it.
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    async def __aenter__(self) -> Watch[T]:
        return self

    async def __aexit__(self, *unused: Any) -> None:
        self.close()

    async def __anext__(self) -> Item[T]:
        while not self._items:
            await self._receive()
        item = self._items.popleft()
        self._position.cursor = item.cursor
        return item

    async def _receive(self) -> None:
        """Takes one message, or opens the stream again."""
        if self._closed.is_set():
            raise StopAsyncIteration
        if self._call is None:
            self._call = self._start(self._position.request())
        message: Any = None
        try:
            message = await asyncio.wait_for(self._call.read(), self._silence)
        except asyncio.TimeoutError:
            await self._wait()
        except asyncio.CancelledError:
            # Ours, by close(), or the task's own. The latter has ended the stream too: what it had
            # not given yet comes again, from the cursor.
            if not self._closed.is_set():
                self._end_call()
                raise
        except grpc.RpcError as error:
            await self._after(error)
        if message is grpc.aio.EOF:
            await self._wait()
        elif message is not None:
            self._failures = 0
            self._items.extend(self._position.take(message))

    async def _after(self, error: Any) -> None:
        if self._closed.is_set():
            return
        typed = errors.from_call(error)
        if typed.code not in REOPENED:
            self.close()
            raise typed from error
        await self._wait(typed.retry_after or 0.0)

    async def _wait(self, at_least: float = 0.0) -> None:
        self._end_call()
        pause = at_least + self._retries.wait(self._failures)
        try:
            await asyncio.wait_for(self._closed.wait(), pause)
        except asyncio.TimeoutError:
            self._failures += 1


class _RetryingChannel:
    """What a generated stub needs of a channel."""

    def __init__(self, channel: Any, metadata: Metadata, retries: Retries, timeout: float) -> None:
        self._channel = channel
        self.unary_stream = channel.unary_stream
        self.metadata = metadata
        self.retries = retries
        self.timeout = timeout

    def unary_unary(self, path: str, *args: Any, **options: Any) -> _UnaryCall:
        return _UnaryCall(self, path, self._channel.unary_unary(path, *args, **options))


class _UnaryCall:
    """A method of a stub."""

    def __init__(self, channel: _RetryingChannel, path: str, invoke: Any) -> None:
        self._channel = channel
        self._method = Method(path)
        self._invoke = invoke

    async def __call__(self, request: Any, *, timeout: Optional[float] = None,
                       metadata: Optional[Metadata] = None, **options: Any) -> Any:
        channel = self._channel
        request = self._method.with_request_id(request)
        attempts = Attempts(self._method, self._method.request_id(request), channel.retries,
                            channel.timeout if timeout is None else timeout)
        metadata = (*channel.metadata, *(metadata or ()))
        while True:
            try:
                return await self._invoke(request, timeout=attempts.left(), metadata=metadata,
                                          **options)
            except grpc.RpcError as error:
                await asyncio.sleep(attempts.wait_after(error))

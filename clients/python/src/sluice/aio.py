"""The client for asyncio: as sluice.Client, with `await`, `async with` and `async for`."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Deque, Generic, Optional, Set, TypeVar

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
        self._streams: weakref.WeakSet[_Stream[Any]] = weakref.WeakSet()
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
        streams = list(self._streams)
        for stream in streams:
            stream.close()
        self.channel.close()
        await self._grpc.close()
        for stream in streams:
            await stream.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *unused: Any) -> None:
        await self.close()

    def _watch(self, method: Any, request: Any, field: str) -> Watch[Any]:
        def start(wanted: Any) -> Any:
            if self.channel.closed:
                raise errors.closed()
            return method(wanted, metadata=self._metadata)

        stream: _Stream[Any] = _Stream(start, Position(request, field), self._retries,
                                       self._silence)
        self._streams.add(stream)
        return Watch(stream)


class Watch(Generic[T], AsyncIterator[Item[T]]):
    """A stream that opens itself again and goes on where it was; for one task.

    Messages are asked for as they are iterated: a reader who stops stops the stream. Waiting for an
    item may be given up (asyncio.wait_for, a canceled task): the stream goes on, and what comes next
    is given by the next `__anext__`.
    """

    def __init__(self, stream: _Stream[T]) -> None:
        self._stream = stream

    @property
    def cursor(self) -> str:
        """Safe to store when every item given so far is dealt with. Moves on with heartbeats."""
        return self._stream.position.cursor

    def close(self) -> None:
        """Ends the stream; the iteration stops."""
        self._stream.close()

    async def aclose(self) -> None:
        """As close(), and waits until nothing of the stream is under way any more."""
        await self._stream.aclose()

    def __del__(self) -> None:
        self._stream.drop()

    async def __aenter__(self) -> Watch[T]:
        return self

    async def __aexit__(self, *unused: Any) -> None:
        await self.aclose()

    async def __anext__(self) -> Item[T]:
        return await self._stream.next()


class _Stream(Generic[T]):
    """What a watch does. It knows nothing of its watch, so that one that is dropped can be seen."""

    def __init__(self, start: Callable[[Any], Any], position: Position[T], retries: Retries,
                 silence: float) -> None:
        self._start = start
        self.position = position
        self._retries = retries
        self._silence = silence
        self._silent = False
        self._closed = False
        self._error: Optional[Exception] = None
        self._items: Deque[Item[T]] = deque()
        self._failures = 0
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        # Reads until there is an item. Not by who waits for it: that one may give up, and what was
        # asked for, a wait that the server wants and a start from now have to outlive it.
        self._reading: Optional[asyncio.Task[None]] = None
        self._call: Any = start(position.request())

    def close(self) -> None:
        self._end()
        if self._reading is not None:
            self._reading.cancel()

    async def aclose(self) -> None:
        self.close()
        if self._reading is not None:
            await asyncio.wait({self._reading})

    def drop(self) -> None:
        """Nobody can ask for more; said by any thread."""
        if self._loop is not None and not self._closed:
            try:
                self._loop.call_soon_threadsafe(self.close)
            except RuntimeError:
                pass  # The loop is closed: nothing goes on.

    async def next(self) -> Item[T]:
        while not self._items:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._closed:
                raise StopAsyncIteration
            if self._reading is None or self._reading.done():
                self._loop = asyncio.get_running_loop()
                self._reading = self._loop.create_task(self._read_on())
            # Does not cancel what it waits for.
            await asyncio.wait({self._reading})
        item = self._items.popleft()
        self.position.cursor = item.cursor
        return item

    async def _read_on(self) -> None:
        try:
            while not self._items and not self._closed:
                await self._read()
        except asyncio.CancelledError:
            self._end_call()
            # A task keeps what it was canceled with, its frames too: see below.
            if not self._closed:
                raise
        except Exception as error:  # pylint: disable=broad-except
            # Kept, not raised: who waited may have gone. Its frames would keep the connection.
            if not self._closed:
                self._error = error.with_traceback(None)
            self._end()

    async def _read(self) -> None:
        """Takes one message, or opens the stream again."""
        if self._call is None:
            self._call = self._start(self.position.request())
        at_least = 0.0
        try:
            message = await self._unless_silent(self._call)
        except grpc.RpcError as error:
            typed = errors.from_call(error)
            if typed.code not in REOPENED:
                raise typed from error
            message, at_least = grpc.aio.EOF, typed.retry_after or 0.0
        if message is grpc.aio.EOF:
            self._end_call()
            await asyncio.sleep(at_least + self._retries.wait(self._failures))
            self._failures += 1
        else:
            self._failures = 0
            self._items.extend(self.position.take(message).items)

    async def _unless_silent(self, call: Any) -> Any:
        self._silent = False
        timer = asyncio.get_running_loop().call_later(self._silence, self._end_silence, call)
        try:
            return await call.read()
        except asyncio.CancelledError:
            if not self._silent or self._closed:
                raise
            return grpc.aio.EOF
        finally:
            timer.cancel()

    def _end_silence(self, call: Any) -> None:
        self._silent = True
        call.cancel()

    def _end(self) -> None:
        self._closed = True
        self._end_call()

    def _end_call(self) -> None:
        # Also forgotten: gRPC keeps the connection for as long as somebody holds a call of it.
        call, self._call = self._call, None
        if call is not None:
            call.cancel()


class _RetryingChannel:
    """What a generated stub needs of a channel."""

    def __init__(self, channel: Any, metadata: Metadata, retries: Retries, timeout: float) -> None:
        self._channel = channel
        self.unary_stream = channel.unary_stream
        self.metadata = metadata
        self.retries = retries
        self.timeout = timeout
        self.closed = False
        self._sleepers: Set[asyncio.Future[None]] = set()

    def close(self) -> None:
        """For calls: none is sent any more. The connection is the client's to close."""
        self.closed = True
        for wake in self._sleepers:
            _set(wake)

    async def sleep(self, seconds: float) -> None:
        """Until then, or until close()."""
        loop = asyncio.get_running_loop()
        wake = loop.create_future()
        timer = loop.call_later(seconds, _set, wake)
        self._sleepers.add(wake)
        try:
            await wake
        finally:
            timer.cancel()
            self._sleepers.discard(wake)

    def unary_unary(self, path: str, *args: Any, **options: Any) -> _UnaryCall:
        return _UnaryCall(self, path, self._channel.unary_unary(path, *args, **options))


def _set(wake: asyncio.Future[None]) -> None:
    if not wake.done():
        wake.set_result(None)


def _is_canceled() -> bool:
    """Whether somebody has canceled this task. Before Python 3.11 a task does not tell."""
    cancelling: Callable[[], int] = getattr(asyncio.current_task(), "cancelling", lambda: 0)
    return cancelling() > 0


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
        while not channel.closed:
            try:
                return await self._invoke(request, timeout=attempts.left(), metadata=metadata,
                                          **options)
            except grpc.RpcError as error:
                wait = attempts.wait_after(error)
            except asyncio.CancelledError:
                # gRPC says so by the same word when the channel is closed.
                if not channel.closed or _is_canceled():
                    raise
                raise attempts.given_up(errors.CLOSED, under_way=True) from None
            await channel.sleep(wait)
        raise attempts.given_up(errors.CLOSED)

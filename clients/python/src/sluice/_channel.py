"""A channel for generated stubs whose calls have a deadline, a request id, retries and typed errors."""

from __future__ import annotations

import threading
from concurrent import futures
from typing import Any, Optional, Sequence, Set, Tuple

import grpc

from sluice import errors
from sluice._policy import Attempts, Method, Retries

Metadata = Sequence[Tuple[str, str]]
GIVEN_UP = "given up by the caller"


class RetryingChannel(grpc.Channel):
    """Stubs over it are used as any other."""

    def __init__(self, channel: grpc.Channel, metadata: Metadata, retries: Retries,
                 timeout: float) -> None:
        self._channel = channel
        self.metadata = metadata
        self.retries = retries
        self.timeout = timeout
        self.closed = False
        self._sleepers: Set[threading.Event] = set()

    def sleep(self, seconds: float, wake: threading.Event) -> None:
        """Until then, or until `wake` is set, which close() does too."""
        self._sleepers.add(wake)
        # Looked at after that: close() may not have seen this one.
        if not self.closed:
            wake.wait(seconds)
        self._sleepers.discard(wake)

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> "UnaryCall":
        return UnaryCall(self, method, self._channel.unary_unary(method, *args, **kwargs))

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._channel.unary_stream(method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._channel.stream_unary(method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._channel.stream_stream(method, *args, **kwargs)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        self._channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        self._channel.unsubscribe(callback)

    def close(self) -> None:
        self.closed = True
        for wake in tuple(self._sleepers):
            wake.set()
        self._channel.close()

    def __enter__(self) -> "RetryingChannel":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()


class UnaryCall(grpc.UnaryUnaryMultiCallable):
    """A method of a stub."""

    def __init__(self, channel: RetryingChannel, path: str, invoke: Any) -> None:
        self._channel = channel
        self._method = Method(path)
        self._invoke = invoke

    def __call__(self, request: Any, timeout: Optional[float] = None,
                 metadata: Optional[Metadata] = None, **options: Any) -> Any:
        return self.with_call(request, timeout, metadata, **options)[0]

    def with_call(self, request: Any, timeout: Optional[float] = None,
                  metadata: Optional[Metadata] = None, **options: Any) -> Tuple[Any, Any]:
        request, attempts, metadata = self._begin(request, timeout, metadata)
        while not self._channel.closed:
            try:
                return self._invoke.with_call(
                    request, timeout=attempts.left(), metadata=metadata, **options)
            except grpc.RpcError as error:
                wait = attempts.wait_after(error)
            except ValueError:  # How gRPC says that the channel is closed, among other things.
                if not self._channel.closed:
                    raise
                break
            self._channel.sleep(wait, threading.Event())
        raise attempts.given_up(errors.CLOSED)

    def future(self, request: Any, timeout: Optional[float] = None,
               metadata: Optional[Metadata] = None, **options: Any) -> "Pending":
        """Begins the call and returns at once. cancel() of what it returns gives the call up."""
        request, attempts, metadata = self._begin(request, timeout, metadata)
        return Pending(
            lambda: self._invoke.future(
                request, timeout=attempts.left(), metadata=metadata, **options),
            attempts, self._method.request_id(request), self._channel)

    def _begin(self, request: Any, timeout: Optional[float],
               metadata: Optional[Metadata]) -> Tuple[Any, Attempts, Metadata]:
        channel = self._channel
        request = self._method.with_request_id(request)
        attempts = Attempts(self._method, self._method.request_id(request), channel.retries,
                            channel.timeout if timeout is None else timeout)
        return request, attempts, (*channel.metadata, *(metadata or ()))


class Pending(futures.Future):  # type: ignore[type-arg]
    """A call under way: a concurrent.futures.Future whose cancel() also works while it runs."""

    def __init__(self, send: Any, attempts: Attempts, request_id: str,
                 channel: RetryingChannel) -> None:
        super().__init__()
        self._send = send
        self._attempts = attempts
        self._request_id = request_id
        self._channel = channel
        self._given_up = threading.Event()
        self._lock = threading.Lock()
        self._call: Any = None
        threading.Thread(target=self._run, name="sluice-call", daemon=True).start()

    def cancel(self) -> bool:
        """Gives the call up. result() then raises Error with CANCELLED, and with side_effect NONE
        only if nothing was under way: otherwise it may have happened."""
        self._given_up.set()
        with self._lock:
            if self._call is not None:
                self._call.cancel()
        return not self.done()

    def _run(self) -> None:
        try:
            self.set_result(self._until_answered())
        except grpc.FutureCancelledError:
            self.set_exception(self._canceled())
        except errors.Error as error:
            self.set_exception(error)
        except Exception as error:  # pylint: disable=broad-except
            self.set_exception(error)

    def _until_answered(self) -> Any:
        while True:
            with self._lock:
                if self._channel.closed:
                    raise self._attempts.given_up(errors.CLOSED)
                if self._given_up.is_set():
                    raise self._attempts.given_up(GIVEN_UP)
                try:
                    self._call = self._send()
                except ValueError:
                    if not self._channel.closed:
                        raise
                    continue
            try:
                return self._call.result()
            except grpc.RpcError as error:
                wait = self._attempts.wait_after(error)
            self._channel.sleep(wait, self._given_up)

    def _canceled(self) -> errors.Error:
        return errors.Error(grpc.StatusCode.CANCELLED, GIVEN_UP, request_id=self._request_id)

"""The asyncio client, over a real connection."""

import asyncio
import gc
import pathlib
import random
import sys
import threading
import time
import warnings
from queue import Queue

import pytest
from conftest import refusal
from grpc import StatusCode
from test_watch import batch, closing, events, progress

import sluice
from sluice import aio
from sluice.v1 import event_pb2, order_pb2

OVERLOADED = refusal(StatusCode.RESOURCE_EXHAUSTED, message="full", reason="OVERLOADED")
QUICK = sluice.Retries(initial_backoff=0.001, max_backoff=0.002)


def run(endpoint, work, **options):
    async def inside():
        async with aio.Client(endpoint, **{"retries": QUICK, **options}) as client:
            return await asyncio.wait_for(work(client), 20)

    return asyncio.run(inside())


def test_a_call_is_sent_again_unchanged(endpoint, script):
    script.plan = [OVERLOADED, OVERLOADED]
    order = run(endpoint, lambda c: c.orders.CreateOrder(order_pb2.CreateOrderRequest()))
    assert order.name == "merchants/m/orders/o"
    assert len(script.requests) == 3 and len({r.request_id for r in script.requests}) == 1


def test_a_break_is_not_sent_again(endpoint, script):
    script.plan = [refusal(StatusCode.UNAVAILABLE)]
    with pytest.raises(sluice.Error) as raised:
        run(endpoint, lambda c: c.orders.CreateOrder(order_pb2.CreateOrderRequest()))
    assert len(script.requests) == 1
    assert raised.value.request_id == script.requests[0].request_id
    assert raised.value.side_effect is sluice.SideEffect.POSSIBLE


def test_a_canceled_task_is_not_kept_waiting(endpoint, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)]
    start = time.monotonic()

    async def work(client):
        task = asyncio.ensure_future(client.orders.GetOrder(order_pb2.GetOrderRequest()))
        while not script.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - start

    assert run(endpoint, work) < 0.9
    assert len(script.requests) == 1


def test_closing_the_client_ends_the_wait_between_two_sends(endpoint, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)]

    async def work(client):
        task = asyncio.ensure_future(client.orders.CreateOrder(order_pb2.CreateOrderRequest()))
        while not script.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        start = time.monotonic()
        await client.close()
        with pytest.raises(sluice.Error) as raised:
            await task
        assert time.monotonic() - start < 0.7
        return raised.value

    error = run(endpoint, work)
    assert (error.code, error.message) == (StatusCode.CANCELLED, "the client is closed")
    assert error.side_effect is sluice.SideEffect.NONE
    assert error.request_id == script.requests[0].request_id
    assert len(script.requests) == 1


@pytest.mark.parametrize("canceled", [False, True])
def test_closing_the_client_ends_a_call_that_is_under_way(endpoint, script, canceled):
    script.held = threading.Event()

    async def work(client):
        task = asyncio.ensure_future(client.orders.CreateOrder(order_pb2.CreateOrderRequest()))
        while not script.requests:
            await asyncio.sleep(0.01)
        if canceled:
            task.cancel()
        await client.close()
        with pytest.raises((sluice.Error, asyncio.CancelledError)) as raised:
            await task
        return raised.value

    error = run(endpoint, work)
    script.held.set()
    if canceled and sys.version_info >= (3, 11):
        assert isinstance(error, asyncio.CancelledError)
        return
    assert (error.code, error.message) == (StatusCode.CANCELLED, "the client is closed")
    assert error.side_effect is sluice.SideEffect.POSSIBLE
    assert error.request_id == script.requests[0].request_id
    assert len(script.requests) == 1


def test_a_closed_client_sends_nothing(endpoint, script):
    async def work(client):
        await client.close()
        with pytest.raises(sluice.Error) as call:
            await client.orders.CreateOrder(order_pb2.CreateOrderRequest())
        with pytest.raises(sluice.Error) as watch:
            client.watch_events(events("start"))
        return [(e.value.code, e.value.message, e.value.side_effect) for e in (call, watch)]

    assert run(endpoint, work) == [
        (StatusCode.CANCELLED, "the client is closed", sluice.SideEffect.NONE)] * 2
    assert script.requests == []


def test_a_stream_goes_on_from_its_cursor(endpoint, script):
    forever = threading.Event()

    def silent():
        yield batch("c4", 4)
        forever.wait(10)

    script.plan = [(batch("c1", 1), progress("c1p")), (StatusCode.UNAVAILABLE, "restart"),
                   (batch("c3", 1, 2, 3), closing("c3c")), silent(), (batch("c5", 5),)]

    async def work(client):
        given = []
        async with client.watch_events(events("start")) as watch:
            async for item in watch:
                given.append((item.value.sequence, item.cursor))
                if len(given) == 5:
                    return given

    given = run(endpoint, work, silence=0.3)
    forever.set()
    assert given == [(1, "c1"), (2, "c1p"), (3, "c3"), (4, "c4"), (5, "c5")]
    assert [r.cursor for r in script.requests] == ["start", "c1p", "c1p", "c3c", "c4"]


def test_other_errors_and_close_end_a_stream(endpoint, script):
    script.plan = [
        refusal(StatusCode.OUT_OF_RANGE, reason="CURSOR_EXPIRED", oldest_cursor="c7")]

    async def work(client):
        watch = client.watch_events(events("start"))
        with pytest.raises(sluice.Error) as raised:
            await watch.__anext__()
        assert raised.value.code is StatusCode.OUT_OF_RANGE
        assert raised.value.metadata == {"side_effect": "none", "oldest_cursor": "c7"}
        assert [item async for item in watch] == []
        other = client.watch_events(events("start"))
        asyncio.get_running_loop().call_later(0.1, other.close)
        return [item async for item in other]

    assert run(endpoint, work) == []


def test_a_key_over_plaintext_goes_to_loopback_only():
    with pytest.raises(sluice.InvalidArgument):
        aio.Client("pay.example.com:50051", api_key="key")


def waiting(*first):
    """A stream that gives these and then nothing more, until it is told to end."""
    over = threading.Event()

    def stream():
        yield from first
        over.wait(10)

    return stream(), over


async def poll(watch, seconds):
    """One more item if it comes in time, as one who has something else to do waits for it."""
    try:
        return (await asyncio.wait_for(watch.__anext__(), seconds)).value.sequence
    except asyncio.TimeoutError:
        return None


def test_giving_up_an_item_loses_nothing(endpoint, script):
    queue = Queue()
    script.plan = [iter(queue.get, None)]
    queue.put(batch("c1", 1))

    async def work(client):
        async with client.watch_events(events("start")) as watch:
            given = [await watch.__anext__()]
            assert await poll(watch, 0.1) is None
            task = asyncio.ensure_future(watch.__anext__())
            asyncio.get_running_loop().call_later(0.1, task.cancel)
            with pytest.raises(asyncio.CancelledError):
                await task
            queue.put(progress("c1p"))
            while watch.cursor != "c1p":  # Also while nobody waits: it does not grow old.
                await asyncio.sleep(0.01)
            queue.put(batch("c2", 2))
            given.append(await watch.__anext__())
            return [(item.value.sequence, item.cursor) for item in given]

    try:
        assert run(endpoint, work) == [(1, "c1"), (2, "c2")]
    finally:
        queue.put(None)
    assert [r.cursor for r in script.requests] == ["start"]


def test_one_who_polls_from_now_misses_nothing(endpoint, script):
    queue = Queue()
    script.plan = [iter(queue.get, None)]
    request = event_pb2.WatchEventsRequest(parent="merchants/m", from_now={})

    async def work(client):
        async with client.watch_events(request) as watch:
            assert [await poll(watch, 0.05) for _ in range(3)] == [None] * 3
            # Between two polls: a stream from now that were opened anew would not have it.
            queue.put(batch("c1", 1))
            await asyncio.sleep(0.2)
            return await poll(watch, 5)

    try:
        assert run(endpoint, work) == 1
    finally:
        queue.put(None)
    assert len(script.requests) == 1


def test_one_who_polls_does_not_shorten_the_wait_that_is_asked_for(endpoint, script):
    refused = refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)
    script.plan = [refused, (batch("c1", 1),)]

    async def work(client):
        start = time.monotonic()
        async with client.watch_events(events("start")) as watch:
            while not await poll(watch, 0.05):
                assert len(script.requests) == 1 or time.monotonic() - start >= 0.9
        return time.monotonic() - start

    assert run(endpoint, work) >= 0.9
    assert len(script.requests) == 2


def test_one_who_polls_backs_off(endpoint, script):
    script.plan = [(StatusCode.UNAVAILABLE, "restart")] * 100

    async def work(client):
        async with client.watch_events(events("start")) as watch:
            end = time.monotonic() + 1
            while time.monotonic() < end:
                assert await poll(watch, 0.02) is None

    slow = sluice.Retries(initial_backoff=0.2, max_backoff=10)
    # Seeded, so that no run is the one in a thousand in which all waits are short.
    random.seed(6)
    run(endpoint, work, retries=slow)
    assert len(script.requests) < 12


def own_tasks():
    """gRPC has tasks too, which end in their own time."""
    return [task for task in asyncio.all_tasks() if "_read_on" in task.get_coro().__qualname__]


@pytest.mark.parametrize("end", ["close", "aclose", "with", "client", "drop", "loop", "error"])
def test_a_watch_that_was_given_up_leaves_nothing_behind(endpoint, script, caplog, end):
    over = threading.Event()

    def stream():
        yield batch("c1", 1)
        if over.wait(0.3 if end == "error" else 10):
            return
        raise RuntimeError("an error that nobody waits for any more")

    script.plan = [stream()]

    async def work():
        client = aio.Client(endpoint, retries=QUICK)
        watch = client.watch_events(events("start"))
        assert [await poll(watch, seconds) for seconds in (5, 0.1)] == [1, None]
        assert len(own_tasks()) == 1
        if end == "close":
            watch.close()
        elif end == "aclose":
            await watch.aclose()
            assert not own_tasks()
        elif end == "with":
            async with watch:
                pass
            assert not own_tasks()
        elif end == "error":
            await asyncio.sleep(0.4)
        if end == "drop":
            del watch
            gc.collect()
            assert await asyncio.get_running_loop().run_in_executor(None, script.gone.wait, 5)
        if end != "loop":
            await client.close()
            assert not own_tasks()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(work())
        gc.collect()
    assert script.gone.wait(5), "the server's stream has ended"
    over.set()
    said = [record.getMessage() for record in caplog.records]
    assert [text for text in said if "destroyed" in text or "never retrieved" in text] == []


def test_a_task_that_is_canceled_as_the_client_closes_is_canceled(endpoint, script):
    stream, over = waiting(batch("c1", 1))
    script.plan = [stream]

    async def work(client):
        watch = client.watch_events(events("start"))
        await watch.__anext__()

        async def follow():
            return [item async for item in watch]

        task = asyncio.ensure_future(follow())
        await asyncio.sleep(0.1)
        task.cancel()
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(endpoint, work)
    over.set()


def test_a_refused_stream_waits_as_long_as_it_is_asked_to(endpoint, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=300),
                   (batch("c1", 1),)]

    async def work(client):
        start = time.monotonic()
        async with client.watch_events(events("start")) as watch:
            await watch.__anext__()
        return time.monotonic() - start

    assert run(endpoint, work) >= 0.3


def test_closing_the_client_ends_its_streams(endpoint, script):
    forever = threading.Event()

    def silent():
        yield batch("c1", 1)
        forever.wait(10)

    script.plan = [silent()]

    async def work(client):
        given = []
        async for item in client.watch_events(events("start")):
            given.append(item.value.sequence)
            asyncio.get_running_loop().call_later(
                0.1, lambda: asyncio.ensure_future(client.close()))
        return given

    assert run(endpoint, work) == [1]
    forever.set()


@pytest.mark.skipif(not pathlib.Path("/proc/net/tcp").exists(), reason="needs Linux's /proc/net")
def test_a_closed_client_keeps_no_connection(endpoint, script):
    forever = threading.Event()

    def silent():
        yield batch("c1", 1)
        forever.wait(10)

    script.plan = [refusal(StatusCode.NOT_FOUND), (StatusCode.UNAVAILABLE, "restart"), silent(),
                   (StatusCode.NOT_FOUND, "no")]

    async def work(client):
        with pytest.raises(sluice.Error) as call:
            await client.orders.GetOrder(order_pb2.GetOrderRequest())
        watch = client.watch_events(events("start"))
        await watch.__anext__()
        with pytest.raises(sluice.Error) as stream:
            await client.watch_events(events("start")).__anext__()
        waiting = asyncio.ensure_future(watch.__anext__())
        await asyncio.sleep(0.1)
        await client.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        for _ in range(200):
            if not connections_to(endpoint):
                break
            await asyncio.sleep(0.01)
        # Whoever keeps the errors keeps no connection.
        return connections_to(endpoint), call, stream, waiting

    gc.disable()
    try:
        assert run(endpoint, work)[0] == 0
    finally:
        gc.enable()
        forever.set()


def connections_to(endpoint):
    port = ":%04X" % int(endpoint.rsplit(":", 1)[1])
    lines = [line.split() for table in ("tcp", "tcp6")
             for line in pathlib.Path("/proc/net", table).read_text().splitlines()]
    return sum(line[2].endswith(port) and line[3] == "01" for line in lines)

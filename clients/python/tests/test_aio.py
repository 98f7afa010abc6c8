"""The asyncio client, over a real connection."""

import asyncio
import gc
import pathlib
import threading
import time

import pytest
from conftest import refusal
from grpc import StatusCode
from test_watch import batch, closing, events, progress

import sluice
from sluice import aio
from sluice.v1 import order_pb2

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
    script.plan = [(StatusCode.NOT_FOUND, "no")]

    async def work(client):
        watch = client.watch_events(events("start"))
        with pytest.raises(sluice.Error) as raised:
            await watch.__anext__()
        assert raised.value.code is StatusCode.NOT_FOUND
        assert [item async for item in watch] == []
        other = client.watch_events(events("start"))
        asyncio.get_running_loop().call_later(0.1, other.close)
        return [item async for item in other]

    assert run(endpoint, work) == []


def test_a_key_over_plaintext_goes_to_loopback_only():
    with pytest.raises(sluice.InvalidArgument):
        aio.Client("pay.example.com:50051", api_key="key")


def test_giving_up_an_item_loses_nothing(endpoint, script):
    forever = threading.Event()

    def silent(*first):
        yield from first
        forever.wait(10)

    script.plan = [silent(batch("c1", 1)), silent(), (batch("c2", 2),)]

    async def work(client):
        async with client.watch_events(events("start")) as watch:
            given = [await watch.__anext__()]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(watch.__anext__(), 0.2)
            task = asyncio.ensure_future(watch.__anext__())
            asyncio.get_running_loop().call_later(0.2, task.cancel)
            with pytest.raises(asyncio.CancelledError):
                await task
            given.append(await watch.__anext__())
            return [(item.value.sequence, item.cursor) for item in given]

    given = run(endpoint, work)
    forever.set()
    assert given == [(1, "c1"), (2, "c2")]
    assert [r.cursor for r in script.requests] == ["start", "c1", "c1"]


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

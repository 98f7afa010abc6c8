"""Streams: what is given, in which order, with which cursor, and when it ends."""

import itertools
import threading
import time

import pytest
from conftest import refusal
from grpc import StatusCode

import sluice
from sluice._watch import Position
from sluice.v1 import event_pb2, order_pb2


def batch(cursor, *sequences, merchant="m"):
    message = event_pb2.WatchEventsResponse(cursor=cursor)
    message.batch.SetInParent()
    for sequence in sequences:
        message.batch.events.add(name=f"merchants/{merchant}/events/{sequence:020d}",
                                 sequence=sequence)
    return message


def progress(cursor):
    message = event_pb2.WatchEventsResponse(cursor=cursor)
    message.progress.SetInParent()
    return message


def closing(cursor):
    message = event_pb2.WatchEventsResponse(cursor=cursor)
    message.closing.SetInParent()
    return message


def events(cursor="", parent="merchants/m"):
    return event_pb2.WatchEventsRequest(parent=parent, cursor=cursor)


def take(watch, count):
    return [(item.value.sequence, item.cursor) for item in itertools.islice(watch, count)]


def test_within_a_batch_the_cursor_is_the_one_before_it():
    position = Position(events("start"), "batch")
    assert [i.cursor for i in position.take(batch("c3", 1, 2, 3)).items] == ["start", "start", "c3"]


def test_repeats_are_dropped_and_the_cursor_moves():
    position = Position(events(), "batch")
    assert len(list(position.take(batch("c2", 1, 2)).items)) == 2
    assert not list(position.take(batch("c2b", 1, 2)).items)
    assert position.cursor == "c2b"
    (item,) = position.take(batch("c3", 2, 3)).items
    assert (item.value.sequence, item.cursor) == (3, "c3")


@pytest.mark.parametrize("numbers, new", [
    ((4, 5, 6), (4, 5, 6)), ((4,), (4,)), ((3, 4, 5), (4, 5)), ((1, 2, 3), ()),
    ((4, 7, 9), (4, 7, 9)), ((4, 4, 5), (4, 5)), ((2, 4, 4), (4,)), ((), ())])
def test_only_what_is_new_is_given(numbers, new):
    position = Position(events("start"), "batch")
    position.cursor = list(position.take(batch("c3", 1, 2, 3)).items)[-1].cursor
    assert tuple(item.value.sequence for item in position.take(batch("c", *numbers)).items) == new
    last = max((3, *numbers))
    again = position.take(batch("d", last, last + 1)).items
    assert [item.value.sequence for item in again] == [last + 1]


def test_the_watchs_cursor_moves_when_the_last_of_a_batch_is_given(client, script):
    script.plan = [(batch("c3", 1, 2, 3), progress("p"), batch("c4", 4)),
                   (StatusCode.OUT_OF_RANGE, "")]
    seen = []
    with client.watch_events(events("start")) as watch, pytest.raises(sluice.Error):
        seen.append(watch.cursor)
        # By turns: what one has begun to give, the other goes on with.
        for item in watch:
            seen.append((item.value.sequence, item.cursor, watch.cursor))
            break
        seen.append((next(watch).value.sequence, watch.cursor))
        for item in watch:
            seen.append((item.value.sequence, item.cursor, watch.cursor))
    assert seen == ["start", (1, "start", "start"), (2, "start"), (3, "c3", "c3"), (4, "c4", "c4")]
    assert [r.cursor for r in script.requests] == ["start", "c4"]


def test_each_merchant_has_its_own_sequence():
    position = Position(events(parent="merchants/-"), "batch")
    assert len(list(position.take(batch("a", 1, 2, merchant="a")).items)) == 2
    assert len(list(position.take(batch("b", 1, 2, merchant="b")).items)) == 2


def test_a_stream_goes_on_from_its_cursor(client, script):
    script.plan = [(batch("c1", 1), progress("c1p")), (StatusCode.UNAVAILABLE, "restart"),
                   (batch("c2", 1, 2), closing("c2c")), (StatusCode.RESOURCE_EXHAUSTED, "busy"),
                   (batch("c3", 3),)]
    with client.watch_events(events("start")) as watch:
        assert take(watch, 3) == [(1, "c1"), (2, "c2"), (3, "c3")]
    assert [r.cursor for r in script.requests] == ["start", "c1p", "c1p", "c2c", "c2c"]


def test_an_unknown_message_is_no_item(client, script):
    script.plan = [(event_pb2.WatchEventsResponse(cursor="new"), batch("c1", 1))]
    with client.watch_events(events("start")) as watch:
        assert take(watch, 1) == [(1, "c1")]


@pytest.mark.parametrize("code", [c for c in StatusCode if c not in (
    StatusCode.OK, StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED)])
def test_other_errors_end_it(client, script, code):
    script.plan = [(code, "no")]
    watch = client.watch_events(events("start"))
    with pytest.raises(sluice.Error) as raised:
        next(watch)
    assert raised.value.code is code
    with pytest.raises(StopIteration):
        next(watch)
    assert len(script.requests) == 1


def test_an_expired_cursor_ends_it_with_the_oldest_that_works(client, script):
    expired = refusal(StatusCode.OUT_OF_RANGE, reason="CURSOR_EXPIRED", oldest_cursor="c7")
    script.plan = [(batch("c1", 1),), expired, (batch("c8", 8),)]
    watch = client.watch_events(events("start"))
    assert next(watch).cursor == "c1"
    with pytest.raises(sluice.Error) as raised:
        next(watch)
    assert raised.value.reason == "CURSOR_EXPIRED"
    oldest = raised.value.metadata["oldest_cursor"]
    with client.watch_events(events(oldest)) as watch:
        assert take(watch, 1) == [(8, "c8")]
    assert [r.cursor for r in script.requests] == ["start", "c1", "c7"]


def test_silence_opens_it_again(endpoint, script):
    forever = threading.Event()

    def silent():
        yield batch("c1", 1)
        forever.wait(10)

    script.plan = [silent(), (batch("c2", 2),)]
    retries = sluice.Retries(initial_backoff=0.001)
    with sluice.Client(endpoint, silence=0.3, retries=retries) as client:
        with client.watch_events(events("start")) as watch:
            assert take(watch, 2) == [(1, "c1"), (2, "c2")]
    forever.set()
    assert script.requests[1].cursor == "c1"


def test_close_in_another_thread_ends_the_iteration(client, script):
    forever = threading.Event()

    def silent():
        yield batch("c1", 1)
        forever.wait(10)

    script.plan = [silent()]
    watch = client.watch_events(events("start"))
    assert next(watch).value.sequence == 1
    threading.Timer(0.1, watch.close).start()
    assert list(watch) == []
    forever.set()


def test_close_just_before_the_stream_opens_again_ends_the_iteration(client, script):
    script.plan = [(batch("c1", 1),), (batch("c2", 2),)]
    watch = client.watch_events(events("start"))
    again = watch._open

    def closed_by_another_thread():
        thread = threading.Thread(target=watch.close)
        thread.start()
        thread.join()
        return again()

    watch._open = closed_by_another_thread
    assert [item.value.sequence for item in watch] == [1]
    with pytest.raises(StopIteration):
        next(watch)
    assert len(script.requests) == 1


def test_a_resource_is_given_once_per_revision(client, script):
    def order(revision, cursor):
        return order_pb2.WatchOrderResponse(order=order_pb2.Order(revision=revision), cursor=cursor)

    script.plan = [(order(3, "c3"), order(3, "c3"), order(4, "c4")), (order(4, "c4"), order(5, "c5"))]
    with client.watch_order(order_pb2.WatchOrderRequest(name="merchants/m/orders/o")) as watch:
        given = [(item.value.revision, item.cursor) for item in itertools.islice(watch, 3)]
    assert given == [(3, "c3"), (4, "c4"), (5, "c5")]
    assert watch.cursor == "c5"


def test_a_refused_stream_waits_as_long_as_it_is_asked_to(client, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=300),
                   (batch("c1", 1),)]
    start = time.monotonic()
    with client.watch_events(events("start")) as watch:
        assert take(watch, 1) == [(1, "c1")]
    assert time.monotonic() - start >= 0.3

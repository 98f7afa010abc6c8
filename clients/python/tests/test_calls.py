"""What is sent again and what is not, over a real connection."""

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from conftest import refusal
from grpc import StatusCode

import sluice
from sluice.v1 import order_pb2

OVERLOADED = refusal(StatusCode.RESOURCE_EXHAUSTED, message="full", reason="OVERLOADED")
CREATE = order_pb2.CreateOrderRequest(parent="merchants/m", order_id="o")
GET = order_pb2.GetOrderRequest(name="merchants/m/orders/o")


def test_a_request_id_is_made_once_and_kept(client, script):
    script.plan = [OVERLOADED, OVERLOADED]
    client.orders.CreateOrder(CREATE)
    ids = {request.request_id for request in script.requests}
    assert len(script.requests) == 3 and len(ids) == 1 and len(ids.pop()) == 36
    assert CREATE.request_id == "", "the caller's request is not touched"


def test_the_callers_request_id_stays(client, script):
    client.orders.CreateOrder(order_pb2.CreateOrderRequest(request_id="mine"))
    assert script.requests[0].request_id == "mine"


@pytest.mark.parametrize("error, sends_of_create, sends_of_get", [
    (refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED"), 4, 4),
    (refusal(StatusCode.UNAVAILABLE, reason="SHUTTING_DOWN"), 4, 4),
    (refusal(StatusCode.UNAVAILABLE), 1, 4),
    (refusal(StatusCode.UNAVAILABLE, reason="X", side_effect="possible"), 1, 1),
    (refusal(StatusCode.UNAVAILABLE, reason="X", domain="proxy"), 1, 4),
    (refusal(StatusCode.RESOURCE_EXHAUSTED), 1, 1),
    (refusal(StatusCode.INTERNAL, reason="INTERNAL"), 1, 1),
    (refusal(StatusCode.ABORTED, reason="X"), 1, 1),
    (refusal(StatusCode.DEADLINE_EXCEEDED), 1, 1),
])
def test_what_is_sent_again(client, script, error, sends_of_create, sends_of_get):
    for call, request, sends in ((client.orders.CreateOrder, CREATE, sends_of_create),
                                 (client.orders.GetOrder, GET, sends_of_get)):
        script.plan, script.requests = [error] * 9, []
        with pytest.raises(sluice.Error) as raised:
            call(request)
        assert len(script.requests) == sends
        assert raised.value.code is error[0]


def test_the_error_has_the_request_id_and_its_cause(client, script):
    script.plan = [refusal(StatusCode.UNAVAILABLE, message="gone")]
    with pytest.raises(sluice.Error) as raised:
        client.orders.CreateOrder(CREATE)
    error = raised.value
    assert error.request_id == script.requests[0].request_id
    assert error.side_effect is sluice.SideEffect.POSSIBLE
    assert isinstance(error.__cause__, grpc.RpcError)
    assert "UNAVAILABLE" in str(error) and "gone" in str(error)


@pytest.mark.parametrize("domain, metadata", [
    ("sluice.v1", {"side_effect": "none", "oldest_cursor": "c7", "of the future": "größer"}),
    ("proxy.example", {}),
])
def test_the_error_has_the_metadata_of_the_servers_own_words(client, script, domain, metadata):
    script.plan = [refusal(StatusCode.OUT_OF_RANGE, reason="CURSOR_EXPIRED", domain=domain,
                           **{"oldest_cursor": "c7", "of the future": "größer"})]
    with pytest.raises(sluice.Error) as raised:
        client.orders.GetOrder(GET)
    assert raised.value.metadata == metadata
    assert raised.value.reason == ("CURSOR_EXPIRED" if metadata else "")
    script.plan = [refusal(StatusCode.INTERNAL)]
    with pytest.raises(sluice.Error) as raised:
        client.orders.GetOrder(GET)
    assert raised.value.metadata == {}


def test_retry_info_is_the_least_wait(client, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=200)]
    start = time.monotonic()
    client.orders.GetOrder(GET)
    assert 0.2 <= time.monotonic() - start < 2


def test_a_wait_beyond_the_deadline_is_not_begun(client, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)]
    start = time.monotonic()
    with pytest.raises(sluice.Error) as raised:
        client.orders.GetOrder(GET, timeout=0.5)
    assert time.monotonic() - start < 0.45
    assert raised.value.retry_after == 0.9


def test_a_pending_call_can_be_given_up_while_it_waits(client, script):
    script.plan = [refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)]
    pending = client.orders.CreateOrder.future(CREATE)
    while not script.requests:
        time.sleep(0.01)
    time.sleep(0.1)  # Until the refusal has arrived.
    pending.cancel()
    with pytest.raises(sluice.Error) as raised:
        pending.result(timeout=0.5)
    assert raised.value.code is StatusCode.CANCELLED
    assert raised.value.side_effect is sluice.SideEffect.NONE
    assert raised.value.request_id == script.requests[0].request_id


@pytest.mark.parametrize("how", ["call", "future"])
@pytest.mark.parametrize("method, request_, first, side_effect", [
    ("CreateOrder", CREATE, [], "none"),
    ("GetOrder", GET, [], "none"),
    # What became of the first send is not known, whatever the second was told.
    ("GetOrder", GET, [refusal(StatusCode.UNAVAILABLE)], "possible"),
])
def test_closing_the_client_ends_the_wait_between_two_sends(
        client, script, how, method, request_, first, side_effect):
    script.plan = first + [
        refusal(StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED", retry_after_ms=900)]
    call = getattr(client.orders, method)
    with ThreadPoolExecutor() as threads:
        pending = call.future(request_) if how == "future" else threads.submit(call, request_)
        while len(script.requests) <= len(first):
            time.sleep(0.01)
        time.sleep(0.1)  # Until the refusal has arrived.
        start = time.monotonic()
        client.close()
        with pytest.raises(sluice.Error) as raised:
            pending.result()
    assert time.monotonic() - start < 0.7
    error = raised.value
    assert (error.code, error.message) == (StatusCode.CANCELLED, "the client is closed")
    assert error.side_effect.value == side_effect
    assert error.request_id == getattr(script.requests[0], "request_id", "")
    assert error.__cause__.reason == "OVERLOADED"
    assert len(script.requests) == len(first) + 1


def test_a_closed_client_sends_nothing(client, script):
    client.close()
    for call in (lambda: client.orders.CreateOrder(order_pb2.CreateOrderRequest(request_id="mine")),
                 lambda: client.orders.CreateOrder.future(CREATE).result(),
                 lambda: client.watch_order(order_pb2.WatchOrderRequest())):
        with pytest.raises(sluice.Error) as raised:
            call()
        assert raised.value.code is StatusCode.CANCELLED
        assert raised.value.message == "the client is closed"
        assert raised.value.side_effect is sluice.SideEffect.NONE
    assert script.requests == []


def test_a_pending_call_gives_its_answer_or_its_error(client, script):
    assert client.orders.GetOrder.future(GET).result().name == "merchants/m/orders/o"
    script.plan = [refusal(StatusCode.NOT_FOUND, reason="NOT_FOUND")]
    with pytest.raises(sluice.Error) as raised:
        client.orders.GetOrder.future(GET).result()
    assert raised.value.reason == "NOT_FOUND"


def test_the_key_is_a_bearer(endpoint, script):
    with sluice.Client(endpoint, api_key="secret") as client:
        client.orders.GetOrder(GET, metadata=(("traceparent", "00-1"),))
    assert script.metadata[0]["authorization"] == "Bearer secret"
    assert script.metadata[0]["traceparent"] == "00-1"


def test_nobody_listens(script):
    with sluice.Client("127.0.0.1:1", timeout=5) as client, pytest.raises(sluice.Error) as raised:
        client.orders.CreateOrder(CREATE)
    assert raised.value.code is StatusCode.UNAVAILABLE
    assert raised.value.side_effect is sluice.SideEffect.POSSIBLE


def test_an_answer_larger_than_grpcs_own_limit_is_taken_in(client, script):
    script.description = "x" * (40 << 20)
    assert len(client.orders.GetOrder(order_pb2.GetOrderRequest()).description) == 40 << 20


def test_plaintext_goes_past_a_proxy(endpoint, script, monkeypatch):
    for name in ("no_proxy", "no_grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:1")
    with sluice.Client(endpoint, api_key="key") as client:
        client.orders.GetOrder(GET)
    assert script.metadata[0]["authorization"] == "Bearer key"

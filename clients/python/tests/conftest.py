"""A server in this process whose answers are scripted."""

import threading
from concurrent import futures

import grpc
import pytest
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

import sluice
from sluice.v1 import event_pb2_grpc, order_pb2, order_pb2_grpc


def refusal(code, *, message="", reason=None, side_effect="none", retry_after_ms=None,
            domain="sluice.v1", **metadata):
    """(code, message, grpc-status-details-bin), as the server answers."""
    if reason is None:
        return code, message, None
    status = status_pb2.Status(code=code.value[0], message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(
        reason=reason, domain=domain, metadata={"side_effect": side_effect, **metadata}))
    if retry_after_ms is not None:
        delay = duration_pb2.Duration(nanos=retry_after_ms * 1_000_000)
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return code, message, status.SerializeToString()


class Script(order_pb2_grpc.OrderServiceServicer, event_pb2_grpc.EventServiceServicer):
    """Answers with what is in `plan`, one entry a call; then with OK."""

    def __init__(self):
        self.plan = []
        self.requests = []
        self.metadata = []
        self.description = ""
        self.gone = threading.Event()  # A client has left a stream of events.
        self.held = None  # Answers wait for it.

    def _answer(self, request, context):
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        if self.held is not None:
            self.held.wait(10)
        if self.plan:
            code, message, details = self.plan.pop(0)
            if details:
                context.set_trailing_metadata((("grpc-status-details-bin", details),))
            context.abort(code, message)
        return order_pb2.Order(name="merchants/m/orders/o", description=self.description)

    def CreateOrder(self, request, context):
        return self._answer(request, context)

    def GetOrder(self, request, context):
        return self._answer(request, context)

    def SyncOrder(self, request, context):
        return self._answer(request, context)

    def WatchOrder(self, request, context):
        self.requests.append(request)
        yield from self.plan.pop(0) if self.plan else ()

    def WatchEvents(self, request, context):
        context.add_callback(self.gone.set)
        self.requests.append(request)
        step = self.plan.pop(0) if self.plan else ()
        if isinstance(step, tuple) and step and isinstance(step[0], StatusCode):
            if len(step) > 2:
                context.set_trailing_metadata((("grpc-status-details-bin", step[2]),))
            context.abort(step[0], step[1])
        yield from step


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def endpoint(script):
    server = grpc.server(futures.ThreadPoolExecutor(8))
    order_pb2_grpc.add_OrderServiceServicer_to_server(script, server)
    event_pb2_grpc.add_EventServiceServicer_to_server(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def client(endpoint):
    retries = sluice.Retries(initial_backoff=0.001, max_backoff=0.002)
    with sluice.Client(endpoint, retries=retries) as made:
        yield made

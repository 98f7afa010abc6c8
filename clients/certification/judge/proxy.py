"""A recording gRPC proxy: bytes pass through, calls are written down, faults are played."""

import threading
import time
from concurrent import futures

import grpc

from judge import faults as fault_rules
from judge.relay import Relay
from judge.wire import DETAILS_KEY, Send, Status, Wire, now

WORKERS = 64
OPTIONS = [("grpc.max_receive_message_length", 16 << 20), ("grpc.so_reuseport", 0),
           # Clients ask more often here than they may in earnest, so that scenarios are short.
           ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_ping_strikes", 0),
           ("grpc.http2.min_recv_ping_interval_without_data_ms", 1)]
# The proxy's way to the server must neither wait nor try again by itself: what it sees is the truth.
UPSTREAM_OPTIONS = [("grpc.enable_retries", 0), ("grpc.initial_reconnect_backoff_ms", 50),
                    ("grpc.max_reconnect_backoff_ms", 100),
                    ("grpc.max_receive_message_length", 16 << 20)]


class Broken(Exception):
    """The connection has been reset: there is nobody left to answer."""


class Proxy:
    """Stands at .endpoint before a server that may come and go."""

    def __init__(self, protos):
        self.wire = Wire()
        self.faults = fault_rules.Faults()
        self._protos = protos
        self._upstream = None
        self._server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=OPTIONS)
        self._server.add_generic_rpc_handlers((_Handler(self, protos),))
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._relay = Relay(port)
        self.endpoint = self._relay.endpoint

    def serve(self, address):
        """Begins to hand calls to the server at this address."""
        self._upstream = grpc.insecure_channel(address, options=UPSTREAM_OPTIONS)
        self._relay.up()

    def refuse_connections(self):
        """As if there were nothing at the endpoint."""
        self._relay.down()

    def freeze(self):
        """The clients' connections go dead without a word."""
        self._relay.freeze()

    def close(self):
        self._relay.close()
        self._server.stop(None)

    def _begin(self, method, request, context):
        remaining = context.time_remaining()
        send = Send(method.name, request, dict(context.invocation_metadata()), now(),
                    remaining if remaining is not None and remaining < 1e6 else None)
        self.wire.add(send)
        return send

    def break_connection(self, send):
        send.status = Status("UNAVAILABLE", broken=True)
        self._relay.cut()
        raise Broken

    def abort(self, context, send, rule):
        info = rule.get("info")
        ours = info is not None and info.get("domain", "sluice.v1") == "sluice.v1"
        send.status = Status(
            rule["code"], rule.get("message", ""), info.get("reason", "") if ours else "",
            info.get("metadata", {}).get("side_effect", "possible") if ours else "",
            rule.get("retryAfterMs", 0) / 1000)
        details = fault_rules.status_bytes(self._protos, rule)
        if details is not None:
            context.set_trailing_metadata(((DETAILS_KEY, details),))
        context.abort(getattr(grpc.StatusCode, rule["code"]), rule.get("message", ""))

    def pass_error(self, context, send, error):
        """Hands on what the server has answered."""
        send.status = Status(error.code().name, error.details() or "")
        trailing = dict(error.trailing_metadata() or ())
        if DETAILS_KEY in trailing:
            self._read_details(trailing[DETAILS_KEY], send.status)
            context.set_trailing_metadata(((DETAILS_KEY, trailing[DETAILS_KEY]),))
        context.abort(error.code(), error.details() or "")

    def _read_details(self, data, status):
        for detail in self._protos.message("google.rpc.Status").FromString(data).details:
            kind = detail.type_url.rsplit("/", 1)[-1]
            if kind == "google.rpc.ErrorInfo":
                info = self._protos.message(kind).FromString(detail.value)
                status.reason = info.reason
                status.side_effect = info.metadata["side_effect"]
            elif kind == "google.rpc.RetryInfo":
                delay = self._protos.message(kind).FromString(detail.value).retry_delay
                status.retry_after_s = delay.seconds + delay.nanos / 1e9

    def unary(self, method, data, context):
        send = self._begin(method, method.request.FromString(data), context)

        def on_end():
            send.canceled = send.status is None

        context.add_callback(on_end)
        rule = self.faults.take(method.name) or {"kind": ""}
        kind, after = rule["kind"], rule.get("after", False)
        if kind == "delay" and not after:
            time.sleep(rule["ms"] / 1000)
        if kind == "break" and not after:
            self.break_connection(send)
        if kind == "refuse" and not after:
            self.abort(context, send, rule)
        invoke = self._upstream.unary_unary(method.path)
        try:
            # Not the caller's deadline: the server's own view of it is tested elsewhere.
            answer = invoke(data, metadata=_passed(context), timeout=30)
        except grpc.RpcError as error:
            self.pass_error(context, send, error)
        if kind == "delay" and after:
            time.sleep(rule["ms"] / 1000)
        if kind == "break":
            self.break_connection(send)
        if kind == "refuse":
            self.abort(context, send, rule)
        if kind == "alter":
            answer = fault_rules.alter(method.response.FromString(answer), rule)
        send.messages.append(method.response.FromString(answer))
        send.status = Status("OK")
        return answer

    def stream(self, method, data, context):
        send = self._begin(method, method.request.FromString(data), context)
        rule = self.faults.take(method.name) or {"kind": ""}
        ended = threading.Event()

        def on_end():
            send.canceled = send.status is None
            ended.set()

        context.add_callback(on_end)
        for message in self._messages(method, data, send, rule, context, ended):
            send.messages.append(message if not isinstance(message, bytes)
                                 else method.response.FromString(message))
            out = message if isinstance(message, bytes) else message.SerializeToString()
            send.sent_bytes += len(out)
            yield out
        if send.status is None:
            send.status = Status("OK")

    def _messages(self, method, data, send, rule, context, ended):
        if rule["kind"] == "flood":
            context.send_initial_metadata(())
            yield from _flood(method, rule, ended)
            ended.wait()
            return
        if rule["kind"] == "rewind":
            request = method.request.FromString(data)
            request.cursor = rule["cursor"]
            data = request.SerializeToString()
        if rule["kind"] == "delay":
            ended.wait(rule["ms"] / 1000)
        given = 0
        self._fail_after(given, send, rule, context, ended)
        call = self._upstream.unary_stream(method.path)(data, metadata=_passed(context))
        context.add_callback(call.cancel)
        try:
            call.initial_metadata()
            context.send_initial_metadata(())
            for message in _shaped(method, rule, call):
                yield message
                given += 1
                self._fail_after(given, send, rule, context, ended)
        except grpc.RpcError as error:
            if not ended.is_set():
                self.pass_error(context, send, error)

    def _fail_after(self, given, send, rule, context, ended):
        if given != rule.get("messages", 0):
            return
        if rule["kind"] == "break":
            self.break_connection(send)
        if rule["kind"] == "refuse":
            self.abort(context, send, rule)
        if rule["kind"] == "stall":
            ended.wait()


def _shaped(method, rule, call):
    """The server's messages as the rule wants them."""
    kind = rule["kind"]
    if kind == "strange":
        yield b"\xba\x3e\x05later"
    held, held_events = None, 0
    for data in call:
        if kind == "alter":
            yield fault_rules.alter(method.response.FromString(data), rule)
        elif kind == "repeat":
            yield data
            yield data
        elif kind == "merge" and held_events < rule["events"]:
            message = method.response.FromString(data)
            if not message.HasField("batch"):
                continue
            if held is None:
                held = method.response()
            held.batch.events.extend(message.batch.events)
            held.cursor = message.cursor
            held_events = len(held.batch.events)
            if held_events >= rule["events"]:
                yield held
        else:
            yield data


def _flood(method, rule, ended):
    """Events with rising sequences, as many as the reader takes."""
    filler = "x" * rule["bytes"]
    for sequence in range(1, rule["events"] + 1):
        if ended.is_set():
            return
        message = method.response()
        message.cursor = f"flood-{sequence}"
        event = message.batch.events.add()
        event.name = f"merchants/flood/events/{sequence:020d}"
        event.sequence = sequence
        event.type = "order.created"
        event.traceparent = filler
        yield message


def _passed(context):
    """The metadata that the client itself has set."""
    return [(key, value) for key, value in context.invocation_metadata()
            if not key.startswith(("grpc-", ":")) and key not in ("user-agent", "te")]


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, proxy, protos):
        self._proxy = proxy
        self._protos = protos

    def service(self, details):
        method = self._protos.by_path.get(details.method)
        if method is None:
            return None
        if method.streams:
            return grpc.unary_stream_rpc_method_handler(
                lambda data, context: _quietly_stream(self._proxy, method, data, context))
        return grpc.unary_unary_rpc_method_handler(
            lambda data, context: _quietly(self._proxy, method, data, context))


def _quietly(proxy, method, data, context):
    try:
        return proxy.unary(method, data, context)
    except Broken:
        context.set_code(grpc.StatusCode.UNAVAILABLE)
        return b""


def _quietly_stream(proxy, method, data, context):
    try:
        yield from proxy.stream(method, data, context)
    except Broken:
        context.set_code(grpc.StatusCode.UNAVAILABLE)

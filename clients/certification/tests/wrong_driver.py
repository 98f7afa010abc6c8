"""The Python client's driver with one defect, by name: each has to be caught by the judge.

Run with the Python client's own environment: wrong_driver.py <defect>.
"""

import pathlib
import sys
import threading
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "python" / "certification"))

import grpc
from google.protobuf import json_format

import driver
import sluice
from sluice import _channel, _connection, _policy, _watch, client, errors, money


def a_new_request_id_per_try():
    original = _channel.UnaryCall._begin

    def begin(self, request, timeout, metadata):
        request, attempts, metadata = original(self, request, timeout, metadata)
        invoke = self._invoke

        class Changing:
            def with_call(self, request, **options):
                if "request_id" in type(request).DESCRIPTOR.fields_by_name:
                    request.request_id = str(uuid.uuid4())
                return invoke.with_call(request, **options)

        self._invoke = Changing()
        return request, attempts, metadata

    _channel.UnaryCall._begin = begin


def no_request_id():
    _policy.Method.with_request_id = lambda self, request: request
    _policy.Method.request_id = lambda self, request: ""


def sends_again_after_a_break():
    _policy._nothing_happened = lambda method, error: (
        error.code is grpc.StatusCode.UNAVAILABLE
        or error.side_effect is sluice.SideEffect.NONE)


def says_that_nothing_happened():
    original = driver.error_json
    driver.error_json = lambda error: {"error": {**original(error)["error"], "sideEffect": "none"}}


def an_error_without_its_metadata():
    original = driver.error_json
    driver.error_json = lambda error: {"error": {**original(error)["error"], "metadata": {}}}


def sends_without_end():
    original = _policy.Attempts.wait_after

    def wait_after(self, call):
        self._sends = 1
        return original(self, call)

    _policy.Attempts.wait_after = wait_after


def gives_up_at_once():
    _policy._nothing_happened = lambda method, error: False


def does_not_heed_retry_info():
    original = errors.from_call

    def from_call(call, request_id=""):
        error = original(call, request_id)
        error.retry_after = None
        return error

    errors.from_call = from_call


def waits_without_jitter():
    _policy.Retries.wait = lambda self, failures: min(self.max_backoff, self.initial_backoff)


def a_deadline_for_each_try():
    _policy.Attempts.left = lambda self: 2.0


def loses_an_event():
    original = _watch.Position.take
    seen = []

    def take(self, message):
        batch = original(self, message)
        items = list(batch.items)
        seen.extend(items)
        batch.items = iter([] if len(seen) == 2 else items)
        return batch

    _watch.Position.take = take


def gives_events_twice():
    original = _watch.Position.take

    def take(self, message):
        self._given.clear()
        return original(self, message)

    _watch.Position.take = take


def a_cursor_ahead_of_its_event():
    original = _watch.Position.take

    def take(self, message):
        batch = original(self, message)
        batch.items = iter([_watch.Item(item.value, message.cursor) for item in batch.items])
        return batch

    _watch.Position.take = take


def forgets_its_cursor():
    original = _watch.Position.request

    def request(self):
        wanted = original(self)
        if self._given:
            wanted.from_now.SetInParent()
        return wanted

    _watch.Position.request = request


def reads_ahead_without_bound():
    original = client.Client.watch_events

    def watch_events(self, request):
        watch = original(self, request)
        inner = type(watch).__next__
        held, arrived = [], threading.Condition()

        def read():
            while True:
                item = inner(watch)
                with arrived:
                    held.append(item)
                    arrived.notify()

        class Ahead:
            cursor = ""
            close = watch.close

            def __next__(self):
                with arrived:
                    arrived.wait_for(lambda: held)
                    return held.pop(0)

        threading.Thread(target=read, daemon=True).start()
        return Ahead()

    client.Client.watch_events = watch_events


def waits_for_ever_in_silence():
    client._Watchdog._run = lambda self: None


def asks_nothing_of_a_dead_connection():
    original = _connection.options

    def options(keepalive, plaintext):
        return [(name, value) for name, value in original(keepalive, plaintext)
                if "keepalive" not in name and "ping" not in name]

    _connection.options = options


def opens_again_before_retry_info_allows():
    original = client.Watch._wait
    client.Watch._wait = lambda self, at_least=0.0: original(self)


def ends_its_stream_with_the_wait():
    original = driver.Watching.next

    def next_(self, timeout_s):
        answer = original(self, timeout_s)
        if "timeout" in answer.get("ok", {}):
            self.watch.end_silence(self.watch.waits_since)
        return answer

    driver.Watching.next = next_


def leaves_its_stream_open():
    client.Watch.close = lambda self: None


def ends_at_the_first_break():
    client.REOPENED = ()


def opens_again_after_every_error():
    client.REOPENED = tuple(grpc.StatusCode)


def a_key_in_plain_sight():
    _connection.check = lambda endpoint, tls, api_key: None


def forgets_the_key_in_streams():
    original = client.Client.__init__

    def init(self, *args, **options):
        original(self, *args, **options)
        self._metadata = ()

    client.Client.__init__ = init


def a_field_is_missing():
    original = json_format.MessageToDict

    def to_dict(message):
        value = original(message)
        value.pop("labels", None)
        return value

    driver.json_format.MessageToDict = to_dict


def fails_at_unknown_numbers():
    original = json_format.MessageToDict

    def to_dict(message):
        value = original(message)
        if isinstance(value.get("state"), int):
            raise sluice.InvalidArgument("unknown state")
        return value

    driver.json_format.MessageToDict = to_dict


def money_through_floats():
    original = money.parse

    def parse(text, currency):
        right = original(text, currency)
        right.minor_units = min(int(float(right.minor_units)), 2**63 - 1)
        return right

    money.parse = parse


def a_wrong_exponent():
    money._EXPONENTS["UGX"] = 2


def sends_again_after_its_caller_gave_up():
    original = _channel.Pending.cancel

    def cancel(self):
        given_up = original(self)
        threading.Thread(target=lambda: self._send().result(), daemon=True).start()
        return given_up

    _channel.Pending.cancel = cancel


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    driver.Driver().run()

"""What the client costs beside its bare generated stub: prints one JSON object.  bench.py ENDPOINT"""

import importlib.metadata
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import grpc

import sluice
from sluice import money
from sluice.v1 import event_pb2, event_pb2_grpc, order_pb2, order_pb2_grpc

ROUNDS = 25
STARTS = 7
CALLS = 500
ORDERS = 300  # Each makes two events for the streams to deliver.
PACKAGES = ("sluice-client", "grpcio", "protobuf", "googleapis-common-protos", "typing_extensions")


def rate(count, work):
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def compare(count, client, bare):
    """Turn by turn; the best of each, because what else the machine does only ever takes time."""
    client(), bare()
    rates = [(rate(count, client), rate(count, bare)) for _ in range(ROUNDS)]
    return [max(column) for column in zip(*rates)]


def repeat(call, request):
    def work():
        for _ in range(CALLS):
            call(request)
    return work


def make_orders(client):
    number = f"BENCH-{time.time_ns()}"
    for index in range(ORDERS):
        order = client.orders.CreateOrder(order_pb2.CreateOrderRequest(
            parent="merchants/demo", order_id=f"{number}-{index}",
            order=order_pb2.Order(wallet="botim", amount=money.parse("12.34", "AED"))))
    return order.name


def last_sequence(client):
    last, token = 0, ""
    while True:
        page = client.events.ListEvents(event_pb2.ListEventsRequest(
            parent="merchants/demo", page_size=1000, page_token=token))
        last = page.events[-1].sequence if page.events else last
        token = page.next_page_token
        if not token:
            return last


def sizes():
    files = [pathlib.Path(file.locate()) for name in PACKAGES
             for file in importlib.metadata.files(name) or ()]
    own = pathlib.Path(sluice.__file__).parent
    whole = sum(file.stat().st_size for file in files if file.exists())
    return whole, whole - sum(file.stat().st_size for file in own.glob("*.py"))


def start_ms(code, environment):
    times = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def bare(folder):
    """Code that imports the stubs that the client imports, and the environment to run it in, which
    has the generated code without the package around it."""
    package = pathlib.Path(folder) / "sluice"
    package.mkdir()
    (package / "v1").symlink_to(pathlib.Path(sluice.__file__).parent / "v1")
    stubs = sorted(name for name in sys.modules if re.fullmatch(r"sluice\.v1\.\w+_pb2_grpc", name))
    return ("import grpc\n" + "".join(f"import {name}\n" for name in stubs),
            {**os.environ, "PYTHONPATH": folder})


def starts(endpoint):
    with tempfile.TemporaryDirectory() as folder:
        code, environment = bare(folder)
        return (start_ms(f"import sluice\nsluice.Client({endpoint!r})", os.environ),
                start_ms(f"{code}grpc.insecure_channel({endpoint!r})", environment))


def main(endpoint):
    client = sluice.Client(endpoint)
    channel = grpc.insecure_channel(endpoint)
    bare_orders = order_pb2_grpc.OrderServiceStub(channel)
    bare_events = event_pb2_grpc.EventServiceStub(channel)
    request = order_pb2.GetOrderRequest(name=make_orders(client))
    last = last_sequence(client)
    beginning = event_pb2.WatchEventsRequest(parent="merchants/demo", beginning={})

    def watch_client():
        with client.watch_events(beginning) as watch:
            for item in watch:
                if item.value.sequence >= last:
                    return

    def watch_bare():
        stream = bare_events.WatchEvents(beginning)
        for message in stream:
            for event in message.batch.events:
                if event.sequence >= last:
                    stream.cancel()
                    return

    get = compare(CALLS, repeat(client.orders.GetOrder, request),
                  repeat(bare_orders.GetOrder, request))
    watched = compare(last, watch_client, watch_bare)
    size, start = sizes(), starts(endpoint)
    print(json.dumps({
        "language": "python",
        "package_bytes": size[0], "package_bytes_bare": size[1],
        "start_ms": start[0], "start_ms_bare": start[1],
        "get_order_per_second": get[0], "get_order_per_second_bare": get[1],
        "watch_events_per_second": watched[0], "watch_events_per_second_bare": watched[1]}))


if __name__ == "__main__":
    main(sys.argv[1])

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

SECONDS = 8.0  # For each comparison, after a quarter of that to warm up.
STARTS = 7
CALLS = 200  # In a round.
DEADLINE_S = 10.0  # As the client's own: no call should be made without one.
ORDERS = 300  # Each makes two events for the streams to deliver.
PACKAGES = ("sluice-client", "grpcio", "protobuf", "googleapis-common-protos", "typing_extensions")


def measured(count, work):
    """A round: items a second, and microseconds of CPU for each, on all threads."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return (count / (time.perf_counter() - start), (time.process_time() - cpu) / count * 1e6)


def compare(name, count, client, bare):
    """Turn by turn, and in each round another one begins: what else the machine does weighs on both
    sides of a round."""
    work = ("", client), ("_bare", bare)
    begin = time.perf_counter()
    while time.perf_counter() - begin < SECONDS / 4:
        client(), bare()
    seen = {name + what + side: [] for what in ("_per_second", "_cpu_us") for side, _ in work}
    begin = time.perf_counter()
    while time.perf_counter() - begin < SECONDS:
        for side, run in work:
            rate, cpu_us = measured(count, run)
            seen[f"{name}_per_second{side}"].append(rate)
            seen[f"{name}_cpu_us{side}"].append(cpu_us)
        work = work[::-1]
    return seen


def repeat(call, request, **options):
    def work():
        for _ in range(CALLS):
            call(request, **options)
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

    seen = compare("get_order", CALLS, repeat(client.orders.GetOrder, request),
                   repeat(bare_orders.GetOrder, request, timeout=DEADLINE_S))
    seen |= compare("watch_events", last, watch_client, watch_bare)
    size, start = sizes(), starts(endpoint)
    print(json.dumps({
        "language": "python",
        "package_bytes": size[0], "package_bytes_bare": size[1],
        "start_ms": start[0], "start_ms_bare": start[1], **seen}))


if __name__ == "__main__":
    main(sys.argv[1])

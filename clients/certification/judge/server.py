"""A real sluiced with its simulators, that can be stopped, killed and started on the same store."""

import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

import grpc

from judge.protos import ROOT

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
CALL_TIMEOUT_S = 20

# Short times, so that scenarios about silence and about slow providers do not take minutes. Orders
# are not asked about by themselves: after a restart the simulators know none of the old ones, and
# the server's words about that would come into every later scenario's log.
CONFIG = """
provider_wait { nanos: 600000000 }
streams { heartbeat { seconds: 1 } }
query_schedule { seconds: 3600 }
"""


def find_sluiced():
    """The program: in SLUICE_BIN_DIR, else where ./dev build puts it."""
    folder = os.environ.get("SLUICE_BIN_DIR") or ROOT / "build" / "release" / "bin"
    program = pathlib.Path(folder) / "sluiced"
    if not program.exists():
        raise SystemExit(f"there is no {program}: ./dev build, or set SLUICE_BIN_DIR")
    return program


class Server:
    """sluiced --sandbox on free ports, and calls to it that no client under test sees."""

    def __init__(self, protos, log):
        self._protos = protos
        self._log = log
        self._folder = tempfile.TemporaryDirectory(prefix="sluice-certify-")
        self._config = pathlib.Path(self._folder.name) / "config.txtpb"
        self._config.write_text(CONFIG)
        self._process = None
        self._channel = None
        self.address = None

    def start(self):
        any_port = "127.0.0.1:0"
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [find_sluiced(), "--sandbox", "--config", self._config, "--data-dir",
                 pathlib.Path(self._folder.name) / "data", "--grpc-address", any_port,
                 "--notify-address", any_port, "--admin-address", any_port,
                 "--simulator-address", any_port, "--log-level", "warning"],
                stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        ready, _, _ = select.select([self._process.stdout], [], [], START_TIMEOUT_S)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError(f"sluiced did not start: see {self._log}")
        self.address = json.loads(line)["grpc"]
        self._channel = grpc.insecure_channel(self.address)

    def stop(self, how=signal.SIGTERM):
        if self._process is None:
            return
        self._channel.close()
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError("sluiced did not stop in time") from None
        finally:
            self._process.stdout.close()
            self._process = None

    def close(self):
        # Not in order: that would wait for providers that never answer.
        self.stop(signal.SIGKILL)
        self._folder.cleanup()

    def call(self, method, request):
        """Calls "Service/Method" with proto3 JSON, directly; gives proto3 JSON."""
        known = self._protos.methods[method]
        invoke = self._channel.unary_unary(
            known.path, request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=known.response.FromString)
        message = self._protos.from_json(known.request, request)
        return self._protos.to_json(invoke(message, timeout=CALL_TIMEOUT_S))

    def last_event(self):
        """The sequence of the merchant's last event, and the cursor after it."""
        sequence, token = 0, ""
        while True:
            page = self.call("EventService/ListEvents", {
                "parent": "merchants/demo", "pageSize": 1000, "pageToken": token})
            for event in page.get("events", []):
                sequence = int(event["sequence"])
            token = page.get("nextPageToken", "")
            if not token:
                return sequence, page["cursor"]

    def events_after(self, sequence):
        """Every event after this sequence, as the log has it."""
        events, token = [], ""
        while True:
            page = self.call("EventService/ListEvents", {
                "parent": "merchants/demo", "pageSize": 1000, "pageToken": token})
            events += [e for e in page.get("events", []) if int(e["sequence"]) > sequence]
            token = page.get("nextPageToken", "")
            if not token:
                return events

    def until(self, probe, timeout_s):
        """Asks probe() until it gives None (satisfied) or the time is over: then what it said."""
        end = time.monotonic() + timeout_s
        while True:
            said = probe()
            if said is None or time.monotonic() > end:
                return said
            time.sleep(0.05)

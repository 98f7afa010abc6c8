"""The certification driver: see clients/certification/README.md."""

import importlib
import json
import queue
import re
import sys
import threading

from google.protobuf import json_format

import sluice
from sluice import money
from sluice.v1.money_pb2 import Money

FILES = {"OrderService": "order", "RefundService": "refund", "PayoutService": "payout",
         "AccountLinkService": "account_link", "EventService": "event",
         "NotificationService": "notification", "ProviderService": "provider",
         "ReconciliationService": "reconciliation"}
STUBS = {"OrderService": "orders", "RefundService": "refunds", "PayoutService": "payouts",
         "AccountLinkService": "account_links", "EventService": "events",
         "NotificationService": "notifications", "ProviderService": "providers",
         "ReconciliationService": "reconciliation"}
WATCHES = {"events": ("EventService", "WatchEvents", "event"),
           "order": ("OrderService", "WatchOrder", "order"),
           "payout": ("PayoutService", "WatchPayout", "payout"),
           "account_link": ("AccountLinkService", "WatchAccountLink", "accountLink")}


def request_of(service, method, value):
    module = importlib.import_module(f"sluice.v1.{FILES[service]}_pb2")
    return json_format.ParseDict(value, getattr(module, method + "Request")())


def error_json(error):
    out = {"code": error.code.name, "reason": error.reason, "message": error.message,
           "sideEffect": error.side_effect.value,
           "fields": [{"field": v.field, "description": v.description}
                      for v in error.field_violations],
           "metadata": error.metadata}
    if error.retry_after is not None:
        out["retryAfterMs"] = round(error.retry_after * 1000)
    if error.request_id:
        out["requestId"] = error.request_id
    return {"error": out}


class Watching:
    """Takes an item of a watch in a thread of its own, one for each time that it is asked."""

    def __init__(self, watch, key):
        self.watch = watch
        self._key = key
        self._asked = queue.Queue()
        self._taken = queue.Queue()
        self._pending = False
        self._safe = ""
        threading.Thread(target=self._run, daemon=True).start()

    def next(self, timeout_s):
        if not self._pending:
            self._pending = True
            self._asked.put(True)
        try:
            taken = self._taken.get(timeout=timeout_s)
        except queue.Empty:
            return {"ok": {"timeout": True}}
        self._pending = False
        if isinstance(taken, sluice.Error):
            return error_json(taken)
        self._safe = taken.cursor
        return {"ok": {self._key: json_format.MessageToDict(taken.value), "cursor": taken.cursor}}

    def cursor(self):
        # An item that was taken but not yet given is not dealt with.
        return self.watch.cursor if self._taken.empty() else self._safe

    def _run(self):
        while self._asked.get():
            try:
                self._taken.put(next(self.watch))
            except sluice.Error as error:
                self._taken.put(error)
                return
            except StopIteration:
                return


class Driver:
    def __init__(self):
        self.client = None
        self.watches = {}

    def open(self, command):
        self.close(command)
        options = {}
        for name, key in (("timeout", "deadline_ms"), ("silence", "silence_ms"),
                          ("keepalive", "keepalive_ms")):
            if key in command:
                options[name] = command[key] / 1000
        retries = {}
        for name, key, unit in (("max_attempts", "max_attempts", 1),
                                ("initial_backoff", "initial_backoff_ms", 1000),
                                ("max_backoff", "max_backoff_ms", 1000)):
            if key in command:
                retries[name] = command[key] / unit if unit > 1 else command[key]
        self.client = self.connect(command["endpoint"], api_key=command.get("api_key", ""),
                                   retries=sluice.Retries(**retries), **options)
        return {}

    def connect(self, endpoint, **options):
        return sluice.Client(endpoint, **options)

    def call(self, command):
        service, method = command["method"].split("/")
        request = request_of(service, method, command["request"])
        timeout = command["deadline_ms"] / 1000 if "deadline_ms" in command else None
        call = getattr(getattr(self.client, STUBS[service]), method)
        if "cancel_after_ms" not in command:
            return json_format.MessageToDict(call(request, timeout=timeout))
        pending = call.future(request, timeout=timeout)
        timer = threading.Timer(command["cancel_after_ms"] / 1000, pending.cancel)
        timer.start()
        try:
            return json_format.MessageToDict(pending.result())
        finally:
            timer.cancel()

    def watch(self, command):
        service, method, key = WATCHES[command["kind"]]
        request = request_of(service, method, command["request"])
        watch = getattr(self.client, "watch_" + command["kind"])(request)
        self.watches[command["watch"]] = Watching(watch, key)
        return {}

    def cursor(self, command):
        return {"cursor": self.watches[command["watch"]].cursor()}

    def stop(self, command):
        self.watches.pop(command["watch"]).watch.close()
        return {}

    def money(self, command):
        if command["do"] == "parse":
            parsed = money.parse(command["text"], command["currency"])
            return {"minorUnits": str(parsed.minor_units)}
        amount = Money(currency_code=command["currency"], minor_units=int(command["minorUnits"]))
        if command["do"] == "format":
            return {"text": money.format(amount)}
        other = Money(currency_code=command["otherCurrency"],
                      minor_units=int(command["otherMinorUnits"]))
        result = {"add": money.add, "subtract": money.subtract}[command["do"]](amount, other)
        return {"minorUnits": str(result.minor_units)}

    def close(self, _):
        self.watches.clear()
        if self.client is not None:
            self.client.close()
            self.client = None
        return {}

    def answer(self, command):
        if command["op"] == "next":
            return self.watches[command["watch"]].next(command["timeout_ms"] / 1000)
        if not re.fullmatch("open|call|watch|cursor|stop|money|close", command["op"]):
            return {"error": {"code": "UNIMPLEMENTED", "message": command["op"]}}
        try:
            return {"ok": getattr(self, command["op"])(command)}
        except sluice.Error as error:
            return error_json(error)

    def run(self):
        for line in sys.stdin:
            print(json.dumps(self.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    Driver().run()

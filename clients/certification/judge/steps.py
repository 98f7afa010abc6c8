"""What the steps of scenarios.json mean. ../README.md lists them."""

import re
import signal
import time

from judge import laws
from judge.matching import difference, fill
from judge.protos import ROOT

READ_TIMEOUT_MS = 8000
WATCH_METHODS = {"events": "EventService/WatchEvents", "order": "OrderService/WatchOrder",
                 "payout": "PayoutService/WatchPayout",
                 "account_link": "AccountLinkService/WatchAccountLink"}
ITEM_KEYS = {"events": "event", "order": "order", "payout": "payout",
             "account_link": "accountLink"}


class Failed(Exception):
    """The client did not do what it has to."""


class Watch:
    """What the judge knows of a watch of the client."""

    def __init__(self, kind, request, first_send):
        self.kind = kind
        self.request = request
        self.first_send = first_send
        self.items = []  # (item as JSON, cursor)


class Steps:
    """Runs the steps of one scenario for one language."""

    def __init__(self, protos, server, proxy, driver, variables):
        self._protos = protos
        self._server = server
        self._proxy = proxy
        self._driver = driver
        self.variables = variables
        self._watches = {}
        self._gaps_ms = []
        self._max_attempts = 4

    def run(self, steps):
        for step in steps:
            step = dict(step)
            action = getattr(self, "do_" + step.pop("do"))
            action(**fill(step, self.variables) if "steps" not in step else step)

    def finish(self):
        """What has to be so after every scenario."""
        found = laws.nothing_sent_outside_a_call(self._proxy.wire.sends())
        for name, watch in self._watches.items():
            found = found or laws.items_come_from_the_wire(
                name, watch, ITEM_KEYS[watch.kind],
                self._proxy.wire.sends(WATCH_METHODS[watch.kind])[watch.first_send:], self._protos)
        if found:
            raise Failed(found)

    # The client.

    def do_open(self, expect=None, **options):
        options.setdefault("endpoint", self._proxy.endpoint)
        self._max_attempts = options.get("max_attempts", 4)
        self._expect(expect or {"ok": {}}, self._driver.ask({"op": "open", **options}))

    def do_call(self, method, request, expect=None, sends=None, took_ms=None, save=None,
                note_gap=False, **options):
        before = len(self._proxy.wire.sends())
        start = time.monotonic()
        answer = self._driver.ask({"op": "call", "method": method, "request": request, **options})
        took = (time.monotonic() - start) * 1000
        tries = [s for s in self._proxy.wire.sends()[before:] if "/Watch" not in s.method]
        for send in tries:
            send.in_call = True
        found = laws.tries_are_allowed(self._protos.methods[method], tries, self._max_attempts)
        found = found or laws.answer_is_what_the_wire_said(
            self._protos, self._protos.methods[method], tries, answer)
        if found:
            raise Failed(found)
        self._expect(expect or {"ok": {}}, answer)
        if sends is not None and len(tries) != sends:
            raise Failed(f"{method} was sent {len(tries)} times, not {sends}")
        if took_ms is not None:
            self._expect({"$between": took_ms}, took, "the time in ms")
        if note_gap:
            self._gaps_ms += [(b.at - a.at) * 1000 for a, b in zip(tries, tries[1:])]
        self._save(save, {**answer, "sent": self._protos.to_json(tries[0].request) if tries else {}})

    def do_watch(self, watch, kind, request, expect=None):
        first = len(self._proxy.wire.sends(WATCH_METHODS[kind]))
        self._watches[watch] = Watch(kind, request, first)
        self._expect(expect or {"ok": {}}, self._driver.ask(
            {"op": "watch", "watch": watch, "kind": kind, "request": request}))

    def do_read(self, watch, count=1, expect=None, until=None, timeout_ms=READ_TIMEOUT_MS,
                save=None):
        """Takes "count" items, or items up to the first one that is like "until"."""
        key = ITEM_KEYS[self._watches[watch].kind]
        taken = 0
        while True:
            answer = self._next(watch, timeout_ms)
            if "ok" not in answer or key not in answer["ok"]:
                raise Failed(f"watch {watch}, item {taken + 1}: {answer}")
            taken += 1
            item = answer["ok"][key]
            if until is None:
                if expect is not None:
                    self._expect(expect, item, key)
                if taken == count:
                    break
            elif difference(until, item) is None:
                break
        self._save(save, answer)

    def do_next(self, watch, expect, timeout_ms=READ_TIMEOUT_MS, save=None):
        answer = self._next(watch, timeout_ms)
        self._expect(expect, answer)
        self._save(save, answer)

    def do_cursor(self, watch, save=None, expect=None):
        answer = self._driver.ask({"op": "cursor", "watch": watch})
        self._expect(expect or {"ok": {"cursor": {"$match": "."}}}, answer)
        self._save(save, answer)

    def do_stop(self, watch):
        """Stops a watch; its stream must end on the wire."""
        self._expect({"ok": {}}, self._driver.ask({"op": "stop", "watch": watch}))
        sends = self._proxy.wire.sends(WATCH_METHODS[self._watches[watch].kind])

        def probe():
            if all(send.canceled or send.status for send in sends):
                return None
            return "the stream is still open after stop"

        self._until(probe, 3)

    def do_driver(self, command, expect):
        """A command as it is."""
        self._expect(expect, self._driver.ask(command))

    def do_exponents(self):
        """Every currency of the server's own table, with the server's exponent."""
        table = (ROOT / "server" / "core" / "money.cc").read_text()
        for name, exponent in (("kNoDecimals", 0), ("kTwoDecimals", 2), ("kThreeDecimals", 3)):
            found = re.search(name + r" =\s*((\"[A-Z ]+\"\s*)+);", table)
            codes = "".join(re.findall(r'"([A-Z ]+)"', found[1])).split()
            if not codes:
                raise RuntimeError(f"server/core/money.cc has no {name} any more")
            for code in codes:
                text = "1234567"
                if exponent:
                    text = text[:-exponent] + "." + text[-exponent:]
                for command, want in (
                        ({"do": "format", "minorUnits": "1234567"}, {"text": text}),
                        ({"do": "parse", "text": text}, {"minorUnits": "1234567"})):
                    self._expect({"ok": want}, self._driver.ask(
                        {"op": "money", "currency": code, **command}), f"{code} {command}")

    # The world around it.

    def do_fault(self, **rule):
        self._proxy.faults.add(rule)

    def do_no_faults(self):
        self._proxy.faults.clear()

    def do_freeze(self):
        """The connections there are go dead, and the client is not told; new ones are as ever."""
        self._proxy.freeze()

    def do_server(self, method, request, expect=None, within_ms=None, save=None):
        """A call to the server or its simulators that no client makes."""
        answer = None

        def probe():
            nonlocal answer
            answer = {"ok": self._server.call(method, request)}
            return difference({"ok": expect or {}}, answer)

        self._until(probe, (within_ms or 0) / 1000)
        self._save(save, answer)

    def do_simulator(self, method, request):
        self.do_server("SimulatorService/" + method, request)

    def do_restart(self, how="stop"):
        """Stops ("stop") or kills ("kill") the server; it comes back on the same store."""
        if how == "kill":
            self._proxy.refuse_connections()
        self._server.stop(signal.SIGKILL if how == "kill" else signal.SIGTERM)
        self._proxy.refuse_connections()
        time.sleep(0.3)
        self._server.start()
        self._proxy.serve(self._server.address)

    def do_mark(self, save):
        """Saves the log's last sequence and the cursor after it."""
        sequence, cursor = self._server.last_event()
        self.variables[save] = cursor
        self.variables[save + "_sequence"] = sequence

    def do_ledger(self, key, count):
        """How often the simulators did what with this number."""
        entries = self._server.call("SimulatorService/GetLedger", {"key": key}).get("entries", [])
        for operation, wanted in count.items():
            found = sum(entry["operation"] == operation for entry in entries)
            if found != wanted:
                raise Failed(f"the ledger has {found} of {operation} for {key}, not {wanted}")

    def do_wire(self, method, sends=None, last=None, metadata=None, within_ms=0, not_more=False):
        """What the proxy saw of a method in this scenario."""

        def probe():
            seen = self._proxy.wire.sends(method)
            if sends is not None and len(seen) != sends:
                return f"{method} was sent {len(seen)} times, not {sends}"
            if last is not None:
                found = difference(last, self._protos.to_json(seen[-1].request), "the last request")
                if found:
                    return found
            if metadata is not None:
                return difference(metadata, seen[-1].metadata, "metadata")
            return None

        self._until(probe, within_ms / 1000)
        if not_more:
            time.sleep(0.3)
            self._until(probe, 0)

    def do_flooded(self, max_bytes, settle_ms):
        """How much a reader that does not read has taken from the wire."""
        sends = self._proxy.wire.sends("EventService/WatchEvents")
        taken, end = -1, time.monotonic() + settle_ms / 1000
        while time.monotonic() < end:
            time.sleep(0.2)
            taken = sends[-1].sent_bytes
        if taken > max_bytes:
            raise Failed(f"a reader that does not read was sent {taken} bytes")

    def do_complete(self, watch, after):
        """What was delivered is the log from there on: none missing, none twice, in order."""
        want = [int(e["sequence"]) for e in self._server.events_after(after)]
        have = [int(item["sequence"]) for item, _ in self._watches[watch].items]
        if have != want:
            raise Failed(f"delivered {have}, but the log has {want}")

    def do_jitter(self, at_most_ms, spread_ms):
        """The gaps noted so far are random: none beyond the bound, and far apart."""
        gaps = sorted(self._gaps_ms)
        if not gaps or gaps[-1] > at_most_ms or gaps[-1] - gaps[0] < spread_ms:
            raise Failed(f"the gaps before retries are {[round(g) for g in gaps]} ms")

    def do_gaps(self, each_ms, method=None):
        """The gaps noted so far, or those between all sends of a method, lie within these bounds."""
        gaps = self._gaps_ms
        if method is not None:
            sends = self._proxy.wire.sends(method)
            gaps = [(b.at - a.at) * 1000 for a, b in zip(sends, sends[1:])]
        if not gaps:
            raise Failed("nothing was sent again")
        for gap in gaps:
            self._expect({"$between": each_ms}, gap, "the gap in ms")

    def do_repeat(self, times, steps):
        for index in range(times):
            self.variables["i"] = index
            self.run(steps)

    def do_wait(self, ms):
        time.sleep(ms / 1000)

    def _next(self, watch, timeout_ms):
        answer = self._driver.ask({"op": "next", "watch": watch, "timeout_ms": timeout_ms})
        known = self._watches[watch]
        key = ITEM_KEYS[known.kind]
        if key in answer.get("ok", {}):
            known.items.append((answer["ok"][key], answer["ok"].get("cursor", "")))
        return answer

    def _expect(self, expected, actual, at="answer"):
        found = difference(expected, actual, at)
        if found:
            whole = "" if at != "answer" else f" (all of it: {str(actual)[:400]})"
            raise Failed(found + whole)

    def _until(self, probe, timeout_s):
        found = self._server.until(probe, timeout_s)
        if found:
            raise Failed(found)

    def _save(self, names, answer):
        for name, path in (names or {}).items():
            at = answer
            for step in path.split("."):
                at = at[int(step)] if step.isdigit() else at[step]
            self.variables[name] = at

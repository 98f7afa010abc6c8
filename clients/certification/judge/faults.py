"""Faults as data: what the proxy does to the next calls of a method.

Every fault has "method" ("OrderService/CreateOrder"), "kind" and "times" (1 if missing).

  refuse   answers {"code", "message", "info": {"reason", "domain", "metadata"}, "fields",
           "retryAfterMs"}. "after": true: the server acts first. "messages": n, in a stream: after
           n messages. Without "info" there are no details at all.
  break    resets the connection. "after" and "messages" as above.
  delay    waits "ms" before the call goes on to the server; "after": before the answer comes back.
  alter    changes answers: "set" {"path.to.field": number or text}, "unknown": true adds a field
           that no proto has.
  repeat   a stream gives every message twice.
  merge    a stream gives its first "events" events in one batch.
  rewind   a stream begins anew at "cursor", whatever cursor was asked for.
  stall    a stream goes silent after "messages" messages, and stays open.
  strange  a stream gives a message that no proto has before its first one.
  flood    a stream of "events" events of "bytes" bytes, made up by the proxy itself.
"""

import threading

KINDS = ("refuse", "break", "delay", "alter", "repeat", "merge", "rewind", "stall", "strange",
         "flood")


class Faults:
    """Rules in the order added; each counts down. Any thread may use it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._rules = []

    def add(self, rule):
        if rule["kind"] not in KINDS:
            raise ValueError(f"there is no fault '{rule['kind']}'")
        with self._lock:
            self._rules.append({"times": 1, **rule})

    def clear(self):
        with self._lock:
            self._rules = []

    def take(self, method):
        """The rule for this call, if there is one; None if not."""
        with self._lock:
            for rule in self._rules:
                if rule["method"] == method and rule["times"] > 0:
                    rule["times"] -= 1
                    return rule
        return None


def status_bytes(protos, rule):
    """grpc-status-details-bin of a refusal, or None when it has no details."""
    if "info" not in rule:
        return None
    status = protos.message("google.rpc.Status")()
    status.code = CODES[rule["code"]]
    status.message = rule.get("message", "")

    def add(kind, value):
        status.details.add().Pack(protos.from_json(protos.message(f"google.rpc.{kind}"), value))

    add("ErrorInfo", {"domain": "sluice.v1", **rule["info"]})
    if rule.get("fields"):
        add("BadRequest", {"fieldViolations": rule["fields"]})
    if "retryAfterMs" in rule:
        add("RetryInfo", {"retryDelay": f"{rule['retryAfterMs'] / 1000:.3f}s"})
    if rule.get("unknownDetail"):
        status.details.add(type_url="type.googleapis.com/sluice.v9.NotYetKnown", value=b"\x08\x01")
    return status.SerializeToString()


def alter(message, rule):
    """Changes a message as the rule says; gives its bytes."""
    for path, value in rule.get("set", {}).items():
        at, *rest = message, *path.split(".")
        for step in rest[:-1]:
            at = at[int(step)] if step.isdigit() else getattr(at, step)
        setattr(at, rest[-1], value)
    data = message.SerializeToString()
    if rule.get("unknown"):
        data += b"\xba\x3e\x05later"  # Field 999, five bytes.
    return data


CODES = {name: number for number, name in enumerate(
    ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
     "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
     "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"])}

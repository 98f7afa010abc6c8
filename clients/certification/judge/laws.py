"""What holds of every call and every stream of every scenario. Each gives a sentence or None."""

from google.protobuf import json_format

from judge.matching import difference

# How much earlier than RetryInfo asks a send may arrive: clocks and rounding.
EARLY_S = 0.005


def tries_are_allowed(method, tries, max_attempts):
    """A call is sent again only when it is certain that nothing has happened, and unchanged."""
    if len(tries) > max_attempts:
        return f"{method.name} was sent {len(tries)} times, at most {max_attempts} are allowed"
    for send in tries:
        if send.method != method.name:
            return f"{method.name} made the client call {send.method}"
        if method.has_request_id and not send.request.request_id:
            return f"{method.name} was sent without a request_id"
        if send.request.SerializeToString(deterministic=True) != tries[
                0].request.SerializeToString(deterministic=True):
            return f"{method.name} was changed from one try to the next"
    for send, following in zip(tries, tries[1:]):
        status = send.status
        if status is None or not _may_repeat(method, status):
            return f"{method.name} was sent again after {status}"
        if following.at - send.at < status.retry_after_s - EARLY_S:
            return (f"{method.name} was sent again after {following.at - send.at:.3f} s, "
                    f"RetryInfo asked for {status.retry_after_s} s")
    return None


def _may_repeat(method, status):
    if status.code in ("UNAVAILABLE", "RESOURCE_EXHAUSTED") and status.side_effect == "none":
        return True
    return method.reads and status.code == "UNAVAILABLE" and not status.side_effect


def answer_is_what_the_wire_said(protos, method, tries, answer):
    """What the driver printed is the message that was received, every field that it knows."""
    if "ok" not in answer:
        return None
    if not tries or not tries[-1].messages:
        return f"{method.name} was answered OK, but the wire had no answer"
    return _same(protos, tries[-1].messages[-1], answer["ok"], method.name)


def _same(protos, message, printed, what):
    try:
        read = protos.from_json(type(message), printed)
    except json_format.ParseError as error:
        return f"{what}: not proto3 JSON of {message.DESCRIPTOR.full_name}: {error}"
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if read != known:
        where = (difference(protos.to_json(known), protos.to_json(read), "it")
                 or difference(protos.to_json(read), protos.to_json(known), "what was received"))
        return f"{what}: the driver's answer is not what was received: {where}"
    return None


def nothing_sent_outside_a_call(sends):
    """No try comes after its call was answered, and none without a call."""
    for send in sends:
        if "/Watch" not in send.method and not getattr(send, "in_call", False):
            return f"{send.method} was sent outside any call"
    return None


def items_come_from_the_wire(name, watch, key, sends, protos):
    """Items are messages that were received, in order, once, each with a safe cursor."""
    if watch.kind != "events":
        return _resources_in_order(name, watch, key, sends, protos)
    received, safe = _events_received(watch, sends)
    last = {}
    for item, cursor in watch.items:
        sequence, merchant = int(item["sequence"]), item["name"].split("/")[1]
        if (merchant, sequence) not in received:
            return f"watch {name}: event {sequence} was never received"
        if sequence <= last.get(merchant, 0):
            return f"watch {name}: event {sequence} after {last[merchant]}"
        if merchant in last and sequence != last[merchant] + 1 and "filter" not in watch.request:
            return f"watch {name}: event {sequence} follows {last[merchant]}: one is lost"
        last[merchant] = sequence
        if cursor not in safe[merchant, sequence]:
            return (f"watch {name}: event {sequence} came with the cursor '{cursor}', "
                    f"safe are {sorted(safe[merchant, sequence])}")
        found = _same(protos, received[merchant, sequence], item, f"watch {name}")
        if found:
            return found
    return None


def _events_received(watch, sends):
    """Events by (merchant, sequence), and for each the cursors that lose nothing."""
    received, safe = {}, {}
    for send in sends:
        before = send.request.cursor
        for message in send.messages:
            events = message.batch.events if message.HasField("batch") else []
            for index, event in enumerate(events):
                key = (event.name.split("/")[1], event.sequence)
                received[key] = event
                whole = index == len(events) - 1
                safe.setdefault(key, set()).add(message.cursor if whole else before)
            if message.cursor:
                before = message.cursor
    return received, safe


def _resources_in_order(name, watch, key, sends, protos):
    field = {"order": "order", "payout": "payout", "accountLink": "account_link"}[key]
    received = {}
    for send in sends:
        for message in send.messages:
            if message.HasField(field):
                resource = getattr(message, field)
                received[resource.revision] = (resource, message.cursor)
    last = 0
    for item, cursor in watch.items:
        revision = int(item["revision"])
        if revision not in received:
            return f"watch {name}: revision {revision} was never received"
        if revision <= last:
            return f"watch {name}: revision {revision} after {last}"
        last = revision
        resource, wanted = received[revision]
        if cursor != wanted:
            return f"watch {name}: revision {revision} came with the cursor of another"
        found = _same(protos, resource, item, f"watch {name}")
        if found:
            return found
    return None

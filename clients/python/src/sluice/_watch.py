"""What a stream has given and where it goes on. No I/O: the sync and the asyncio client share it."""

from __future__ import annotations

from typing import Any, Dict, Generic, List, TypeVar

import grpc

T = TypeVar("T")

# A stream that ends with one of these is opened again.
REOPENED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


class Item(Generic[T]):
    """An event, or a resource after a change."""

    __slots__ = ("value", "cursor")

    value: T
    cursor: str
    """Store it once the item is dealt with: a watch from it gives what comes after. Within a batch
    it is the cursor before the batch, so that what was not dealt with comes again."""

    def __init__(self, value: T, cursor: str) -> None:
        self.value = value
        self.cursor = cursor

    def __repr__(self) -> str:
        return f"Item({self.value!r}, {self.cursor!r})"


class Position(Generic[T]):
    """Turns messages into items, drops repeats and moves the cursor."""

    def __init__(self, request: Any, field: str) -> None:
        self._request = type(request)()
        self._request.CopyFrom(request)
        self._field = field  # "batch", or the resource's.
        self.cursor: str = request.cursor
        self._given: Dict[str, int] = {}
        # Only an operator's stream has events of more than one merchant.
        self._mixed = field == "batch" and request.parent.endswith("/-")
        self.closing = False

    def request(self) -> Any:
        """What to open the next stream with."""
        if self.cursor:
            self._request.cursor = self.cursor
        return self._request

    def take(self, message: Any) -> List[Item[T]]:
        """The items of a message. The caller moves the cursor with each that it gives."""
        kind = message.WhichOneof("message" if self._field == "batch" else "update")
        if kind != self._field:
            self.closing = kind == "closing"
            # Progress, closing, and what this client does not know.
            self.cursor = message.cursor or self.cursor
            return []
        if kind == "batch":
            fresh = self._new_events(message.batch.events)
        else:
            resource = getattr(message, kind)
            fresh = [resource] if self._is_new("", resource.revision) else []
        if not fresh:
            self.cursor = message.cursor or self.cursor
            return []
        if len(fresh) == 1:
            return [Item(fresh[0], message.cursor)]
        before = self.cursor
        return [Item(value, before) for value in fresh[:-1]] + [Item(fresh[-1], message.cursor)]

    def _new_events(self, events: Any) -> List[Any]:
        if self._mixed:
            return [e for e in events if self._is_new(_merchant(e), e.sequence)]
        fresh, last = [], self._given.get("", 0)
        for event in events:  # As above, without a call for each: batches are large.
            number = event.sequence
            if number > last:
                fresh.append(event)
                last = number
        self._given[""] = last
        return fresh

    def _is_new(self, key: str, number: int) -> bool:
        if number <= self._given.get(key, 0):
            return False
        self._given[key] = number
        return True


def _merchant(event: Any) -> str:
    name: str = event.name
    return name[:name.find("/", name.find("/") + 1)]

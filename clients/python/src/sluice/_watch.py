"""What a stream has given and where it goes on. No I/O: the sync and the asyncio client share it."""

from __future__ import annotations

import operator
from typing import Any, Dict, Generic, Iterator, List, Sequence, TypeVar

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


class Batch(Generic[T]):
    """What a message gives. Its items are made as they are taken, by the interpreter's own loops:
    none is kept, and what it costs is not far from reading the message itself."""

    __slots__ = ("items", "_cursors", "_before", "_after")

    def __init__(self, values: Sequence[T], before: str, after: str) -> None:
        self._before = before
        self._after = after
        self._cursors = iter([before] * (len(values) - 1) + [after] if values else [])
        self.items: Iterator[Item[T]] = map(Item, values, self._cursors)

    @property
    def cursor(self) -> str:
        """Safe to store when the items taken so far are dealt with."""
        return self._before if operator.length_hint(self._cursors) else self._after


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

    def request(self) -> Any:
        """What to open the next stream with."""
        if self.cursor:
            self._request.cursor = self.cursor
        return self._request

    def take(self, message: Any) -> Batch[T]:
        """The items of a message. The caller moves the cursor with each that it gives."""
        kind = message.WhichOneof("message" if self._field == "batch" else "update")
        fresh: Sequence[Any] = ()
        if kind == self._field == "batch":
            fresh = self._new_events(message.batch.events)
        elif kind == self._field:
            resource = getattr(message, kind)
            fresh = (resource,) if self._is_new("", resource.revision) else ()
        # Else progress, closing, or what this client does not know.
        before, after = self.cursor, message.cursor
        if not fresh:
            self.cursor = before = after = after or before
        return Batch(fresh, before, after)

    def _new_events(self, container: Any) -> Sequence[Any]:
        events: List[Any] = container[:]  # Quicker to go through than the container is.
        if self._mixed:
            return [e for e in events if self._is_new(_merchant(e), e.sequence)]
        last = self._given.get("", 0)
        if events and last < events[0].sequence == events[-1].sequence - len(events) + 1:
            # One after the other, all of them new: as most batches are, and batches are large.
            self._given[""] = events[-1].sequence
            return events
        fresh = []
        for event in events:  # As _is_new, without a call for each.
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

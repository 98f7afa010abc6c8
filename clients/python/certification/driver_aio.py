"""The certification driver of the asyncio client: its loop runs in a thread of its own."""

import asyncio
import threading

import grpc
from google.protobuf import json_format

import driver
import sluice
from sluice import aio


class Watching:
    """Takes an item of a watch. One that does not come in time is given up, by cancellation."""

    def __init__(self, loop, watch, key):
        self.watch = watch
        self._loop = loop
        self._key = key

    def next(self, timeout_s):
        async def taken():
            try:
                item = await asyncio.wait_for(self.watch.__anext__(), timeout_s)
            except asyncio.TimeoutError:
                return {"ok": {"timeout": True}}
            except sluice.Error as error:
                return driver.error_json(error)
            return {"ok": {self._key: json_format.MessageToDict(item.value),
                           "cursor": item.cursor}}

        return asyncio.run_coroutine_threadsafe(taken(), self._loop).result()

    def cursor(self):
        return self.watch.cursor


class Driver(driver.Driver):
    def __init__(self):
        super().__init__()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def _await(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def connect(self, endpoint, **options):
        async def made():
            return aio.Client(endpoint, **options)

        return self._await(made())

    def call(self, command):
        service, method = command["method"].split("/")
        request = driver.request_of(service, method, command["request"])
        timeout = command["deadline_ms"] / 1000 if "deadline_ms" in command else None
        call = getattr(getattr(self.client, driver.STUBS[service]), method)
        # A task that is canceled has no error to tell the id, so its caller keeps one.
        if "cancel_after_ms" in command and hasattr(request, "request_id"):
            request.request_id = request.request_id or "00000000-0000-4000-8000-%012d" % id(command)

        async def invoke():
            task = asyncio.ensure_future(call(request, timeout=timeout))
            if "cancel_after_ms" in command:
                asyncio.get_running_loop().call_later(
                    command["cancel_after_ms"] / 1000, task.cancel)
            try:
                return await task
            except asyncio.CancelledError:
                raise sluice.Error(grpc.StatusCode.CANCELLED,
                                   request_id=getattr(request, "request_id", "")) from None

        return json_format.MessageToDict(self._await(invoke()))

    def watch(self, command):
        service, method, key = driver.WATCHES[command["kind"]]
        request = driver.request_of(service, method, command["request"])

        async def made():
            return getattr(self.client, "watch_" + command["kind"])(request)

        self.watches[command["watch"]] = Watching(self._loop, self._await(made()), key)
        return {}

    def stop(self, command):
        watch = self.watches.pop(command["watch"]).watch
        self._loop.call_soon_threadsafe(watch.close)
        return {}

    def close(self, _):
        self.watches.clear()
        if self.client is not None:
            self._await(self.client.close())
            self.client = None
        return {}


if __name__ == "__main__":
    Driver().run()

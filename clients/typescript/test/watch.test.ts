import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  SluiceClient,
  SluiceError,
  WatchAccountLinkResponseSchema,
  WatchEventsResponseSchema,
  WatchOrderResponseSchema,
  WatchPayoutResponseSchema,
  type Code,
  type EventItem,
  type Watch,
} from "@sluice/client";

import { FakeRuntime } from "./fake_runtime.js";
import { FakeServer, overloaded, type Reply, type Stream } from "./fake_server.js";

let server: FakeServer;
let runtime: FakeRuntime;
let client: SluiceClient;

beforeEach(async () => {
  server = await FakeServer.start();
  runtime = new FakeRuntime();
  client = new SluiceClient({ endpoint: server.endpoint, tls: false, runtime });
});
afterEach(() => {
  client.close();
  server.stop();
});

type Response = MessageInitShape<typeof WatchEventsResponseSchema>;

const event = (sequence: number, merchant = "m") => ({
  name: `merchants/${merchant}/events/${sequence}`,
  sequence: BigInt(sequence),
});
const batch = (cursor: string, ...sequences: number[]): Response => ({
  message: { case: "batch", value: { events: sequences.map((s) => event(s)) } },
  cursor,
});
const progress = (cursor: string): Response => ({
  message: { case: "progress", value: {} },
  cursor,
});
const closing = (cursor: string): Response => ({ message: { case: "closing", value: {} }, cursor });

/** A stream that gives these messages and stays open, unless `then` ends it. */
function gives(messages: Response[], then?: (stream: Stream) => void): Reply {
  return (stream) => {
    for (const message of messages) stream.write(create(WatchEventsResponseSchema, message));
    then?.(stream);
  };
}
const ends = (stream: Stream): void => void stream.end();
const fails = (code: Code) => (stream: Stream) =>
  void stream.emit("error", {
    code: { UNAVAILABLE: 14, INTERNAL: 13 }[code as "INTERNAL"],
    details: "",
    metadata: null,
  });

const fromStart = { parent: "merchants/m", start: { case: "beginning", value: {} } } as const;

async function take(watch: Watch<EventItem>, count: number): Promise<[number, string][]> {
  const taken: [number, string][] = [];
  while (taken.length < count) {
    const { value, done } = await watch.next();
    assert.ok(!done, "the watch has ended");
    taken.push([Number(value.event.sequence), value.cursor]);
  }
  return taken;
}

const starts = (): unknown[] => server.seen.map(({ request }) => request.start.value.valueOf());

describe("items", () => {
  test("come in order, each with a cursor that is safe when it is dealt with", async () => {
    server.reply(gives([batch("c1", 1), batch("c4", 2, 3, 4), batch("c5", 5)]));
    const watch = client.watchEvents(fromStart);
    assert.equal(watch.cursor, "");
    assert.deepEqual(await take(watch, 3), [
      [1, "c1"],
      [2, "c1"],
      [3, "c1"],
    ]);
    assert.equal(watch.cursor, "c1");
    assert.deepEqual(await take(watch, 2), [
      [4, "c4"],
      [5, "c5"],
    ]);
  });

  test("of a first batch are safe only from where the caller began", async () => {
    server.reply(gives([batch("c2", 1, 2)]), gives([batch("c2", 1, 2)]));
    const stored = client.watchEvents({ parent: "m", start: { case: "cursor", value: "c0" } });
    assert.equal(stored.cursor, "c0");
    assert.deepEqual(await take(stored, 2), [
      [1, "c0"],
      [2, "c2"],
    ]);
    assert.deepEqual(await take(client.watchEvents(fromStart), 2), [
      [1, ""],
      [2, "c2"],
    ]);
  });

  test("are no heartbeats, but those move the cursor", async () => {
    server.reply(gives([batch("c1", 1), progress("c9")]));
    const watch = client.watchEvents(fromStart);
    assert.deepEqual(await take(watch, 1), [[1, "c1"]]);
    void watch.next();
    while (watch.cursor !== "c9") await new Promise((resolve) => setImmediate(resolve));
  });

  test("that are not dealt with are not passed by a heartbeat", async () => {
    let alive: Promise<unknown> | undefined;
    server.reply(
      gives([batch("c2", 1, 2), progress("c9")], (stream) => {
        alive = new Promise((resolve) =>
          setImmediate(() =>
            resolve(stream.write(create(WatchEventsResponseSchema, progress("c10")))),
          ),
        );
      }),
    );
    const watch = client.watchEvents(fromStart);
    await take(watch, 1);
    await alive;
    for (let i = 0; i < 20; ++i) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(watch.cursor, "");
  });

  test("and messages that nobody knows yet do no harm", async () => {
    server.reply(gives([{ cursor: "x" }, batch("c1", 1)]));
    assert.deepEqual(await take(client.watchEvents(fromStart), 1), [[1, "c1"]]);
  });

  test("of all merchants are told apart", async () => {
    const both: Response = {
      message: {
        case: "batch",
        value: {
          events: [event(7, "a"), event(7, "b"), event(7, "a"), event(8, "b"), event(8, "b")],
        },
      },
      cursor: "c",
    };
    server.reply(gives([both, batch("d", 1)]));
    const taken = await take(client.watchEvents({ ...fromStart, parent: "merchants/-" }), 4);
    assert.deepEqual(taken, [
      [7, ""],
      [7, ""],
      [8, "c"],
      [1, "d"],
    ]);
  });

  test("wait for whoever asked first", async () => {
    server.reply(gives([batch("c2", 1, 2)]));
    const watch = client.watchEvents(fromStart);
    const [a, b] = await Promise.all([watch.next(), watch.next()]);
    assert.deepEqual([a.value?.event.sequence, b.value?.event.sequence], [1n, 2n]);
  });
});

describe("a watch opens again", () => {
  test("after closing, from its cursor, and drops what it gave before", async () => {
    server.reply(gives([batch("c2", 1, 2), closing("c2b")], ends), gives([batch("c3", 2, 3)]));
    const watch = client.watchEvents(fromStart);
    assert.deepEqual(await take(watch, 3), [
      [1, ""],
      [2, "c2"],
      [3, "c3"],
    ]);
    assert.equal(starts()[1], "c2b");
    assert.deepEqual(runtime.waits, [50]);
  });

  test("after an end without a word, UNAVAILABLE, and a connection that broke", async () => {
    server.reply(
      gives([batch("c1", 1)], ends),
      gives([batch("c2", 2)], fails("UNAVAILABLE")),
      gives([batch("c3", 3)]),
      gives([batch("c4", 4)]),
    );
    const watch = client.watchEvents(fromStart);
    assert.deepEqual(await take(watch, 3), [
      [1, "c1"],
      [2, "c2"],
      [3, "c3"],
    ]);
    server.cut();
    assert.deepEqual(await take(watch, 1), [[4, "c4"]]);
    assert.deepEqual(starts().slice(1), ["c1", "c2", "c3"]);
  });

  test("after waits that double, until a message comes; as long as the server asks at least", async () => {
    server.reply(
      overloaded,
      { code: "UNAVAILABLE" },
      { ...overloaded, retryAfterMs: 700 },
      gives([progress("c0")], ends),
      overloaded,
      gives([batch("c1", 1)]),
    );
    await take(client.watchEvents(fromStart), 1);
    assert.deepEqual(runtime.waits, [50, 100, 700 + 200, 50, 100]);
    assert.deepEqual(starts().slice(3), [{ ...(starts()[0] as object) }, "c0", "c0"]);
  });

  test("after silence", async () => {
    server.reply(gives([batch("c1", 1)]), gives([batch("c2", 2)]));
    const watch = client.watchEvents(fromStart);
    await take(watch, 1);
    const first = server.seen[0];
    const second = take(watch, 1);
    while (runtime.held === 0) await new Promise((resolve) => setImmediate(resolve));
    runtime.endSilence();
    assert.deepEqual(await second, [[2, "c2"]]);
    await first?.cancelled;
    assert.equal(starts()[1], "c1");
  });

  test("from now, when it was from now and no cursor has come", async () => {
    server.reply({ code: "UNAVAILABLE" }, gives([progress("c1")], ends), gives([batch("c2", 8)]));
    const request = { parent: "m", start: { case: "fromNow", value: {} } } as const;
    await take(client.watchEvents(request), 1);
    assert.deepEqual(
      server.seen.map((seen) => seen.request.start.case),
      ["fromNow", "fromNow", "cursor"],
    );
  });

  test("at once when it is made, without being read", async () => {
    server.reply({ code: "UNAVAILABLE" }, gives([]));
    client.watchEvents(fromStart);
    await server.arrived(2);
  });
});

describe("a watch ends", () => {
  test("with the error, when going on is of no use; once, then it is done", async () => {
    const codes: Code[] = [
      "INVALID_ARGUMENT",
      "OUT_OF_RANGE",
      "NOT_FOUND",
      "UNAUTHENTICATED",
      "PERMISSION_DENIED",
      "INTERNAL",
      "UNIMPLEMENTED",
      "CANCELLED",
      "UNKNOWN",
    ];
    for (const code of codes) {
      server.seen.length = 0;
      server.reply({
        code,
        message: "no",
        info: { reason: "R", sideEffect: "none", metadata: { oldest_cursor: "o" } },
      });
      const watch = client.watchEvents(fromStart);
      await assert.rejects(watch.next(), (error) => {
        assert.ok(error instanceof SluiceError);
        assert.deepEqual(
          [error.code, error.reason, error.metadata["oldest_cursor"]],
          [code, "R", "o"],
        );
        return true;
      });
      assert.deepEqual(await watch.next(), { done: true, value: undefined });
      assert.equal(server.seen.length, 1);
    }
  });

  test("with an error only after what came before it", async () => {
    server.reply(gives([batch("c2", 1, 2), batch("c3", 3)], fails("INTERNAL")));
    const watch = client.watchEvents(fromStart);
    assert.equal((await take(watch, 3)).length, 3);
    await assert.rejects(watch.next(), { code: "INTERNAL" });
  });

  test("when the loop over it is left", async () => {
    server.reply(gives([batch("c2", 1, 2)]));
    for await (const {
      event: { sequence },
    } of client.watchEvents(fromStart)) {
      if (sequence === 1n) break;
    }
    await server.seen[0]?.cancelled;
  });

  test("when it is stopped, by itself, its signal or its client", async () => {
    const control = new AbortController();
    for (const stop of [
      (watch: Watch<EventItem>) => watch.stop(),
      () => control.abort(),
      () => client.close(),
    ]) {
      server.reply(gives([]));
      const watch = client.watchEvents(fromStart, { signal: control.signal });
      const waiting = watch.next();
      const { cancelled } = await server.arrived(server.seen.length + 1);
      stop(watch);
      assert.deepEqual(await waiting, { done: true, value: undefined });
      await cancelled;
      if (control.signal.aborted) break;
    }
    const late = client.watchEvents(fromStart, { signal: control.signal });
    assert.deepEqual(await late.next(), { done: true, value: undefined });
  });

  test("while it waits to open again", async () => {
    runtime.holdWaits = true;
    server.reply(overloaded);
    const watch = client.watchEvents(fromStart);
    const waiting = watch.next();
    await server.arrived(1);
    while (!runtime.held) await new Promise((resolve) => setImmediate(resolve));
    watch.stop();
    assert.equal((await waiting).done, true);
    assert.equal(server.seen.length, 1);
  });
});

test("a reader that does not read stops the server", async () => {
  const LARGE = "x".repeat(20_000);
  const MESSAGES = 1000;
  let written = 0;
  let full: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => (full = resolve));
  server.reply(async (stream) => {
    for (let i = 1; i <= MESSAGES; ++i) {
      const value = { events: [{ ...event(i), type: LARGE }] };
      const message = create(WatchEventsResponseSchema, {
        message: { case: "batch", value },
        cursor: `c${i}`,
      });
      written = i;
      if (!stream.write(message)) {
        const drained = new Promise((resolve) => stream.once("drain", resolve));
        const late = new Promise((resolve) => setTimeout(resolve, 200, "late"));
        if ((await Promise.race([drained, late])) === "late") full();
        await drained;
      }
    }
  });
  const watch = client.watchEvents(fromStart);
  await take(watch, 1);
  await stalled;
  assert.ok(written < MESSAGES / 2, `${written} of ${MESSAGES} were taken`);
  assert.equal((await take(watch, MESSAGES - 1)).length, MESSAGES - 1);
});

test("one resource is followed: its revisions, once each, over its connections", async () => {
  const two = (schema: any, field: string): Reply[] => {
    const of = (revision: bigint, cursor: string) =>
      create(schema, { update: { case: field, value: { revision } }, cursor } as never);
    const open =
      (messages: unknown[], end: boolean): Reply =>
      (stream) => {
        for (const message of messages) stream.write(message);
        if (end) stream.end();
      };
    return [open([of(1n, "c1"), of(2n, "c2")], true), open([of(2n, "c2"), of(3n, "c3")], false)];
  };
  const kinds = [
    [WatchOrderResponseSchema, "order", client.watchOrder],
    [WatchPayoutResponseSchema, "payout", client.watchPayout],
    [WatchAccountLinkResponseSchema, "accountLink", client.watchAccountLink],
  ] as const;
  for (const [schema, field, open] of kinds) {
    server.seen.length = 0;
    server.reply(...two(schema, field));
    const watch = (open as any).call(client, { name: "n", cursor: "c0" });
    assert.equal(watch.cursor, "c0");
    const taken = [];
    while (taken.length < 3) {
      const { value } = await watch.next();
      taken.push([value[field].revision, value.cursor]);
    }
    assert.deepEqual(taken, [
      [1n, "c1"],
      [2n, "c2"],
      [3n, "c3"],
    ]);
    assert.deepEqual(
      server.seen.map(({ request }) => [request.name, request.cursor]),
      [
        ["n", "c0"],
        ["n", "c2"],
      ],
    );
    watch.stop();
  }
});

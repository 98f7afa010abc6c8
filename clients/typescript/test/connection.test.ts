import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { create } from "@bufbuild/protobuf";
import {
  SluiceClient,
  SluiceError,
  WatchEventsResponseSchema,
  type ClientOptions,
} from "@sluice/client";

import { makeChannelOptions } from "../src/options.js";
import { FakeRuntime } from "./fake_runtime.js";
import { FakeServer, type Reply } from "./fake_server.js";

// Longer than anything here takes, unless a dead connection is not found out.
const PATIENCE_MS = 30_000;
const MEBIBYTE = 1 << 20;

let server: FakeServer;
let client: SluiceClient;

function connect(options: Partial<ClientOptions> = {}): void {
  client?.close();
  const runtime = new FakeRuntime();
  client = new SluiceClient({ endpoint: server.endpoint, tls: false, runtime, ...options });
}

beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => {
  client.close();
  server.stop();
});

const order = { ok: { name: "merchants/m/orders/o" } };

describe("a connection that dies without a word", { timeout: PATIENCE_MS }, () => {
  test("is found out by a call", async () => {
    connect({ keepaliveMs: 200, deadlineMs: 2 * PATIENCE_MS });
    server.reply(order, order);
    await client.orders.getOrder({ name: "n" });
    void server.freeze();
    await assert.rejects(client.orders.createOrder({ orderId: "o" }), (error) => {
      assert.ok(error instanceof SluiceError);
      assert.deepEqual([error.code, error.sideEffect], ["UNAVAILABLE", "possible"]);
      return true;
    });
    assert.equal(server.seen.length, 1);
    await client.orders.createOrder({ orderId: "o" });
  });

  test("is found out while nothing is called", async () => {
    connect({ keepaliveMs: 200, deadlineMs: 2 * PATIENCE_MS });
    server.reply(order, order);
    await client.orders.getOrder({ name: "n" });
    await server.freeze();
    await client.orders.createOrder({ orderId: "o" });
    assert.equal(server.seen.length, 2);
  });

  test("does not end a watch", async () => {
    connect({ keepaliveMs: 200 });
    const gives =
      (sequence: number): Reply =>
      (stream) => {
        const events = [{ name: `merchants/m/events/${sequence}`, sequence: BigInt(sequence) }];
        const message = { case: "batch", value: { events } } as const;
        stream.write(
          create(WatchEventsResponseSchema, { message, cursor: `c${sequence}` }),
        );
      };
    server.reply(gives(1), gives(2));
    const watch = client.watchEvents({ parent: "p", start: { case: "beginning", value: {} } });
    assert.equal((await watch.next()).value?.cursor, "c1");
    void server.freeze();
    assert.equal((await watch.next()).value?.cursor, "c2");
    assert.equal(server.seen[1]?.request.start.value, "c1");
  });
});

describe("what gRPC is told", () => {
  const of = (options: Partial<ClientOptions>) => makeChannelOptions({ endpoint: "e", ...options });

  test("a ping every 20 s by default, and an answer within half of that", () => {
    const told = of({});
    assert.equal(told["grpc.keepalive_time_ms"], 20_000);
    assert.equal(told["grpc.keepalive_timeout_ms"], 10_000);
    assert.equal(told["grpc.keepalive_permit_without_calls"], 1);
    // A longer timer would fire at once.
    assert.equal(of({ keepaliveMs: Infinity })["grpc.keepalive_time_ms"], 0x7fff_ffff);
  });

  test("nobody else decides what is sent again", () => {
    assert.equal(of({})["grpc.enable_retries"], 0);
    assert.equal(of({})["grpc.service_config_disable_resolution"], 1);
  });
});

test("an answer may be as large as a page", async () => {
  connect();
  const large = (size: number) => ({ ok: { description: "x".repeat(size * MEBIBYTE) } });
  server.reply(large(63), large(64));
  assert.equal((await client.orders.getOrder({ name: "n" })).description.length, 63 * MEBIBYTE);
  await assert.rejects(client.orders.getOrder({ name: "n" }), { code: "RESOURCE_EXHAUSTED" });
});

test("no limit is one that is never reached", async () => {
  const limits = { deadlineMs: Infinity, silenceMs: Infinity, keepaliveMs: Infinity };
  connect({ ...limits, maxBackoffMs: Infinity });
  server.reply(order, order);
  await client.orders.createOrder({ orderId: "o" });
  await client.orders.getOrder({ name: "n" }, { deadlineMs: Infinity });
  assert.equal(server.seen.length, 2);
});

test("plaintext does not go through a proxy of the environment", async () => {
  // Nothing listens there: a call that went there would fail.
  const set = { grpc_proxy: "http://127.0.0.1:1", no_grpc_proxy: "nobody.example" };
  Object.assign(process.env, set);
  try {
    connect({ apiKey: "secret" });
    server.reply(order);
    await client.orders.createOrder({ orderId: "o" });
    assert.equal(makeChannelOptions({ endpoint: "e" })["grpc.enable_http_proxy"], undefined);
  } finally {
    for (const name of Object.keys(set)) delete process.env[name];
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import { ServerCredentials } from "@grpc/grpc-js";
import { SluiceClient, SluiceError, type ClientOptions, type Code } from "@sluice/client";

import { FakeRuntime } from "./fake_runtime.js";
import { FakeServer, overloaded, type Refusal } from "./fake_server.js";

let server: FakeServer;
let runtime: FakeRuntime;
let client: SluiceClient;

function connect(options: Partial<ClientOptions> = {}): SluiceClient {
  client?.close();
  client = new SluiceClient({ endpoint: server.endpoint, tls: false, runtime, ...options });
  return client;
}

beforeEach(async () => {
  server = await FakeServer.start();
  runtime = new FakeRuntime();
  connect();
});
afterEach(() => {
  client.close();
  server.stop();
});

const order = { ok: { name: "merchants/m/orders/o" } };
const shuttingDown: Refusal = {
  code: "UNAVAILABLE",
  info: { reason: "SHUTTING_DOWN", sideEffect: "none" },
};

async function errorOf(call: Promise<unknown>): Promise<SluiceError> {
  const error: unknown = await call.then(
    () => assert.fail("no error"),
    (failed: unknown) => failed,
  );
  assert.ok(error instanceof SluiceError, String(error));
  return error;
}

const requestIds = (): string[] => server.seen.map(({ request }) => request.requestId);

describe("request ids", () => {
  test("one is made before the first send, and kept over all tries", async () => {
    server.reply(overloaded, shuttingDown, overloaded, order);
    const request = { parent: "merchants/m", orderId: "o" };
    const answer = await client.orders.createOrder(request);
    assert.equal(answer.name, "merchants/m/orders/o");
    assert.deepEqual(requestIds(), ["id-1", "id-1", "id-1", "id-1"]);
    assert.deepEqual(request, { parent: "merchants/m", orderId: "o" });
  });

  test("each call has its own; by default a random UUID", async () => {
    connect({ runtime: {} });
    server.reply(order, order);
    await client.orders.createOrder({ orderId: "a" });
    await client.orders.createOrder({ orderId: "b" });
    const [a, b] = requestIds();
    assert.match(a ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(a, b);
  });

  test("the caller's own is sent, and told with an error", async () => {
    server.reply({ code: "INTERNAL" });
    const error = await errorOf(client.orders.cancelOrder({ name: "n", requestId: "mine" }));
    assert.deepEqual(requestIds(), ["mine"]);
    assert.equal(error.requestId, "mine");
  });
});

describe("retries", () => {
  test("at most four sends by default, then the last error", async () => {
    server.reply(overloaded, overloaded, overloaded, { ...overloaded, message: "the last" }, order);
    const error = await errorOf(client.orders.createOrder({}));
    assert.equal(error.message, "the last");
    assert.equal(error.sideEffect, "none");
    assert.equal(server.seen.length, 4);
  });

  test("as often as the caller says", async () => {
    connect({ maxAttempts: 2 });
    server.reply(overloaded, overloaded, order);
    await errorOf(client.orders.createOrder({}));
    assert.equal(server.seen.length, 2);
  });

  test("only where nothing has happened", async () => {
    const never: Refusal[] = [
      { code: "UNAVAILABLE" },
      { code: "RESOURCE_EXHAUSTED" },
      { code: "UNAVAILABLE", info: { sideEffect: "possible" } },
      { code: "UNAVAILABLE", info: {} },
      { code: "UNAVAILABLE", info: { sideEffect: "none", domain: "proxy.example" } },
      { code: "INTERNAL", info: { sideEffect: "none" } },
      { code: "DEADLINE_EXCEEDED", info: { sideEffect: "none" } },
      { code: "ABORTED", info: { sideEffect: "none" } },
      { code: "FAILED_PRECONDITION", info: { sideEffect: "none" } },
    ];
    for (const refusal of never) {
      server.seen.length = 0;
      server.reply(refusal);
      const error = await errorOf(client.orders.createOrder({}));
      assert.equal(error.code, refusal.code);
      assert.equal(server.seen.length, 1, JSON.stringify(refusal));
    }
  });

  test("reads also when the connection broke, and for no other reason", async () => {
    server.reply({ code: "UNAVAILABLE" }, order);
    await client.orders.getOrder({ name: "n" });
    assert.equal(server.seen.length, 2);
    for (const refusal of [
      { code: "RESOURCE_EXHAUSTED" },
      { code: "UNAVAILABLE", info: { sideEffect: "possible" } },
      { code: "INTERNAL" },
    ] satisfies Refusal[]) {
      server.seen.length = 0;
      server.reply(refusal);
      await errorOf(client.orders.listOrders({}));
      assert.equal(server.seen.length, 1);
    }
    server.seen.length = 0;
    server.reply({ code: "UNAVAILABLE" });
    await errorOf(client.orders.syncOrder({ name: "n" }));
    assert.equal(server.seen.length, 1);
  });

  test("a connection that breaks in a mutating call is told to the caller, not tried again", async () => {
    server.reply("never", order);
    const call = errorOf(client.orders.createOrder({ orderId: "o" }));
    await server.arrived(1);
    server.cut();
    const error = await call;
    assert.equal(error.code, "UNAVAILABLE");
    assert.equal(error.sideEffect, "possible");
    assert.equal(error.requestId, "id-1");
    assert.equal(error.reason, "");
    assert.equal(server.seen.length, 1);
  });

  test("a connection that breaks in a read is not seen", async () => {
    server.reply("never", order);
    const call = client.orders.getOrder({ name: "n" });
    await server.arrived(1);
    server.cut();
    assert.equal((await call).name, "merchants/m/orders/o");
    assert.equal(server.seen.length, 2);
  });
});

describe("waits", () => {
  test("are random below a bound that doubles", async () => {
    connect({ maxAttempts: 9 });
    server.reply(...Array<Refusal>(8).fill(overloaded), order);
    await client.orders.createOrder({}, { deadlineMs: 60_000 });
    assert.deepEqual(runtime.waits, [50, 100, 200, 400, 800, 1600, 2500, 2500]);
    runtime.randomness = 0;
    runtime.waits.length = 0;
    server.reply(overloaded, order);
    await client.orders.createOrder({});
    assert.deepEqual(runtime.waits, [0]);
  });

  test("come on top of what the server asks for", async () => {
    server.reply({ ...overloaded, retryAfterMs: 1250 }, order);
    await client.orders.createOrder({});
    assert.deepEqual(runtime.waits, [1300]);
  });

  test("that do not fit into the deadline are not begun", async () => {
    server.reply({ ...overloaded, retryAfterMs: 9960 }, order);
    const error = await errorOf(client.orders.createOrder({}));
    assert.equal(error.retryAfterMs, 9960);
    assert.equal(error.sideEffect, "none");
    assert.deepEqual(runtime.waits, []);
    assert.equal(server.seen.length, 1);
  });

  test("count towards the one deadline of all tries", async () => {
    server.reply(
      { ...overloaded, retryAfterMs: 6000 },
      { ...overloaded, retryAfterMs: 6000 },
      order,
    );
    await errorOf(client.orders.createOrder({}));
    assert.equal(server.seen.length, 2);
    const left = server.seen.map(({ deadline }) => deadline.getTime() - Date.now());
    assert.ok((left[0] ?? 0) > 5000 && (left[1] ?? 9999) < 4000, String(left));
  });
});

describe("deadlines", () => {
  test("10 s by default; the call's own wins", async () => {
    server.reply(order, order);
    await client.orders.getOrder({ name: "n" });
    await client.orders.getOrder({ name: "n" }, { deadlineMs: 60_000 });
    const [first = 0, second = 0] = server.seen.map(
      ({ deadline }) => deadline.getTime() - Date.now(),
    );
    assert.ok(first > 5_000 && first < 11_000, String(first));
    assert.ok(second > 50_000 && second < 61_000, String(second));
  });

  test("end a call that may have happened", async () => {
    server.reply("never");
    const error = await errorOf(client.orders.createOrder({}, { deadlineMs: 50 }));
    assert.equal(error.code, "DEADLINE_EXCEEDED");
    assert.equal(error.sideEffect, "possible");
    assert.equal(error.requestId, "id-1");
  });
});

describe("giving up", () => {
  test("before the first send: nothing is sent", async () => {
    const error = await errorOf(client.orders.createOrder({}, { signal: AbortSignal.abort() }));
    assert.deepEqual([error.code, error.sideEffect], ["CANCELLED", "none"]);
    assert.equal(server.seen.length, 0);
  });

  test("during the call: the server is told, and it may have happened", async () => {
    const control = new AbortController();
    server.reply("never");
    const call = errorOf(client.orders.createOrder({}, { signal: control.signal }));
    const seen = await server.arrived(1);
    control.abort();
    const error = await call;
    assert.deepEqual(
      [error.code, error.sideEffect, error.requestId],
      ["CANCELLED", "possible", "id-1"],
    );
    await seen.cancelled;
  });

  test("between two tries: at once, and nothing has happened", async () => {
    const control = new AbortController();
    runtime.holdWaits = true;
    server.reply(overloaded);
    const call = errorOf(client.orders.createOrder({}, { signal: control.signal }));
    while (runtime.held === 0) await new Promise((resolve) => setImmediate(resolve));
    control.abort();
    const error = await call;
    assert.deepEqual([error.code, error.sideEffect], ["CANCELLED", "none"]);
    assert.equal(runtime.held, 0);
    assert.equal(server.seen.length, 1);
  });

  test("a closed client sends nothing", async () => {
    client.close();
    assert.equal((await errorOf(client.orders.createOrder({}))).sideEffect, "none");
    assert.throws(() => client.watchOrder({ name: "n" }), SluiceError);
  });
});

describe("errors", () => {
  test("have everything that the server said", async () => {
    server.reply({
      code: "INVALID_ARGUMENT",
      message: "größer: 100%",
      info: {
        reason: "REASON_OF_THE_FUTURE",
        sideEffect: "none",
        metadata: { oldest_cursor: "c" },
      },
      fields: [{ field: "order.amount", description: "must be positive" }],
      retryAfterMs: 250,
    });
    const error = await errorOf(client.orders.createOrder({}));
    const { code, reason, message, sideEffect, fieldViolations, retryAfterMs, metadata } = error;
    assert.deepEqual(
      { code, reason, message, sideEffect, retryAfterMs },
      {
        code: "INVALID_ARGUMENT",
        reason: "REASON_OF_THE_FUTURE",
        message: "größer: 100%",
        sideEffect: "none",
        retryAfterMs: 250,
      },
    );
    assert.deepEqual(fieldViolations, [{ field: "order.amount", description: "must be positive" }]);
    assert.equal(metadata["oldest_cursor"], "c");
  });

  test("without details, or with unreadable ones, are possible", async () => {
    server.reply(
      { code: "INTERNAL", message: "bare" },
      { code: "INTERNAL", rawDetails: new Uint8Array([255, 1, 2]) },
    );
    for (let i = 0; i < 2; ++i) {
      const error = await errorOf(client.orders.getOrder({ name: "n" }));
      assert.deepEqual(
        [error.code, error.reason, error.sideEffect, error.retryAfterMs, error.requestId],
        ["INTERNAL", "", "possible", undefined, undefined],
      );
      assert.deepEqual(error.fieldViolations, []);
    }
  });

  test("every code has its name", async () => {
    const codes: Code[] = [
      "CANCELLED",
      "UNKNOWN",
      "NOT_FOUND",
      "ALREADY_EXISTS",
      "PERMISSION_DENIED",
      "ABORTED",
      "OUT_OF_RANGE",
      "UNIMPLEMENTED",
      "DATA_LOSS",
      "UNAUTHENTICATED",
    ];
    for (const code of codes) {
      server.reply({ code });
      assert.equal((await errorOf(client.orders.getOrder({ name: "n" }))).code, code);
    }
  });
});

describe("answers", () => {
  test("keep numbers of enums that nobody knows yet", async () => {
    server.reply({ ok: { state: 99, attempts: [{ verb: 77 }] } });
    const answer = await client.orders.getOrder({ name: "n" });
    assert.equal(answer.state, 99);
    assert.equal(answer.attempts[0]?.verb, 77);
  });

  test("keep every digit of an amount", async () => {
    server.reply({ ok: { amount: { currencyCode: "IDR", minorUnits: 9007199254740993n } } });
    assert.equal(
      (await client.orders.getOrder({ name: "n" })).amount?.minorUnits,
      9007199254740993n,
    );
  });
});

describe("the connection", () => {
  test("carries the API key", async () => {
    connect({ apiKey: "secret" });
    server.reply(order, order);
    await client.orders.getOrder({ name: "n" });
    assert.deepEqual(server.seen[0]?.metadata.get("authorization"), ["Bearer secret"]);
    connect();
    await client.orders.getOrder({ name: "n" });
    assert.deepEqual(server.seen[1]?.metadata.get("authorization"), []);
    assert.match(
      String(server.seen[1]?.metadata.get("user-agent")),
      /^sluice-client-typescript\/0.1.0/,
    );
  });

  test("does not carry it in plaintext, except to loopback", () => {
    const open = (endpoint: string): void =>
      new SluiceClient({ endpoint, tls: false, apiKey: "secret" }).close();
    for (const endpoint of [
      "pay.example.com:443",
      "10.0.0.1:1",
      "127.0.0.1.example.com:1",
      "localhost.example.com:1",
      "[::2]:1",
      "dns:///example.com:1",
      "evil/127.0.0.1:1",
      "dns://127.0.0.1/example.com:1",
      "unix-abstract:443",
      "localhost:x@evil.example",
      "localhost@evil.example:1",
      "localhost:1@evil.example:1",
      "dns:///localhost@evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.999:1",
      "[::1]evil.example:1",
      "[::1]@evil.example:1",
      "localhost,evil.example",
      "ipv4:127.0.0.1:1,10.0.0.1:1",
      "ipv4:127.0.0.1,10.0.0.1",
      "ipv6:[::1]:1,[2001:db8::1]:1",
    ]) {
      assert.throws(() => open(endpoint), /API key/, endpoint);
    }
    for (const endpoint of [
      "127.0.0.1:1",
      "127.9.9.9:1",
      "localhost:1",
      "[::1]:1",
      "dns:///localhost:1",
      "unix:///run/s",
    ]) {
      open(endpoint);
    }
    new SluiceClient({ endpoint: "pay.example.com:443", tls: false }).close();
    new SluiceClient({ endpoint: "pay.example.com:443", apiKey: "secret" }).close();
  });

  test("refuses settings that make no sense", () => {
    const open = (options: Partial<ClientOptions>) => () =>
      new SluiceClient({ endpoint: "localhost:1", ...options });
    for (const options of [
      { deadlineMs: 0 },
      { maxAttempts: 0 },
      { initialBackoffMs: -1 },
      { maxBackoffMs: NaN },
      { silenceMs: 0 },
      { keepaliveMs: 1 },
      { tls: { clientKey: "k" } },
    ]) {
      assert.throws(open(options), SluiceError, JSON.stringify(options));
    }
  });

  test("speaks TLS, with a certificate of its own when the server asks for one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-tls-"));
    try {
      const [key, certificate] = ["key.pem", "certificate.pem"].map((name) =>
        join(folder, name),
      ) as [string, string];
      execFileSync(
        "openssl",
        [
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-days",
          "1",
          "-subj",
          "/CN=localhost",
          "-addext",
          "subjectAltName=IP:127.0.0.1",
          "-keyout",
          key,
          "-out",
          certificate,
        ],
        { stdio: "ignore" },
      );
      const pair = { private_key: readFileSync(key), cert_chain: readFileSync(certificate) };
      const root = pair.cert_chain;
      server.stop();
      server = await FakeServer.start(ServerCredentials.createSsl(root, [pair], true));
      server.reply(order);
      connect({
        tls: { rootCertificates: root, clientCertificate: root, clientKey: pair.private_key },
        apiKey: "secret",
      });
      await client.orders.getOrder({ name: "n" });
      assert.deepEqual(server.seen[0]?.metadata.get("authorization"), ["Bearer secret"]);
      // Neither an unknown server nor a client without a certificate gets anywhere.
      for (const tls of [true, { rootCertificates: root }]) {
        connect({ tls });
        await errorOf(client.orders.createOrder({}, { deadlineMs: 3000 }));
      }
      assert.equal(server.seen.length, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

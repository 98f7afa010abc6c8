// What the client costs over the bare stub: prints one JSON object. main.js ENDPOINT
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { create } from "@bufbuild/protobuf";
import { credentials, makeGenericClientConstructor, type ServiceError } from "@grpc/grpc-js";
import {
  EventService,
  GetOrderRequestSchema,
  OrderService,
  serviceDefinition,
  SluiceClient,
  WatchEventsRequestSchema,
  type WatchEventsResponse,
} from "@sluice/client";

const MEASURED_MS = 8000; // For each comparison, after a quarter of that to warm up.
const STARTS = 7;
const CALLS = 480; // In a round.
const AT_ONCE = 16;
const DEADLINE_MS = 10_000; // As the client's own: no call should be made without one.
const ORDERS = 300;

const endpoint = process.argv[2] ?? "127.0.0.1:50051";
const client = new SluiceClient({ endpoint, tls: false });
const bareOf = (service: typeof OrderService | typeof EventService): any =>
  new (makeGenericClientConstructor(serviceDefinition(service), service.name))(
    endpoint,
    credentials.createInsecure(),
  );
const bareOrders = bareOf(OrderService);
const bareEvents = bareOf(EventService);

type Work = () => Promise<void>;

// Turn by turn, and in each round another one begins: what else the machine does weighs on both
// sides of a round. Gives what each round has seen.
async function compare(name: string, count: number, client: Work, bare: Work) {
  const seen: Record<string, number[]> = {};
  const measure = async (work: Work, side: string): Promise<void> => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    (seen[`${name}_per_second${side}`] ??= []).push((count * 1000) / (performance.now() - start));
    (seen[`${name}_cpu_us${side}`] ??= []).push((user + system) / count);
  };
  for (const start = performance.now(); performance.now() - start < MEASURED_MS / 4; ) {
    await client();
    await bare();
  }
  const start = performance.now();
  for (let round = 0; performance.now() - start < MEASURED_MS; ++round) {
    const clientFirst = round % 2 === 0;
    if (clientFirst) await measure(client, "");
    await measure(bare, "_bare");
    if (!clientFirst) await measure(client, "");
  }
  return seen;
}

function calls(call: () => Promise<unknown>): Work {
  const worker = async (): Promise<void> => {
    for (let i = 0; i < CALLS / AT_ONCE; ++i) await call();
  };
  return async () => void (await Promise.all(Array.from({ length: AT_ONCE }, worker)));
}

async function makeOrders(): Promise<string> {
  const id = `bench-${Date.now()}`;
  const amount = { currencyCode: "AED", minorUnits: 1234n };
  for (let i = 0; i < ORDERS; ++i) {
    const order = { wallet: "botim", amount, description: "Two coffees" };
    await client.orders.createOrder({ parent: "merchants/demo", orderId: `${id}-${i}`, order });
  }
  return `merchants/demo/orders/${id}-0`;
}

async function lastSequence(): Promise<bigint> {
  let last = 0n;
  for (let pageToken = ""; ;) {
    const page = await client.events.listEvents({
      parent: "merchants/demo",
      pageSize: 1000,
      pageToken,
    });
    last = page.events.at(-1)?.sequence ?? last;
    if (!page.nextPageToken) return last;
    pageToken = page.nextPageToken;
  }
}

const FROM_BEGINNING = {
  parent: "merchants/demo",
  start: { case: "beginning", value: {} },
} as const;

const watchClient = async (last: bigint): Promise<void> => {
  for await (const { event } of client.watchEvents(FROM_BEGINNING)) {
    if (event.sequence >= last) return;
  }
};

const watchBare = async (last: bigint): Promise<void> => {
  const stream = bareEvents.watchEvents(create(WatchEventsRequestSchema, FROM_BEGINNING));
  stream.on("error", () => undefined);
  for await (const { message } of stream as AsyncIterable<WatchEventsResponse>) {
    if (message.case !== "batch") continue;
    for (const event of message.value.events) if (event.sequence >= last) return stream.cancel();
  }
};

function bytesBelow(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

function sizes(root: string): { client: number; bare: number } {
  const listed = execFileSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], { cwd: root });
  const folders = listed.toString().trim().split("\n").slice(1);
  const below = folders.reduce((sum, folder) => sum + bytesBelow(folder), 0);
  const own = bytesBelow(join(root, "dist/src"));
  return { client: below + own, bare: below + bytesBelow(join(root, "dist/src/gen")) };
}

function startMs(what: "client" | "bare"): number {
  const script = fileURLToPath(new URL(`start_${what}.js`, import.meta.url));
  const times = Array.from({ length: STARTS }, () => {
    const start = performance.now();
    execFileSync(process.execPath, [script, endpoint]);
    return performance.now() - start;
  });
  return Math.round(times.sort((a, b) => a - b)[STARTS >> 1] ?? 0);
}

const name = await makeOrders();
const last = await lastSequence();
const request = create(GetOrderRequestSchema, { name });
const getBare = (): Promise<unknown> =>
  new Promise((resolve, reject) =>
    bareOrders.getOrder(
      request,
      { deadline: Date.now() + DEADLINE_MS },
      (error: ServiceError | null, order: unknown) => (error ? reject(error) : resolve(order)),
    ),
  );
const getOrder = await compare(
  "get_order",
  CALLS,
  calls(() => client.orders.getOrder({ name })),
  calls(getBare),
);
const watch = await compare(
  "watch_events",
  Number(last),
  () => watchClient(last),
  () => watchBare(last),
);
const size = sizes(fileURLToPath(new URL("../..", import.meta.url)));
console.log(
  JSON.stringify({
    language: "typescript",
    package_bytes: size.client,
    package_bytes_bare: size.bare,
    start_ms: startMs("client"),
    start_ms_bare: startMs("bare"),
    ...getOrder,
    ...watch,
  }),
);
client.close();
bareOrders.close();
bareEvents.close();

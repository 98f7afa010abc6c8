// The certification driver: see clients/certification/README.md.
import { createInterface } from "node:readline";

import {
  create,
  fromJson,
  toJson,
  type DescMessage,
  type DescService,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import {
  AccountLinkSchema,
  AccountLinkService,
  addMoney,
  EventSchema,
  EventService,
  formatMoney,
  MoneySchema,
  NotificationService,
  OrderSchema,
  OrderService,
  parseMoney,
  PayoutSchema,
  PayoutService,
  ProviderService,
  ReconciliationService,
  RefundService,
  SluiceClient,
  SluiceError,
  subtractMoney,
  WatchAccountLinkRequestSchema,
  WatchEventsRequestSchema,
  WatchOrderRequestSchema,
  WatchPayoutRequestSchema,
  type CallOptions,
  type ClientOptions,
  type Money,
  type Watch,
} from "@sluice/client";

interface Command {
  op: string;
  endpoint: string;
  api_key?: string;
  deadline_ms?: number;
  max_attempts?: number;
  initial_backoff_ms?: number;
  max_backoff_ms?: number;
  silence_ms?: number;
  keepalive_ms?: number;
  method: string;
  cancel_after_ms?: number;
  request: JsonValue;
  watch: string;
  kind: string;
  timeout_ms: number;
  do: string;
  currency: string;
  text: string;
  minorUnits: string;
  otherCurrency: string;
  otherMinorUnits: string;
}

type Answer = { ok: object } | { error: object };
type AnyWatch = Watch<{ cursor: string }>;

const SERVICES: Record<string, DescService> = {
  OrderService,
  RefundService,
  PayoutService,
  AccountLinkService,
  EventService,
  NotificationService,
  ProviderService,
  ReconciliationService,
};

let client: SluiceClient | undefined;
const watches = new Map<string, Watching>();

/** A watch, with the item that was asked for and did not come in time. */
class Watching {
  #next: ReturnType<AnyWatch["next"]> | undefined;

  constructor(
    readonly watch: AnyWatch,
    private readonly key: string,
    private readonly schema: DescMessage,
  ) {}

  async next(timeoutMs: number): Promise<Answer> {
    this.#next ??= this.watch.next();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
    });
    const result = await Promise.race([this.#next, late]).finally(() => clearTimeout(timer));
    if (!result) return { ok: { timeout: true } };
    this.#next = undefined;
    if (result.done) return { ok: { done: true } };
    const item = (result.value as unknown as Record<string, Message>)[this.key] as Message;
    return { ok: { [this.key]: toJson(this.schema, item), cursor: result.value.cursor } };
  }
}

function open(command: Command): Answer {
  close();
  const options: ClientOptions = { endpoint: command.endpoint, tls: false };
  if (command.api_key !== undefined) options.apiKey = command.api_key;
  if (command.deadline_ms !== undefined) options.deadlineMs = command.deadline_ms;
  if (command.max_attempts !== undefined) options.maxAttempts = command.max_attempts;
  if (command.initial_backoff_ms !== undefined) {
    options.initialBackoffMs = command.initial_backoff_ms;
  }
  if (command.max_backoff_ms !== undefined) options.maxBackoffMs = command.max_backoff_ms;
  if (command.silence_ms !== undefined) options.silenceMs = command.silence_ms;
  if (command.keepalive_ms !== undefined) options.keepaliveMs = command.keepalive_ms;
  client = new SluiceClient(options);
  return { ok: {} };
}

async function call(command: Command): Promise<Answer> {
  const [serviceName = "", methodName = ""] = command.method.split("/");
  const service = SERVICES[serviceName];
  const method = service?.methods.find(({ name }) => name === methodName);
  if (!service || !method) return unimplemented(command.method);
  const options: CallOptions = {};
  if (command.deadline_ms !== undefined) options.deadlineMs = command.deadline_ms;
  if (command.cancel_after_ms !== undefined) {
    options.signal = AbortSignal.timeout(command.cancel_after_ms);
  }
  const calls = connected().service(service) as Record<
    string,
    (request: Message, options: CallOptions) => Promise<Message>
  >;
  const request = fromJson(method.input, command.request);
  const answer = await calls[method.localName]?.(request, options);
  return { ok: toJson(method.output, answer as Message) as object };
}

function watch({ watch: name, kind, request }: Command): Answer {
  const sluice = connected();
  const add = (watching: AnyWatch, key: string, schema: DescMessage): Answer => {
    watches.set(name, new Watching(watching, key, schema));
    return { ok: {} };
  };
  switch (kind) {
    case "events":
      return add(
        sluice.watchEvents(fromJson(WatchEventsRequestSchema, request)),
        "event",
        EventSchema,
      );
    case "order":
      return add(
        sluice.watchOrder(fromJson(WatchOrderRequestSchema, request)),
        "order",
        OrderSchema,
      );
    case "payout":
      return add(
        sluice.watchPayout(fromJson(WatchPayoutRequestSchema, request)),
        "payout",
        PayoutSchema,
      );
    case "account_link":
      return add(
        sluice.watchAccountLink(fromJson(WatchAccountLinkRequestSchema, request)),
        "accountLink",
        AccountLinkSchema,
      );
    default:
      return unimplemented(kind);
  }
}

function money(command: Command): Answer {
  if (command.do === "parse") {
    return { ok: { minorUnits: String(parseMoney(command.currency, command.text).minorUnits) } };
  }
  const amount = moneyOf(command.currency, command.minorUnits);
  if (command.do === "format") return { ok: { text: formatMoney(amount) } };
  const other = moneyOf(command.otherCurrency, command.otherMinorUnits);
  const result = command.do === "add" ? addMoney(amount, other) : subtractMoney(amount, other);
  return { ok: { minorUnits: String(result.minorUnits) } };
}

function moneyOf(currencyCode: string, minorUnits: string): Money {
  return create(MoneySchema, { currencyCode, minorUnits: BigInt(minorUnits) });
}

function close(): Answer {
  client?.close();
  client = undefined;
  watches.clear();
  return { ok: {} };
}

function connected(): SluiceClient {
  if (!client) throw new Error("no client is open");
  return client;
}

function watching(name: string): Watching {
  const found = watches.get(name);
  if (!found) throw new Error(`there is no watch ${name}`);
  return found;
}

function unimplemented(what: string): Answer {
  return { error: { code: "UNIMPLEMENTED", message: `unknown: ${what}` } };
}

async function answer(command: Command): Promise<Answer> {
  switch (command.op) {
    case "open":
      return open(command);
    case "call":
      return call(command);
    case "watch":
      return watch(command);
    case "next":
      return watching(command.watch).next(command.timeout_ms);
    case "cursor":
      return { ok: { cursor: watching(command.watch).watch.cursor } };
    case "stop":
      watching(command.watch).watch.stop();
      watches.delete(command.watch);
      return { ok: {} };
    case "money":
      return money(command);
    case "close":
      return close();
    default:
      return unimplemented(command.op);
  }
}

function errorJson(error: SluiceError): Answer {
  const { code, reason, message, sideEffect, fieldViolations } = error;
  const { metadata, retryAfterMs, requestId } = error;
  const fields = fieldViolations.map(({ field, description }) => ({ field, description }));
  return {
    error: { code, reason, message, sideEffect, fields, metadata, retryAfterMs, requestId },
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said: Answer;
  try {
    said = await answer(JSON.parse(line) as Command);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    said = errorJson(error);
  }
  process.stdout.write(JSON.stringify(said) + "\n");
}
close();

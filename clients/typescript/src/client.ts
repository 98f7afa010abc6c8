// The client: every service of the API over one connection, with retries that cannot pay twice.
import type {
  DescMessage,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Client as Channel, Metadata, type ServiceError } from "@grpc/grpc-js";

import { retryDelay, sleep } from "./backoff.js";
import { refused, SluiceError, toSluiceError } from "./errors.js";
import { AccountLinkService } from "./gen/sluice/v1/account_link_pb.js";
import { EventService, type WatchEventsRequestSchema } from "./gen/sluice/v1/event_pb.js";
import { NotificationService } from "./gen/sluice/v1/notification_pb.js";
import { OrderService, type WatchOrderRequestSchema } from "./gen/sluice/v1/order_pb.js";
import { PayoutService, type WatchPayoutRequestSchema } from "./gen/sluice/v1/payout_pb.js";
import type { WatchAccountLinkRequestSchema } from "./gen/sluice/v1/account_link_pb.js";
import { ProviderService } from "./gen/sluice/v1/provider_pb.js";
import { ReconciliationService } from "./gen/sluice/v1/reconciliation_pb.js";
import { RefundService } from "./gen/sluice/v1/refund_pb.js";
import {
  makeChannelOptions,
  makeCredentials,
  makeSettings,
  type ClientOptions,
  type Settings,
} from "./options.js";
import { methodOf, withRequestId, type CallOptions, type Method, type Service } from "./service.js";
import { Watch } from "./watch.js";
import {
  accountLinkFeed,
  eventFeed,
  orderFeed,
  payoutFeed,
  type AccountLinkItem,
  type EventItem,
  type Feed,
  type OrderItem,
  type PayoutItem,
  type WithCursor,
} from "./feeds.js";

export interface WatchOptions {
  /** Ends the watch: the loop over it ends without an error. */
  signal?: AbortSignal;
}

// One try: what came of it, before anybody has decided what that means.
type Try<T> = { ok: true; value: T } | { ok: false; error: SluiceError; hasInfo: boolean };

/**
 * A connection to Sluice. Share one: it is made for many calls at once. It connects by the first
 * call; `close` ends it.
 */
export class SluiceClient {
  readonly orders: Service<typeof OrderService>;
  readonly refunds: Service<typeof RefundService>;
  readonly payouts: Service<typeof PayoutService>;
  readonly accountLinks: Service<typeof AccountLinkService>;
  readonly events: Service<typeof EventService>;
  readonly notifications: Service<typeof NotificationService>;
  readonly providers: Service<typeof ProviderService>;
  readonly reconciliation: Service<typeof ReconciliationService>;

  readonly #settings: Settings;
  readonly #channel: Channel;
  readonly #metadata: Metadata;
  readonly #watches = new Set<Watch<WithCursor>>();
  #closed = false;

  constructor(options: ClientOptions) {
    this.#settings = makeSettings(options);
    const credentials = makeCredentials(options);
    this.#channel = new Channel(options.endpoint, credentials, makeChannelOptions(options));
    this.#metadata = new Metadata();
    if (options.apiKey) this.#metadata.set("authorization", `Bearer ${options.apiKey}`);
    this.orders = this.service(OrderService);
    this.refunds = this.service(RefundService);
    this.payouts = this.service(PayoutService);
    this.accountLinks = this.service(AccountLinkService);
    this.events = this.service(EventService);
    this.notifications = this.service(NotificationService);
    this.providers = this.service(ProviderService);
    this.reconciliation = this.service(ReconciliationService);
  }

  /** The unary calls of any generated service, with this client's deadline, ids, and retries. */
  service<S extends DescService>(desc: S): Service<S> {
    const calls: Record<string, unknown> = {};
    for (const method of desc.methods) {
      if (method.methodKind === "unary")
        calls[method.localName] = this.#caller(method as DescMethodUnary);
    }
    return calls as Service<S>;
  }

  /**
   * Follows the log of events. A watch that starts `fromNow` and breaks before its first message
   * was received starts from now again: what happened in between is not seen.
   */
  watchEvents(
    request: MessageInitShape<typeof WatchEventsRequestSchema>,
    options: WatchOptions = {},
  ): Watch<EventItem> {
    return this.#watch(eventFeed(request), options);
  }

  /** Follows one order: its present state at once, then the order after each change. */
  watchOrder(
    request: MessageInitShape<typeof WatchOrderRequestSchema>,
    options: WatchOptions = {},
  ): Watch<OrderItem> {
    return this.#watch(orderFeed(request), options);
  }

  /** Follows one payout, as `watchOrder` does an order. */
  watchPayout(
    request: MessageInitShape<typeof WatchPayoutRequestSchema>,
    options: WatchOptions = {},
  ): Watch<PayoutItem> {
    return this.#watch(payoutFeed(request), options);
  }

  /** Follows one account link, as `watchOrder` does an order. */
  watchAccountLink(
    request: MessageInitShape<typeof WatchAccountLinkRequestSchema>,
    options: WatchOptions = {},
  ): Watch<AccountLinkItem> {
    return this.#watch(accountLinkFeed(request), options);
  }

  /** Ends all watches, and the connection once the calls under way have ended. */
  close(): void {
    this.#closed = true;
    for (const watch of this.#watches) watch.stop();
    this.#channel.close();
  }

  #watch<Response, Item extends WithCursor>(
    feed: Feed<Response, Item>,
    options: WatchOptions,
  ): Watch<Item> {
    if (this.#closed) throw closed();
    const open = (): ReturnType<Channel["makeServerStreamRequest"]> => {
      const { path, serialize, deserialize } = feed.method;
      const request = feed.request();
      return this.#channel.makeServerStreamRequest(
        path,
        serialize,
        deserialize,
        request,
        this.#metadata.clone(),
      );
    };
    const forget = (ended: Watch<WithCursor>): void => void this.#watches.delete(ended);
    const watch = new Watch<Item>(
      feed as Feed<unknown, Item>,
      open,
      this.#settings,
      options.signal,
      forget,
    );
    if (!options.signal?.aborted) this.#watches.add(watch);
    return watch;
  }

  #caller(desc: DescMethodUnary): unknown {
    const method = methodOf(desc);
    return (request: MessageInitShape<DescMessage>, options: CallOptions = {}) =>
      this.#call(method, request, options);
  }

  async #call<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions,
  ): Promise<MessageShape<O>> {
    const { runtime, maxAttempts, deadlineMs } = this.#settings;
    if (this.#closed) throw closed();
    if (options.signal?.aborted)
      throw refused("the call was given up before it was sent", "CANCELLED");
    const end = runtime.now() + (options.deadlineMs ?? deadlineMs);
    const { message, requestId } = withRequestId(method, request, runtime.requestId);
    for (let failures = 0; ; ++failures) {
      const remaining = end - runtime.now();
      const result = await this.#send(method, message, requestId, remaining, options.signal);
      if (result.ok) return result.value;
      if (failures + 1 >= maxAttempts || !mayRepeat(method, result)) throw result.error;
      const wait = retryDelay(this.#settings, failures, result.error.retryAfterMs, runtime);
      // Also the time of the next try has to fit.
      if (runtime.now() + wait >= end) throw result.error;
      await sleep(wait, runtime, options.signal);
      if (this.#closed || options.signal?.aborted) throw givenUp(result.error);
    }
  }

  #send<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    message: MessageShape<I>,
    requestId: string | undefined,
    remainingMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Try<MessageShape<O>>> {
    return new Promise((resolve) => {
      const settle = (failure: ServiceError | null, value?: MessageShape<O>): void => {
        signal?.removeEventListener("abort", cancel);
        if (failure) resolve({ ok: false, ...toSluiceError(failure, requestId) });
        else resolve({ ok: true, value: value as MessageShape<O> });
      };
      const call = this.#channel.makeUnaryRequest(
        method.path,
        method.serialize,
        method.deserialize,
        message,
        this.#metadata.clone(),
        { deadline: Date.now() + remainingMs },
        settle,
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener("abort", cancel);
    });
  }
}

// gRPC's own retries go by the status code alone, and cannot see whether something has happened.
function mayRepeat(method: Method, { error, hasInfo }: { error: SluiceError; hasInfo: boolean }) {
  if (error.code !== "UNAVAILABLE" && error.code !== "RESOURCE_EXHAUSTED") return false;
  if (hasInfo) return error.sideEffect === "none";
  return method.isRead && error.code === "UNAVAILABLE";
}

// Between two tries nothing is under way, and the last one said what it has left behind.
function givenUp(last: SluiceError): SluiceError {
  return new SluiceError({
    code: "CANCELLED",
    message: "the call was given up before it was sent again",
    sideEffect: last.sideEffect,
    requestId: last.requestId,
    cause: last,
  });
}

function closed(): SluiceError {
  return refused("the client is closed", "CANCELLED");
}

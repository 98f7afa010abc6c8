// What the four watches differ in: how to resume, and which items a message holds.
import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";

import {
  AccountLinkService,
  WatchAccountLinkRequestSchema,
  type AccountLink,
  type WatchAccountLinkResponse,
} from "./gen/sluice/v1/account_link_pb.js";
import {
  EventService,
  WatchEventsRequestSchema,
  type Event,
  type WatchEventsResponse,
} from "./gen/sluice/v1/event_pb.js";
import {
  OrderService,
  WatchOrderRequestSchema,
  type Order,
  type WatchOrderResponse,
} from "./gen/sluice/v1/order_pb.js";
import {
  PayoutService,
  WatchPayoutRequestSchema,
  type Payout,
  type WatchPayoutResponse,
} from "./gen/sluice/v1/payout_pb.js";
import { methodOf } from "./service.js";

export interface WithCursor {
  /** Safe to store once the item is dealt with: a watch from here repeats, but leaves nothing out. */
  readonly cursor: string;
}
export interface EventItem extends WithCursor {
  readonly event: Event;
}
export interface OrderItem extends WithCursor {
  readonly order: Order;
}
export interface PayoutItem extends WithCursor {
  readonly payout: Payout;
}
export interface AccountLinkItem extends WithCursor {
  readonly accountLink: AccountLink;
}

/** One watch's state that outlives its streams. */
export interface Feed<Response, Item extends WithCursor> {
  readonly method: {
    readonly path: string;
    serialize(request: unknown): Buffer;
    deserialize(bytes: Buffer): Response;
  };
  /** The cursor to begin with; empty: none. */
  readonly start: string;
  /** The request from where the last received message ended. */
  request(): unknown;
  /** What is new in a message; remembers its cursor for the next request. */
  take(response: Response, safe: string): { items: Item[]; cursor: string; closing: boolean };
}

type Method<Response> = Feed<Response, WithCursor>["method"];

export function eventFeed(
  init: MessageInitShape<typeof WatchEventsRequestSchema>,
): Feed<WatchEventsResponse, EventItem> {
  const request = create(WatchEventsRequestSchema, init);
  const given = new Map<string, bigint>();
  // Of each merchant by sequence: a watch over all merchants sees one log for each.
  const isNew = (event: Event): boolean => {
    const merchant = event.name.slice(0, event.name.lastIndexOf("/events/"));
    if (event.sequence <= (given.get(merchant) ?? 0n)) return false;
    given.set(merchant, event.sequence);
    return true;
  };
  let cursor = "";
  return {
    method: methodOf(EventService.method.watchEvents) as Method<WatchEventsResponse>,
    start: request.start.case === "cursor" ? request.start.value : "",
    request: () => (cursor ? { ...request, start: { case: "cursor", value: cursor } } : request),
    take({ message, cursor: received }, safe) {
      cursor = received || cursor;
      const events = message.case === "batch" ? message.value.events.filter(isNew) : [];
      const last = events.length - 1;
      const items = events.map((event, i) => ({ event, cursor: i === last ? cursor : safe }));
      return { items, cursor, closing: message.case === "closing" };
    },
  };
}

export function orderFeed(
  init: MessageInitShape<typeof WatchOrderRequestSchema>,
): Feed<WatchOrderResponse, OrderItem> {
  return resourceFeed<WatchOrderResponse, Order, OrderItem>(
    methodOf(OrderService.method.watchOrder) as Method<WatchOrderResponse>,
    create(WatchOrderRequestSchema, init),
    ({ update }) => (update.case === "order" ? update.value : undefined),
    (order, cursor) => ({ order, cursor }),
  );
}

export function payoutFeed(
  init: MessageInitShape<typeof WatchPayoutRequestSchema>,
): Feed<WatchPayoutResponse, PayoutItem> {
  return resourceFeed<WatchPayoutResponse, Payout, PayoutItem>(
    methodOf(PayoutService.method.watchPayout) as Method<WatchPayoutResponse>,
    create(WatchPayoutRequestSchema, init),
    ({ update }) => (update.case === "payout" ? update.value : undefined),
    (payout, cursor) => ({ payout, cursor }),
  );
}

export function accountLinkFeed(
  init: MessageInitShape<typeof WatchAccountLinkRequestSchema>,
): Feed<WatchAccountLinkResponse, AccountLinkItem> {
  return resourceFeed<WatchAccountLinkResponse, AccountLink, AccountLinkItem>(
    methodOf(AccountLinkService.method.watchAccountLink) as Method<WatchAccountLinkResponse>,
    create(WatchAccountLinkRequestSchema, init),
    ({ update }) => (update.case === "accountLink" ? update.value : undefined),
    (accountLink, cursor) => ({ accountLink, cursor }),
  );
}

function resourceFeed<
  Response extends { cursor: string; update: { case: string | undefined } },
  Resource extends { revision: bigint },
  Item extends WithCursor,
>(
  method: Method<Response>,
  request: MessageShape<DescMessage> & { cursor: string },
  resourceOf: (response: Response) => Resource | undefined,
  item: (resource: Resource, cursor: string) => Item,
): Feed<Response, Item> {
  let cursor = "";
  let given = 0n;
  return {
    method,
    start: request.cursor,
    request: () => (cursor ? { ...request, cursor } : request),
    take(response) {
      cursor = response.cursor || cursor;
      const resource = resourceOf(response);
      const isNew =
        resource !== undefined && !(resource.revision > 0n && resource.revision <= given);
      if (isNew) given = resource.revision;
      return {
        items: isNew ? [item(resource, cursor)] : [],
        cursor,
        closing: response.update.case === "closing",
      };
    },
  };
}

/**
 * The client of Sluice: `SluiceClient`, its typed errors, watches and money, and the generated
 * messages of the API.
 */
export { SluiceClient, type WatchOptions } from "./client.js";
export type { ClientOptions, TlsOptions } from "./options.js";
export type { Runtime } from "./backoff.js";
export { SluiceError, type Code, type FieldViolation, type SideEffect } from "./errors.js";
export { serviceDefinition, type CallOptions, type Service } from "./service.js";
export { Watch } from "./watch.js";
export type { AccountLinkItem, EventItem, OrderItem, PayoutItem } from "./feeds.js";
export {
  addMoney,
  currencyExponent,
  formatMoney,
  money,
  parseMoney,
  subtractMoney,
} from "./money.js";

export * from "./gen/sluice/v1/account_link_pb.js";
export * from "./gen/sluice/v1/attempt_pb.js";
export * from "./gen/sluice/v1/error_reason_pb.js";
export * from "./gen/sluice/v1/event_pb.js";
export * from "./gen/sluice/v1/failure_pb.js";
export * from "./gen/sluice/v1/money_pb.js";
export * from "./gen/sluice/v1/notification_pb.js";
export * from "./gen/sluice/v1/order_pb.js";
export * from "./gen/sluice/v1/payer_pb.js";
export * from "./gen/sluice/v1/payout_pb.js";
export * from "./gen/sluice/v1/provider_pb.js";
export * from "./gen/sluice/v1/reconciliation_pb.js";
export * from "./gen/sluice/v1/refund_pb.js";
export * from "./gen/sluice/v1/watch_pb.js";

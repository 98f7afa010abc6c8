// What every failed call and every ended watch is reported as.
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { type GenMessage } from "@bufbuild/protobuf/codegenv2";
import { anyUnpack, type Any } from "@bufbuild/protobuf/wkt";
import { status, type Metadata } from "@grpc/grpc-js";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "./gen/google/rpc/status_pb.js";

/** The name of a gRPC status code. */
export type Code = keyof typeof status;

/** Whether the call may have had an effect: `possible` also when nobody can tell. */
export type SideEffect = "none" | "possible";

export interface FieldViolation {
  /** The path of the field: "order.amount.minor_units". */
  readonly field: string;
  /** The rule that it breaks. */
  readonly description: string;
}

export interface SluiceErrorFields {
  code: Code;
  message: string;
  reason?: string | undefined;
  sideEffect?: SideEffect | undefined;
  fieldViolations?: readonly FieldViolation[] | undefined;
  retryAfterMs?: number | undefined;
  requestId?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
  cause?: unknown;
}

/** A call that failed, or was refused by the client before it was sent. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: Code;
  /** Of `ErrorReason`, without its prefix: "FIELD_INVALID". Empty: the server has said none. */
  readonly reason: string;
  /**
   * `none`: nothing has happened and nothing will. `possible`: repeat the call with the same request
   * id (it is in `requestId`), or read the resource; never use a new id or number.
   */
  readonly sideEffect: SideEffect;
  readonly fieldViolations: readonly FieldViolation[];
  /** How long the server asks to wait before the call is repeated. */
  readonly retryAfterMs: number | undefined;
  /** The request id that was sent, when the call has one: the caller's own, or the client's. */
  readonly requestId: string | undefined;
  /** Metadata of the server's ErrorInfo, such as `oldest_cursor`. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(fields: SluiceErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.reason = fields.reason ?? "";
    this.sideEffect = fields.sideEffect ?? "possible";
    this.fieldViolations = fields.fieldViolations ?? [];
    this.retryAfterMs = fields.retryAfterMs;
    this.requestId = fields.requestId;
    this.metadata = fields.metadata ?? {};
  }
}

/** An error that the client finds by itself: nothing was sent. */
export function refused(message: string, code: Code = "INVALID_ARGUMENT"): SluiceError {
  return new SluiceError({ code, message, sideEffect: "none" });
}

/** What gRPC says of a call that did not end well. */
export interface GrpcFailure {
  code: status;
  details: string;
  metadata?: Metadata;
}

const ERROR_DOMAIN = "sluice.v1";
const STATUS_DETAILS = "grpc-status-details-bin";

interface Details {
  hasInfo?: boolean;
  reason?: string;
  sideEffect?: SideEffect;
  fieldViolations?: FieldViolation[];
  retryAfterMs?: number;
  metadata?: Record<string, string>;
}

/** The typed error, and whether Sluice itself has spoken (by an ErrorInfo) or only the transport. */
export function toSluiceError(
  failure: GrpcFailure,
  requestId?: string,
): { error: SluiceError; hasInfo: boolean } {
  const details = readDetails(failure.metadata);
  const error = new SluiceError({
    code: (status[failure.code] as Code | undefined) ?? "UNKNOWN",
    message: failure.details,
    reason: details.reason,
    sideEffect: details.sideEffect,
    fieldViolations: details.fieldViolations,
    retryAfterMs: details.retryAfterMs,
    metadata: details.metadata,
    requestId,
    cause: failure instanceof Error ? failure : undefined,
  });
  return { error, hasInfo: details.hasInfo === true };
}

// Details that cannot be read are as good as none: the code alone decides then.
function readDetails(metadata: Metadata | undefined): Details {
  const found: Details = {};
  const bytes = metadata?.get(STATUS_DETAILS)[0];
  if (!(bytes instanceof Uint8Array)) return found;
  try {
    for (const any of fromBinary(StatusSchema, bytes).details) addDetail(any, found);
  } catch {
    return {};
  }
  return found;
}

function addDetail(any: Any, found: Details): void {
  const info = unpack(any, ErrorInfoSchema);
  if (info?.domain === ERROR_DOMAIN) {
    found.hasInfo = true;
    found.reason = info.reason;
    found.sideEffect = info.metadata["side_effect"] === "none" ? "none" : "possible";
    found.metadata = info.metadata;
  }
  const delay = unpack(any, RetryInfoSchema)?.retryDelay;
  if (delay) found.retryAfterMs = Math.max(0, Number(delay.seconds) * 1000 + delay.nanos / 1e6);
  const bad = unpack(any, BadRequestSchema);
  if (bad) {
    found.fieldViolations = bad.fieldViolations.map(({ field, description }) => ({
      field,
      description,
    }));
  }
}

function unpack<T extends Message>(any: Any, schema: GenMessage<T>): T | undefined {
  return anyUnpack(any, schema);
}

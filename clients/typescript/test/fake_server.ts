// A real gRPC server whose answers a test writes down beforehand, behind connections that it can cut.
import {
  connect,
  createServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from "node:net";

import { create, toBinary, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import {
  AccountLinkService,
  EventService,
  OrderService,
  PayoutService,
  RefundService,
  serviceDefinition,
  type Code,
} from "@sluice/client";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";

const SERVICES = [OrderService, RefundService, PayoutService, AccountLinkService, EventService];

export interface Seen {
  method: string;
  // Tests know what they have sent.
  request: any;
  metadata: Metadata;
  deadline: Date;
  cancelled: Promise<void>;
}

export type Stream = ServerWritableStream<unknown, unknown>;
/** What the server does with a call: an answer, a refusal, or whatever a stream's handler does. */
export type Reply =
  { ok: unknown } | Refusal | "never" | ((stream: Stream) => void | Promise<void>);

export interface Refusal {
  code: Code;
  message?: string;
  info?: {
    reason?: string;
    domain?: string;
    sideEffect?: string;
    metadata?: Record<string, string>;
  };
  fields?: { field: string; description: string }[];
  retryAfterMs?: number;
  rawDetails?: Uint8Array;
}

export class FakeServer {
  readonly seen: Seen[] = [];
  readonly #server = new Server();
  readonly #relay: TcpServer;
  readonly #sockets = new Set<Socket>();
  readonly #replies: Reply[] = [];
  #port = 0;
  #arrivals: (() => void)[] = [];

  private constructor() {
    for (const service of SERVICES) {
      this.#server.addService(serviceDefinition(service), this.#handlers(service));
    }
    this.#relay = createServer((socket) => {
      const upstream = connect(this.#port, "127.0.0.1");
      for (const end of [socket, upstream]) {
        this.#sockets.add(end);
        end.on("close", () => this.#sockets.delete(end));
        end.on("error", () => undefined);
      }
      socket.pipe(upstream).pipe(socket);
    });
  }

  static async start(credentials = ServerCredentials.createInsecure()): Promise<FakeServer> {
    const fake = new FakeServer();
    fake.#port = await new Promise((resolve, reject) => {
      fake.#server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    await new Promise<void>((resolve) => fake.#relay.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#relay.address() as AddressInfo).port}`;
  }

  /** The next calls get these, in order. A call for which there is none is refused. */
  reply(...replies: Reply[]): this {
    this.#replies.push(...replies);
    return this;
  }

  /** Breaks every connection, as a cable that is pulled. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /**
   * No connection there is carries a byte any more, and nobody is told. New ones are as ever. The
   * answer comes when the client has given one of them up.
   */
  freeze(): Promise<void> {
    return new Promise((resolve) => {
      for (const socket of this.#sockets) {
        socket.unpipe();
        socket.resume().on("close", () => resolve());
      }
    });
  }

  /** Waits until so many calls have come. */
  async arrived(count: number): Promise<Seen> {
    while (this.seen.length < count) {
      await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    }
    return this.seen[count - 1] as Seen;
  }

  stop(): void {
    this.#relay.close();
    this.cut();
    this.#server.forceShutdown();
  }

  #handlers(service: (typeof SERVICES)[number]) {
    return Object.fromEntries(
      service.methods.map(({ name, localName, output, methodKind }) => [
        localName,
        methodKind === "unary"
          ? (call: ServerUnaryCall<unknown, unknown>, send: sendUnaryData<unknown>) => {
              const reply = this.#take(name, call, call.request);
              if (reply === "never") return;
              if (typeof reply === "object" && "ok" in reply) {
                send(null, create(output, reply.ok as MessageInitShape<DescMessage>));
              } else send(refusal(reply as Refusal));
            }
          : (stream: Stream) => {
              stream.on("error", () => undefined);
              const reply = this.#take(name, stream, stream.request);
              if (typeof reply === "function") void reply(stream);
              else if (reply !== "never") stream.emit("error", refusal(reply as Refusal));
            },
      ]),
    );
  }

  #take(method: string, call: ServerUnaryCall<unknown, unknown> | Stream, request: unknown): Reply {
    const cancelled = new Promise<void>((resolve) => call.on("cancelled", () => resolve()));
    const deadline = new Date(call.getDeadline());
    this.seen.push({ method, request, metadata: call.metadata, deadline, cancelled });
    for (const resolve of this.#arrivals.splice(0)) resolve();
    return this.#replies.shift() ?? { code: "UNIMPLEMENTED", message: "no reply is written down" };
  }
}

function refusal(refused: Refusal) {
  const metadata = new Metadata();
  const details = [];
  if (refused.info) {
    const { reason = "", domain = "sluice.v1", sideEffect, metadata: more } = refused.info;
    const of = { ...more, ...(sideEffect === undefined ? {} : { side_effect: sideEffect }) };
    details.push(
      anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain, metadata: of })),
    );
  }
  if (refused.fields) {
    const bad = create(BadRequestSchema, { fieldViolations: refused.fields });
    details.push(anyPack(BadRequestSchema, bad));
  }
  if (refused.retryAfterMs !== undefined) {
    const seconds = BigInt(Math.floor(refused.retryAfterMs / 1000));
    const nanos = (refused.retryAfterMs % 1000) * 1e6;
    const retry = create(RetryInfoSchema, { retryDelay: { seconds, nanos } });
    details.push(anyPack(RetryInfoSchema, retry));
  }
  const message = refused.message ?? "";
  const whole = create(StatusSchema, { code: status[refused.code], message, details });
  const bytes = refused.rawDetails ?? (details.length > 0 ? toBinary(StatusSchema, whole) : null);
  if (bytes) metadata.set("grpc-status-details-bin", Buffer.from(bytes));
  return { code: status[refused.code], details: message, metadata };
}

/** Nothing was begun: come again. */
export const overloaded: Refusal = {
  code: "RESOURCE_EXHAUSTED",
  message: "full",
  info: { reason: "OVERLOADED", sideEffect: "none" },
};

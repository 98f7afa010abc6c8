// From a generated service to what gRPC and callers need of it.
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

export interface CallOptions {
  /** Over all tries together. Unset: the client's. */
  deadlineMs?: number;
  /** Ends the call with CANCELLED: the answer is dropped, never the operation. */
  signal?: AbortSignal;
}

type MethodsOf<S extends DescService> = S["method"];

/** The unary calls of a generated service. */
export type Service<S extends DescService> = {
  readonly [
    K in keyof MethodsOf<S> as MethodsOf<S>[K] extends { methodKind: "unary" } ? K : never
  ]: (
    request: MessageInitShape<MethodsOf<S>[K]["input"]>,
    options?: CallOptions,
  ) => Promise<MessageShape<MethodsOf<S>[K]["output"]>>;
};

/** A method as gRPC takes it, with what retrying has to know. */
export interface Method<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly name: string;
  readonly path: string;
  readonly input: I;
  readonly hasRequestId: boolean;
  /** A read: sending it twice does no harm, whatever became of the first. */
  readonly isRead: boolean;
  serialize(request: MessageShape<I>): Buffer;
  deserialize(bytes: Buffer): MessageShape<O>;
}

const REQUEST_ID = "requestId";

export function methodOf<I extends DescMessage, O extends DescMessage>(
  desc: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
): Method<I, O> {
  const { input, output } = desc;
  return {
    name: desc.name,
    path: `/${desc.parent.typeName}/${desc.name}`,
    input,
    hasRequestId: input.field[REQUEST_ID] !== undefined,
    isRead: /^(Get|List)([A-Z]|$)/.test(desc.name),
    serialize: (request) => {
      const bytes = toBinary(input, request);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes) => fromBinary(output, bytes),
  };
}

/**
 * The message of `request`, with `requestId` when it has the field and left it empty. What the
 * caller passed in is not changed.
 */
export function withRequestId<I extends DescMessage>(
  method: Method<I>,
  request: MessageInitShape<I>,
  makeId: () => string,
): { message: MessageShape<I>; requestId: string | undefined } {
  if (!method.hasRequestId) return { message: create(method.input, request), requestId: undefined };
  const given = (request as { [REQUEST_ID]?: string })[REQUEST_ID];
  if (given) return { message: create(method.input, request), requestId: given };
  const requestId = makeId();
  return { message: create(method.input, { ...request, [REQUEST_ID]: requestId }), requestId };
}

/** A generated service as `@grpc/grpc-js` takes it: for its bare client, or for a server in a test. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((desc) => [desc.localName, definition(desc)]));
}

function definition({
  input,
  output,
  name,
  parent,
  methodKind,
}: DescMethod): MethodDefinition<unknown, unknown> {
  type Shape = MessageShape<DescMessage>;
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
    responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
    requestSerialize: (message) => Buffer.from(toBinary(input, message as Shape)),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(output, message as Shape)),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

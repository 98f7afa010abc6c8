// What a client is told when it is made, and the channel that follows from it.
import { isIPv4 } from "node:net";

import { credentials, type ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";

import { LONGEST_TIMER_MS, systemRuntime, type Runtime } from "./backoff.js";
import { refused } from "./errors.js";

export interface TlsOptions {
  /** PEM. Unset: the roots that Node.js trusts. */
  rootCertificates?: string | Uint8Array;
  /** PEM, for servers that ask for a client certificate. Together with `clientKey`. */
  clientCertificate?: string | Uint8Array;
  /** PEM. */
  clientKey?: string | Uint8Array;
}

export interface ClientOptions {
  /** "host:port", or any target that gRPC takes. */
  endpoint: string;
  /** Unset or true: TLS with the roots that Node.js trusts. False: plaintext. */
  tls?: boolean | TlsOptions;
  /** Sent as `authorization: Bearer`. Refused over plaintext, except to loopback. */
  apiKey?: string;
  /** Of a unary call over all its tries, unless the call has its own. 10 000. */
  deadlineMs?: number;
  /** How often a unary call is sent at most. 4. */
  maxAttempts?: number;
  /** The first bound of the random wait between tries. 100. */
  initialBackoffMs?: number;
  /** The last bound of the random wait between tries. 5000. */
  maxBackoffMs?: number;
  /** A watch that hears nothing for so long is opened anew. 45 000: three heartbeats. */
  silenceMs?: number;
  /**
   * A connection is asked so often by a ping whether it lives, and is given up when no answer comes
   * within half of that: a firewall that has forgotten it says nothing. The server allows a ping
   * every 10 s. 20 000.
   */
  keepaliveMs?: number;
  /** Handed on to gRPC; wins over what the client sets itself. */
  channelOptions?: ChannelOptions;
  /** Time and chance, for tests. */
  runtime?: Partial<Runtime>;
}

export interface Settings {
  readonly deadlineMs: number;
  readonly maxAttempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly silenceMs: number;
  readonly runtime: Runtime;
}

// The largest message that is received. A page of 1000 orders is far larger than gRPC's 4 MiB.
const MAX_MESSAGE_BYTES = 64 << 20;

const USER_AGENT = "sluice-client-typescript/0.1.0";

export function makeSettings(options: ClientOptions): Settings {
  return {
    deadlineMs: atLeast(1, "deadlineMs", options.deadlineMs ?? 10_000),
    maxAttempts: atLeast(1, "maxAttempts", options.maxAttempts ?? 4),
    initialMs: atLeast(0, "initialBackoffMs", options.initialBackoffMs ?? 100),
    maxMs: atLeast(0, "maxBackoffMs", options.maxBackoffMs ?? 5000),
    silenceMs: atLeast(1, "silenceMs", options.silenceMs ?? 45_000),
    runtime: { ...systemRuntime, ...options.runtime },
  };
}

export function makeCredentials(options: ClientOptions): ChannelCredentials {
  if (options.tls === false) {
    if (options.apiKey && !isLoopback(options.endpoint)) {
      throw refused("an API key is not sent over plaintext, except to loopback: use TLS");
    }
    return credentials.createInsecure();
  }
  const tls = typeof options.tls === "object" ? options.tls : {};
  if ((tls.clientCertificate === undefined) !== (tls.clientKey === undefined)) {
    throw refused("clientCertificate and clientKey belong together");
  }
  return credentials.createSsl(
    pem(tls.rootCertificates),
    pem(tls.clientKey),
    pem(tls.clientCertificate),
  );
}

export function makeChannelOptions(options: ClientOptions): ChannelOptions {
  const asked = atLeast(2, "keepaliveMs", options.keepaliveMs ?? 20_000);
  const keepaliveMs = Math.min(asked, LONGEST_TIMER_MS);
  return {
    "grpc.primary_user_agent": USER_AGENT,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveMs / 2,
    // So that the first call after a pause does not find out by its deadline.
    "grpc.keepalive_permit_without_calls": 1,
    // What is sent again is decided by the error's details, which gRPC's own retries do not see;
    // whoever writes the DNS must not decide it either. What no server has seen is still repeated.
    "grpc.enable_retries": 0,
    "grpc.service_config_disable_resolution": 1,
    // A proxy of the environment would carry what is meant for loopback off this machine.
    ...(options.tls === false ? { "grpc.enable_http_proxy": 0 } : {}),
    // A channel waits for up to two minutes between connections by itself: longer than a restart.
    "grpc.initial_reconnect_backoff_ms": Math.max(1, options.initialBackoffMs ?? 100),
    "grpc.max_reconnect_backoff_ms": Math.max(1, options.maxBackoffMs ?? 5000),
    ...options.channelOptions,
  };
}

/** Whether what is sent to the endpoint cannot leave this machine. Names are not resolved. */
export function isLoopback(endpoint: string): boolean {
  // "unix-abstract:" is none of grpc-js's schemes: it asks the DNS for a host of that name.
  if (endpoint.startsWith("unix:")) return true;
  const address = endpoint.replace(/^(dns:(\/\/\/)?|ipv4:|ipv6:)/, "");
  const host = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(address);
  const name = host?.[1] ?? host?.[2] ?? address;
  return name === "localhost" || name === "::1" || (name.startsWith("127.") && isIPv4(name));
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

function atLeast(least: number, name: string, value: number): number {
  if (!(value >= least)) throw refused(`${name} must be at least ${least}`);
  return value;
}

// How long to wait before something is tried again, and the time and chance that this takes.
import { randomUUID } from "node:crypto";

/** Time and chance: replaced in tests. */
export interface Runtime {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `callback` once after so many milliseconds; the answer takes that back. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 up to, not including, 1. */
  random(): number;
  requestId(): string;
}

/** setTimeout takes no more than this; what is so far away is as good as never. */
export const LONGEST_TIMER_MS = 0x7fff_ffff;

export const systemRuntime: Runtime = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  requestId: () => randomUUID(),
};

export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * "Full jitter": any time between nothing and a bound that doubles, so that clients that failed
 * together do not come again together. What the server asks for comes on top.
 */
export function retryDelay(
  backoff: Backoff,
  failures: number,
  retryAfterMs: number | undefined,
  runtime: Runtime,
): number {
  const bound = Math.min(backoff.maxMs, backoff.initialMs * 2 ** failures);
  return (retryAfterMs ?? 0) + runtime.random() * bound;
}

/** Ends after `ms`, or at once when the signal is or becomes aborted. */
export function sleep(ms: number, runtime: Runtime, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = runtime.after(ms, done);
    signal?.addEventListener("abort", done);
  });
}

// One gRPC stream, read message by message: what is not asked for stays with the sender.
import type { ClientReadableStream, StatusObject } from "@grpc/grpc-js";

import type { Runtime } from "./backoff.js";

/** A message, how the stream has ended, or that nothing came for too long. */
export type Outcome = { message: unknown } | { status: StatusObject } | "silent";

export class MessageReader {
  readonly #call: ClientReadableStream<unknown>;
  readonly #runtime: Runtime;
  #status: StatusObject | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;
  #waitsSince = 0;
  #stopTimer: (() => void) | undefined;

  constructor(call: ClientReadableStream<unknown>, runtime: Runtime) {
    this.#call = call;
    this.#runtime = runtime;
    call.on("readable", () => this.#look());
    // The status tells the same, and comes always.
    call.on("error", () => undefined);
    call.on("status", (ended: StatusObject) => {
      this.#status = ended;
      this.#look();
    });
  }

  cancel(): void {
    this.#stopTimer?.();
    this.#call.cancel();
  }

  /** What is there already. A stream's end comes after all that it brought. */
  poll(): Outcome | undefined {
    const message: unknown = this.#call.read();
    if (message !== null) return { message };
    return this.#status && { status: this.#status };
  }

  /** Waits for what comes next. */
  read(silenceMs: number): Promise<Outcome> {
    this.#waitsSince = this.#runtime.now();
    if (!this.#stopTimer) this.#watchSilence(silenceMs, silenceMs);
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  #look(): void {
    if (!this.#settle) return;
    const outcome = this.poll();
    if (outcome) this.#done(outcome);
  }

  #done(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }

  // One timer looks after many waits: one for each message costs more than the message.
  #watchSilence(afterMs: number, silenceMs: number): void {
    this.#stopTimer = this.#runtime.after(afterMs, () => {
      this.#stopTimer = undefined;
      if (!this.#settle) return;
      const left = this.#waitsSince + silenceMs - this.#runtime.now();
      if (left > 0) this.#watchSilence(left, silenceMs);
      else this.#done("silent");
    });
  }
}

// A stream that outlives its connections: it opens again, resumes, and drops what it gave before.
import { status, type ClientReadableStream, type StatusObject } from "@grpc/grpc-js";

import { retryDelay, sleep } from "./backoff.js";
import { toSluiceError, type SluiceError } from "./errors.js";
import type { Feed, WithCursor } from "./feeds.js";
import type { Settings } from "./options.js";
import { MessageReader } from "./reader.js";

type Result<Item> = IteratorResult<Item, undefined>;
interface Waiter<Item> {
  resolve(result: Result<Item>): void;
  reject(error: SluiceError): void;
}

/**
 * Items as they come, without end: `for await (const item of watch)`. Leaving the loop, or `stop`,
 * ends it. It throws a SluiceError when the server says that going on is of no use.
 *
 * The stream is opened at once, and read one message ahead: a loop that takes its time stops the
 * server by flow control.
 */
export class Watch<Item extends WithCursor> implements AsyncIterableIterator<Item> {
  readonly #feed: Feed<unknown, Item>;
  readonly #open: () => ClientReadableStream<unknown>;
  readonly #settings: Settings;
  readonly #onEnd: (watch: Watch<WithCursor>) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #stopped = new AbortController();
  readonly #waiters: Waiter<Item>[] = [];
  #reader: MessageReader | undefined;
  #reading = false;
  #error: SluiceError | undefined;
  // Streams in a row that brought no message; -1: the first one is still to come.
  #failures = -1;
  #retryAfterMs: number | undefined;
  // What a message brought and was not given yet.
  #items: Item[] = [];
  #given = 0;
  // Of the last message received, and what is safe after the last item given.
  #received: string;
  #cursor: string;

  /** Made by the client. */
  constructor(
    feed: Feed<unknown, Item>,
    open: () => ClientReadableStream<unknown>,
    settings: Settings,
    signal: AbortSignal | undefined,
    onEnd: (watch: Watch<WithCursor>) => void,
  ) {
    this.#feed = feed;
    this.#open = open;
    this.#settings = settings;
    this.#onEnd = onEnd;
    this.#cursor = feed.start;
    this.#received = feed.start;
    this.#signal = signal;
    if (signal?.aborted) this.stop();
    else signal?.addEventListener("abort", this.#stop);
    this.#readOn();
  }

  /**
   * What is safe to store once every item that was given is dealt with: a watch that starts here
   * leaves nothing out. Moves on also when nothing happens. Empty: no message was received yet.
   */
  get cursor(): string {
    return this.#cursor;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<Item>> {
    if (this.#given < this.#items.length && this.#waiters.length === 0) {
      return Promise.resolve(this.#give());
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<Result<Item>> {
    this.stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the watch. A `next` that is waiting answers that it is done. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#closeStream();
    this.#items = [];
    this.#given = 0;
    this.#onEnd(this);
    this.#serve();
  }

  readonly #stop = (): void => this.stop();

  // Gives waiting callers what there is: items, then the error, then the end.
  #serve(): void {
    while (this.#waiters.length > 0) {
      if (this.#given < this.#items.length) this.#waiters.shift()?.resolve(this.#give());
      else if (!this.#stopped.signal.aborted) return this.#readOn();
      else this.#end(this.#waiters.shift());
    }
  }

  #give(): Result<Item> {
    const item = this.#items[this.#given++] as Item;
    this.#cursor = item.cursor;
    if (this.#given === this.#items.length) this.#readOn();
    return { done: false, value: item };
  }

  #end(waiter: Waiter<Item> | undefined): void {
    const error = this.#error;
    this.#error = undefined;
    if (error) waiter?.reject(error);
    else waiter?.resolve({ done: true, value: undefined });
  }

  // Reads until a message brings items; then nothing is read before those are given.
  #readOn(): void {
    if (this.#reading) return;
    this.#reading = true;
    void (async () => {
      while (!this.#stopped.signal.aborted && this.#given === this.#items.length) {
        await this.#receive();
      }
      this.#reading = false;
      this.#serve();
    })();
  }

  // Reads one message, or deals with the end of the stream.
  async #receive(): Promise<void> {
    const reader = this.#reader ?? (await this.#reopen());
    if (!reader) return;
    const outcome = reader.poll() ?? (await reader.read(this.#settings.silenceMs));
    if (this.#stopped.signal.aborted) return;
    if (outcome === "silent") this.#closeStream();
    else if ("status" in outcome) this.#ended(outcome.status);
    else this.#take(outcome.message);
  }

  async #reopen(): Promise<MessageReader | undefined> {
    const { runtime } = this.#settings;
    if (this.#failures >= 0) {
      const wait = retryDelay(this.#settings, this.#failures, this.#retryAfterMs, runtime);
      await sleep(wait, runtime, this.#stopped.signal);
    }
    if (this.#stopped.signal.aborted) return undefined;
    ++this.#failures;
    this.#retryAfterMs = undefined;
    this.#reader = new MessageReader(this.#open(), runtime);
    return this.#reader;
  }

  #take(message: unknown): void {
    const { items, cursor, closing } = this.#feed.take(message, this.#received);
    this.#failures = 0;
    this.#items = items;
    this.#given = 0;
    this.#received = cursor || this.#received;
    if (items.length === 0) this.#cursor = this.#received;
    if (closing) this.#closeStream();
  }

  #ended(ended: StatusObject): void {
    this.#closeStream();
    if (ended.code === status.OK) return;
    const { error } = toSluiceError(ended);
    if (error.code === "UNAVAILABLE" || error.code === "RESOURCE_EXHAUSTED") {
      this.#retryAfterMs = error.retryAfterMs;
      return;
    }
    this.#error = error;
    this.stop();
  }

  #closeStream(): void {
    this.#reader?.cancel();
    this.#reader = undefined;
  }
}

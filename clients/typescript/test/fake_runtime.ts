// Time and chance as a test wants them: waits are over at once, and written down.
import type { Runtime } from "@sluice/client";

/** Waits that are as long as the silence of a watch stay until the test lets them end. */
export const SILENCE_MS = 45_000;

export class FakeRuntime implements Runtime {
  readonly waits: number[] = [];
  randomness = 0.5;
  /** Waits stay, until `endSilence`, when this is set. */
  holdWaits = false;
  #now = 1000;
  #ids = 0;
  #held = new Set<() => void>();

  readonly now = (): number => this.#now;
  readonly random = (): number => this.randomness;
  readonly requestId = (): string => `id-${++this.#ids}`;

  readonly after = (ms: number, callback: () => void): (() => void) => {
    if (ms === SILENCE_MS || this.holdWaits) {
      const held = (): void => {
        this.#now += ms;
        callback();
      };
      this.#held.add(held);
      return () => this.#held.delete(held);
    }
    this.waits.push(ms);
    this.#now += ms;
    const timer = setImmediate(callback);
    return () => clearImmediate(timer);
  };

  get held(): number {
    return this.#held.size;
  }

  endSilence(): void {
    for (const callback of [...this.#held]) callback();
  }
}

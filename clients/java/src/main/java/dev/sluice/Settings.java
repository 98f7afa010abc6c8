package dev.sluice;

import java.time.Duration;

/** What calls and watches need to know of the options, in nanoseconds. */
record Settings(
    long deadline, int maxAttempts, long initialBackoff, long maxBackoff, long silence) {

  static Settings of(ClientOptions options) {
    return new Settings(
        options.deadline().toNanos(),
        options.maxAttempts(),
        options.initialBackoff().toNanos(),
        options.maxBackoff().toNanos(),
        options.silence().toNanos());
  }

  /**
   * "Full jitter": any time between nothing and a bound that doubles, so that clients that failed
   * together do not come again together. What the server asks for comes on top.
   */
  long retryDelay(int failures, Duration retryAfter, TimeAndChance chance) {
    double bound = Math.min(maxBackoff, initialBackoff * Math.pow(2, failures));
    long asked = retryAfter == null ? 0 : retryAfter.toNanos();
    return asked + (long) (chance.random() * bound);
  }
}

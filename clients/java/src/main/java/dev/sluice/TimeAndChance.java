package dev.sluice;

import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Time and chance: replaced in tests. */
interface TimeAndChance {
  /** Of a clock that never goes back. */
  long nanoTime();

  /** From 0 up to, not including, 1. */
  double random();

  String requestId();

  /**
   * Runs it once after so long, on another thread; never after close. The answer takes that back.
   */
  Runnable after(long nanos, Runnable action);

  /** Ends what goes on in the background. */
  void close();

  static TimeAndChance system() {
    ScheduledThreadPoolExecutor timers =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-client-timer");
              thread.setDaemon(true);
              return thread;
            });
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new TimeAndChance() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public double random() {
        return ThreadLocalRandom.current().nextDouble();
      }

      @Override
      public String requestId() {
        return UUID.randomUUID().toString();
      }

      @Override
      public Runnable after(long nanos, Runnable action) {
        try {
          ScheduledFuture<?> scheduled = timers.schedule(action, nanos, TimeUnit.NANOSECONDS);
          return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException closed) {
          return () -> {};
        }
      }

      @Override
      public void close() {
        timers.shutdown();
      }
    };
  }
}

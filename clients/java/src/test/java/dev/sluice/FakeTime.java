package dev.sluice;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Time and chance as a test wants them: waits are over at once, and written down. */
final class FakeTime implements TimeAndChance {
  /** Waits that are as long as the silence of a watch stay until the test lets them end. */
  static final Duration SILENCE = Duration.ofSeconds(45);

  final List<Long> waitsMillis = new CopyOnWriteArrayList<>();
  final Semaphore held = new Semaphore(0);
  volatile double randomness = 0.5;
  volatile boolean holdWaits;
  /** Happens just before a wait begins. */
  volatile Runnable beforeWait = () -> {};
  private final AtomicLong now = new AtomicLong(1_000_000_000);
  private final AtomicInteger ids = new AtomicInteger();
  private final Set<Runnable> holding = ConcurrentHashMap.newKeySet();
  private final ExecutorService timer = Executors.newSingleThreadExecutor();

  @Override
  public long nanoTime() {
    return now.get();
  }

  @Override
  public double random() {
    return randomness;
  }

  @Override
  public String requestId() {
    return "id-" + ids.incrementAndGet();
  }

  @Override
  public Runnable after(long nanos, Runnable action) {
    beforeWait.run();
    if (timer.isShutdown()) {
      return () -> {};
    }
    AtomicBoolean over = new AtomicBoolean();
    Runnable once =
        () -> {
          if (!over.getAndSet(true)) {
            now.addAndGet(nanos);
            action.run();
          }
        };
    if (nanos == SILENCE.toNanos() || holdWaits) {
      holding.add(once);
      held.release();
      return () -> {
        over.set(true);
        holding.remove(once);
      };
    }
    waitsMillis.add(Duration.ofNanos(nanos).toMillis());
    timer.execute(once);
    return () -> over.set(true);
  }

  /** Those that are set meanwhile are not among them. */
  void endSilence() {
    List<Runnable> due = List.copyOf(holding);
    due.forEach(holding::remove);
    due.forEach(timer::execute);
  }

  int holding() {
    return holding.size();
  }

  @Override
  public void close() {
    timer.shutdown();
  }
}

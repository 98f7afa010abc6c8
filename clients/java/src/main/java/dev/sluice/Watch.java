package dev.sluice;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A stream that outlives its connections: it opens again, resumes, and drops what it gave before.
 *
 * <p>{@code for (Item<Event> item : watch)} gives items as they come, without end; {@code close}
 * ends it, from any thread. It throws a {@link SluiceException} when the server says that going on
 * is of no use. The stream is opened at once and read one message ahead: a reader that takes its
 * time stops the server by flow control. For one reader.
 */
public final class Watch<T> implements Iterator<Item<T>>, Iterable<Item<T>>, AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Streams<?, T> streams;
  private final Consumer<Watch<?>> onEnd;

  // What the reader has taken, and how much of it was given. The reader's own, without the lock.
  private Batch<T> batch = new Batch<>(List.of(), "", "");
  private int given;
  private volatile boolean closed;

  // What came after that, if something did.
  private Batch<T> ahead;
  private boolean allGiven = true;
  // Of the last message received, and what is safe after the last item given.
  private String received;
  private String cursor;
  private boolean ended;
  private SluiceException error;

  /** What a message brought, never empty but at first, between two cursors. */
  private record Batch<T>(List<T> values, String before, String after) {}

  <S> Watch(
      Feed<?, S, T> feed,
      Channel channel,
      Settings settings,
      TimeAndChance chance,
      Runnable reconnect,
      Consumer<Watch<?>> onEnd) {
    this.onEnd = onEnd;
    received = feed.start();
    cursor = received;
    streams = new Streams<>(this, feed, channel, settings, chance, reconnect);
    streams.open();
  }

  /**
   * What is safe to store once every item that was given is dealt with: a watch that starts here
   * leaves nothing out. Moves on also when nothing happens. Empty: no message was received yet.
   */
  public String cursor() {
    lock.lock();
    try {
      return cursor;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Iterator<Item<T>> iterator() {
    return this;
  }

  /**
   * Waits for an item. False: the watch was closed.
   *
   * @throws SluiceException once, when the server has ended the watch; or when the thread is
   *     interrupted
   */
  @Override
  public boolean hasNext() {
    return isReady(null);
  }

  @Override
  public Item<T> next() {
    if (!isReady(null)) {
      throw new NoSuchElementException("the watch is closed");
    }
    return give();
  }

  /** The next item, if it comes in time. */
  public Optional<Item<T>> poll(Duration timeout) {
    return isReady(timeout) ? Optional.of(give()) : Optional.empty();
  }

  public boolean isClosed() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    end(null);
  }

  // For tests: whether a message was asked for that has not come yet.
  boolean isReading() {
    lock.lock();
    try {
      return streams.current != null && streams.current.reading;
    } finally {
      lock.unlock();
    }
  }

  private boolean isReady(Duration timeout) {
    return given < batch.values().size() && !closed || takeNext(timeout);
  }

  // False: nothing came in time, or the watch was closed.
  private boolean takeNext(Duration timeout) {
    lock.lock();
    try {
      long left = timeout == null ? 0 : timeout.toNanos();
      while (ahead == null) {
        if (ended) {
          throwOnce();
          return false;
        }
        if (timeout == null) {
          changed.await();
        } else if (left <= 0) {
          return false;
        } else {
          left = changed.awaitNanos(left);
        }
      }
      batch = ahead;
      given = 0;
      ahead = null;
      allGiven = false;
      streams.readOn();
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw SluiceException.refused(Status.Code.CANCELLED, "interrupted while waiting");
    } finally {
      lock.unlock();
    }
  }

  private void throwOnce() {
    SluiceException thrown = error;
    error = null;
    if (thrown != null) {
      throw thrown;
    }
  }

  private Item<T> give() {
    T value = batch.values().get(given++);
    if (given < batch.values().size()) {
      return new Item<>(value, batch.before());
    }
    lock.lock();
    try {
      allGiven = true;
      cursor = ahead == null ? received : ahead.before();
    } finally {
      lock.unlock();
    }
    return new Item<>(value, batch.after());
  }

  private void end(SluiceException why) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      error = why;
      if (why == null) {
        closed = true;
        ahead = null;
      }
      streams.close();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    onEnd.accept(this);
  }

  // Nothing more is read before the reader has taken what a message brought.
  private void arrived(List<T> fresh, String messageCursor) {
    String before = received;
    received = messageCursor.isEmpty() ? received : messageCursor;
    if (!fresh.isEmpty()) {
      ahead = new Batch<>(fresh, before, received);
      changed.signalAll();
    } else if (allGiven) {
      cursor = received;
    }
  }

  /** The streams of a watch, one after the other. Everything is done under the watch's lock. */
  private static final class Streams<S, T> {
    private final Watch<T> watch;
    private final Feed<?, S, T> feed;
    private final Channel channel;
    private final Settings settings;
    private final TimeAndChance chance;
    private final Runnable reconnect;
    private Stream current;
    // Streams in a row that brought no message; -1: the first one is still to come.
    private int failures = -1;
    private Runnable stopTimer = () -> {};

    Streams(
        Watch<T> watch,
        Feed<?, S, T> feed,
        Channel channel,
        Settings settings,
        TimeAndChance chance,
        Runnable reconnect) {
      this.watch = watch;
      this.feed = feed;
      this.channel = channel;
      this.settings = settings;
      this.chance = chance;
      this.reconnect = reconnect;
    }

    void open() {
      locked(
          () -> {
            if (watch.ended) {
              return;
            }
            if (++failures > 0) {
              reconnect.run();
            }
            // What the caller's context is bound to ends, a watch does not.
            Context.ROOT.run(() -> begin(feed));
          });
    }

    private <Q extends Message> void begin(Feed<Q, S, T> of) {
      // Listeners only hand on to this object: they need no thread of their own.
      CallOptions options = CallOptions.DEFAULT.withExecutor(Runnable::run);
      ClientCall<Q, S> call = channel.newCall(of.method(), options);
      current = new Stream(call);
      call.start(current, new Metadata());
      call.sendMessage(of.request(watch.received));
      call.halfClose();
      readOn();
    }

    void readOn() {
      if (current == null || current.reading || watch.ahead != null) {
        return;
      }
      current.reading = true;
      current.waitsSince = chance.nanoTime();
      if (!current.timed) {
        watchSilence(current, settings.silence());
      }
      current.call.request(1);
    }

    void close() {
      Stream closed = current;
      current = null;
      stopTimer.run();
      if (closed != null) {
        closed.call.cancel("the watch goes on without it", null);
      }
    }

    private void reopen(Duration retryAfter) {
      close();
      long wait = settings.retryDelay(Math.max(0, failures), retryAfter, chance);
      stopTimer = chance.after(wait, this::open);
    }

    // One timer looks after many waits.
    private void watchSilence(Stream stream, long nanos) {
      stream.timed = true;
      stopTimer = chance.after(nanos, () -> locked(() -> silenceIsOver(stream)));
    }

    private void silenceIsOver(Stream stream) {
      if (stream != current) {
        return;
      }
      long silent = stream.reading ? chance.nanoTime() - stream.waitsSince : 0;
      if (silent >= settings.silence()) {
        reopen(null);
      } else {
        watchSilence(stream, settings.silence() - silent);
      }
    }

    private void received(Stream stream, S message) {
      if (stream != current) {
        return;
      }
      stream.reading = false;
      failures = 0;
      watch.arrived(feed.newIn(message), feed.cursorOf(message));
      if (feed.isClosing(message)) {
        reopen(null);
      } else {
        readOn();
      }
    }

    private void ended(Stream stream, Status status, Metadata trailers) {
      if (stream != current) {
        return;
      }
      current = null;
      if (status.isOk()) {
        reopen(null);
        return;
      }
      SluiceException error = Failure.of(status, trailers, null, status.getCause()).error();
      if (error.code() == Status.Code.UNAVAILABLE
          || error.code() == Status.Code.RESOURCE_EXHAUSTED) {
        reopen(error.retryAfter().orElse(null));
      } else {
        watch.end(error);
      }
    }

    private void locked(Runnable action) {
      watch.lock.lock();
      try {
        action.run();
      } finally {
        watch.lock.unlock();
      }
    }

    private final class Stream extends ClientCall.Listener<S> {
      private final ClientCall<?, S> call;
      private boolean reading;
      private boolean timed;
      private long waitsSince;

      Stream(ClientCall<?, S> call) {
        this.call = call;
      }

      @Override
      public void onMessage(S message) {
        locked(() -> received(this, message));
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        locked(() -> ended(this, status, trailers));
      }
    }
  }
}

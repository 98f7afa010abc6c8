package dev.sluice;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Unary calls with a deadline, a request id, and retries where nothing has happened. Immutable.
 *
 * <p>gRPC's own retry policy goes by the status code alone and cannot see whether something has
 * happened, so it is not used.
 */
final class Calls {
  private static final Pattern READ = Pattern.compile("(Get|List)([A-Z].*)?");
  // By type, because to find a field by its name makes and looks up another name each time.
  private static final Map<Descriptor, Optional<FieldDescriptor>> REQUEST_IDS =
      new ConcurrentHashMap<>();

  private final ManagedChannel connection;
  private final Channel channel;
  private final Settings settings;
  private final TimeAndChance chance;
  // Cancelled when the client is closed.
  private final Context life;
  private final long deadline;

  Calls(
      ManagedChannel connection,
      Channel channel,
      Settings settings,
      TimeAndChance chance,
      Context life) {
    this(connection, channel, settings, chance, life, settings.deadline());
  }

  private Calls(
      ManagedChannel connection,
      Channel channel,
      Settings settings,
      TimeAndChance chance,
      Context life,
      long deadline) {
    this.connection = connection;
    this.channel = channel;
    this.settings = settings;
    this.chance = chance;
    this.life = life;
    this.deadline = deadline;
  }

  Calls withDeadline(Duration own) {
    return new Calls(connection, channel, settings, chance, life, own.toNanos());
  }

  <Q extends Message, R> R call(MethodDescriptor<Q, R> method, Q request) {
    if (connection.isShutdown()) {
      throw SluiceException.refused(Status.Code.CANCELLED, SluiceClient.CLOSED);
    }
    Context context = Context.current();
    if (context.isCancelled()) {
      throw SluiceException.refused(
          Status.Code.CANCELLED, "the call was given up before it was sent");
    }
    long end = chance.nanoTime() + deadline;
    Q message = withRequestId(request);
    for (int failures = 0; ; ++failures) {
      Failure failure;
      try {
        return send(method, message, end - chance.nanoTime());
      } catch (StatusRuntimeException failed) {
        failure = Failure.of(failed, requestIdOf(message));
      }
      if (failures + 1 >= settings.maxAttempts() || !mayRepeat(method, failure)) {
        throw failure.error();
      }
      Duration asked = failure.error().retryAfter().orElse(null);
      long wait = settings.retryDelay(failures, asked, chance);
      // The time of the next try has to fit too.
      if (chance.nanoTime() + wait - end >= 0 || !fits(wait, context)) {
        throw failure.error();
      }
      boolean goesOn = sleep(wait, context);
      if (connection.isShutdown()) {
        throw failure.givenUp(SluiceClient.CLOSED);
      }
      if (!goesOn) {
        throw failure.givenUp("the call was given up before it was sent again");
      }
    }
  }

  private <Q, R> R send(MethodDescriptor<Q, R> method, Q message, long remaining) {
    // The channel waits for up to two minutes between connections by itself: longer than a restart.
    if (connection.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      connection.resetConnectBackoff();
    }
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(remaining, TimeUnit.NANOSECONDS);
    return ClientCalls.blockingUnaryCall(channel, method, options, message);
  }

  private static boolean mayRepeat(MethodDescriptor<?, ?> method, Failure failure) {
    Status.Code code = failure.error().code();
    if (code != Status.Code.UNAVAILABLE && code != Status.Code.RESOURCE_EXHAUSTED) {
      return false;
    }
    if (failure.fromSluice()) {
      return failure.error().sideEffect() == SideEffect.NONE;
    }
    // A read may be sent twice, whatever became of the first.
    return code == Status.Code.UNAVAILABLE && READ.matcher(method.getBareMethodName()).matches();
  }

  private static boolean fits(long wait, Context context) {
    return context.getDeadline() == null
        || context.getDeadline().timeRemaining(TimeUnit.NANOSECONDS) > wait;
  }

  // False: the caller has given up, by its context or by interrupting its thread. Ends early when
  // the client is closed: its timers are then dropped, or take nothing more.
  private boolean sleep(long nanos, Context context) {
    CountDownLatch over = new CountDownLatch(1);
    Context.CancellationListener listener = canceled -> over.countDown();
    context.addListener(listener, Runnable::run);
    life.addListener(listener, Runnable::run);
    Runnable stop = chance.after(nanos, over::countDown);
    try {
      over.await();
      return !context.isCancelled();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      stop.run();
      life.removeListener(listener);
      context.removeListener(listener);
    }
  }

  @SuppressWarnings("unchecked") // A builder builds what it was made from.
  private <Q extends Message> Q withRequestId(Q request) {
    FieldDescriptor field = requestIdField(request);
    if (field == null || !((String) request.getField(field)).isEmpty()) {
      return request;
    }
    return (Q) request.toBuilder().setField(field, chance.requestId()).build();
  }

  private static String requestIdOf(Message message) {
    FieldDescriptor field = requestIdField(message);
    return field == null ? null : (String) message.getField(field);
  }

  private static FieldDescriptor requestIdField(Message message) {
    return REQUEST_IDS
        .computeIfAbsent(
            message.getDescriptorForType(),
            type -> Optional.ofNullable(type.findFieldByName("request_id")))
        .orElse(null);
  }
}

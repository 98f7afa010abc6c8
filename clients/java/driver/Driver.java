import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.Amounts;
import dev.sluice.ClientOptions;
import dev.sluice.FieldViolation;
import dev.sluice.Item;
import dev.sluice.SluiceClient;
import dev.sluice.SluiceException;
import dev.sluice.Watch;
import dev.sluice.v1.Money;
import dev.sluice.v1.WatchAccountLinkRequest;
import dev.sluice.v1.WatchEventsRequest;
import dev.sluice.v1.WatchOrderRequest;
import dev.sluice.v1.WatchPayoutRequest;
import io.grpc.Context;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The certification driver: see clients/certification/README.md. */
public final class Driver {
  private record Watching(Watch<? extends Message> watch, String key) {}

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, Watching> watches = new HashMap<>();
  private SluiceClient client;

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Driver driver = new Driver();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(driver.answer(JsonParser.parseString(line).getAsJsonObject()));
      out.flush();
    }
    driver.close();
  }

  private JsonObject answer(JsonObject command) throws Exception {
    JsonObject answer = new JsonObject();
    try {
      answer.add("ok", run(command));
    } catch (SluiceException error) {
      answer.add("error", describe(error));
    } catch (UnsupportedOperationException unknown) {
      JsonObject error = new JsonObject();
      error.addProperty("code", "UNIMPLEMENTED");
      error.addProperty("message", unknown.getMessage());
      answer.add("error", error);
    }
    return answer;
  }

  private JsonObject run(JsonObject command) throws Exception {
    String op = command.get("op").getAsString();
    return switch (op) {
      case "open" -> open(command);
      case "call" -> call(command);
      case "watch" -> watch(command);
      case "next" -> next(command);
      case "cursor" -> text("cursor", watching(command).watch().cursor());
      case "stop" -> stop(command);
      case "money" -> money(command);
      case "close" -> close();
      default -> throw new UnsupportedOperationException(op);
    };
  }

  private JsonObject open(JsonObject command) {
    close();
    ClientOptions.Builder options =
        ClientOptions.builder(command.get("endpoint").getAsString()).plaintext();
    if (command.has("api_key")) {
      options.apiKey(command.get("api_key").getAsString());
    }
    if (command.has("max_attempts")) {
      options.maxAttempts(command.get("max_attempts").getAsInt());
    }
    millis(command, "deadline_ms").ifPresent(options::deadline);
    millis(command, "initial_backoff_ms").ifPresent(options::initialBackoff);
    millis(command, "max_backoff_ms").ifPresent(options::maxBackoff);
    millis(command, "silence_ms").ifPresent(options::silence);
    millis(command, "keepalive_ms").ifPresent(options::keepalive);
    client = new SluiceClient(options.build());
    return new JsonObject();
  }

  private JsonObject call(JsonObject command) throws Exception {
    String[] names = command.get("method").getAsString().split("/");
    Object service = service(names[0]);
    Optional<Duration> deadline = millis(command, "deadline_ms");
    if (deadline.isPresent()) {
      Method with = service.getClass().getMethod("withDeadline", Duration.class);
      service = with.invoke(service, deadline.get());
    }
    String name = names[1].substring(0, 1).toLowerCase(Locale.ROOT) + names[1].substring(1);
    for (Method method : service.getClass().getMethods()) {
      if (method.getName().equals(name)) {
        Message request = parse(method.getParameterTypes()[0], command.get("request").toString());
        return json((Message) within(command, invoking(method, service, request)));
      }
    }
    throw new UnsupportedOperationException(names[1]);
  }

  private static Callable<Object> invoking(Method method, Object service, Message request) {
    return () -> {
      try {
        return method.invoke(service, request);
      } catch (InvocationTargetException failed) {
        throw (RuntimeException) failed.getCause();
      }
    };
  }

  // Calls it, and gives it up after "cancel_after_ms".
  private Object within(JsonObject command, Callable<Object> call) throws Exception {
    if (!command.has("cancel_after_ms")) {
      return call.call();
    }
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      timer.schedule(
          () -> context.cancel(null),
          command.get("cancel_after_ms").getAsLong(),
          TimeUnit.MILLISECONDS);
      return context.call(call);
    }
  }

  private Object service(String name) {
    return switch (name) {
      case "OrderService" -> client.orders();
      case "RefundService" -> client.refunds();
      case "PayoutService" -> client.payouts();
      case "AccountLinkService" -> client.accountLinks();
      case "EventService" -> client.events();
      case "NotificationService" -> client.notifications();
      case "ProviderService" -> client.providers();
      case "ReconciliationService" -> client.reconciliation();
      default -> throw new UnsupportedOperationException(name);
    };
  }

  private JsonObject watch(JsonObject command) throws Exception {
    String request = command.get("request").toString();
    String kind = command.get("kind").getAsString();
    Watching watching =
        switch (kind) {
          case "events" ->
              new Watching(
                  client.watchEvents((WatchEventsRequest) parse(WatchEventsRequest.class, request)),
                  "event");
          case "order" ->
              new Watching(
                  client.watchOrder((WatchOrderRequest) parse(WatchOrderRequest.class, request)),
                  "order");
          case "payout" ->
              new Watching(
                  client.watchPayout((WatchPayoutRequest) parse(WatchPayoutRequest.class, request)),
                  "payout");
          case "account_link" ->
              new Watching(
                  client.watchAccountLink(
                      (WatchAccountLinkRequest) parse(WatchAccountLinkRequest.class, request)),
                  "accountLink");
          default -> throw new UnsupportedOperationException(kind);
        };
    watches.put(command.get("watch").getAsString(), watching);
    return new JsonObject();
  }

  private JsonObject next(JsonObject command) throws Exception {
    Watching watching = watching(command);
    Duration timeout = Duration.ofMillis(command.get("timeout_ms").getAsLong());
    Optional<? extends Item<? extends Message>> item = watching.watch().poll(timeout);
    JsonObject answer = new JsonObject();
    if (item.isEmpty()) {
      answer.addProperty("timeout", true);
      return answer;
    }
    answer.add(watching.key(), json(item.get().value()));
    answer.addProperty("cursor", item.get().cursor());
    return answer;
  }

  private JsonObject stop(JsonObject command) {
    watching(command).watch().close();
    watches.remove(command.get("watch").getAsString());
    return new JsonObject();
  }

  private static JsonObject money(JsonObject command) {
    String what = command.get("do").getAsString();
    String currency = command.get("currency").getAsString();
    if (what.equals("parse")) {
      return minorUnits(Amounts.parse(currency, command.get("text").getAsString()));
    }
    Money amount = Amounts.of(currency, command.get("minorUnits").getAsLong());
    if (what.equals("format")) {
      return text("text", Amounts.format(amount));
    }
    String otherCurrency = command.get("otherCurrency").getAsString();
    Money other = Amounts.of(otherCurrency, command.get("otherMinorUnits").getAsLong());
    return minorUnits(
        what.equals("add") ? Amounts.add(amount, other) : Amounts.subtract(amount, other));
  }

  private static JsonObject minorUnits(Money money) {
    return text("minorUnits", Long.toString(money.getMinorUnits()));
  }

  private JsonObject close() {
    watches.clear();
    if (client != null) {
      client.close();
      client = null;
    }
    return new JsonObject();
  }

  private Watching watching(JsonObject command) {
    return watches.get(command.get("watch").getAsString());
  }

  private static Optional<Duration> millis(JsonObject command, String name) {
    return command.has(name)
        ? Optional.of(Duration.ofMillis(command.get(name).getAsLong()))
        : Optional.empty();
  }

  private static Message parse(Class<?> type, String json)
      throws ReflectiveOperationException, InvalidProtocolBufferException {
    Message.Builder builder = (Message.Builder) type.getMethod("newBuilder").invoke(null);
    JsonFormat.parser().merge(json, builder);
    return builder.build();
  }

  private static JsonObject json(Message message) throws IOException {
    return JsonParser.parseString(JsonFormat.printer().print(message)).getAsJsonObject();
  }

  private static JsonObject text(String name, String value) {
    JsonObject object = new JsonObject();
    object.addProperty(name, value);
    return object;
  }

  private static JsonObject describe(SluiceException error) {
    JsonObject described = new JsonObject();
    described.addProperty("code", error.code().name());
    described.addProperty("reason", error.reason());
    described.addProperty("message", error.getMessage());
    described.addProperty("sideEffect", error.sideEffect().name().toLowerCase(Locale.ROOT));
    JsonArray fields = new JsonArray();
    for (FieldViolation violation : error.fieldViolations()) {
      JsonObject field = text("field", violation.field());
      field.addProperty("description", violation.description());
      fields.add(field);
    }
    described.add("fields", fields);
    JsonObject metadata = new JsonObject();
    error.metadata().forEach(metadata::addProperty);
    described.add("metadata", metadata);
    error.retryAfter().ifPresent(wait -> described.addProperty("retryAfterMs", wait.toMillis()));
    error.requestId().ifPresent(id -> described.addProperty("requestId", id));
    return described;
  }
}

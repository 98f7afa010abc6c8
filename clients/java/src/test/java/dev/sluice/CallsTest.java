package dev.sluice;

import static dev.sluice.FakeServer.NEVER;
import static dev.sluice.FakeServer.ok;
import static dev.sluice.FakeServer.overloaded;
import static dev.sluice.FakeServer.refuse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.sluice.v1.AccountLinkServiceGrpc;
import dev.sluice.v1.Attempt;
import dev.sluice.v1.CancelOrderRequest;
import dev.sluice.v1.CreateOrderRequest;
import dev.sluice.v1.EventServiceGrpc;
import dev.sluice.v1.GetOrderRequest;
import dev.sluice.v1.ListOrdersRequest;
import dev.sluice.v1.NotificationServiceGrpc;
import dev.sluice.v1.Order;
import dev.sluice.v1.OrderServiceGrpc;
import dev.sluice.v1.PayoutServiceGrpc;
import dev.sluice.v1.ProviderServiceGrpc;
import dev.sluice.v1.ReconciliationServiceGrpc;
import dev.sluice.v1.RefundServiceGrpc;
import dev.sluice.v1.SyncOrderRequest;
import dev.sluice.v1.WatchOrderRequest;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallsTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final CreateOrderRequest CREATE =
      CreateOrderRequest.newBuilder().setParent("merchants/m").setOrderId("o").build();
  private static final GetOrderRequest GET = GetOrderRequest.newBuilder().setName("n").build();
  private static final Order ORDER = Order.newBuilder().setName("merchants/m/orders/o").build();

  private FakeServer server;
  private FakeTime time;
  private SluiceClient client;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
    connect(options());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder(server.endpoint()).plaintext();
  }

  private void connect(ClientOptions.Builder options) {
    if (client != null) {
      client.close();
    }
    time = new FakeTime();
    client = new SluiceClient(options.build(), time);
  }

  private static SluiceException errorOf(Executable call) {
    return assertThrows(SluiceException.class, call);
  }

  private List<String> requestIds() {
    return server.seen.stream()
        .map(seen -> (String) field(seen.request(), "request_id"))
        .toList();
  }

  private static Object field(Message message, String name) {
    return message.getField(message.getDescriptorForType().findFieldByName(name));
  }

  // Request ids.

  @Test
  void makesARequestIdBeforeTheFirstSendAndKeepsIt() {
    server.reply(
        overloaded(),
        refuse(Status.Code.UNAVAILABLE).info("SHUTTING_DOWN", "none"),
        overloaded(),
        ok(ORDER));
    assertEquals(ORDER, client.orders().createOrder(CREATE));
    assertEquals(List.of("id-1", "id-1", "id-1", "id-1"), requestIds());
  }

  @Test
  void requestIdsAreRandomUuids() {
    TimeAndChance system = TimeAndChance.system();
    String one = system.requestId();
    assertTrue(
        one.matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), one);
    assertNotEquals(one, system.requestId());
    system.close();
  }

  @Test
  void sendsTheCallersOwnRequestIdAndTellsIt() {
    server.reply(refuse(Status.Code.INTERNAL));
    CancelOrderRequest cancel = CancelOrderRequest.newBuilder().setRequestId("mine").build();
    SluiceException error = errorOf(() -> client.orders().cancelOrder(cancel));
    assertEquals(List.of("mine"), requestIds());
    assertEquals("mine", error.requestId().orElseThrow());
  }

  // Retries.

  @Test
  void sendsFourTimesAtMost() {
    server.reply(
        overloaded(), overloaded(), overloaded(), overloaded().message("the last"), ok(ORDER));
    SluiceException error = errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals("the last", error.getMessage());
    assertEquals(SideEffect.NONE, error.sideEffect());
    assertEquals(4, server.seen.size());
  }

  @Test
  void sendsAsOftenAsTheCallerSays() {
    connect(options().maxAttempts(2));
    server.reply(overloaded(), overloaded(), ok(ORDER));
    errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(2, server.seen.size());
  }

  static Stream<FakeServer.Refusal> neverRepeated() {
    return Stream.of(
        refuse(Status.Code.UNAVAILABLE),
        refuse(Status.Code.RESOURCE_EXHAUSTED),
        refuse(Status.Code.UNAVAILABLE).info("R", "possible"),
        refuse(Status.Code.UNAVAILABLE).info("sluice.v1", "R", Map.of()),
        refuse(Status.Code.UNAVAILABLE)
            .info("proxy.example", "R", Map.of("side_effect", "none")),
        refuse(Status.Code.INTERNAL).info("R", "none"),
        refuse(Status.Code.DEADLINE_EXCEEDED).info("R", "none"),
        refuse(Status.Code.ABORTED).info("R", "none"),
        refuse(Status.Code.FAILED_PRECONDITION).info("R", "none"));
  }

  @ParameterizedTest
  @MethodSource("neverRepeated")
  void repeatsOnlyWhereNothingHasHappened(FakeServer.Refusal refusal) {
    server.reply(refusal, ok(ORDER));
    SluiceException error = errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(refusal.code(), error.code());
    assertEquals(1, server.seen.size());
  }

  @Test
  void repeatsReadsWhoseConnectionBrokeAndForNoOtherReason() {
    server.reply(refuse(Status.Code.UNAVAILABLE), ok(ORDER));
    assertEquals(ORDER, client.orders().getOrder(GET));
    assertEquals(2, server.seen.size());
    for (FakeServer.Refusal refusal :
        List.of(
            refuse(Status.Code.RESOURCE_EXHAUSTED),
            refuse(Status.Code.UNAVAILABLE).info("R", "possible"),
            refuse(Status.Code.INTERNAL))) {
      server.seen.clear();
      server.reply(refusal);
      errorOf(() -> client.orders().listOrders(ListOrdersRequest.getDefaultInstance()));
      assertEquals(1, server.seen.size());
    }
    server.seen.clear();
    server.reply(refuse(Status.Code.UNAVAILABLE));
    errorOf(() -> client.orders().syncOrder(SyncOrderRequest.getDefaultInstance()));
    assertEquals(1, server.seen.size());
  }

  @Test
  void tellsOfAConnectionThatBrokeInAMutatingCall() throws Exception {
    server.reply(NEVER, ok(ORDER));
    CompletableFuture<Order> call =
        CompletableFuture.supplyAsync(() -> client.orders().createOrder(CREATE));
    server.arrived();
    server.cut();
    SluiceException error =
        (SluiceException) assertThrows(CompletionException.class, call::join).getCause();
    assertEquals(Status.Code.UNAVAILABLE, error.code());
    assertEquals(SideEffect.POSSIBLE, error.sideEffect());
    assertEquals("id-1", error.requestId().orElseThrow());
    assertEquals("", error.reason());
    assertEquals(1, server.seen.size());
  }

  @Test
  void hidesAConnectionThatBrokeInARead() throws Exception {
    server.reply(NEVER, ok(ORDER));
    CompletableFuture<Order> call =
        CompletableFuture.supplyAsync(() -> client.orders().getOrder(GET));
    server.arrived();
    server.cut();
    assertEquals(ORDER, call.join());
    assertEquals(2, server.seen.size());
  }

  // Waits.

  @Test
  void waitsAreRandomBelowABoundThatDoubles() {
    connect(options().maxAttempts(9).deadline(Duration.ofMinutes(1)));
    for (int i = 0; i < 8; ++i) {
      server.reply(overloaded());
    }
    server.reply(ok(ORDER));
    client.orders().createOrder(CREATE);
    assertEquals(List.of(50L, 100L, 200L, 400L, 800L, 1600L, 2500L, 2500L), time.waitsMillis);
    time.randomness = 0;
    time.waitsMillis.clear();
    server.reply(overloaded(), ok(ORDER));
    client.orders().createOrder(CREATE);
    assertEquals(List.of(0L), time.waitsMillis);
  }

  @Test
  void waitsComeOnTopOfWhatTheServerAsksFor() {
    server.reply(overloaded().retryAfterMillis(1250), ok(ORDER));
    client.orders().createOrder(CREATE);
    assertEquals(List.of(1300L), time.waitsMillis);
  }

  @Test
  void doesNotBeginAWaitThatDoesNotFitIntoTheDeadline() {
    server.reply(overloaded().retryAfterMillis(9960));
    SluiceException error = errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(Duration.ofMillis(9960), error.retryAfter().orElseThrow());
    assertEquals(SideEffect.NONE, error.sideEffect());
    assertEquals(List.of(), time.waitsMillis);
    assertEquals(1, server.seen.size());
  }

  @Test
  void hasOneDeadlineForAllTries() {
    server.reply(
        overloaded().retryAfterMillis(6000), overloaded().retryAfterMillis(6000), ok(ORDER));
    errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(2, server.seen.size());
    assertTrue(server.seen.get(0).deadlineMillis() > 5000);
    assertTrue(server.seen.get(1).deadlineMillis() < 4000);
  }

  // Deadlines and giving up.

  @Test
  void theDeadlineIsTenSecondsOrTheCallsOwn() {
    server.reply(ok(ORDER), ok(ORDER));
    client.orders().getOrder(GET);
    client.orders().withDeadline(Duration.ofMinutes(1)).getOrder(GET);
    long first = server.seen.get(0).deadlineMillis();
    long second = server.seen.get(1).deadlineMillis();
    assertTrue(first > 5_000 && first <= 10_000, "" + first);
    assertTrue(second > 50_000 && second <= 60_000, "" + second);
  }

  @Test
  void aCallThatRunsOutOfTimeMayHaveHappened() {
    server.reply(NEVER);
    SluiceException error =
        errorOf(() -> client.orders().withDeadline(Duration.ofMillis(50)).createOrder(CREATE));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, error.code());
    assertEquals(SideEffect.POSSIBLE, error.sideEffect());
    assertEquals("id-1", error.requestId().orElseThrow());
  }

  @Test
  void aCancelledContextSendsNothing() {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.cancel(null);
      context.run(
          () -> {
            SluiceException error = errorOf(() -> client.orders().createOrder(CREATE));
            assertEquals(Status.Code.CANCELLED, error.code());
            assertEquals(SideEffect.NONE, error.sideEffect());
          });
    }
    assertEquals(0, server.seen.size());
  }

  @Test
  void aCallThatIsGivenUpMayHaveHappenedAndTheServerIsTold() throws Exception {
    server.reply(NEVER);
    CompletableFuture<SluiceException> error = new CompletableFuture<>();
    Thread caller =
        new Thread(() -> error.complete(errorOf(() -> client.orders().createOrder(CREATE))));
    caller.start();
    FakeServer.Seen seen = server.arrived();
    caller.interrupt();
    assertEquals(Status.Code.CANCELLED, error.get(20, TimeUnit.SECONDS).code());
    assertEquals(SideEffect.POSSIBLE, error.join().sideEffect());
    assertEquals("id-1", error.join().requestId().orElseThrow());
    seen.cancelled().get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givingUpBetweenTwoTriesIsAtOnceAndNothingHasHappened(boolean byContext) throws Exception {
    time.holdWaits = true;
    server.reply(overloaded());
    CompletableFuture<SluiceException> error = new CompletableFuture<>();
    Context.CancellableContext context = Context.ROOT.withCancellation();
    Runnable call = () -> error.complete(errorOf(() -> client.orders().createOrder(CREATE)));
    Thread caller = new Thread(context.wrap(call));
    caller.start();
    assertTrue(time.held.tryAcquire(20, TimeUnit.SECONDS));
    if (byContext) {
      context.cancel(null);
    } else {
      caller.interrupt();
    }
    assertEquals(Status.Code.CANCELLED, error.get(20, TimeUnit.SECONDS).code());
    assertEquals(SideEffect.NONE, error.join().sideEffect());
    caller.join();
    context.cancel(null);
    assertEquals(0, time.holding());
    assertEquals(1, server.seen.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"before the wait", "in the wait"})
  void closingTheClientEndsTheWaitBetweenTwoTries(String when) throws Exception {
    time.holdWaits = true;
    if (when.equals("before the wait")) {
      time.beforeWait = client::close;
    }
    server.reply(overloaded());
    CompletableFuture<SluiceException> error =
        CompletableFuture.supplyAsync(() -> errorOf(() -> client.orders().createOrder(CREATE)));
    if (when.equals("in the wait")) {
      assertTrue(time.held.tryAcquire(20, TimeUnit.SECONDS));
      client.close();
    }
    assertEquals(Status.Code.CANCELLED, error.get(20, TimeUnit.SECONDS).code());
    assertEquals("the client is closed", error.join().getMessage());
    assertEquals(SideEffect.NONE, error.join().sideEffect());
    assertEquals("id-1", error.join().requestId().orElseThrow());
    assertEquals(1, server.seen.size());
  }

  @Test
  void closingTheClientDropsItsTimersAndTheCallThatWaitsForOne() throws Exception {
    client.close();
    client = new SluiceClient(options().build());
    server.reply(refuse(Status.Code.UNAVAILABLE).retryAfterMillis(9000));
    CompletableFuture<SluiceException> error =
        CompletableFuture.supplyAsync(() -> errorOf(() -> client.orders().getOrder(GET)));
    server.arrived();
    client.close();
    assertEquals("the client is closed", error.get(5, TimeUnit.SECONDS).getMessage());
    // What the first try has left behind is not known.
    assertEquals(SideEffect.POSSIBLE, error.join().sideEffect());
    assertEquals(1, server.seen.size());
  }

  @Test
  void aTimerThatIsSetAfterTheEndIsNone() {
    TimeAndChance system = TimeAndChance.system();
    system.close();
    system.after(1, () -> {}).run();
  }

  @Test
  void aClosedClientSendsNothing() {
    client.close();
    assertEquals(
        SideEffect.NONE, errorOf(() -> client.orders().createOrder(CREATE)).sideEffect());
    errorOf(() -> client.watchOrder(WatchOrderRequest.getDefaultInstance()));
  }

  // Errors.

  @Test
  void errorsHaveEverythingThatTheServerSaid() {
    server.reply(
        refuse(Status.Code.INVALID_ARGUMENT)
            .message("größer: 100%")
            .info(
                "sluice.v1",
                "REASON_OF_THE_FUTURE",
                Map.of("side_effect", "none", "oldest_cursor", "c"))
            .field("order.amount", "must be positive")
            .retryAfterMillis(250));
    SluiceException error = errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
    assertEquals("REASON_OF_THE_FUTURE", error.reason());
    assertEquals("größer: 100%", error.getMessage());
    assertEquals(SideEffect.NONE, error.sideEffect());
    assertEquals(
        List.of(new FieldViolation("order.amount", "must be positive")), error.fieldViolations());
    assertEquals(Duration.ofMillis(250), error.retryAfter().orElseThrow());
    assertEquals("c", error.metadata().get("oldest_cursor"));
  }

  @Test
  void errorsWithoutReadableDetailsArePossible() {
    FakeServer.Refusal bare = refuse(Status.Code.INTERNAL).message("bare");
    server.reply(bare, call -> call.onError(bare.exception(new byte[] {(byte) 255, 1, 2})));
    for (int i = 0; i < 2; ++i) {
      SluiceException error = errorOf(() -> client.orders().getOrder(GET));
      assertEquals(Status.Code.INTERNAL, error.code());
      assertEquals("bare", error.getMessage());
      assertEquals("", error.reason());
      assertEquals(SideEffect.POSSIBLE, error.sideEffect());
      assertEquals(List.of(), error.fieldViolations());
      assertTrue(error.retryAfter().isEmpty() && error.requestId().isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"OK", "UNAVAILABLE"})
  void errorsHaveTheirCode(Status.Code code) {
    server.reply(refuse(code));
    assertEquals(code, errorOf(() -> client.orders().getOrder(GET)).code());
  }

  @Test
  void answersKeepNumbersThatNobodyKnowsYet() {
    Attempt attempt = Attempt.newBuilder().setVerbValue(77).build();
    server.reply(ok(Order.newBuilder().setStateValue(99).addAttempts(attempt).build()));
    Order order = client.orders().getOrder(GET);
    assertEquals(99, order.getStateValue());
    assertEquals(Order.State.UNRECOGNIZED, order.getState());
    assertEquals(77, order.getAttempts(0).getVerbValue());
  }

  // The connection.

  @Test
  void carriesTheApiKey() {
    connect(options().apiKey("secret"));
    server.reply(ok(ORDER), ok(ORDER));
    client.orders().getOrder(GET);
    assertEquals("Bearer secret", server.seen.get(0).metadata().get(AUTHORIZATION));
    connect(options());
    client.orders().getOrder(GET);
    assertFalse(server.seen.get(1).metadata().containsKey(AUTHORIZATION));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pay.example.com:443", "10.0.0.1:1", "127.0.0.1.example.com:1", "localhost.example.com:1",
        "[::2]:1", "dns:///example.com:1", "evil/127.0.0.1:1", "dns://127.0.0.1/example.com:1",
      })
  void doesNotSendAKeyInPlaintext(String endpoint) {
    errorOf(() -> ClientOptions.builder(endpoint).plaintext().apiKey("secret").build());
    assertNotNull(ClientOptions.builder(endpoint).apiKey("secret").build());
    assertNotNull(ClientOptions.builder(endpoint).plaintext().build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "dns:///localhost:1"})
  void sendsAKeyInPlaintextToLoopback(String endpoint) {
    assertNotNull(ClientOptions.builder(endpoint).plaintext().apiKey("secret").build());
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    errorOf(() -> options().maxAttempts(0).build());
    errorOf(() -> options().deadline(Duration.ZERO).build());
    errorOf(() -> options().initialBackoff(Duration.ofMillis(-1)).build());
    errorOf(() -> options().maxBackoff(Duration.ofMillis(-1)).build());
    errorOf(() -> options().silence(Duration.ZERO).build());
    errorOf(() -> options().keepalive(Duration.ZERO).build());
    errorOf(
        () ->
            new SluiceClient(
                ClientOptions.builder("localhost:1").clientCertificate("no", "no").build()));
  }

  @Test
  void takesInAnAnswerAsLargeAsAPage() {
    int mebibyte = 1 << 20;
    server.reply(ok(ORDER.toBuilder().setDescription("x".repeat(63 * mebibyte)).build()));
    assertEquals(63 * mebibyte, client.orders().getOrder(GET).getDescription().length());
  }

  @Test
  void doesNotGoThroughAProxyInPlaintext() {
    ProxySelector before = ProxySelector.getDefault();
    // Nothing listens there: a call that went there would fail.
    ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress("127.0.0.1", 1)));
    try {
      connect(options().apiKey("secret"));
      server.reply(ok(ORDER));
      assertEquals(ORDER, client.orders().createOrder(CREATE));
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  @Test
  void speaksTlsWithACertificateOfItsOwn(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("key.pem");
    Path certificate = folder.resolve("certificate.pem");
    Process openssl =
        new ProcessBuilder(
                ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
                        + " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout "
                        + key
                        + " -out "
                        + certificate)
                    .split(" "))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, openssl.waitFor());
    String root = Files.readString(certificate);
    server.close();
    server =
        new FakeServer(
            TlsServerCredentials.newBuilder()
                .keyManager(certificate.toFile(), key.toFile())
                .trustManager(certificate.toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build());
    server.reply(ok(ORDER));
    connect(
        ClientOptions.builder(server.endpoint())
            .rootCertificates(root)
            .clientCertificate(root, Files.readString(key))
            .apiKey("secret"));
    assertEquals(ORDER, client.orders().getOrder(GET));
    assertEquals("Bearer secret", server.seen.get(0).metadata().get(AUTHORIZATION));
    // Neither an unknown server nor a client without a certificate gets anywhere.
    connect(ClientOptions.builder(server.endpoint()));
    errorOf(() -> client.orders().createOrder(CREATE));
    connect(ClientOptions.builder(server.endpoint()).rootCertificates(root));
    errorOf(() -> client.orders().createOrder(CREATE));
    assertEquals(1, server.seen.size());
  }

  @Test
  void thePackageCarriesTheLicence() throws Exception {
    Path classes =
        Path.of(SluiceClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String ours = Files.readString(Path.of("../../LICENSE"));
    assertEquals(ours, Files.readString(classes.resolve("META-INF/LICENSE")));
    assertEquals(ours, Files.readString(Path.of("LICENSE")));
  }

  @Test
  void everyUnaryCallOfTheApiIsThere() throws Exception {
    Map<ServiceDescriptor, Class<?>> services =
        Map.of(
            OrderServiceGrpc.getServiceDescriptor(), Orders.class,
            RefundServiceGrpc.getServiceDescriptor(), Refunds.class,
            PayoutServiceGrpc.getServiceDescriptor(), Payouts.class,
            AccountLinkServiceGrpc.getServiceDescriptor(), AccountLinks.class,
            EventServiceGrpc.getServiceDescriptor(), Events.class,
            NotificationServiceGrpc.getServiceDescriptor(), Notifications.class,
            ProviderServiceGrpc.getServiceDescriptor(), Providers.class,
            ReconciliationServiceGrpc.getServiceDescriptor(), Reconciliation.class);
    for (Map.Entry<ServiceDescriptor, Class<?>> service : services.entrySet()) {
      for (MethodDescriptor<?, ?> method : service.getKey().getMethods()) {
        String name = method.getBareMethodName();
        String camel = name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
        boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
        Class<?> type = unary ? service.getValue() : SluiceClient.class;
        assertTrue(Stream.of(type.getMethods()).anyMatch(m -> m.getName().equals(camel)), name);
      }
    }
  }
}

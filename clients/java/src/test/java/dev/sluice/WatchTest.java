package dev.sluice;

import static dev.sluice.FakeServer.gives;
import static dev.sluice.FakeServer.givesAndEnds;
import static dev.sluice.FakeServer.overloaded;
import static dev.sluice.FakeServer.refuse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.sluice.v1.AccountLink;
import dev.sluice.v1.Closing;
import dev.sluice.v1.Event;
import dev.sluice.v1.EventBatch;
import dev.sluice.v1.Order;
import dev.sluice.v1.Payout;
import dev.sluice.v1.Progress;
import dev.sluice.v1.WatchAccountLinkRequest;
import dev.sluice.v1.WatchAccountLinkResponse;
import dev.sluice.v1.WatchEventsRequest;
import dev.sluice.v1.WatchEventsResponse;
import dev.sluice.v1.WatchOrderRequest;
import dev.sluice.v1.WatchOrderResponse;
import dev.sluice.v1.WatchPayoutRequest;
import dev.sluice.v1.WatchPayoutResponse;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WatchTest {
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final WatchEventsRequest FROM_BEGINNING =
      WatchEventsRequest.newBuilder()
          .setParent("merchants/m")
          .setBeginning(WatchEventsRequest.Beginning.getDefaultInstance())
          .build();

  private FakeServer server;
  private FakeTime time;
  private SluiceClient client;

  private record Taken(long sequence, String cursor) {}

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
    time = new FakeTime();
    ClientOptions options = ClientOptions.builder(server.endpoint()).plaintext().build();
    client = new SluiceClient(options, time);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private static Event event(String merchant, long sequence) {
    return Event.newBuilder()
        .setName("merchants/" + merchant + "/events/" + sequence)
        .setSequence(sequence)
        .build();
  }

  private static WatchEventsResponse batch(String cursor, long... sequences) {
    EventBatch.Builder events = EventBatch.newBuilder();
    Arrays.stream(sequences).forEach(sequence -> events.addEvents(event("m", sequence)));
    return WatchEventsResponse.newBuilder().setBatch(events).setCursor(cursor).build();
  }

  private static WatchEventsResponse progress(String cursor) {
    return WatchEventsResponse.newBuilder()
        .setProgress(Progress.getDefaultInstance())
        .setCursor(cursor)
        .build();
  }

  private static WatchEventsResponse closing(String cursor) {
    return WatchEventsResponse.newBuilder()
        .setClosing(Closing.getDefaultInstance())
        .setCursor(cursor)
        .build();
  }

  private static FakeServer.Reply givesAndFails(Status.Code code, Message... messages) {
    return call -> {
      gives(messages).accept(call);
      refuse(code).accept(call);
    };
  }

  private static List<Taken> take(Watch<Event> watch, int count) {
    List<Taken> taken = new ArrayList<>();
    while (taken.size() < count) {
      Item<Event> item = watch.next();
      taken.add(new Taken(item.value().getSequence(), item.cursor()));
    }
    return taken;
  }

  private List<String> cursors() {
    return server.seen.stream()
        .map(seen -> ((WatchEventsRequest) seen.request()).getCursor())
        .toList();
  }

  // Items.

  @Test
  void itemsComeInOrderEachWithACursorThatIsSafe() {
    server.reply(gives(batch("c1", 1), batch("c4", 2, 3, 4), batch("c5", 5)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    assertEquals("", watch.cursor());
    assertEquals(
        List.of(new Taken(1, "c1"), new Taken(2, "c1"), new Taken(3, "c1")), take(watch, 3));
    assertEquals("c1", watch.cursor());
    assertEquals(List.of(new Taken(4, "c4"), new Taken(5, "c5")), take(watch, 2));
  }

  @Test
  void aFirstBatchIsSafeOnlyFromWhereTheCallerBegan() {
    server.reply(gives(batch("c2", 1, 2)), gives(batch("c2", 1, 2)));
    Watch<Event> stored =
        client.watchEvents(FROM_BEGINNING.toBuilder().setCursor("c0").build());
    assertEquals("c0", stored.cursor());
    assertEquals(List.of(new Taken(1, "c0"), new Taken(2, "c2")), take(stored, 2));
    assertEquals(
        List.of(new Taken(1, ""), new Taken(2, "c2")),
        take(client.watchEvents(FROM_BEGINNING), 2));
  }

  @Test
  void heartbeatsAreNoItemsButMoveTheCursor() {
    server.reply(gives(batch("c1", 1), progress("c9")));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    while (!watch.cursor().equals("c9")) {
      assertTrue(watch.poll(AT_ONCE).isEmpty());
    }
  }

  @Test
  void heartbeatsDoNotPassItemsThatAreNotGiven() {
    CountDownLatch sent = new CountDownLatch(1);
    server.reply(
        call -> {
          gives(batch("c2", 1, 2), progress("c9")).accept(call);
          sent.countDown();
        });
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    assertEquals(1, server.seen.size());
    assertEquals("", watch.cursor());
    assertEquals(List.of(new Taken(2, "c2")), take(watch, 1));
    while (!watch.cursor().equals("c9")) {
      assertTrue(watch.poll(AT_ONCE).isEmpty());
    }
  }

  @Test
  void whatWasReadAheadDoesNotMoveTheCursor() throws Exception {
    server.reply(givesAndEnds(batch("c2", 1, 2), batch("c3", 3)), gives(batch("c4", 4)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    // The second stream is opened once the end of the first is known, and that comes after c3.
    server.arrived();
    server.arrived();
    assertEquals("", watch.cursor());
    assertEquals(List.of(new Taken(2, "c2")), take(watch, 1));
    assertEquals("c2", watch.cursor());
    assertEquals(List.of(new Taken(3, "c3")), take(watch, 1));
    assertEquals("c3", watch.cursor());
  }

  @Test
  void messagesThatNobodyKnowsYetDoNoHarm() {
    server.reply(
        gives(WatchEventsResponse.newBuilder().setCursor("x").build(), batch("c1", 1)));
    assertEquals(List.of(new Taken(1, "c1")), take(client.watchEvents(FROM_BEGINNING), 1));
  }

  @Test
  void merchantsAreToldApart() {
    EventBatch.Builder both = EventBatch.newBuilder();
    both.addEvents(event("a", 7)).addEvents(event("b", 7)).addEvents(event("a", 7));
    both.addEvents(event("b", 8)).addEvents(event("b", 8));
    server.reply(
        gives(
            WatchEventsResponse.newBuilder().setBatch(both).setCursor("c").build(),
            batch("d", 1)));
    assertEquals(
        List.of(new Taken(7, ""), new Taken(7, ""), new Taken(8, "c"), new Taken(1, "d")),
        take(
            client.watchEvents(FROM_BEGINNING.toBuilder().setParent("merchants/-").build()), 4));
  }

  // Opening again.

  @Test
  void opensAgainAfterClosingAndDropsWhatItGave() {
    server.reply(givesAndEnds(batch("c2", 1, 2), closing("c2b")), gives(batch("c3", 2, 3)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    assertEquals(
        List.of(new Taken(1, ""), new Taken(2, "c2"), new Taken(3, "c3")), take(watch, 3));
    assertEquals(List.of("", "c2b"), cursors());
    assertEquals(List.of(50L), time.waitsMillis);
  }

  @Test
  void opensAgainAfterAnEndUnavailableAndABrokenConnection() throws Exception {
    server.reply(
        givesAndEnds(batch("c1", 1)),
        givesAndFails(Status.Code.UNAVAILABLE, batch("c2", 2)),
        gives(batch("c3", 3)),
        gives(batch("c4", 4)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    assertEquals(
        List.of(new Taken(1, "c1"), new Taken(2, "c2"), new Taken(3, "c3")), take(watch, 3));
    server.cut();
    assertEquals(List.of(new Taken(4, "c4")), take(watch, 1));
    assertEquals(List.of("", "c1", "c2", "c3"), cursors());
  }

  @Test
  void waitsDoubleUntilAMessageComes() {
    server.reply(
        overloaded(),
        refuse(Status.Code.UNAVAILABLE),
        overloaded().retryAfterMillis(700),
        givesAndEnds(progress("c0")),
        overloaded(),
        gives(batch("c1", 1)));
    take(client.watchEvents(FROM_BEGINNING), 1);
    assertEquals(List.of(50L, 100L, 900L, 50L, 100L), time.waitsMillis);
    assertEquals(List.of("", "", "", "", "c0", "c0"), cursors());
  }

  @Test
  void opensAgainAfterSilence() throws Exception {
    server.reply(gives(batch("c1", 1)), gives(batch("c2", 2)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    FakeServer.Seen first = server.arrived();
    time.endSilence();
    assertEquals(List.of(new Taken(2, "c2")), take(watch, 1));
    first.cancelled().get(20, TimeUnit.SECONDS);
    assertEquals(List.of("", "c1"), cursors());
  }

  @Test
  void aReaderThatTakesItsTimeIsNotSilence() throws Exception {
    server.reply(gives(batch("c2", 1, 2), batch("c3", 3)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    time.held.acquire();
    while (watch.isReading()) {
      Thread.onSpinWait(); // Until c3 is here: only then nothing is waited for.
    }
    time.endSilence();
    time.held.acquire();
    assertEquals(List.of(new Taken(2, "c2"), new Taken(3, "c3")), take(watch, 2));
    assertEquals(1, server.seen.size());
  }

  @Test
  void beginsFromNowAgainWhenNoCursorHasCome() {
    server.reply(
        refuse(Status.Code.UNAVAILABLE), givesAndEnds(progress("c1")), gives(batch("c2", 8)));
    WatchEventsRequest.FromNow now = WatchEventsRequest.FromNow.getDefaultInstance();
    take(client.watchEvents(WatchEventsRequest.newBuilder().setFromNow(now).build()), 1);
    assertEquals(
        List.of(
            WatchEventsRequest.StartCase.FROM_NOW,
            WatchEventsRequest.StartCase.FROM_NOW,
            WatchEventsRequest.StartCase.CURSOR),
        server.seen.stream()
            .map(seen -> ((WatchEventsRequest) seen.request()).getStartCase())
            .toList());
  }

  @Test
  void opensAtOnceWithoutBeingRead() throws Exception {
    server.reply(refuse(Status.Code.UNAVAILABLE), gives());
    client.watchEvents(FROM_BEGINNING);
    server.arrived();
    server.arrived();
  }

  // Ends.

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void endsWithTheErrorOnce(Status.Code code) {
    server.reply(
        refuse(code)
            .info("sluice.v1", "R", Map.of("side_effect", "none", "oldest_cursor", "o")));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    SluiceException error = assertThrows(SluiceException.class, watch::next);
    assertEquals(code, error.code());
    assertEquals("R", error.reason());
    assertEquals("o", error.metadata().get("oldest_cursor"));
    assertFalse(watch.hasNext());
    assertEquals(1, server.seen.size());
  }

  @Test
  void endsWithAnErrorOnlyAfterWhatCameBeforeIt() {
    server.reply(givesAndFails(Status.Code.INTERNAL, batch("c2", 1, 2), batch("c3", 3)));
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    assertEquals(3, take(watch, 3).size());
    assertEquals(
        Status.Code.INTERNAL, assertThrows(SluiceException.class, watch::next).code());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void endsWhenItOrItsClientIsClosed(boolean itself) throws Exception {
    server.reply(gives());
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    FakeServer.Seen seen = server.arrived();
    CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(watch::hasNext);
    if (itself) {
      watch.close();
    } else {
      client.close();
    }
    assertFalse(waiting.get(20, TimeUnit.SECONDS));
    assertTrue(watch.isClosed());
    seen.cancelled().get(20, TimeUnit.SECONDS);
  }

  @Test
  void endsWhileItWaitsToOpenAgain() throws Exception {
    time.holdWaits = true;
    server.reply(overloaded());
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    server.arrived();
    time.held.acquire(2);
    watch.close();
    assertEquals(0, time.holding());
    assertFalse(watch.hasNext());
    assertEquals(1, server.seen.size());
  }

  @Test
  void aReaderIsInterrupted() throws Exception {
    server.reply(gives());
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    CompletableFuture<SluiceException> thrown = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> thrown.complete(assertThrows(SluiceException.class, watch::next)));
    reader.start();
    reader.interrupt();
    assertEquals(Status.Code.CANCELLED, thrown.get(20, TimeUnit.SECONDS).code());
    assertFalse(watch.isClosed());
  }

  @Test
  void aReaderThatDoesNotReadStopsTheServer() throws Exception {
    int messages = 3000;
    AtomicInteger written = new AtomicInteger();
    String large = "x".repeat(20_000);
    CountDownLatch full = new CountDownLatch(1);
    server.reply(
        call -> {
          Runnable write =
              () -> {
                while (call.isReady() && written.get() < messages) {
                  int i = written.incrementAndGet();
                  Event event = event("m", i).toBuilder().setType(large).build();
                  call.onNext(
                      WatchEventsResponse.newBuilder()
                          .setBatch(EventBatch.newBuilder().addEvents(event))
                          .setCursor("c" + i)
                          .build());
                }
                full.countDown();
              };
          call.setOnReadyHandler(write);
          write.run();
        });
    Watch<Event> watch = client.watchEvents(FROM_BEGINNING);
    take(watch, 1);
    full.await();
    // It has to be given time to go wrong.
    for (int before = -1; before != written.get(); TimeUnit.MILLISECONDS.sleep(200)) {
      before = written.get();
    }
    assertTrue(written.get() < messages / 4, written + " of " + messages + " were taken");
    assertEquals(messages - 1, take(watch, messages - 1).size());
  }

  // One resource.

  private <T> void follows(
      Watch<T> watch, ToLongFunction<T> revision, Function<Message, String> cursorOf) {
    assertEquals("c0", watch.cursor());
    List<Taken> taken = new ArrayList<>();
    while (taken.size() < 3) {
      Item<T> item = watch.next();
      taken.add(new Taken(revision.applyAsLong(item.value()), item.cursor()));
    }
    assertEquals(List.of(new Taken(1, "c1"), new Taken(2, "c2"), new Taken(3, "c3")), taken);
    assertEquals(
        List.of("c0", "c2"),
        server.seen.stream().map(seen -> cursorOf.apply(seen.request())).toList());
  }

  @Test
  void followsAnOrder() {
    Function<Integer, Message> of =
        revision ->
            WatchOrderResponse.newBuilder()
                .setOrder(Order.newBuilder().setRevision(revision))
                .setCursor("c" + revision)
                .build();
    server.reply(
        givesAndEnds(of.apply(1), of.apply(2)), gives(of.apply(2), of.apply(3)));
    follows(
        client.watchOrder(WatchOrderRequest.newBuilder().setCursor("c0").build()),
        Order::getRevision,
        request -> ((WatchOrderRequest) request).getCursor());
  }

  @Test
  void followsAPayout() {
    Function<Integer, Message> of =
        revision ->
            WatchPayoutResponse.newBuilder()
                .setPayout(Payout.newBuilder().setRevision(revision))
                .setCursor("c" + revision)
                .build();
    server.reply(
        givesAndEnds(of.apply(1), of.apply(2)), gives(of.apply(2), of.apply(3)));
    follows(
        client.watchPayout(WatchPayoutRequest.newBuilder().setCursor("c0").build()),
        Payout::getRevision,
        request -> ((WatchPayoutRequest) request).getCursor());
  }

  @Test
  void followsAnAccountLink() {
    Function<Integer, Message> of =
        revision ->
            WatchAccountLinkResponse.newBuilder()
                .setAccountLink(AccountLink.newBuilder().setRevision(revision))
                .setCursor("c" + revision)
                .build();
    server.reply(
        givesAndEnds(of.apply(1), of.apply(2)), gives(of.apply(2), of.apply(3)));
    follows(
        client.watchAccountLink(WatchAccountLinkRequest.newBuilder().setCursor("c0").build()),
        AccountLink::getRevision,
        request -> ((WatchAccountLinkRequest) request).getCursor());
  }
}

package dev.sluice;

import com.google.protobuf.Message;
import dev.sluice.v1.AccountLink;
import dev.sluice.v1.AccountLinkServiceGrpc;
import dev.sluice.v1.Event;
import dev.sluice.v1.EventServiceGrpc;
import dev.sluice.v1.Order;
import dev.sluice.v1.OrderServiceGrpc;
import dev.sluice.v1.Payout;
import dev.sluice.v1.PayoutServiceGrpc;
import dev.sluice.v1.WatchAccountLinkRequest;
import dev.sluice.v1.WatchAccountLinkResponse;
import dev.sluice.v1.WatchEventsRequest;
import dev.sluice.v1.WatchEventsResponse;
import dev.sluice.v1.WatchOrderRequest;
import dev.sluice.v1.WatchOrderResponse;
import dev.sluice.v1.WatchPayoutRequest;
import dev.sluice.v1.WatchPayoutResponse;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What the four watches differ in: how to resume, and what is new in a message. It remembers what
 * it gave. Not thread-safe: a watch guards its own.
 */
final class Feed<Q extends Message, S, T> {
  private final MethodDescriptor<Q, S> method;
  private final Q request;
  private final String start;
  private final BiFunction<Q, String, Q> resume;
  private final Function<S, String> cursorOf;
  private final Function<S, List<T>> valuesOf;
  private final Function<S, Boolean> isClosing;
  private final Function<T, String> logOf;
  private final ToLongFunction<T> numberOf;
  // The log of the last value, and its last number; and those of the other logs.
  private String log = "";
  private long last;
  private final Map<String, Long> given = new HashMap<>();

  private Feed(
      MethodDescriptor<Q, S> method,
      Q request,
      String start,
      BiFunction<Q, String, Q> resume,
      Function<S, String> cursorOf,
      Function<S, List<T>> valuesOf,
      Function<S, Boolean> isClosing,
      Function<T, String> logOf,
      ToLongFunction<T> numberOf) {
    this.method = method;
    this.request = request;
    this.start = start;
    this.resume = resume;
    this.cursorOf = cursorOf;
    this.valuesOf = valuesOf;
    this.isClosing = isClosing;
    this.logOf = logOf;
    this.numberOf = numberOf;
  }

  // Of each merchant by sequence: a watch over all merchants sees one log for each. Only there it
  // is worth the time to read whose each event is.
  static Feed<WatchEventsRequest, WatchEventsResponse, Event> events(WatchEventsRequest request) {
    return new Feed<>(
        EventServiceGrpc.getWatchEventsMethod(),
        request,
        request.getCursor(),
        (from, cursor) -> from.toBuilder().setCursor(cursor).build(),
        WatchEventsResponse::getCursor,
        message -> message.getBatch().getEventsList(),
        WatchEventsResponse::hasClosing,
        request.getParent().endsWith("/-") ? Feed::merchantOf : event -> "",
        Event::getSequence);
  }

  static Feed<WatchOrderRequest, WatchOrderResponse, Order> order(WatchOrderRequest request) {
    return new Feed<>(
        OrderServiceGrpc.getWatchOrderMethod(),
        request,
        request.getCursor(),
        (from, cursor) -> from.toBuilder().setCursor(cursor).build(),
        WatchOrderResponse::getCursor,
        message -> message.hasOrder() ? List.of(message.getOrder()) : List.of(),
        WatchOrderResponse::hasClosing,
        order -> "",
        Order::getRevision);
  }

  static Feed<WatchPayoutRequest, WatchPayoutResponse, Payout> payout(WatchPayoutRequest request) {
    return new Feed<>(
        PayoutServiceGrpc.getWatchPayoutMethod(),
        request,
        request.getCursor(),
        (from, cursor) -> from.toBuilder().setCursor(cursor).build(),
        WatchPayoutResponse::getCursor,
        message -> message.hasPayout() ? List.of(message.getPayout()) : List.of(),
        WatchPayoutResponse::hasClosing,
        payout -> "",
        Payout::getRevision);
  }

  static Feed<WatchAccountLinkRequest, WatchAccountLinkResponse, AccountLink> accountLink(
      WatchAccountLinkRequest request) {
    return new Feed<>(
        AccountLinkServiceGrpc.getWatchAccountLinkMethod(),
        request,
        request.getCursor(),
        (from, cursor) -> from.toBuilder().setCursor(cursor).build(),
        WatchAccountLinkResponse::getCursor,
        message -> message.hasAccountLink() ? List.of(message.getAccountLink()) : List.of(),
        WatchAccountLinkResponse::hasClosing,
        link -> "",
        AccountLink::getRevision);
  }

  private static String merchantOf(Event event) {
    return event.getName().substring(0, Math.max(0, event.getName().lastIndexOf('/')));
  }

  MethodDescriptor<Q, S> method() {
    return method;
  }

  /** The cursor to begin with; empty: none. */
  String start() {
    return start;
  }

  /** The request from where the last received message ended. */
  Q request(String received) {
    return received.isEmpty() ? request : resume.apply(request, received);
  }

  String cursorOf(S message) {
    return cursorOf.apply(message);
  }

  boolean isClosing(S message) {
    return isClosing.apply(message);
  }

  /** What was not given before. */
  List<T> newIn(S message) {
    List<T> values = valuesOf.apply(message);
    List<T> fresh = values;
    for (int i = 0; i < values.size(); ++i) {
      T value = values.get(i);
      if (isNew(value)) {
        if (fresh != values) {
          fresh.add(value);
        }
      } else if (fresh == values) {
        // The first one that is no news: most messages have none.
        fresh = new ArrayList<>(values.subList(0, i));
      }
    }
    return fresh;
  }

  private boolean isNew(T value) {
    long number = numberOf.applyAsLong(value);
    String of = logOf.apply(value);
    if (!of.equals(log)) {
      given.put(log, last);
      log = of;
      last = given.getOrDefault(of, 0L);
    }
    if (number > 0 && number <= last) {
      return false;
    }
    last = number;
    return true;
  }
}

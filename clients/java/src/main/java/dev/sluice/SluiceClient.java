package dev.sluice;

import dev.sluice.v1.AccountLink;
import dev.sluice.v1.Event;
import dev.sluice.v1.Order;
import dev.sluice.v1.Payout;
import dev.sluice.v1.WatchAccountLinkRequest;
import dev.sluice.v1.WatchEventsRequest;
import dev.sluice.v1.WatchOrderRequest;
import dev.sluice.v1.WatchPayoutRequest;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A connection to Sluice. Share one: it is made for many calls at once, from any thread. It
 * connects by the first call; {@code close} ends it.
 *
 * <p>A call that fails throws a {@link SluiceException}. A call is given up by interrupting its
 * thread or by cancelling its {@link io.grpc.Context}.
 */
public final class SluiceClient implements AutoCloseable {
  /** What every call on a closed client is told, also one that was waiting to be sent again. */
  static final String CLOSED = "the client is closed";

  private static final String USER_AGENT = "sluice-client-java/0.1.0";
  // The largest message that is received. A page of 1000 orders with full baskets is far larger than gRPC's 4 MiB.
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final long CLOSE_SECONDS = 5;

  private final ManagedChannel connection;
  private final Channel channel;
  private final Settings settings;
  private final TimeAndChance chance;
  private final Context.CancellableContext life = Context.ROOT.withCancellation();
  private final Set<Watch<?>> watches = ConcurrentHashMap.newKeySet();
  private final Orders orders;
  private final Refunds refunds;
  private final Payouts payouts;
  private final AccountLinks accountLinks;
  private final Events events;
  private final Notifications notifications;
  private final Providers providers;
  private final Reconciliation reconciliation;

  public SluiceClient(ClientOptions options) {
    this(options, TimeAndChance.system());
  }

  SluiceClient(ClientOptions options, TimeAndChance chance) {
    this.settings = Settings.of(options);
    this.chance = chance;
    connection = connect(options);
    channel = withApiKey(connection, options.apiKey());
    Calls calls = new Calls(connection, channel, settings, chance, life);
    orders = new Orders(calls);
    refunds = new Refunds(calls);
    payouts = new Payouts(calls);
    accountLinks = new AccountLinks(calls);
    events = new Events(calls);
    notifications = new Notifications(calls);
    providers = new Providers(calls);
    reconciliation = new Reconciliation(calls);
  }

  public Orders orders() {
    return orders;
  }

  public Refunds refunds() {
    return refunds;
  }

  public Payouts payouts() {
    return payouts;
  }

  public AccountLinks accountLinks() {
    return accountLinks;
  }

  public Events events() {
    return events;
  }

  public Notifications notifications() {
    return notifications;
  }

  public Providers providers() {
    return providers;
  }

  public Reconciliation reconciliation() {
    return reconciliation;
  }

  /**
   * Follows the log of events. A watch that starts {@code from_now} and breaks before its first
   * message was received starts from now again: what happened in between is not seen.
   */
  public Watch<Event> watchEvents(WatchEventsRequest request) {
    return watch(Feed.events(request));
  }

  /** Follows one order: its present state at once, then the order after each change. */
  public Watch<Order> watchOrder(WatchOrderRequest request) {
    return watch(Feed.order(request));
  }

  /** Follows one payout, as {@link #watchOrder} does an order. */
  public Watch<Payout> watchPayout(WatchPayoutRequest request) {
    return watch(Feed.payout(request));
  }

  /** Follows one account link, as {@link #watchOrder} does an order. */
  public Watch<AccountLink> watchAccountLink(WatchAccountLinkRequest request) {
    return watch(Feed.accountLink(request));
  }

  /**
   * Ends all watches, the calls that wait to be sent again, and the connection once the calls under
   * way have ended.
   */
  @Override
  public void close() {
    connection.shutdown();
    life.cancel(null);
    watches.forEach(Watch::close);
    chance.close();
    try {
      connection.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      connection.shutdownNow();
    }
  }

  private <S, T> Watch<T> watch(Feed<?, S, T> feed) {
    if (connection.isShutdown()) {
      throw SluiceException.refused(Status.Code.CANCELLED, CLOSED);
    }
    Watch<T> watch =
        new Watch<>(
            feed, channel, settings, chance, connection::resetConnectBackoff, watches::remove);
    watches.add(watch);
    // It may have ended before anybody had heard of it.
    if (watch.isClosed()) {
      watches.remove(watch);
    } else if (connection.isShutdown()) {
      watch.close();
    }
    return watch;
  }

  private static ManagedChannel connect(ClientOptions options) {
    try {
      ManagedChannelBuilder<?> builder =
          Grpc.newChannelBuilder(options.endpoint(), credentials(options))
              .userAgent(USER_AGENT)
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .keepAliveTime(options.keepalive().toNanos(), TimeUnit.NANOSECONDS)
              .keepAliveTimeout(options.keepalive().toNanos() / 2, TimeUnit.NANOSECONDS)
              // So that the first call after a pause does not find out by its deadline.
              .keepAliveWithoutCalls(true)
              // Whoever writes the DNS must not decide what is sent again. Without a policy gRPC
              // repeats only what no server has seen; so its retries are left on.
              .disableServiceConfigLookUp();
      if (options.isPlaintext()) {
        // A proxy of the environment would carry what is meant for loopback off this machine.
        builder.proxyDetector(target -> null);
      }
      return builder.build();
    } catch (IOException | IllegalArgumentException unusable) {
      throw SluiceException.refused("the endpoint or a certificate is of no use: " + unusable);
    }
  }

  private static ChannelCredentials credentials(ClientOptions options) throws IOException {
    if (options.isPlaintext()) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    if (options.rootCertificates() != null) {
      tls.trustManager(new ByteArrayInputStream(options.rootCertificates()));
    }
    if (options.clientCertificate() != null) {
      tls.keyManager(
          new ByteArrayInputStream(options.clientCertificate()),
          new ByteArrayInputStream(options.clientKey()));
    }
    return tls.build();
  }

  private static Channel withApiKey(Channel channel, String apiKey) {
    if (apiKey.isEmpty()) {
      return channel;
    }
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + apiKey);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}

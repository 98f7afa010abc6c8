import com.google.gson.JsonObject;
import dev.sluice.Amounts;
import dev.sluice.ClientOptions;
import dev.sluice.Item;
import dev.sluice.SluiceClient;
import dev.sluice.Watch;
import dev.sluice.v1.CreateOrderRequest;
import dev.sluice.v1.Event;
import dev.sluice.v1.EventServiceGrpc;
import dev.sluice.v1.GetOrderRequest;
import dev.sluice.v1.ListEventsRequest;
import dev.sluice.v1.ListEventsResponse;
import dev.sluice.v1.Order;
import dev.sluice.v1.OrderServiceGrpc;
import dev.sluice.v1.WatchEventsRequest;
import dev.sluice.v1.WatchEventsResponse;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the client costs over the bare stub: prints one JSON object. {@code Bench ENDPOINT}. */
public final class Bench {
  private static final int ROUNDS = 9;
  private static final int CALLS = 4000;
  private static final int AT_ONCE = 8;
  private static final int ORDERS = 400;
  private static final int STARTS = 3;

  private record Rates(double client, double bare) {}

  private final SluiceClient client;
  private final ManagedChannel channel;
  private final JsonObject result = new JsonObject();

  private Bench(String endpoint) {
    client = new SluiceClient(ClientOptions.builder(endpoint).plaintext().build());
    channel = Grpc.newChannelBuilder(endpoint, InsecureChannelCredentials.create()).build();
  }

  public static void main(String[] args) throws Exception {
    if (args.length > 1) {
      start(args[0], args[1]);
      return;
    }
    Bench bench = new Bench(args[0]);
    bench.run(args[0]);
    System.out.println(bench.result);
    bench.client.close();
    bench.channel.shutdownNow();
  }

  private void run(String endpoint) throws Exception {
    GetOrderRequest request = GetOrderRequest.newBuilder().setName(makeOrders()).build();
    OrderServiceGrpc.OrderServiceBlockingStub stub = OrderServiceGrpc.newBlockingStub(channel);
    long last = lastSequence();
    Rates calls =
        compare(
            () -> rate(CALLS, () -> atOnce(() -> client.orders().getOrder(request))),
            () -> rate(CALLS, () -> atOnce(() -> stub.getOrder(request))));
    Rates watches =
        compare(
            () -> rate(last, () -> watchClient(last)), () -> rate(last, () -> watchBare(last)));
    result.addProperty("language", "java");
    sizes();
    add("start_ms", new Rates(startMillis(endpoint, "client"), startMillis(endpoint, "bare")));
    add("get_order_per_second", calls);
    add("watch_events_per_second", watches);
  }

  private void add(String name, Rates rates) {
    result.addProperty(name, Math.round(rates.client()));
    result.addProperty(name + "_bare", Math.round(rates.bare()));
  }

  private String makeOrders() {
    String id = "bench-" + System.nanoTime();
    Order order =
        Order.newBuilder().setWallet("botim").setAmount(Amounts.of("AED", 1234)).build();
    for (int i = 0; i < ORDERS; ++i) {
      client
          .orders()
          .createOrder(
              CreateOrderRequest.newBuilder()
                  .setParent("merchants/demo")
                  .setOrderId(id + "-" + i)
                  .setOrder(order)
                  .build());
    }
    return "merchants/demo/orders/" + id + "-0";
  }

  private long lastSequence() {
    ListEventsRequest.Builder request =
        ListEventsRequest.newBuilder().setParent("merchants/demo").setPageSize(1000);
    long last = 0;
    while (true) {
      ListEventsResponse page = client.events().listEvents(request.build());
      if (page.getEventsCount() > 0) {
        last = page.getEvents(page.getEventsCount() - 1).getSequence();
      }
      if (page.getNextPageToken().isEmpty()) {
        return last;
      }
      request.setPageToken(page.getNextPageToken());
    }
  }

  // Turn by turn, so that a restless machine is restless for both.
  private static Rates compare(Callable<Double> client, Callable<Double> bare) throws Exception {
    double[] one = new double[ROUNDS];
    double[] other = new double[ROUNDS];
    for (int round = -2; round < ROUNDS; ++round) {
      int at = Math.max(0, round);
      one[at] = client.call();
      other[at] = bare.call();
    }
    return new Rates(median(one), median(other));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static double rate(double count, Callable<Void> work) throws Exception {
    long start = System.nanoTime();
    work.call();
    return count * 1e9 / (System.nanoTime() - start);
  }

  private static Void atOnce(Runnable call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    Callable<Void> share =
        () -> {
          for (int i = 0; i < CALLS / AT_ONCE; ++i) {
            call.run();
          }
          return null;
        };
    threads.invokeAll(Stream.generate(() -> share).limit(AT_ONCE).toList());
    threads.shutdown();
    return null;
  }

  private static WatchEventsRequest fromBeginning() {
    return WatchEventsRequest.newBuilder()
        .setParent("merchants/demo")
        .setBeginning(WatchEventsRequest.Beginning.getDefaultInstance())
        .build();
  }

  private Void watchClient(long last) {
    try (Watch<Event> watch = client.watchEvents(fromBeginning())) {
      for (Item<Event> item : watch) {
        if (item.value().getSequence() >= last) {
          break;
        }
      }
    }
    return null;
  }

  private Void watchBare(long last) {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(
          () -> {
            Iterator<WatchEventsResponse> messages =
                EventServiceGrpc.newBlockingStub(channel).watchEvents(fromBeginning());
            while (true) {
              for (Event event : messages.next().getBatch().getEventsList()) {
                if (event.getSequence() >= last) {
                  return;
                }
              }
            }
          });
    }
    return null;
  }

  private static List<String> classpath(boolean own) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(part -> own || part.endsWith(".jar"))
        .collect(Collectors.toList());
  }

  // What an application gets: the package and its dependencies, without what only tests need.
  private void sizes() throws IOException {
    long below = 0;
    for (String part : classpath(false)) {
      if (!part.matches(".*(junit|opentest4j|apiguardian|protobuf-java-util).*")) {
        below += Files.size(Path.of(part));
      }
    }
    long own = 0;
    long generated = 0;
    try (Stream<Path> classes = Files.walk(Path.of("target/classes"))) {
      for (Path path : classes.filter(Files::isRegularFile).toList()) {
        own += Files.size(path);
        generated += path.startsWith("target/classes/dev/sluice/v1") ? Files.size(path) : 0;
      }
    }
    add("package_bytes", new Rates(below + own, below + generated));
  }

  private static double startMillis(String endpoint, String what) throws Exception {
    double[] times = new double[STARTS];
    for (int i = 0; i < STARTS; ++i) {
      long start = System.nanoTime();
      new ProcessBuilder(
              ProcessHandle.current().info().command().orElse("java"),
              "-cp",
              String.join(File.pathSeparator, classpath(true)),
              "Bench",
              endpoint,
              what)
          .inheritIO()
          .start()
          .waitFor();
      times[i] = (System.nanoTime() - start) / 1e6;
    }
    return median(times);
  }

  // A process that starts, makes one call and ends.
  private static void start(String endpoint, String what) {
    GetOrderRequest request = GetOrderRequest.newBuilder().setName("none").build();
    try {
      if (what.equals("client")) {
        try (SluiceClient client =
            new SluiceClient(ClientOptions.builder(endpoint).plaintext().build())) {
          client.orders().getOrder(request);
        }
      } else {
        ManagedChannel channel =
            Grpc.newChannelBuilder(endpoint, InsecureChannelCredentials.create()).build();
        OrderServiceGrpc.newBlockingStub(channel).getOrder(request);
      }
    } catch (RuntimeException noSuchOrder) {
      Runtime.getRuntime().halt(0);
    }
  }
}

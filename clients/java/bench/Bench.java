import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
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
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the client costs over the bare stub: prints one JSON object. {@code Bench ENDPOINT}. */
public final class Bench {
  // For each comparison, after half of that again for the compiler to see both.
  private static final long MEASURED_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int CALLS = 800; // In a round.
  // As the client's own: no call should be made without one.
  private static final long DEADLINE_SECONDS = 10;
  private static final int AT_ONCE = 8;
  private static final int ORDERS = 400;
  private static final int STARTS = 3;

  private record Pair(double client, double bare) {}

  /** What the rounds have seen of one side. */
  private record Side(JsonArray rates, JsonArray cpuMicros) {
    Side() {
      this(new JsonArray(), new JsonArray());
    }

    void measure(long count, Callable<Void> work) throws Exception {
      long start = System.nanoTime();
      long cpu = MACHINE.getProcessCpuTime();
      work.call();
      rates.add(count * 1e9 / (System.nanoTime() - start));
      cpuMicros.add((MACHINE.getProcessCpuTime() - cpu) / 1e3 / count);
    }
  }

  private static final OperatingSystemMXBean MACHINE =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final SluiceClient client;
  private final ManagedChannel channel;
  private final ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
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
    try {
      bench.run(args[0]);
      System.out.println(bench.result);
    } finally {
      bench.callers.shutdownNow();
      bench.client.close();
      bench.channel.shutdownNow();
    }
  }

  private void run(String endpoint) throws Exception {
    GetOrderRequest request = GetOrderRequest.newBuilder().setName(makeOrders()).build();
    OrderServiceGrpc.OrderServiceBlockingStub stub = OrderServiceGrpc.newBlockingStub(channel);
    long last = lastSequence();
    result.addProperty("language", "java");
    compare(
        "get_order",
        CALLS,
        () -> atOnce(() -> client.orders().getOrder(request)),
        () ->
            atOnce(
                () -> stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS).getOrder(request)));
    compare("watch_events", last, () -> watchClient(last), () -> watchBare(last));
    sizes();
    add("start_ms", new Pair(startMillis(endpoint, "client"), startMillis(endpoint, "bare")));
  }

  private void add(String name, Pair pair) {
    result.addProperty(name, Math.round(pair.client()));
    result.addProperty(name + "_bare", Math.round(pair.bare()));
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

  // Turn by turn, and in each round another one begins: what else the machine does weighs on both
  // sides of a round.
  private void compare(String name, long count, Callable<Void> client, Callable<Void> bare)
      throws Exception {
    Side[] sides = {new Side(), new Side()};
    List<Callable<Void>> work = List.of(client, bare);
    for (long start = System.nanoTime(); System.nanoTime() - start < MEASURED_NANOS / 2; ) {
      client.call();
      bare.call();
    }
    int first = 0;
    for (long start = System.nanoTime(); System.nanoTime() - start < MEASURED_NANOS; ) {
      sides[first].measure(count, work.get(first));
      sides[1 - first].measure(count, work.get(1 - first));
      first = 1 - first;
    }
    for (int i = 0; i < 2; ++i) {
      String side = i == 0 ? "" : "_bare";
      result.add(name + "_per_second" + side, sides[i].rates());
      result.add(name + "_cpu_us" + side, sides[i].cpuMicros());
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private Void atOnce(Runnable call) throws Exception {
    Callable<Void> share =
        () -> {
          for (int i = 0; i < CALLS / AT_ONCE; ++i) {
            call.run();
          }
          return null;
        };
    for (Future<Void> each : callers.invokeAll(Collections.nCopies(AT_ONCE, share))) {
      each.get();
    }
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
    add("package_bytes", new Pair(below + own, below + generated));
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

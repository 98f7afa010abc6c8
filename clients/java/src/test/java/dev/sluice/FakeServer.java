package dev.sluice;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.sluice.v1.AccountLinkServiceGrpc;
import dev.sluice.v1.EventServiceGrpc;
import dev.sluice.v1.OrderServiceGrpc;
import dev.sluice.v1.PayoutServiceGrpc;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A real gRPC server whose answers a test writes down beforehand, behind connections that it can
 * cut.
 */
final class FakeServer implements AutoCloseable {
  /** A call as the server saw it. */
  record Seen(
      String method,
      Message request,
      Metadata metadata,
      long deadlineMillis,
      CompletableFuture<Void> cancelled) {}

  /** What the server does with a call. */
  interface Reply extends Consumer<ServerCallStreamObserver<Message>> {}

  static final Reply NEVER = call -> {};

  private static final long PATIENCE_SECONDS = 20;
  private static final Context.Key<Metadata> METADATA = Context.key("metadata");

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Seen> arrivals = new LinkedBlockingQueue<>();
  private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ServerSocket relay;
  private final Server server;

  FakeServer() throws IOException {
    this(InsecureServerCredentials.create());
  }

  FakeServer(ServerCredentials credentials) throws IOException {
    ServerBuilder<?> builder = Grpc.newServerBuilderForPort(0, credentials);
    for (ServiceDescriptor service :
        List.of(
            OrderServiceGrpc.getServiceDescriptor(),
            PayoutServiceGrpc.getServiceDescriptor(),
            AccountLinkServiceGrpc.getServiceDescriptor(),
            EventServiceGrpc.getServiceDescriptor())) {
      ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
      service.getMethods().forEach(method -> add(definition, method));
      builder.addService(ServerInterceptors.intercept(definition.build(), new KeepMetadata()));
    }
    server = builder.build().start();
    relay = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    start(this::accept);
  }

  String endpoint() {
    return "127.0.0.1:" + relay.getLocalPort();
  }

  /** The next calls get these, in order. A call for which there is none is refused. */
  FakeServer reply(Reply... next) {
    replies.addAll(List.of(next));
    return this;
  }

  /** Waits for the next call that was not waited for yet. */
  Seen arrived() throws InterruptedException {
    Seen arrived = arrivals.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (arrived == null) {
      throw new AssertionError("no call came");
    }
    return arrived;
  }

  /** Breaks every connection, as a cable that is pulled. */
  void cut() throws IOException {
    for (Socket socket : sockets) {
      socket.setSoLinger(true, 0);
      socket.close();
    }
    sockets.clear();
  }

  @Override
  public void close() throws Exception {
    relay.close();
    cut();
    server.shutdownNow().awaitTermination();
  }

  static Reply ok(Message answer) {
    return call -> {
      call.onNext(answer);
      call.onCompleted();
    };
  }

  /** A stream that gives these messages and stays open. */
  static Reply gives(Message... messages) {
    return call -> List.of(messages).forEach(call::onNext);
  }

  static Reply givesAndEnds(Message... messages) {
    return call -> {
      gives(messages).accept(call);
      call.onCompleted();
    };
  }

  static Refusal refuse(Status.Code code) {
    return new Refusal(code, "", com.google.rpc.Status.newBuilder());
  }

  static Refusal overloaded() {
    return refuse(Status.Code.RESOURCE_EXHAUSTED).info("OVERLOADED", "none");
  }

  /** An error, with its details. */
  record Refusal(Status.Code code, String message, com.google.rpc.Status.Builder details)
      implements Reply {
    Refusal message(String text) {
      return new Refusal(code, text, details);
    }

    Refusal info(String reason, String sideEffect) {
      return info("sluice.v1", reason, Map.of("side_effect", sideEffect));
    }

    Refusal info(String domain, String reason, Map<String, String> metadata) {
      return with(
          ErrorInfo.newBuilder()
              .setDomain(domain)
              .setReason(reason)
              .putAllMetadata(metadata)
              .build());
    }

    Refusal retryAfterMillis(long millis) {
      com.google.protobuf.Duration delay =
          com.google.protobuf.Duration.newBuilder()
              .setSeconds(millis / 1000)
              .setNanos((int) (millis % 1000) * 1_000_000)
              .build();
      return with(RetryInfo.newBuilder().setRetryDelay(delay).build());
    }

    Refusal field(String field, String description) {
      return with(
          BadRequest.newBuilder()
              .addFieldViolations(
                  BadRequest.FieldViolation.newBuilder()
                      .setField(field)
                      .setDescription(description))
              .build());
    }

    private Refusal with(Message detail) {
      return new Refusal(code, message, details.clone().addDetails(Any.pack(detail)));
    }

    StatusRuntimeException exception() {
      byte[] bytes = details.getDetailsCount() == 0 ? null : details.build().toByteArray();
      return exception(bytes);
    }

    StatusRuntimeException exception(byte[] rawDetails) {
      Metadata trailers = new Metadata();
      if (rawDetails != null) {
        trailers.put(
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
            rawDetails);
      }
      return code.toStatus().withDescription(message).asRuntimeException(trailers);
    }

    @Override
    public void accept(ServerCallStreamObserver<Message> call) {
      call.onError(exception());
    }
  }

  @SuppressWarnings("unchecked") // Every message of the API is a Message.
  private void add(ServerServiceDefinition.Builder definition, MethodDescriptor<?, ?> described) {
    MethodDescriptor<Message, Message> method = (MethodDescriptor<Message, Message>) described;
    definition.addMethod(
        method,
        ServerCalls.asyncServerStreamingCall(
            (request, observer) ->
                handle(method, request, (ServerCallStreamObserver<Message>) observer)));
  }

  private void handle(
      MethodDescriptor<?, ?> method, Message request, ServerCallStreamObserver<Message> call) {
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    call.setOnCancelHandler(() -> cancelled.complete(null));
    Context context = Context.current();
    long deadline =
        context.getDeadline() == null
            ? -1
            : context.getDeadline().timeRemaining(TimeUnit.MILLISECONDS);
    Seen now =
        new Seen(method.getBareMethodName(), request, METADATA.get(), deadline, cancelled);
    seen.add(now);
    Reply reply = replies.poll();
    arrivals.add(now);
    if (reply == null) {
      reply = refuse(Status.Code.UNIMPLEMENTED).message("no reply is written down");
    }
    reply.accept(call);
  }

  private static final class KeepMetadata implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
      Context context = Context.current().withValue(METADATA, headers);
      return io.grpc.Contexts.interceptCall(context, call, headers, next);
    }
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = relay.accept();
      Socket upstream = new Socket(InetAddress.getByName("127.0.0.1"), server.getPort());
      sockets.add(client);
      sockets.add(upstream);
      start(() -> client.getInputStream().transferTo(upstream.getOutputStream()));
      start(() -> upstream.getInputStream().transferTo(client.getOutputStream()));
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException closed) {
                // It was cut, or the test is over.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}

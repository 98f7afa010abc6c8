package dev.sluice;

import dev.sluice.v1.CancelOrderRequest;
import dev.sluice.v1.CreateOrderRequest;
import dev.sluice.v1.GetOrderRequest;
import dev.sluice.v1.ListOrdersRequest;
import dev.sluice.v1.ListOrdersResponse;
import dev.sluice.v1.Order;
import dev.sluice.v1.OrderServiceGrpc;
import dev.sluice.v1.RevokeOrderRequest;
import dev.sluice.v1.SyncOrderRequest;
import java.time.Duration;

/** Takes payments from wallets: the unary calls of {@code OrderService}. What each does and promises is with the stub. */
public final class Orders {
  private final Calls calls;

  Orders(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Orders withDeadline(Duration deadline) {
    return new Orders(calls.withDeadline(deadline));
  }

  public Order createOrder(CreateOrderRequest request) {
    return calls.call(OrderServiceGrpc.getCreateOrderMethod(), request);
  }

  public Order getOrder(GetOrderRequest request) {
    return calls.call(OrderServiceGrpc.getGetOrderMethod(), request);
  }

  public ListOrdersResponse listOrders(ListOrdersRequest request) {
    return calls.call(OrderServiceGrpc.getListOrdersMethod(), request);
  }

  public Order cancelOrder(CancelOrderRequest request) {
    return calls.call(OrderServiceGrpc.getCancelOrderMethod(), request);
  }

  public Order revokeOrder(RevokeOrderRequest request) {
    return calls.call(OrderServiceGrpc.getRevokeOrderMethod(), request);
  }

  public Order syncOrder(SyncOrderRequest request) {
    return calls.call(OrderServiceGrpc.getSyncOrderMethod(), request);
  }
}

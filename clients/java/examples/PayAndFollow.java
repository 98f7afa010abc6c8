import dev.sluice.Amounts;
import dev.sluice.ClientOptions;
import dev.sluice.Item;
import dev.sluice.SluiceClient;
import dev.sluice.Watch;
import dev.sluice.v1.CreateOrderRequest;
import dev.sluice.v1.Order;
import dev.sluice.v1.WatchOrderRequest;
import java.util.EnumSet;
import java.util.Set;

/** Takes a payment and follows it to its end: {@code PayAndFollow ENDPOINT}. */
public final class PayAndFollow {
  private static final Set<Order.State> LAST =
      EnumSet.of(
          Order.State.STATE_PAID,
          Order.State.STATE_CANCELED,
          Order.State.STATE_REVOKED,
          Order.State.STATE_EXPIRED,
          Order.State.STATE_FAILED);

  public static void main(String[] args) {
    try (SluiceClient client =
        new SluiceClient(ClientOptions.builder(args[0]).plaintext().build())) {
      Order order =
          client
              .orders()
              .createOrder(
                  CreateOrderRequest.newBuilder()
                      .setParent("merchants/demo")
                      // It is found again by this number, whatever happens to this program.
                      .setOrderId("java-" + System.currentTimeMillis())
                      .setOrder(
                          Order.newBuilder()
                              .setWallet("botim")
                              .setAmount(Amounts.parse("AED", "12.34"))
                              .setDescription("Two coffees"))
                      .build());
      System.out.println(order.getName() + " is created");
      System.out.println("pay here: " + order.getNextAction().getRedirect().getUrl());
      follow(client, order.getName());
    }
  }

  private static void follow(SluiceClient client, String name) {
    WatchOrderRequest request = WatchOrderRequest.newBuilder().setName(name).build();
    try (Watch<Order> watch = client.watchOrder(request)) {
      for (Item<Order> item : watch) {
        Order order = item.value();
        System.out.println(order.getName() + " is " + order.getState());
        if (LAST.contains(order.getState())) {
          System.out.println("paid: " + Amounts.format(order.getPaid()));
          return;
        }
      }
    }
  }
}

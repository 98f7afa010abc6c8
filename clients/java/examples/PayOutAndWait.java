import dev.sluice.Amounts;
import dev.sluice.ClientOptions;
import dev.sluice.Item;
import dev.sluice.SideEffect;
import dev.sluice.SluiceClient;
import dev.sluice.SluiceException;
import dev.sluice.Watch;
import dev.sluice.v1.CreatePayoutRequest;
import dev.sluice.v1.Payout;
import dev.sluice.v1.WatchPayoutRequest;
import java.util.EnumSet;
import java.util.Set;

/** Pays out and waits for the end: {@code PayOutAndWait ENDPOINT}. */
public final class PayOutAndWait {
  private static final int TRIES = 3;
  private static final Set<Payout.State> LAST =
      EnumSet.of(
          Payout.State.STATE_SUCCEEDED, Payout.State.STATE_FAILED, Payout.State.STATE_CANCELED);

  public static void main(String[] args) {
    try (SluiceClient client =
        new SluiceClient(ClientOptions.builder(args[0]).plaintext().build())) {
      Payout payout = payOut(client);
      System.out.println(payout.getName() + " is created");
      WatchPayoutRequest request =
          WatchPayoutRequest.newBuilder().setName(payout.getName()).build();
      try (Watch<Payout> watch = client.watchPayout(request)) {
        for (Item<Payout> item : watch) {
          System.out.println(item.value().getName() + " is " + item.value().getState());
          if (LAST.contains(item.value().getState())) {
            return;
          }
        }
      }
    }
  }

  // The one way to try again by hand: with the request id of the first time.
  private static Payout payOut(SluiceClient client) {
    CreatePayoutRequest.Builder request =
        CreatePayoutRequest.newBuilder()
            .setParent("merchants/demo")
            .setPayoutId("java-" + System.currentTimeMillis())
            .setPayout(
                Payout.newBuilder()
                    .setWallet("advcash")
                    .setAmount(Amounts.parse("USD", "25.50"))
                    .setReceiverAccount("U123456789012"));
    for (int tries = 1; ; ++tries) {
      try {
        return client.payouts().createPayout(request.build());
      } catch (SluiceException error) {
        if (error.sideEffect() == SideEffect.NONE || tries == TRIES) {
          throw error;
        }
        error.requestId().ifPresent(request::setRequestId);
      }
    }
  }
}

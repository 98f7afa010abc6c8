package dev.sluice;

import dev.sluice.v1.CreatePayoutRequest;
import dev.sluice.v1.GetPayoutLimitsRequest;
import dev.sluice.v1.GetPayoutLimitsResponse;
import dev.sluice.v1.GetPayoutRequest;
import dev.sluice.v1.ListPayoutsRequest;
import dev.sluice.v1.ListPayoutsResponse;
import dev.sluice.v1.Payout;
import dev.sluice.v1.PayoutServiceGrpc;
import dev.sluice.v1.SyncPayoutRequest;
import java.time.Duration;

/** Pays out to wallets: the unary calls of {@code PayoutService}. What each does and promises is with the stub. */
public final class Payouts {
  private final Calls calls;

  Payouts(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Payouts withDeadline(Duration deadline) {
    return new Payouts(calls.withDeadline(deadline));
  }

  public GetPayoutLimitsResponse getPayoutLimits(GetPayoutLimitsRequest request) {
    return calls.call(PayoutServiceGrpc.getGetPayoutLimitsMethod(), request);
  }

  public Payout createPayout(CreatePayoutRequest request) {
    return calls.call(PayoutServiceGrpc.getCreatePayoutMethod(), request);
  }

  public Payout getPayout(GetPayoutRequest request) {
    return calls.call(PayoutServiceGrpc.getGetPayoutMethod(), request);
  }

  public ListPayoutsResponse listPayouts(ListPayoutsRequest request) {
    return calls.call(PayoutServiceGrpc.getListPayoutsMethod(), request);
  }

  public Payout syncPayout(SyncPayoutRequest request) {
    return calls.call(PayoutServiceGrpc.getSyncPayoutMethod(), request);
  }
}

package dev.sluice;

import dev.sluice.v1.CreateRefundRequest;
import dev.sluice.v1.GetRefundRequest;
import dev.sluice.v1.ListRefundsRequest;
import dev.sluice.v1.ListRefundsResponse;
import dev.sluice.v1.Refund;
import dev.sluice.v1.RefundServiceGrpc;
import dev.sluice.v1.SyncRefundRequest;
import java.time.Duration;

/** Gives payments back: the unary calls of {@code RefundService}. What each does and promises is with the stub. */
public final class Refunds {
  private final Calls calls;

  Refunds(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Refunds withDeadline(Duration deadline) {
    return new Refunds(calls.withDeadline(deadline));
  }

  public Refund createRefund(CreateRefundRequest request) {
    return calls.call(RefundServiceGrpc.getCreateRefundMethod(), request);
  }

  public Refund getRefund(GetRefundRequest request) {
    return calls.call(RefundServiceGrpc.getGetRefundMethod(), request);
  }

  public ListRefundsResponse listRefunds(ListRefundsRequest request) {
    return calls.call(RefundServiceGrpc.getListRefundsMethod(), request);
  }

  public Refund syncRefund(SyncRefundRequest request) {
    return calls.call(RefundServiceGrpc.getSyncRefundMethod(), request);
  }
}

package dev.sluice;

import dev.sluice.v1.ListUnresolvedRequest;
import dev.sluice.v1.ListUnresolvedResponse;
import dev.sluice.v1.ReconciliationServiceGrpc;
import dev.sluice.v1.ResolveAttemptRequest;
import dev.sluice.v1.ResolveAttemptResponse;
import java.time.Duration;

/**
 * Shows what no provider has said, and closes it by a person's word: the unary calls of
 * {@code ReconciliationService}. What each does and promises is with the stub.
 */
public final class Reconciliation {
  private final Calls calls;

  Reconciliation(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Reconciliation withDeadline(Duration deadline) {
    return new Reconciliation(calls.withDeadline(deadline));
  }

  public ListUnresolvedResponse listUnresolved(ListUnresolvedRequest request) {
    return calls.call(ReconciliationServiceGrpc.getListUnresolvedMethod(), request);
  }

  public ResolveAttemptResponse resolveAttempt(ResolveAttemptRequest request) {
    return calls.call(ReconciliationServiceGrpc.getResolveAttemptMethod(), request);
  }
}

package dev.sluice;

import dev.sluice.v1.GetProviderAccountRequest;
import dev.sluice.v1.ListProviderAccountsRequest;
import dev.sluice.v1.ListProviderAccountsResponse;
import dev.sluice.v1.ListProvidersRequest;
import dev.sluice.v1.ListProvidersResponse;
import dev.sluice.v1.PauseProviderAccountRequest;
import dev.sluice.v1.ProviderAccount;
import dev.sluice.v1.ProviderServiceGrpc;
import dev.sluice.v1.ResumeProviderAccountRequest;
import java.time.Duration;

/**
 * Tells what can be done with which provider, and stops and starts accounts: the unary
 * calls of {@code ProviderService}. What each does and promises is with the stub.
 */
public final class Providers {
  private final Calls calls;

  Providers(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Providers withDeadline(Duration deadline) {
    return new Providers(calls.withDeadline(deadline));
  }

  public ListProvidersResponse listProviders(ListProvidersRequest request) {
    return calls.call(ProviderServiceGrpc.getListProvidersMethod(), request);
  }

  public ListProviderAccountsResponse listProviderAccounts(ListProviderAccountsRequest request) {
    return calls.call(ProviderServiceGrpc.getListProviderAccountsMethod(), request);
  }

  public ProviderAccount getProviderAccount(GetProviderAccountRequest request) {
    return calls.call(ProviderServiceGrpc.getGetProviderAccountMethod(), request);
  }

  public ProviderAccount pauseProviderAccount(PauseProviderAccountRequest request) {
    return calls.call(ProviderServiceGrpc.getPauseProviderAccountMethod(), request);
  }

  public ProviderAccount resumeProviderAccount(ResumeProviderAccountRequest request) {
    return calls.call(ProviderServiceGrpc.getResumeProviderAccountMethod(), request);
  }
}

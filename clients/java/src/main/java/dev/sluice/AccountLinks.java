package dev.sluice;

import dev.sluice.v1.AccountLink;
import dev.sluice.v1.AccountLinkServiceGrpc;
import dev.sluice.v1.CreateAccountLinkRequest;
import dev.sluice.v1.GetAccountLinkRequest;
import dev.sluice.v1.ListAccountLinksRequest;
import dev.sluice.v1.ListAccountLinksResponse;
import dev.sluice.v1.RevokeAccountLinkRequest;
import dev.sluice.v1.SyncAccountLinkRequest;
import java.time.Duration;

/** Links wallet accounts: the unary calls of {@code AccountLinkService}. What each does and promises is with the stub. */
public final class AccountLinks {
  private final Calls calls;

  AccountLinks(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public AccountLinks withDeadline(Duration deadline) {
    return new AccountLinks(calls.withDeadline(deadline));
  }

  public AccountLink createAccountLink(CreateAccountLinkRequest request) {
    return calls.call(AccountLinkServiceGrpc.getCreateAccountLinkMethod(), request);
  }

  public AccountLink getAccountLink(GetAccountLinkRequest request) {
    return calls.call(AccountLinkServiceGrpc.getGetAccountLinkMethod(), request);
  }

  public ListAccountLinksResponse listAccountLinks(ListAccountLinksRequest request) {
    return calls.call(AccountLinkServiceGrpc.getListAccountLinksMethod(), request);
  }

  public AccountLink revokeAccountLink(RevokeAccountLinkRequest request) {
    return calls.call(AccountLinkServiceGrpc.getRevokeAccountLinkMethod(), request);
  }

  public AccountLink syncAccountLink(SyncAccountLinkRequest request) {
    return calls.call(AccountLinkServiceGrpc.getSyncAccountLinkMethod(), request);
  }
}

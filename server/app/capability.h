// What is checked before anything is stored: who may serve a new resource, and whether its fields
// are in the bounds of the API, the wallet and the provider.
//
// Errors: INVALID_ARGUMENT with field paths of the request; FAILED_PRECONDITION CAPABILITY_MISSING
// when nobody configured serves it; PROVIDER_ACCOUNT_PAUSED; RESOURCE_EXHAUSTED when the account's
// queue is full.
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/catalog.h"
#include "server/core/decision.h"
#include "server/core/resources.h"

namespace sluice::app {

// What a new resource needs of an account.
struct Need {
  Verb verb = Verb::kUnspecified;
  std::string_view field;  // "order": where the paths of errors begin. Empty: at the request.
  std::string_view currency_field = "amount.currency_code";  // Below `field`.
  std::string_view merchant;
  std::string_view provider_account;  // Empty: the merchant's first that serves it.
  std::string_view wallet;
  std::string_view currency_code;                          // Empty: does not matter.
  Presentation presentation = Presentation::kUnspecified;  // Unspecified: the wallet's default.
};

absl::StatusOr<AccountPtr> ChooseAccount(const Catalog& catalog, const Need& need);

// The account takes new mutating calls: not paused, and with room in its queue.
absl::Status CheckOpen(const Account& account);
// RESOURCE_EXHAUSTED: the account's queue is full, or stands still.
absl::Status QueueFull();
// CAPABILITY_MISSING, of a resource that exists.
absl::Status NoLongerConfigured();
absl::Status NotOffered(Verb verb);

// The account of a resource that exists serves `verb` in `wallet`, and takes new calls. What undoes
// (cancel, revoke) is taken while the account is paused, too.
absl::StatusOr<AccountPtr> CheckServes(const Catalog& catalog, const ResourceBase& base,
                                       std::string_view wallet, Verb verb);

// Fills in what the caller left open (account, presentation, expire_time) and checks the rest.
absl::StatusOr<AccountPtr> PrepareOrder(const Catalog& catalog, const EngineOptions& options,
                                        absl::Time now, Order& order);
absl::StatusOr<AccountPtr> PreparePayout(const Catalog& catalog, Payout& payout);
absl::StatusOr<AccountPtr> PrepareAccountLink(const Catalog& catalog, const EngineOptions& options,
                                              absl::Time now, AccountLink& link);
// `refund` as given, on a loaded order: the amounts are BeginRefund's to check.
absl::StatusOr<AccountPtr> PrepareRefund(const Catalog& catalog, const Order& order,
                                         Refund& refund);

// The merchant's rules of where a payer's browser may be sent.
absl::Status CheckReturnUrl(const Catalog& catalog, const EngineOptions& options,
                            std::string_view merchant, std::string_view url,
                            std::string_view field);

}  // namespace sluice::app

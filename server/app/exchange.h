// One request to a provider and its reply: gate → Build → HTTP → Interpret.
//
// Threads: Exchange is safe from any thread and returns at once; `done` runs on the signing
// executor.
// Ownership: the exchange keeps its subject and account alive until `done` has returned.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "server/app/catalog.h"
#include "server/app/engine.h"
#include "server/core/decision.h"

namespace sluice::app {

struct ExchangeParts {
  const EngineDependencies* deps = nullptr;
};

struct ExchangeRequest {
  AccountPtr account;
  Subject subject;  // Empty for kGetPayoutLimits.
  std::shared_ptr<const AccountLink> link;
  Verb verb = Verb::kUnspecified;
  int attempt = 0;  // 0: a query.
  int step = 0;
  std::string wallet, currency_code;  // kGetPayoutLimits.
  bool push = false;                  // Blocks until a payer has acted: has its own gate.
  AccountGate::Lane lane = AccountGate::Lane::kCall;
  std::optional<HttpRequest> ready;  // Already built (Step::next).
};

// Gives what the reply means. A request that could not be built, or never left, is an outcome too.
void Exchange(const ExchangeParts& parts, ExchangeRequest request,
              absl::AnyInvocable<void(Step)> done);

// The subject with the descriptor's sealed data opened, for the provider's eyes.
Subject OpenSealed(const Sealer* sealer, const Descriptor& descriptor, Subject subject);

// The operation of a verb on the subject; pointers into it.
Operation MakeOperation(const Subject& subject, Verb verb, int attempt);

// "/return/{account}/{kind}/{id}". Its mark by the sealer follows: a guessed id leads nowhere.
std::string ReturnPath(std::string_view account, ResourceKind kind, std::string_view id);

// Without a sealer there is no return page; only orders and links have one.
CallContext MakeContext(const Sealer* sealer, const ProviderAccount& account,
                        const Subject& subject, absl::Time now, const std::string& traceparent);

}  // namespace sluice::app

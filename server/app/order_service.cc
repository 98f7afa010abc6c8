#include "server/app/order_service.h"

#include <utility>

#include "server/app/capability.h"
#include "server/app/listing.h"
#include "server/core/error.h"
#include "server/core/fingerprint.h"
#include "server/core/validate.h"

namespace sluice::app {
namespace {

constexpr ResourceKind kKind = ResourceKind::kOrder;
using FieldPairs = std::vector<std::pair<std::string, std::string>>;

Decision Refusal(absl::Status status) {
  Decision decision;
  decision.refusal = std::move(status);
  return decision;
}

Answer Wrap(Reply<Order> reply) {
  return [reply = std::move(reply)](absl::StatusOr<Subject> subject) mutable {
    if (!subject.ok()) return reply(subject.status());
    reply(*subject->order);
  };
}

constexpr char kLinkField[] = "order.account_link";

absl::Status NoSuchLink(const std::string& name) {
  return MakeError(absl::StatusCode::kNotFound, StrCat(kLinkField, ": ", name, " does not exist"),
                   {.reason = std::string(reason::kNotFound),
                    .fields = {{kLinkField, "does not exist"}},
                    .resource_type = std::string(KindType(ResourceKind::kAccountLink)),
                    .resource_name = name});
}

absl::Status CheckLink(const Order& order, const AccountLink& link) {
  if (link.state != AccountLinkState::kActive) {
    const std::string rule = StrCat("must be ACTIVE, and is ", StateName(link.state));
    return MakeError(absl::StatusCode::kFailedPrecondition, StrCat(kLinkField, ": ", rule),
                     {.reason = std::string(reason::kStateForbids),
                      .fields = {{kLinkField, rule}},
                      .precondition_subject = order.account_link});
  }
  if (link.wallet != order.wallet) {
    return InvalidField(kLinkField, "is a link of another wallet");
  }
  return absl::OkStatus();
}

class OrderService final : public Orders {
 public:
  explicit OrderService(CorePtr core) : core_(std::move(core)) {}

  void Create(Call call, Order order, Reply<Order> reply) override {
    order.merchant = call.merchant;
    order.traceparent = call.traceparent;
    const std::string name = order.Name();
    std::string fingerprint = Fingerprint(order);
    core_->Admit(std::move(call), "CreateOrder", std::move(fingerprint), kKind, name,
                 Wrap(std::move(reply)),
                 [core = core_, order = std::move(order)](TicketPtr ticket) mutable {
                   Begin(core, std::move(ticket), std::move(order));
                 });
  }

  void Get(std::string name, Reply<Order> reply) override {
    if (auto order = core_->cache().Get<Order>(name)) return reply(*order);
    core_->Load(kKind, std::move(name), Wrap(std::move(reply)));
  }

  std::shared_ptr<const Order> Find(std::string_view name) override {
    return core_->cache().Get<Order>(name);
  }

  void List(ListRequest request, Reply<Page<Order>> reply) override {
    ListResources<Order>(core_, kKind, std::move(request), std::move(reply));
  }

  void Cancel(Call call, std::string name, Reply<Order> reply) override {
    const CancelRequested input{call.traceparent};
    Ask(std::move(call), "CancelOrder", std::move(name), Verb::kCancelOrder, Input(input),
        std::move(reply));
  }

  void Revoke(Call call, std::string name, Reply<Order> reply) override {
    const RevokeRequested input{call.traceparent};
    Ask(std::move(call), "RevokeOrder", std::move(name), Verb::kRevokeOrder, Input(input),
        std::move(reply));
  }

  void Sync(Call call, std::string name, Reply<Order> reply) override {
    SyncResource(core_, kKind, std::move(name), call.provider_wait, Wrap(std::move(reply)));
  }

 private:
  static void Begin(const CorePtr& core, TicketPtr ticket, Order order) {
    if (order.account_link.empty()) {
      return BeginWithLink(core, std::move(ticket), std::move(order), nullptr);
    }
    const auto link = ParseName(order.account_link, ResourceKind::kAccountLink, kLinkField);
    if (!link.ok()) return core->Reject(std::move(ticket), link.status());
    if (link->merchant != order.merchant) {
      return core->Reject(std::move(ticket),
                          InvalidField(kLinkField, "must be of the same merchant"));
    }
    std::string link_name = order.account_link;
    core->Load(ResourceKind::kAccountLink, std::move(link_name),
               [core, ticket = std::move(ticket),
                order = std::move(order)](absl::StatusOr<Subject> loaded) mutable {
                 if (!loaded.ok()) {
                   const bool unknown = absl::IsNotFound(loaded.status());
                   return core->Reject(std::move(ticket),
                                       unknown ? NoSuchLink(order.account_link) : loaded.status());
                 }
                 BeginWithLink(core, std::move(ticket), std::move(order), loaded->account_link);
               });
  }

  static void BeginWithLink(const CorePtr& core, TicketPtr ticket, Order order,
                            std::shared_ptr<const AccountLink> link) {
    if (link != nullptr) {
      if (absl::Status fits = CheckLink(order, *link); !fits.ok()) {
        return core->Reject(std::move(ticket), fits);
      }
      // A linked account is known to the provider account that linked it, and to no other.
      if (order.provider_account.empty()) order.provider_account = link->provider_account;
      if (order.provider_account != link->provider_account) {
        return core->Reject(std::move(ticket),
                            InvalidField("order.provider_account",
                                         "must be the provider account of the account link"));
      }
    }
    const absl::Time now = core->Now();
    if (order.expire_time.has_value()) {
      // As exact as it is stored.
      order.expire_time = absl::FromUnixMicros(absl::ToUnixMicros(*order.expire_time));
    }
    absl::StatusOr<AccountPtr> account =
        PrepareOrder(core->catalog(), *core->options(), now, order);
    if (!account.ok()) return core->Reject(std::move(ticket), account.status());
    Change change;
    change.kind = kKind;
    change.name = ticket->resource_name;
    change.from_nothing = true;
    // Decided once, because there is nothing that the decision could be stale about: no copy.
    auto given = std::make_shared<Order>(std::move(order));
    change.decide = [given, now](const Subject&) { return BeginOrder(std::move(*given), now); };
    core->Create(std::move(ticket), std::move(change));
  }

  void Ask(Call call, std::string method, std::string name, Verb verb, Input input,
           Reply<Order> reply) {
    std::string fingerprint = Fingerprint(FieldPairs{{"name", name}});
    core_->Admit(std::move(call), std::move(method), std::move(fingerprint), kKind, name,
                 Wrap(std::move(reply)),
                 [core = core_, name, verb, input = std::move(input)](TicketPtr ticket) mutable {
                   core->Mutate(std::move(ticket), kKind, std::move(name),
                                [core, verb, input = std::move(input)](const Subject& before) {
                                  const auto serves = CheckServes(core->catalog(), *before.order,
                                                                  before.order->wallet, verb);
                                  if (!serves.ok()) return Refusal(serves.status());
                                  return core->DecideOn(before, input);
                                });
                 });
  }

  const CorePtr core_;
};

Answer WrapRefund(Reply<Refund> reply) {
  return [reply = std::move(reply)](absl::StatusOr<Subject> subject) mutable {
    if (!subject.ok()) return reply(subject.status());
    reply(*subject->refund);
  };
}

class RefundService final : public Refunds {
 public:
  explicit RefundService(CorePtr core) : core_(std::move(core)) {}

  void Create(Call call, Refund refund, Reply<Refund> reply) override {
    refund.merchant = call.merchant;
    refund.traceparent = call.traceparent;
    Violations violations;
    violations.Add(ValidateId(refund.id, "refund_id"));
    violations.Add(ValidateId(refund.order_id, "parent"));
    violations.Add(ValidateDescription(refund.description, "refund.description"));
    violations.Add(ValidateLabels(refund.labels, "refund.labels"));
    if (!refund.amount.empty()) {
      violations.Add(ValidateAmount(refund.amount, "refund.amount"));
    } else if (refund.amount.minor_units != 0) {
      violations.Add("refund.amount.currency_code", "is required with an amount");
    }
    if (!violations.ok()) return reply(violations.ToStatus());
    const std::string name = refund.Name();
    std::string fingerprint = Fingerprint(refund);
    core_->Admit(std::move(call), "CreateRefund", std::move(fingerprint), ResourceKind::kRefund,
                 name, WrapRefund(std::move(reply)),
                 [core = core_, refund = std::move(refund)](TicketPtr ticket) mutable {
                   Begin(core, std::move(ticket), std::move(refund));
                 });
  }

  void Get(std::string name, Reply<Refund> reply) override {
    if (auto refund = core_->cache().Get<Refund>(name)) return reply(*refund);
    core_->Load(ResourceKind::kRefund, std::move(name), WrapRefund(std::move(reply)));
  }

  void List(ListRequest request, Reply<Page<Refund>> reply) override {
    ListResources<Refund>(core_, ResourceKind::kRefund, std::move(request), std::move(reply));
  }

  void Sync(Call call, std::string name, Reply<Refund> reply) override {
    SyncResource(core_, ResourceKind::kRefund, std::move(name), call.provider_wait,
                 WrapRefund(std::move(reply)));
  }

 private:
  // The order is loaded and its lane held, so that no two refunds are promised the same money.
  static void Begin(const CorePtr& core, TicketPtr ticket, Refund refund) {
    Change change;
    change.kind = kKind;
    change.name = OrderName(refund.merchant, refund.order_id);
    change.decide = [core, refund = std::move(refund)](const Subject& before) {
      Refund prepared = refund;
      const auto account = PrepareRefund(core->catalog(), *before.order, prepared);
      if (!account.ok()) return Refusal(account.status());
      return BeginRefund(std::move(prepared), before.order, core->Now());
    };
    core->Create(std::move(ticket), std::move(change));
  }

  const CorePtr core_;
};

}  // namespace

std::unique_ptr<Orders> MakeOrders(CorePtr core) {
  return std::make_unique<OrderService>(std::move(core));
}

std::unique_ptr<Refunds> MakeRefunds(CorePtr core) {
  return std::make_unique<RefundService>(std::move(core));
}

}  // namespace sluice::app

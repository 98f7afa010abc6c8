#include "tests/crash/oracle.h"

#include <grpcpp/grpcpp.h>

#include <map>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "sluice/v1/event.grpc.pb.h"
#include "tests/crash/world.h"

namespace sluice::crash {
namespace {

constexpr size_t kMaxTexts = 20;
constexpr absl::Duration kLook = absl::Milliseconds(250);

// What the provider did under one number of the merchant's.
struct Effects {
  int created = 0, paid = 0, revoked = 0, refunds = 0, refunds_done = 0;
  int64_t paid_minor_units = 0, refunded_minor_units = 0;
};

bool UnderWay(const v1::Order& order) {
  switch (order.state()) {
    case v1::Order::STATE_SUBMITTING:
    case v1::Order::STATE_CANCELING:
    case v1::Order::STATE_REVOKING:
      return true;
    default:
      return false;
  }
}

class Judgment {
 public:
  Judgment(const std::string& address, const Load& load, Simulator& simulator)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        orders_(v1::OrderService::NewStub(channel_)),
        refunds_(v1::RefundService::NewStub(channel_)),
        events_(v1::EventService::NewStub(channel_)),
        load_(load),
        simulator_(simulator) {}

  Findings Run(absl::Duration patience) {
    const absl::Time deadline = absl::Now() + patience;
    do {
      ReadLedger();
      ReadResources();
    } while (!Quiet() && Pause(deadline));
    CompareOrders();
    CompareRefunds();
    CompareAnswers();
    CompareEvents();
    return std::move(found_);
  }

 private:
  void Say(int* counter, std::string text) {
    ++*counter;
    if (found_.texts.size() < kMaxTexts) found_.texts.push_back(std::move(text));
  }

  bool Pause(absl::Time deadline) {
    if (absl::Now() >= deadline) return false;
    MutexLock lock(&mutex_);
    never_.WaitFor(&mutex_, kLook);
    return true;
  }

  void ReadLedger() {
    effects_.clear();
    const std::vector<LedgerEntry> ledger = simulator_.Ledger();
    found_.ledger_entries = static_cast<int>(ledger.size());
    for (const LedgerEntry& entry : ledger) {
      Effects& effects = effects_[entry.provider_key];
      if (entry.operation == "place_order") ++effects.created;
      if (entry.operation == "revoke") ++effects.revoked;
      if (entry.operation == "refund") ++effects.refunds;
      if (entry.operation == "pay") {
        ++effects.paid;
        effects.paid_minor_units += entry.minor_units;
      }
      if (entry.operation == "refund_succeeded") {
        ++effects.refunds_done;
        effects.refunded_minor_units += entry.minor_units;
      }
    }
  }

  void ReadResources() {
    order_by_id_.clear();
    refund_by_id_.clear();
    v1::ListOrdersRequest request;
    request.set_parent(kMerchant);
    request.set_page_size(1000);
    do {
      grpc::ClientContext context;
      v1::ListOrdersResponse page;
      if (!orders_->ListOrders(&context, request, &page).ok()) return;
      for (v1::Order& order : *page.mutable_orders()) {
        order_by_id_[Id(order.name())] = std::move(order);
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    for (const auto& wanted : load_.requests()) {
      if (wanted->kind != Request::Kind::kRefund) continue;
      grpc::ClientContext context;
      v1::GetRefundRequest get;
      get.set_name(
          absl::StrCat(kMerchant, "/orders/", wanted->order, "/refunds/", wanted->refund));
      v1::Refund refund;
      if (refunds_->GetRefund(&context, get, &refund).ok()) {
        refund_by_id_[wanted->refund] = std::move(refund);
      }
    }
  }

  static std::string Id(const std::string& name) { return name.substr(name.rfind('/') + 1); }

  // Everything has an outcome, and what was paid at the provider is known here.
  bool Quiet() const {
    for (const auto& [id, order] : order_by_id_) {
      const auto effects = effects_.find(id);
      const bool paid_there = effects != effects_.end() && effects->second.paid > 0;
      if (UnderWay(order)) return false;
      if (paid_there && order.paid().minor_units() == 0) return false;
      for (const v1::Attempt& attempt : order.attempts()) {
        if (attempt.state() == v1::Attempt::STATE_UNKNOWN ||
            attempt.state() == v1::Attempt::STATE_SENDING) {
          return false;
        }
      }
    }
    for (const auto& [id, refund] : refund_by_id_) {
      if (refund.state() != v1::Refund::STATE_SUCCEEDED &&
          refund.state() != v1::Refund::STATE_FAILED) {
        return false;
      }
    }
    return !order_by_id_.empty();
  }

  void CompareOrders() {
    found_.orders = static_cast<int>(order_by_id_.size());
    for (const auto& [id, effects] : effects_) {
      if (effects.created > 1) Say(&found_.doubled, id + ": created twice at the provider");
      if (effects.paid > 1) Say(&found_.doubled, id + ": paid twice at the provider");
      if (effects.created > 0 && order_by_id_.count(id) == 0) {
        Say(&found_.lost, id + ": at the provider, and not here");
      }
    }
    for (const auto& [id, order] : order_by_id_) {
      const Effects effects = effects_[id];
      const std::string seen = absl::StrCat(id, ": ", v1::Order::State_Name(order.state()));
      if (UnderWay(order)) Say(&found_.stuck, seen);
      if (order.paid().minor_units() != effects.paid_minor_units) {
        Say(&found_.wrong, absl::StrCat(seen, ", paid ", order.paid().minor_units(),
                                        " here and ", effects.paid_minor_units, " there"));
      }
      const bool money_back = effects.paid > 0 && effects.revoked > 0;
      if (money_back && order.state() != v1::Order::STATE_REVOKED) {
        Say(&found_.wrong, seen + ", revoked after payment at the provider");
      }
      if (effects.paid > 0 && effects.revoked == 0 && order.state() != v1::Order::STATE_PAID) {
        Say(&found_.wrong, seen + ", paid at the provider");
      }
    }
  }

  void CompareRefunds() {
    found_.refunds = static_cast<int>(refund_by_id_.size());
    for (const auto& [id, refund] : refund_by_id_) {
      const Effects effects = effects_[id];
      const std::string seen = absl::StrCat(id, ": ", v1::Refund::State_Name(refund.state()));
      if (effects.refunds > 1 || effects.refunds_done > 1) {
        Say(&found_.doubled, seen + ", more than one refund at the provider");
      }
      const bool done = refund.state() == v1::Refund::STATE_SUCCEEDED;
      if (!done && refund.state() != v1::Refund::STATE_FAILED) Say(&found_.stuck, seen);
      const int64_t here = done ? refund.amount().minor_units() : 0;
      if (here != effects.refunded_minor_units) {
        Say(&found_.wrong, absl::StrCat(seen, ", returned ", here, " here and ",
                                        effects.refunded_minor_units, " there"));
      }
    }
  }

  // What a caller was told to exist does exist.
  void CompareAnswers() {
    for (const auto& request : load_.requests()) {
      if (!request->accepted) continue;
      const bool refund = request->kind == Request::Kind::kRefund;
      const bool here = refund ? refund_by_id_.count(request->refund) > 0
                               : order_by_id_.count(request->order) > 0;
      if (!here) Say(&found_.lost, request->order + request->refund + ": was acknowledged");
    }
  }

  void CompareEvents() {
    std::map<std::string, v1::Event> last;
    std::set<std::string> created;
    int64_t sequence = 0;
    v1::ListEventsRequest request;
    request.set_parent(kMerchant);
    request.set_page_size(1000);
    do {
      grpc::ClientContext context;
      v1::ListEventsResponse page;
      const grpc::Status status = events_->ListEvents(&context, request, &page);
      if (!status.ok()) return Say(&found_.gaps, status.error_message());
      for (v1::Event& event : *page.mutable_events()) {
        ++found_.events;
        if (event.sequence() != ++sequence) {
          Say(&found_.gaps, absl::StrCat("event ", sequence, " is missing"));
          sequence = event.sequence();
        }
        if (event.type() == "order.created") created.insert(Id(event.resource()));
        if (event.has_order()) last[Id(event.resource())] = std::move(event);
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    for (const auto& [id, order] : order_by_id_) {
      if (created.count(id) == 0) Say(&found_.gaps, id + ": has no order.created");
      if (last[id].order().state() != order.state()) {
        Say(&found_.gaps, absl::StrCat(id, ": the log ends in ",
                                       v1::Order::State_Name(last[id].order().state())));
      }
    }
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::OrderService::Stub> orders_;
  const std::unique_ptr<v1::RefundService::Stub> refunds_;
  const std::unique_ptr<v1::EventService::Stub> events_;
  const Load& load_;
  Simulator& simulator_;
  std::map<std::string, Effects> effects_;
  std::map<std::string, v1::Order> order_by_id_;
  std::map<std::string, v1::Refund> refund_by_id_;
  Mutex mutex_;
  CondVar never_;
  Findings found_;
};

}  // namespace

std::string Findings::ToString() const {
  std::string text = absl::StrCat(orders, " orders, ", refunds, " refunds, ", events, " events, ",
                                  ledger_entries, " ledger entries: ", lost, " lost, ", doubled,
                                  " doubled, ", wrong, " wrong, ", stuck, " stuck, ", gaps,
                                  " gaps");
  for (const std::string& line : texts) absl::StrAppend(&text, "\n  ", line);
  return text;
}

Findings Judge(const std::string& address, const Load& load, Simulator& simulator,
               absl::Duration patience) {
  return Judgment(address, load, simulator).Run(patience);
}

}  // namespace sluice::crash

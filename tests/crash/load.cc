#include "tests/crash/load.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/crash/requests.h"

namespace sluice::crash {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// OVO's payer can only pay when the push is out, which the answer does not wait for; a link becomes
// active by a notification.
constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr int kLooks = 25;

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  return context;
}

// Whether the answer settles the call: what the server refuses for good is settled as well.
bool Settles(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return false;
    default:
      return true;
  }
}

std::string StateOf(const v1::Order& order) { return v1::Order::State_Name(order.state()); }
std::string StateOf(const v1::Refund& refund) { return v1::Refund::State_Name(refund.state()); }
std::string StateOf(const v1::Payout& payout) { return v1::Payout::State_Name(payout.state()); }
std::string StateOf(const v1::AccountLink& link) {
  return v1::AccountLink::State_Name(link.state());
}

// Final for good. An order that has FAILED may still be paid late.
bool IsFinal(const std::string& name, const std::string& state) {
  const bool order =
      name.find("/orders/") != std::string::npos && name.find("/refunds/") == std::string::npos;
  return state == "STATE_REVOKED" || state == "STATE_SUCCEEDED" ||
         (state == "STATE_FAILED" && !order);
}

template <typename Resource>
std::string KeyOf(const Resource& resource) {
  std::string key;
  for (const v1::Attempt& attempt : resource.attempts()) {
    const bool create = attempt.verb() == v1::VERB_CREATE_ORDER ||
                        attempt.verb() == v1::VERB_CREATE_PAYOUT ||
                        attempt.verb() == v1::VERB_CREATE_ACCOUNT_LINK;
    if (create && !attempt.abandoned()) key = attempt.provider_key();
  }
  return key;
}

// What the payer was led to.
std::string ShownKey(const v1::Order& order) {
  return order.state() == v1::Order::STATE_AWAITING_PAYER ? KeyOf(order) : "";
}

}  // namespace

Simulator& Load::ProviderOf(const Story& story) {
  if (story.kind == Story::Kind::kPayout) return world_.simulator("epay");
  return world_.simulator(story.wallet == "botim" ? "payby" : "nicepay");
}

void Load::Run(const std::string& address, const std::string& name, uint64_t seed, int threads,
               int fresh) {
  SeededRandom random(seed);
  waiting_.clear();
  gone_ = false;
  for (const auto& story : stories_) {
    if (!story->over()) waiting_.push_back(story.get());
  }
  for (int i = 0; i < fresh; ++i) {
    stories_.push_back(std::make_unique<Story>(MakeStory(absl::StrCat(name, "-", i), random)));
    waiting_.push_back(stories_.back().get());
  }
  Stubs stubs(address);
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) callers.emplace_back([&] { Perform(stubs); });
  for (std::thread& caller : callers) caller.join();
}

Story* Load::Next() {
  MutexLock lock(&mutex_);
  if (gone_ || waiting_.empty()) return nullptr;
  Story* const story = waiting_.front();
  waiting_.pop_front();
  return story;
}

void Load::Perform(Stubs& stubs) {
  while (Story* story = Next()) {
    while (!story->over()) {
      if (!Do(stubs, *story)) {
        MutexLock lock(&mutex_);
        gone_ = true;
        ++repeated_;
        return;
      }
      ++story->act;
    }
  }
}

bool Load::Do(Stubs& stubs, Story& story) {
  const Act act = story.acts[story.act];
  switch (act) {
    case Act::kCreate:
      return Create(stubs, story);
    case Act::kPay:
      return Pay(stubs, story);
    case Act::kDecline:
      (void)ProviderOf(story).Decline(story.key);
      return true;
    case Act::kConfirm:
      (void)ProviderOf(story).ConfirmLink(story.key);
      return true;
    case Act::kAwait:
      return Await(stubs, story);
    case Act::kOrder: {
      MutexLock lock(&mutex_);
      stories_.push_back(std::make_unique<Story>(MakeLinkedOrder(story.id)));
      waiting_.push_back(stories_.back().get());
      return true;
    }
    default:
      return Call(stubs, story, act);
  }
}

// The payer pays at the provider what the order shows, whether or not the server lives to hear of
// it. What shows nothing (yet) cannot be paid.
bool Load::Pay(Stubs& stubs, Story& story) {
  for (int look = 0; look < kLooks; ++look) {
    if (story.key.empty() && !Look(stubs, story)) return false;
    if (!story.key.empty() && ProviderOf(story).Pay(story.key).ok()) return true;
    if (!story.key.empty() && story.wallet != "ovo") return true;
    MutexLock lock(&mutex_);
    if (gone_) return false;
    changed_.WaitFor(&mutex_, kLook);
  }
  return true;
}

bool Load::Look(Stubs& stubs, Story& story) {
  v1::GetOrderRequest get;
  get.set_name(OrderName(story.id));
  v1::Order order;
  const auto context = Context();
  const grpc::Status status = stubs.orders->GetOrder(context.get(), get, &order);
  story.key = ShownKey(order);
  return Hear(status, order);
}

bool Load::Create(Stubs& stubs, Story& story) {
  const auto context = Context();
  grpc::Status status;
  bool answered = false;
  if (story.kind == Story::Kind::kOrder) {
    v1::Order order;
    const std::string link = story.link.empty() ? "" : LinkName(story.link);
    status = stubs.orders->CreateOrder(
        context.get(), MakeOrder(story.id, story.wallet, story.minor_units, link), &order);
    story.key = ShownKey(order);
    answered = Hear(status, order);
  } else if (story.kind == Story::Kind::kPayout) {
    v1::Payout payout;
    status = stubs.payouts->CreatePayout(context.get(), MakePayout(story.id, story.minor_units),
                                         &payout);
    story.key = KeyOf(payout);
    answered = Hear(status, payout);
  } else {
    v1::AccountLink link;
    status = stubs.links->CreateAccountLink(context.get(), MakeLink(story.id), &link);
    story.key = KeyOf(link);
    answered = Hear(status, link);
  }
  if (answered && !status.ok()) Refused(story, status);
  return answered;
}

bool Load::Call(Stubs& stubs, Story& story, Act act) {
  const auto context = Context();
  if (act == Act::kRefund) {
    v1::Refund refund;
    // OVO gives back all or nothing.
    const bool part = story.wallet != "ovo";
    const auto request =
        MakeRefund(story.id, story.refund(), story.wallet == "botim" ? "AED" : "IDR",
                   part ? story.minor_units / 2 : story.minor_units);
    return Hear(stubs.refunds->CreateRefund(context.get(), request, &refund), refund);
  }
  if (story.kind == Story::Kind::kPayout) {
    v1::Payout payout;
    v1::SyncPayoutRequest sync;
    sync.set_name(PayoutName(story.id));
    return Hear(stubs.payouts->SyncPayout(context.get(), sync, &payout), payout);
  }
  v1::Order order;
  if (act == Act::kSync) {
    v1::SyncOrderRequest sync;
    sync.set_name(OrderName(story.id));
    return Hear(stubs.orders->SyncOrder(context.get(), sync, &order), order);
  }
  if (act == Act::kCancel) {
    v1::CancelOrderRequest cancel;
    cancel.set_name(OrderName(story.id));
    cancel.set_request_id("cancel-" + story.id);
    return Hear(stubs.orders->CancelOrder(context.get(), cancel, &order), order);
  }
  v1::RevokeOrderRequest revoke;
  revoke.set_name(OrderName(story.id));
  revoke.set_request_id("revoke-" + story.id);
  return Hear(stubs.orders->RevokeOrder(context.get(), revoke, &order), order);
}

bool Load::Await(Stubs& stubs, Story& story) {
  v1::GetAccountLinkRequest get;
  get.set_name(LinkName(story.id));
  for (int look = 0; look < kLooks; ++look) {
    v1::AccountLink link;
    if (!Hear(stubs.links->GetAccountLink(Context().get(), get, &link), link)) return false;
    if (link.state() != v1::AccountLink::STATE_SUBMITTING &&
        link.state() != v1::AccountLink::STATE_AWAITING_PAYER) {
      return true;
    }
    MutexLock lock(&mutex_);
    changed_.WaitFor(&mutex_, kLook);
  }
  return true;
}

template <typename Resource>
bool Load::Hear(const grpc::Status& status, const Resource& resource) {
  MutexLock lock(&mutex_);
  ++calls_;
  if (!status.ok()) return Settles(status);
  Told& told = told_[resource.name()];
  if (resource.revision() < told.revision) {
    went_back_.push_back(absl::StrCat(resource.name(), ": revision ", resource.revision(),
                                      " after ", told.revision));
    return true;
  }
  told.revision = resource.revision();
  told.state = StateOf(resource);
  told.final = IsFinal(resource.name(), told.state);
  return true;
}

void Load::Refused(const Story& story, const grpc::Status& status) {
  // A link that was not approved pays nothing.
  if (!story.link.empty() && status.error_code() == grpc::StatusCode::FAILED_PRECONDITION) return;
  MutexLock lock(&mutex_);
  refused_.push_back(absl::StrCat(story.id, ": ", status.error_message()));
}

int Load::Unfinished() const {
  int count = 0;
  for (const auto& story : stories_) {
    if (!story->over()) ++count;
  }
  return count;
}

}  // namespace sluice::crash

#include "tests/fakes/engine_harness.h"

#include <algorithm>
#include <utility>

#include "server/base/strings.h"
#include "server/core/stable_hash.h"

namespace sluice {
namespace {

std::string Prefix(std::string_view context) { return StrCat("sealed:", context, ":"); }

}  // namespace

std::string FakeSealer::Seal(std::string_view plain, std::string_view context) const {
  return StrCat(Prefix(context), plain);
}

absl::StatusOr<std::string> FakeSealer::Open(std::string_view sealed,
                                             std::string_view context) const {
  const std::string prefix = Prefix(context);
  if (sealed.substr(0, prefix.size()) != prefix) return absl::InvalidArgumentError("not sealed");
  return std::string(sealed.substr(prefix.size()));
}

std::string FakeSealer::Mark(std::string_view text) const {
  return StrCat("mark-", StableHash64(text));
}

bool FakeSealer::IsMark(std::string_view text, std::string_view mark) const {
  return mark == Mark(text);
}

EngineHarness::EngineHarness() : http(std::make_unique<net::FakeHttpClient>()) {
  account->account = "demo";
  account->merchant = "m";
  account->notify_base_url = "https://pay.example";
  options.merchants = {{"m", {"https://shop.example/"}}};
}

EngineHarness::~EngineHarness() {
  if (engine_ != nullptr) End();
}

// The tasks, timers and replies of a process end without effect: the engine is stopped first, so
// that it neither retries nor resolves, and its store is cut off.
void EngineHarness::End() {
  engine_->Stop(absl::ZeroDuration());
  store.RefuseCommits(1 << 30, absl::UnavailableError("dead"));
  if (on_end) on_end();
  sent_before_ = Sent();
  http->SetResponder({});  // What is sent from here on never left.
  int ran = 0;
  do {
    while (http->Complete(Failed(Transport::kBroken))) {
    }
    ran = executor.RunAll() + static_cast<int>(timers->DropAll());
  } while (ran > 0 || http->held() > 0);
  engine_.reset();
}

void EngineHarness::MakeEngine() {
  app::EngineDependencies deps;
  deps.store = &store;
  deps.http = http.get();
  deps.clock = &clock;
  deps.timers = timers.get();
  deps.random = &random;
  deps.executor = deps.signing = deps.readers = &executor;
  deps.sealer = &sealer;
  deps.metrics = metrics;
  deps.probe = [this](std::string_view edge) { probes.emplace_back(edge); };
  if (adjust) adjust(deps);
  account->provider = real_provider != nullptr ? real_provider : provider;
  options.accounts = {account};
  options.accounts.insert(options.accounts.end(), more_accounts.begin(), more_accounts.end());
  engine_ = app::MakeEngine(std::move(deps), options);
}

void EngineHarness::Start() {
  MakeEngine();
  const absl::Status status = engine_->Start();
  if (!status.ok()) abort();
  Drive();
}

void EngineHarness::Restart() {
  End();
  http = std::make_unique<net::FakeHttpClient>();
  store.RefuseCommits(0, absl::OkStatus());
  tasks_left = kNoLimit;
  if (on_begin) on_begin();
  Start();
}

void EngineHarness::Drive() {
  do {
    while (tasks_left > 0 && executor.queued() > 0) {
      --tasks_left;
      executor.RunAt(pick ? pick(executor.queued()) : 0);
    }
  } while (tasks_left > 0 && timers->RunDue() > 0);
}

void EngineHarness::Advance(absl::Duration by) {
  const absl::Time end = clock.Now() + by;
  Drive();
  while (tasks_left > 0) {
    const auto next = timers->next_due();
    if (!next.has_value() || *next > end) break;
    clock.Set(std::max(*next, clock.Now()));
    Drive();
  }
  clock.Set(end);
  Drive();
}

app::Call EngineHarness::MakeCall(std::string request_id) {
  app::Call call;
  call.merchant = "m";
  call.request_id = std::move(request_id);
  return call;
}

Order EngineHarness::MakeOrder(std::string id, int64_t minor_units) {
  Order order;
  order.merchant = "m";
  order.id = std::move(id);
  order.wallet = "fake";
  order.amount = {"AED", minor_units};
  order.return_url = "https://shop.example/done";
  return order;
}

BoxPtr<Order> EngineHarness::Create(Order order, app::Call call) {
  auto box = std::make_shared<Box<Order>>();
  engine_->orders().Create(std::move(call), std::move(order), Into(box));
  Drive();
  return box;
}

BoxPtr<Order> EngineHarness::Cancel(const std::string& id, app::Call call) {
  auto box = std::make_shared<Box<Order>>();
  engine_->orders().Cancel(std::move(call), OrderName("m", id), Into(box));
  Drive();
  return box;
}

BoxPtr<Order> EngineHarness::Revoke(const std::string& id, app::Call call) {
  auto box = std::make_shared<Box<Order>>();
  engine_->orders().Revoke(std::move(call), OrderName("m", id), Into(box));
  Drive();
  return box;
}

BoxPtr<Order> EngineHarness::Sync(const std::string& id) {
  auto box = std::make_shared<Box<Order>>();
  engine_->orders().Sync(MakeCall(), OrderName("m", id), Into(box));
  Drive();
  return box;
}

Order EngineHarness::Get(const std::string& id) {
  auto box = std::make_shared<Box<Order>>();
  engine_->orders().Get(OrderName("m", id), Into(box));
  Drive();
  return box->ok() ? **box : Order{};
}

BoxPtr<Refund> EngineHarness::CreateRefund(std::string order, std::string id, int64_t minor_units,
                                           app::Call call) {
  Refund refund;
  refund.order_id = std::move(order);
  refund.id = std::move(id);
  if (minor_units != 0) refund.amount = {"AED", minor_units};
  auto box = std::make_shared<Box<Refund>>();
  engine_->refunds().Create(std::move(call), std::move(refund), Into(box));
  Drive();
  return box;
}

Refund EngineHarness::GetRefund(const std::string& order, const std::string& id) {
  auto box = std::make_shared<Box<Refund>>();
  engine_->refunds().Get(RefundName("m", order, id), Into(box));
  Drive();
  return box->ok() ? **box : Refund{};
}

void EngineHarness::MakePaid(const std::string& id) {
  http->Script(Said("accepted report=open number=P-" + id));
  Create(MakeOrder(id));
  Notify("kind=order key=" + id + " dedup=paid-" + id + " sign=ok report=paid amount=1234.AED");
}

int EngineHarness::Notify(const std::string& words, const std::string& address) {
  RawRequest request;
  request.method = "POST";
  request.path = "/notify/fake/demo";
  request.headers = {{"Content-Type", "text/plain"}};
  request.body = words;
  request.remote_address = address;
  const auto status = std::make_shared<int>(0);  // The answer may come after we have returned.
  engine_->notifications().Receive("fake", "demo", std::move(request),
                                   [status](HttpReply reply) { *status = reply.status; });
  Drive();
  return *status;
}

std::vector<std::string> EngineHarness::Sent() const {
  std::vector<std::string> bodies = sent_before_;
  for (const HttpRequest& request : http->requests()) bodies.push_back(request.body);
  return bodies;
}

int EngineHarness::CountSent(const std::string& part) const {
  const std::vector<std::string> bodies = Sent();
  return static_cast<int>(std::count_if(
      bodies.begin(), bodies.end(),
      [&part](const std::string& body) { return body.find(part) != std::string::npos; }));
}

}  // namespace sluice

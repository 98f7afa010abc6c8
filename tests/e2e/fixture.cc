#include "tests/e2e/fixture.h"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/main/private_file.h"
#include "server/net/curl_http_client.h"

namespace sluice::e2e {
namespace {

namespace fs = std::filesystem;

constexpr char kSandboxFile[] = "/sandbox.json";

// The keys of the first server that this process started.
std::optional<std::string>& SandboxKeys() {
  static auto* const keys = new std::optional<std::string>();
  return *keys;
}

}  // namespace

std::string OrderName(const std::string& id) { return absl::StrCat(kMerchant, "/orders/", id); }

std::string RefundName(const std::string& order, const std::string& id) {
  return absl::StrCat(OrderName(order), "/refunds/", id);
}

v1::Money Aed(int64_t fils) {
  v1::Money money;
  money.set_currency_code("AED");
  money.set_minor_units(fils);
  return money;
}

v1::Order BotimOrder(int64_t fils) {
  v1::Order order;
  order.set_wallet("botim");
  order.set_presentation(v1::PRESENTATION_REDIRECT);
  *order.mutable_amount() = Aed(fils);
  order.set_description("a test");
  return order;
}

v1::Order QrOrder(int64_t fils) {
  v1::Order order = BotimOrder(fils);
  order.set_presentation(v1::PRESENTATION_QR_CODE);
  return order;
}

std::vector<v1::Event> EventsOf(const std::vector<v1::WatchEventsResponse>& messages) {
  std::vector<v1::Event> events;
  for (const auto& message : messages) {
    events.insert(events.end(), message.batch().events().begin(), message.batch().events().end());
  }
  return events;
}

sim::Fault MakeFault(sim::FaultKind kind, const std::string& operation, int count,
                     absl::Duration delay) {
  sim::Fault fault;
  fault.set_kind(kind);
  fault.set_operation(operation);
  fault.set_count(count);
  fault.mutable_delay()->set_seconds(absl::ToInt64Seconds(delay));
  fault.mutable_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
  return fault;
}

void ServerFixture::SetUp() {
  SetLogLevel(LogLevel::kOff);
  std::string path = (fs::temp_directory_path() / "sluice-e2e-XXXXXX").string();
  ASSERT_NE(mkdtemp(path.data()), nullptr);
  folder_ = path;
  options_.settings = LoopbackSettings(folder_ + "/data");
  options_.sandbox = true;
  options_.clock = &clock_;
  options_.settings.log_level = LogLevel::kOff;  // A reload sets it again.
  // What a simulator was made to lose is asked about at once, and not after seconds.
  options_.settings.query_schedule = {absl::Milliseconds(100), absl::Milliseconds(200)};
  Prepare();
  Start();
}

void ServerFixture::TearDown() {
  Stop();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

absl::StatusOr<std::unique_ptr<RunningServer>> ServerFixture::TryStart(ServerOptions options) {
  const std::string& data_dir = options.settings.data_dir;
  const std::string file = data_dir + kSandboxFile;
  if (SandboxKeys().has_value() && !fs::exists(file)) {
    absl::Status written = EnsurePrivateDirectory(data_dir);
    if (written.ok()) written = WritePrivateFile(file, *SandboxKeys());
    if (!written.ok()) return written;
  }
  auto server = StartServer(options);
  if (server.ok() && !SandboxKeys().has_value() && options.sandbox) {
    if (auto kept = ReadPrivateFile(file); kept.ok()) SandboxKeys() = *std::move(kept);
  }
  return server;
}

void ServerFixture::Start() {
  auto server = TryStart(options_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  Connect(grpc::CreateChannel(server_->addresses().grpc, grpc::InsecureChannelCredentials()));
}

void ServerFixture::Connect(const std::shared_ptr<grpc::Channel>& channel) {
  channel_ = channel;
  orders_ = v1::OrderService::NewStub(channel);
  refunds_ = v1::RefundService::NewStub(channel);
  payouts_ = v1::PayoutService::NewStub(channel);
  links_ = v1::AccountLinkService::NewStub(channel);
  events_ = v1::EventService::NewStub(channel);
  notifications_ = v1::NotificationService::NewStub(channel);
  providers_ = v1::ProviderService::NewStub(channel);
  reconciliation_ = v1::ReconciliationService::NewStub(channel);
  simulator_ = sim::SimulatorService::NewStub(channel);
}

void ServerFixture::Stop() {
  if (server_ != nullptr) server_->Stop();
  server_.reset();
}

void ServerFixture::Restart() {
  Stop();
  Start();
}

Result<v1::Order> ServerFixture::CreateOrder(const std::string& id, const v1::Order& order,
                                             const std::string& request_id) {
  v1::CreateOrderRequest request;
  request.set_parent(kMerchant);
  request.set_order_id(id);
  request.set_request_id(request_id);
  *request.mutable_order() = order;
  return Call(orders_, &v1::OrderService::Stub::CreateOrder, request);
}

v1::Order ServerFixture::OpenOrder(const std::string& id, int64_t fils) {
  const Result<v1::Order> created = CreateOrder(id, BotimOrder(fils));
  EXPECT_TRUE(created.ok()) << created.problem();
  return AwaitState(id, v1::Order::STATE_AWAITING_PAYER);
}

v1::Order ServerFixture::PaidOrder(const std::string& id, int64_t fils) {
  OpenOrder(id, fils);
  const grpc::Status paid = Pay(OrderName(id));
  EXPECT_TRUE(paid.ok()) << paid.error_message();
  return AwaitState(id, v1::Order::STATE_PAID);
}

Result<v1::Order> ServerFixture::GetOrder(const std::string& id) {
  v1::GetOrderRequest request;
  request.set_name(OrderName(id));
  return Call(orders_, &v1::OrderService::Stub::GetOrder, request);
}

Result<v1::Order> ServerFixture::CancelOrder(const std::string& id, const std::string& request_id) {
  v1::CancelOrderRequest request;
  request.set_name(OrderName(id));
  request.set_request_id(request_id);
  return Call(orders_, &v1::OrderService::Stub::CancelOrder, request);
}

Result<v1::Order> ServerFixture::RevokeOrder(const std::string& id, const std::string& request_id) {
  v1::RevokeOrderRequest request;
  request.set_name(OrderName(id));
  request.set_request_id(request_id);
  return Call(orders_, &v1::OrderService::Stub::RevokeOrder, request);
}

Result<v1::Order> ServerFixture::SyncOrder(const std::string& id) {
  v1::SyncOrderRequest request;
  request.set_name(OrderName(id));
  return Call(orders_, &v1::OrderService::Stub::SyncOrder, request);
}

Result<v1::Refund> ServerFixture::CreateRefund(const std::string& order, const std::string& id,
                                               int64_t fils, const std::string& request_id) {
  v1::CreateRefundRequest request;
  request.set_parent(OrderName(order));
  request.set_refund_id(id);
  request.set_request_id(request_id);
  *request.mutable_refund()->mutable_amount() = Aed(fils);
  return Call(refunds_, &v1::RefundService::Stub::CreateRefund, request);
}

Result<v1::Refund> ServerFixture::GetRefund(const std::string& order, const std::string& id) {
  v1::GetRefundRequest request;
  request.set_name(RefundName(order, id));
  return Call(refunds_, &v1::RefundService::Stub::GetRefund, request);
}

v1::Order ServerFixture::AwaitOrder(const std::string& id,
                                    const std::function<bool(const v1::Order&)>& wanted) {
  const auto watch = WatchOrder(id);
  const auto is_there = [&](const auto& messages) {
    for (const auto& message : messages) {
      if (message.has_order() && wanted(message.order())) return true;
    }
    return false;
  };
  EXPECT_TRUE(watch->WaitUntil(is_there))
      << "the order never was as wanted; last seen: " << GetOrder(id)->ShortDebugString();
  for (const auto& message : watch->messages()) {
    if (message.has_order() && wanted(message.order())) return message.order();
  }
  return {};
}

v1::Order ServerFixture::AwaitState(const std::string& id, v1::Order::State state) {
  return AwaitOrder(id, [&](const v1::Order& order) { return order.state() == state; });
}

v1::Refund ServerFixture::AwaitRefund(const std::string& order, const std::string& id,
                                      v1::Refund::State state) {
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  request.mutable_filter()->set_resource_prefix(RefundName(order, id));
  const auto watch = WatchEvents(request);
  v1::Refund found;
  EXPECT_TRUE(watch->WaitUntil([&](const auto& messages) {
    for (const v1::Event& event : EventsOf(messages)) {
      if (event.refund().state() == state) found = event.refund();
    }
    return found.state() == state;
  })) << "the refund never was as wanted; last seen: "
      << GetRefund(order, id)->ShortDebugString();
  return found;
}

std::unique_ptr<EventWatch> ServerFixture::WatchEvents(const v1::WatchEventsRequest& request) {
  return std::make_unique<EventWatch>(
      [&](grpc::ClientContext* context) { return events_->WatchEvents(context, request); },
      api_key_);
}

std::unique_ptr<EventWatch> ServerFixture::WatchAll() {
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  return WatchEvents(request);
}

std::unique_ptr<OrderWatch> ServerFixture::WatchOrder(const std::string& id,
                                                      const std::string& cursor) {
  v1::WatchOrderRequest request;
  request.set_name(OrderName(id));
  request.set_cursor(cursor);
  return std::make_unique<OrderWatch>(
      [&](grpc::ClientContext* context) { return orders_->WatchOrder(context, request); },
      api_key_);
}

std::vector<v1::Event> ServerFixture::ListEvents(const v1::EventFilter& filter) {
  v1::ListEventsRequest request;
  request.set_parent(kMerchant);
  request.set_page_size(3);  // Small, so that paging is part of every test that lists.
  *request.mutable_filter() = filter;
  std::vector<v1::Event> events;
  do {
    const auto page = Call(events_, &v1::EventService::Stub::ListEvents, request);
    EXPECT_TRUE(page.ok()) << page.problem();
    events.insert(events.end(), page->events().begin(), page->events().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  const bool all = filter.ByteSizeLong() == 0 && !events.empty();
  // Only retention takes events away, and only the oldest.
  const bool kept = !options_.settings.keep_events.has_value();
  const int64_t first = all && !kept ? events.front().sequence() : 1;
  for (size_t i = 0; all && i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence(), first + static_cast<int64_t>(i)) << "the log has a gap";
  }
  return events;
}

std::vector<std::string> ServerFixture::EventTypes() {
  std::vector<std::string> types;
  for (const v1::Event& event : ListEvents()) types.push_back(event.type());
  return types;
}

template <typename Request, typename Response>
grpc::Status ServerFixture::Act(grpc::Status (sim::SimulatorService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const std::string& target) {
  Request request;
  request.mutable_target()->set_name(target);
  return Call(simulator_, method, request).status;
}

grpc::Status ServerFixture::Pay(const std::string& target) {
  return Act(&sim::SimulatorService::Stub::Pay, target);
}

grpc::Status ServerFixture::Decline(const std::string& target) {
  return Act(&sim::SimulatorService::Stub::Decline, target);
}

grpc::Status ServerFixture::Expire(const std::string& target) {
  return Act(&sim::SimulatorService::Stub::Expire, target);
}

grpc::Status ServerFixture::EmitNotification(const std::string& target) {
  return Act(&sim::SimulatorService::Stub::EmitNotification, target);
}

grpc::Status ServerFixture::SetState(const std::string& target, const std::string& state) {
  sim::SetStateRequest request;
  request.mutable_target()->set_name(target);
  request.set_state(state);
  return Call(simulator_, &sim::SimulatorService::Stub::SetState, request).status;
}

void ServerFixture::AdvanceClock(absl::Duration duration) {
  sim::AdvanceClockRequest request;
  request.mutable_duration()->set_seconds(absl::ToInt64Seconds(duration));
  const auto moved = Call(simulator_, &sim::SimulatorService::Stub::AdvanceClock, request);
  ASSERT_TRUE(moved.ok()) << moved.problem();
}

void ServerFixture::PutFault(const sim::Fault& fault) {
  sim::PutFaultRequest request;
  request.set_provider("payby");
  *request.mutable_fault() = fault;
  const auto put = Call(simulator_, &sim::SimulatorService::Stub::PutFault, request);
  ASSERT_TRUE(put.ok()) << put.problem();
}

void ServerFixture::ClearFaults() {
  const auto cleared =
      Call(simulator_, &sim::SimulatorService::Stub::ClearFaults, sim::ClearFaultsRequest());
  ASSERT_TRUE(cleared.ok()) << cleared.problem();
}

void ServerFixture::SetSwitch(const std::string& name, const std::string& value) {
  sim::SetSwitchRequest request;
  request.set_provider("payby");
  request.set_name(name);
  request.set_value(value);
  const auto set = Call(simulator_, &sim::SimulatorService::Stub::SetSwitch, request);
  ASSERT_TRUE(set.ok()) << set.problem();
}

std::vector<sim::LedgerEntry> ServerFixture::Ledger(const std::string& operation) {
  const auto ledger =
      Call(simulator_, &sim::SimulatorService::Stub::GetLedger, sim::GetLedgerRequest());
  EXPECT_TRUE(ledger.ok()) << ledger.problem();
  std::vector<sim::LedgerEntry> entries;
  for (const auto& entry : ledger->entries()) {
    if (entry.operation() == operation) entries.push_back(entry);
  }
  return entries;
}

int64_t ServerFixture::LedgerSum(const std::string& operation) {
  int64_t sum = 0;
  for (const auto& entry : Ledger(operation)) sum += entry.amount().minor_units();
  return sum;
}

HttpReply ServerFixture::Http(const std::string& method, const std::string& address,
                              const std::string& path, const HttpHeaders& headers,
                              const std::string& body) {
  auto client = net::CurlHttpClient::Create();
  EXPECT_TRUE(client.ok()) << client.status();
  HttpRequest request;
  request.method = method;
  request.url = absl::StrCat("http://", address, path);
  request.headers = headers;
  request.body = body;
  std::promise<HttpReply> answered;
  (*client)->Send(std::move(request),
                  [&](HttpReply reply) { answered.set_value(std::move(reply)); });
  return answered.get_future().get();
}

}  // namespace sluice::e2e

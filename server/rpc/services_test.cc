// The services over a real gRPC channel inside the process, with an engine of the test's.

#include "server/rpc/services.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/core/error.h"
#include "server/rpc/fake_engine.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/provider.grpc.pb.h"
#include "sluice/v1/reconciliation.grpc.pb.h"

namespace sluice::rpc {
namespace {

constexpr char kTrace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// "shop-key" is merchants/shop's, "operator-key" is an operator's.
class FakeKeys final : public Authenticator {
 public:
  uint64_t version() const override { return 0; }
  absl::StatusOr<Principal> Authenticate(const Credentials& credentials) const override {
    if (credentials.api_key == "shop-key") return Principal{"shop", "k1"};
    if (credentials.api_key == "operator-key") return Principal{"-", "k2"};
    return Unauthenticated("unknown");
  }
};

class FakeMetrics final : public RpcMetrics {
 public:
  void Finished(std::string_view method, grpc::StatusCode code, absl::Duration took) override {
    MutexLock lock(&mutex_);
    ++counts_[{std::string(method), code}];
    changed_.SignalAll();
  }
  // Waits until the method has been counted with this code.
  bool WaitFor(const std::string& method, grpc::StatusCode code) {
    MutexLock lock(&mutex_);
    for (int i = 0; i < 100 && counts_[{method, code}] == 0; ++i) {
      changed_.WaitFor(&mutex_, absl::Milliseconds(100));
    }
    return counts_[{method, code}] > 0;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<std::pair<std::string, grpc::StatusCode>, int> counts_ SLUICE_GUARDED_BY(mutex_);
};

Order SomeOrder(std::string id) {
  Order order;
  order.merchant = "shop";
  order.id = std::move(id);
  order.amount = {"AED", 1234};
  order.state = OrderState::kAwaitingPayer;
  return order;
}

class ServicesTest : public testing::Test {
 protected:
  ServicesTest() {
    dependencies_.environment = {.clock = &clock_, .authenticator = &keys_, .metrics = &metrics_};
    dependencies_.engine = &engine_;
    order_service_ = MakeOrderService(dependencies_);
    provider_service_ = MakeProviderService(dependencies_);
    reconciliation_service_ = MakeReconciliationService(dependencies_);
    grpc::ServerBuilder builder;
    builder.RegisterService(order_service_.get());
    builder.RegisterService(provider_service_.get());
    builder.RegisterService(reconciliation_service_.get());
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel({});
    orders_ = v1::OrderService::NewStub(channel_);
    providers_ = v1::ProviderService::NewStub(channel_);
    engine_.orders_.get = [this](std::string name, app::Reply<Order> reply) {
      ++calls_;
      reply(SomeOrder(name.substr(name.rfind('/') + 1)));
    };
  }
  ~ServicesTest() override { server_->Shutdown(); }

  static void Authorize(grpc::ClientContext* context, const std::string& key = "shop-key") {
    context->AddMetadata("authorization", "Bearer " + key);
  }

  void SetDeadline(grpc::ClientContext* context, absl::Duration wait) {
    context->set_deadline(absl::ToChronoTime(clock_.Now() + wait));
  }

  grpc::Status GetOrder(grpc::ClientContext* context, const std::string& name,
                        v1::Order* order = nullptr) {
    v1::GetOrderRequest request;
    request.set_name(name);
    v1::Order ignored;
    return orders_->GetOrder(context, request, order == nullptr ? &ignored : order);
  }

  static google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
    google::rpc::Status decoded;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(decoded.ParseFromString(status.error_details()));
    if (!decoded.details().empty()) decoded.details(0).UnpackTo(&info);
    return info;
  }
  static std::string ReasonOf(const grpc::Status& status) { return InfoOf(status).reason(); }

  SystemClock clock_;
  FakeKeys keys_;
  FakeMetrics metrics_;
  FakeEngine engine_;
  std::atomic<int> calls_ = 0;
  ServiceDependencies dependencies_;
  std::unique_ptr<grpc::Service> order_service_, provider_service_, reconciliation_service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::OrderService::Stub> orders_;
  std::unique_ptr<v1::ProviderService::Stub> providers_;
};

TEST_F(ServicesTest, AnswersWithTheResource) {
  grpc::ClientContext context;
  Authorize(&context);
  v1::Order order;
  const grpc::Status status = GetOrder(&context, "merchants/shop/orders/o-1", &order);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(order.name(), "merchants/shop/orders/o-1");
  EXPECT_EQ(order.amount().minor_units(), 1234);
  EXPECT_TRUE(metrics_.WaitFor("sluice.v1.OrderService/GetOrder", grpc::StatusCode::OK));
}

TEST_F(ServicesTest, DrawsTheQrCodeInAUnaryAnswer) {
  engine_.orders_.get = [](std::string, app::Reply<Order> reply) {
    Order order = SomeOrder("o");
    order.next_action = {.kind = NextAction::Kind::kQrCode, .payload = "https://pay.example/1"};
    reply(order);
  };
  grpc::ClientContext context;
  Authorize(&context);
  v1::Order order;
  ASSERT_TRUE(GetOrder(&context, "merchants/shop/orders/o", &order).ok());
  EXPECT_EQ(order.next_action().qr_code().svg().substr(0, 4), "<svg");
}

TEST_F(ServicesTest, ErrorsOfTheEngineArriveWithTheirDetails) {
  engine_.orders_.get = [](std::string name, app::Reply<Order> reply) {
    reply(NotFound("sluice.v1/Order", name));
  };
  grpc::ClientContext context;
  Authorize(&context);
  const grpc::Status status = GetOrder(&context, "merchants/shop/orders/none");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "NOT_FOUND");
}

TEST_F(ServicesTest, RefusesCallersWithoutGoodCredentials) {
  for (const char* header : {"", "Bearer wrong", "Basic shop-key", "shop-key", "Bearer "}) {
    grpc::ClientContext context;
    if (*header != '\0') context.AddMetadata("authorization", header);
    const grpc::Status status = GetOrder(&context, "merchants/shop/orders/o");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << header;
    EXPECT_EQ(ReasonOf(status), "UNAUTHENTICATED");
  }
  grpc::ClientContext twice;
  Authorize(&twice);
  Authorize(&twice);
  EXPECT_EQ(GetOrder(&twice, "merchants/shop/orders/o").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(calls_, 0);
}

TEST_F(ServicesTest, AMerchantReachesNothingOfAnother) {
  const std::string name = "merchants/other/orders/o";
  const auto denied = [&](const char* what, auto&& call) {
    grpc::ClientContext context;
    Authorize(&context);
    const grpc::Status status = call(&context);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << what;
    EXPECT_EQ(ReasonOf(status), "PERMISSION_DENIED") << what;
  };
  v1::Order order;
  denied("get", [&](auto* context) { return GetOrder(context, name); });
  denied("create", [&](auto* context) {
    v1::CreateOrderRequest request;
    request.set_parent("merchants/other");
    request.set_order_id("o");
    request.mutable_order();
    return orders_->CreateOrder(context, request, &order);
  });
  denied("list", [&](auto* context) {
    v1::ListOrdersRequest request;
    request.set_parent("merchants/other");
    v1::ListOrdersResponse response;
    return orders_->ListOrders(context, request, &response);
  });
  denied("cancel", [&](auto* context) {
    v1::CancelOrderRequest request;
    request.set_name(name);
    return orders_->CancelOrder(context, request, &order);
  });
  denied("revoke", [&](auto* context) {
    v1::RevokeOrderRequest request;
    request.set_name(name);
    return orders_->RevokeOrder(context, request, &order);
  });
  denied("sync", [&](auto* context) {
    v1::SyncOrderRequest request;
    request.set_name(name);
    return orders_->SyncOrder(context, request, &order);
  });
  denied("every merchant", [&](auto* context) {
    v1::ListProvidersRequest request;
    request.set_parent("merchants/-");
    v1::ListProvidersResponse response;
    return providers_->ListProviders(context, request, &response);
  });
  EXPECT_EQ(calls_, 0);
}

TEST_F(ServicesTest, AnOperatorReachesEveryMerchant) {
  grpc::ClientContext context;
  Authorize(&context, "operator-key");
  EXPECT_TRUE(GetOrder(&context, "merchants/other/orders/o").ok());
  EXPECT_EQ(calls_, 1);
}

TEST_F(ServicesTest, HandsOnTheCallAsItCame) {
  app::Call seen;
  Order given;
  engine_.orders_.create = [&](app::Call call, Order order, app::Reply<Order> reply) {
    seen = std::move(call);
    given = order;
    reply(std::move(order));
  };
  grpc::ClientContext context;
  Authorize(&context);
  context.AddMetadata("traceparent", kTrace);
  SetDeadline(&context, absl::Seconds(1));
  v1::CreateOrderRequest request;
  request.set_parent("merchants/shop");
  request.set_order_id("o-9");
  request.set_request_id("r-1");
  request.mutable_order()->set_wallet("botim");
  v1::Order order;
  ASSERT_TRUE(orders_->CreateOrder(&context, request, &order).ok());
  EXPECT_EQ(seen.merchant, "shop");
  EXPECT_EQ(seen.request_id, "r-1");
  EXPECT_EQ(seen.traceparent, kTrace);
  EXPECT_EQ(given.Name(), "merchants/shop/orders/o-9");
  // The answer must come before the caller has gone.
  EXPECT_LE(seen.provider_wait, absl::Milliseconds(900));
}

TEST_F(ServicesTest, WaitsAsConfiguredWithoutADeadline) {
  app::Call seen;
  engine_.orders_.sync = [&](app::Call call, std::string, app::Reply<Order> reply) {
    seen = std::move(call);
    reply(SomeOrder("o"));
  };
  grpc::ClientContext context;
  Authorize(&context);
  context.AddMetadata("traceparent", "00-not-a-trace");
  v1::SyncOrderRequest request;
  request.set_name("merchants/shop/orders/o");
  v1::Order order;
  ASSERT_TRUE(orders_->SyncOrder(&context, request, &order).ok());
  EXPECT_EQ(seen.provider_wait, absl::Seconds(2));
  EXPECT_EQ(seen.traceparent, "");
}

TEST_F(ServicesTest, RefusesMalformedRequestsBeforeTheEngine) {
  const auto invalid = [&](const v1::CreateOrderRequest& request) {
    grpc::ClientContext context;
    Authorize(&context);
    v1::Order order;
    const grpc::Status status = orders_->CreateOrder(&context, request, &order);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << request.DebugString();
    EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  };
  v1::CreateOrderRequest request;
  request.set_parent("merchants/shop");
  request.set_order_id("o");
  invalid(request);  // No order.
  request.mutable_order();
  request.set_request_id(std::string(129, 'r'));
  invalid(request);
  request.set_request_id("r");
  request.set_parent("shop");
  invalid(request);
}

TEST_F(ServicesTest, TheOperationGoesOnWhenItsCallerHasGone) {
  Mutex mutex;
  CondVar changed;
  std::optional<app::Reply<Order>> held;
  engine_.orders_.cancel = [&](app::Call, std::string, app::Reply<Order> reply) {
    MutexLock lock(&mutex);
    held = std::move(reply);
    changed.SignalAll();
  };
  grpc::ClientContext context;
  Authorize(&context);
  std::thread canceler([&] {
    MutexLock lock(&mutex);
    while (!held.has_value()) changed.Wait(&mutex);
    lock.Unlock();
    context.TryCancel();
    lock.Lock();
  });
  v1::CancelOrderRequest request;
  request.set_name("merchants/shop/orders/o");
  v1::Order order;
  EXPECT_EQ(orders_->CancelOrder(&context, request, &order).error_code(),
            grpc::StatusCode::CANCELLED);
  canceler.join();
  EXPECT_TRUE(metrics_.WaitFor("sluice.v1.OrderService/CancelOrder", grpc::StatusCode::CANCELLED));
  // The engine answers long after: nobody listens, nothing breaks.
  (*held)(SomeOrder("o"));
}

TEST_F(ServicesTest, ADroppedReplyIsAnErrorNotSilence) {
  engine_.orders_.get = [](std::string, app::Reply<Order>) {};
  grpc::ClientContext context;
  Authorize(&context);
  SetDeadline(&context, absl::Seconds(10));
  const grpc::Status status = GetOrder(&context, "merchants/shop/orders/o");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  // It may have been a call that changes something.
  EXPECT_EQ(InfoOf(status).metadata().at("side_effect"), "possible");
}

TEST_F(ServicesTest, ListsByStatesAndBindsThePageToItsList) {
  app::ListRequest seen;
  engine_.orders_.list = [&](app::ListRequest request, app::Reply<app::Page<Order>> reply) {
    seen = request;
    reply(app::Page<Order>{{SomeOrder("a"), SomeOrder("b")}, "position-2"});
  };
  const auto list = [&](const v1::ListOrdersRequest& request, v1::ListOrdersResponse* response) {
    grpc::ClientContext context;
    Authorize(&context);
    return orders_->ListOrders(&context, request, response);
  };
  v1::ListOrdersRequest request;
  request.set_parent("merchants/shop");
  request.add_states(v1::Order::STATE_PAID);
  request.set_page_size(5000);
  v1::ListOrdersResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(seen.parent, "merchants/shop");
  EXPECT_EQ(seen.states, std::vector<std::string>{"PAID"});
  EXPECT_EQ(seen.limit, 1000);
  EXPECT_EQ(response.orders_size(), 2);

  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(seen.page, "position-2");

  request.clear_states();  // Another list: the token is not of it.
  EXPECT_EQ(list(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(list(request, &response)), "FIELD_INVALID");
  request.set_page_size(0);
  request.add_states(static_cast<v1::Order::State>(77));
  EXPECT_EQ(ReasonOf(list(request, &response)), "FIELD_INVALID");
}

TEST_F(ServicesTest, ListsWhatIsUnknownByPages) {
  app::ListUnresolvedRequest seen;
  engine_.reconciliation_.list = [&seen](app::ListUnresolvedRequest request,
                                         app::Reply<app::Page<Subject>> reply) {
    seen = request;
    Order order = SomeOrder("o-1");
    order.attempts = {{.number = 1, .state = AttemptState::kConfirmed},
                      {.number = 2, .state = AttemptState::kUnknown, .abandoned = true},
                      {.number = 3, .state = AttemptState::kUnknown}};
    app::Page<Subject> page;
    page.items = {{.order = std::make_shared<const Order>(order)}};
    page.next_page = "position-2";
    reply(std::move(page));
  };
  const auto stub = v1::ReconciliationService::NewStub(channel_);
  const auto list = [&](const v1::ListUnresolvedRequest& request,
                        v1::ListUnresolvedResponse* response, const std::string& key = "shop-key") {
    grpc::ClientContext context;
    Authorize(&context, key);
    return stub->ListUnresolved(&context, request, response);
  };
  v1::ListUnresolvedRequest request;
  request.set_parent("merchants/shop");
  v1::ListUnresolvedResponse response;
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(seen.merchant, "shop");
  EXPECT_EQ(seen.min_age, absl::Minutes(15));
  ASSERT_EQ(response.resources_size(), 1);
  ASSERT_EQ(response.resources(0).attempts_size(), 1);
  EXPECT_EQ(response.resources(0).attempts(0).number(), 3);
  EXPECT_EQ(response.resources(0).amount().minor_units(), 1234);
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(seen.page, "position-2");
  request.mutable_min_age()->set_seconds(0);  // Another list: the token is not of it.
  EXPECT_EQ(list(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_page_token();
  ASSERT_TRUE(list(request, &response).ok());
  EXPECT_EQ(seen.min_age, absl::ZeroDuration());
  request.mutable_min_age()->set_seconds(-1);
  EXPECT_EQ(ReasonOf(list(request, &response)), "FIELD_INVALID");
  request.clear_min_age();
  request.set_parent("merchants/-");
  EXPECT_EQ(list(request, &response).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(list(request, &response, "operator-key").ok());
}

TEST_F(ServicesTest, OnlyOperatorsResolveAttempts) {
  app::ResolveRequest seen;
  engine_.reconciliation_.resolve = [&seen](app::Call call, app::ResolveRequest request,
                                            app::Reply<Subject> reply) {
    EXPECT_EQ(call.merchant, "shop");
    EXPECT_EQ(call.request_id, "q-1");
    seen = request;
    reply(Subject{.order = std::make_shared<const Order>(SomeOrder("o-1"))});
  };
  const auto stub = v1::ReconciliationService::NewStub(channel_);
  v1::ResolveAttemptRequest request;
  request.set_name("merchants/shop/orders/o-1");
  request.set_attempt(3);
  request.set_verdict(v1::ResolveAttemptRequest::VERDICT_CONFIRMED);
  request.set_evidence("seen");
  request.set_provider_number("P9");
  request.set_request_id("q-1");
  const auto resolve = [&](const std::string& key, v1::ResolveAttemptResponse* response) {
    grpc::ClientContext context;
    Authorize(&context, key);
    return stub->ResolveAttempt(&context, request, response);
  };
  v1::ResolveAttemptResponse response;
  EXPECT_EQ(resolve("shop-key", &response).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(resolve("operator-key", &response).ok());
  EXPECT_EQ(response.order().name(), "merchants/shop/orders/o-1");
  EXPECT_EQ(seen.kind, ResourceKind::kOrder);
  EXPECT_EQ(seen.resolved.attempt, 3);
  EXPECT_TRUE(seen.resolved.confirmed);
  EXPECT_EQ(seen.resolved.resolved_by, "k2");
  EXPECT_EQ(seen.resolved.provider_number, "P9");
  request.set_name("merchants/shop/providerAccounts/a");
  EXPECT_EQ(ReasonOf(resolve("operator-key", &response)), "FIELD_INVALID");
}

class FakeProvider final : public Provider {
 public:
  explicit FakeProvider(std::string word) {
    descriptor_.provider = std::move(word);
    descriptor_.wallets = {{.wallet = "botim",
                            .verbs = {Verb::kCreateOrder},
                            .presentations = {Presentation::kRedirect},
                            .currency_codes = {"AED"},
                            .minimum = Money{"AED", 100},
                            .default_expiry = absl::Hours(2)}};
  }
  const Descriptor& descriptor() const override { return descriptor_; }
  Descriptor& mutable_descriptor() { return descriptor_; }
  absl::Status Validate(const Operation&) const override { return absl::OkStatus(); }
  std::string ProviderKey(const Operation&, int) const override { return ""; }
  absl::StatusOr<HttpRequest> Build(const Operation&, const CallContext&) const override {
    return HttpRequest{};
  }
  Step Interpret(const Operation&, const CallContext&, const HttpReply&) const override {
    return {};
  }
  absl::StatusOr<Notification> ReadNotification(const RawRequest&,
                                                const CallContext&) const override {
    return Notification{};
  }
  HttpReply Acknowledge(NotificationResult) const override { return {}; }
  Diagnosis Diagnose(const RawRequest&, const CallContext&) const override { return {}; }

 private:
  Descriptor descriptor_;
};

TEST_F(ServicesTest, ShowsTheCapabilityMatrixAndPausesAccounts) {
  for (const char* id : {"shop-a", "shop-b", "other-a"}) {
    auto account = std::make_shared<app::ProviderAccount>();
    account->account = id;
    account->merchant = std::string(id).substr(0, std::string(id).find('-'));
    account->provider = std::make_shared<FakeProvider>("payby");
    account->notify_base_url = "https://pay.example";
    engine_.accounts_.accounts.push_back(std::move(account));
  }
  grpc::ClientContext listing;
  Authorize(&listing);
  v1::ListProvidersRequest list;
  list.set_parent("merchants/shop");
  v1::ListProvidersResponse matrix;
  ASSERT_TRUE(providers_->ListProviders(&listing, list, &matrix).ok());
  ASSERT_EQ(matrix.providers_size(), 1);
  EXPECT_EQ(matrix.providers(0).provider_accounts_size(), 2);
  const v1::WalletCapability& wallet = matrix.providers(0).wallets(0);
  EXPECT_EQ(wallet.minimum().minor_units(), 100);
  EXPECT_EQ(wallet.default_expiry().seconds(), 7200);
  EXPECT_FALSE(wallet.has_maximum());

  // Accounts whose settings make them differ are shown apart.
  auto slower = std::make_shared<FakeProvider>("payby");
  slower->mutable_descriptor().wallets.at(0).default_expiry = absl::Hours(3);
  auto differs = std::make_shared<app::ProviderAccount>(*engine_.accounts_.accounts.at(0));
  differs->account = "shop-c";
  differs->provider = slower;
  engine_.accounts_.accounts.push_back(std::move(differs));
  grpc::ClientContext listing_again;
  Authorize(&listing_again);
  ASSERT_TRUE(providers_->ListProviders(&listing_again, list, &matrix).ok());
  ASSERT_EQ(matrix.providers_size(), 2);
  EXPECT_EQ(matrix.providers(0).provider_accounts_size(), 2);
  ASSERT_EQ(matrix.providers(1).provider_accounts_size(), 1);
  EXPECT_EQ(matrix.providers(1).provider_accounts(0), "merchants/shop/providerAccounts/shop-c");
  EXPECT_EQ(matrix.providers(1).provider(), "payby");
  EXPECT_EQ(matrix.providers(1).wallets(0).default_expiry().seconds(), 10800);

  grpc::ClientContext pausing;
  Authorize(&pausing);
  v1::PauseProviderAccountRequest pause;
  pause.set_name("merchants/shop/providerAccounts/shop-b");
  pause.set_reason("maintenance");
  v1::ProviderAccount account;
  ASSERT_TRUE(providers_->PauseProviderAccount(&pausing, pause, &account).ok());
  EXPECT_EQ(engine_.accounts_.paused, "shop-b");
  EXPECT_TRUE(account.paused());
  EXPECT_EQ(account.notify_url(), "https://pay.example/notify/payby/shop-b");

  // An account under the wrong merchant's name is not found, whoever asks.
  grpc::ClientContext asking;
  Authorize(&asking, "operator-key");
  v1::GetProviderAccountRequest get;
  get.set_name("merchants/shop/providerAccounts/other-a");
  EXPECT_EQ(providers_->GetProviderAccount(&asking, get, &account).error_code(),
            grpc::StatusCode::NOT_FOUND);

  grpc::ClientContext unsaid;
  Authorize(&unsaid);
  pause.clear_reason();
  EXPECT_EQ(providers_->PauseProviderAccount(&unsaid, pause, &account).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace sluice::rpc

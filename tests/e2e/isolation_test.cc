// Merchants and each other: every method of the API, with the key of another merchant.
//
// The methods are those of the published descriptor set, so that a new one fails here until its
// request is in the table.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/crypto/sha256.h"
#include "tests/e2e/nicepay_fixture.h"

namespace sluice::e2e {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::TextFormat;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDemoKey[] = "demo-key-0123456789abcdef", kOtherKey[] = "other-key-0123456789abcdef",
               kOperatorKey[] = "operator-key-0123456789abcdef";
// In the demo merchant's resources, and nowhere else.
constexpr char kSecret[] = "forty-two teapots";
// A stream that goes on is one that was let in: so long is looked at what it says.
constexpr absl::Duration kListen = absl::Milliseconds(300);

// Of every method a request that is well-formed and, by its owner or an operator, allowed. "$order"
// is the name of a resource of the demo merchant; "$parent" is the merchant.
const std::map<std::string, std::string>& Requests() {
  static const auto* const kRequests = new std::map<std::string, std::string>{
      {"OrderService/CreateOrder", R"(parent: "$parent" order_id: "N-1" order {
          wallet: "botim" amount { currency_code: "AED" minor_units: 5 } description: "x" })"},
      {"OrderService/GetOrder", R"(name: "$order")"},
      {"OrderService/ListOrders", R"(parent: "$parent")"},
      {"OrderService/CancelOrder", R"(name: "$order")"},
      {"OrderService/RevokeOrder", R"(name: "$order")"},
      {"OrderService/SyncOrder", R"(name: "$order")"},
      {"OrderService/WatchOrder", R"(name: "$order")"},
      {"RefundService/CreateRefund", R"(parent: "$order" refund_id: "N-1" refund {
          amount { currency_code: "AED" minor_units: 5 } })"},
      {"RefundService/GetRefund", R"(name: "$refund")"},
      {"RefundService/ListRefunds", R"(parent: "$order")"},
      {"RefundService/SyncRefund", R"(name: "$refund")"},
      {"PayoutService/GetPayoutLimits",
       R"(parent: "$parent" wallet: "advcash" currency_code: "USD")"},
      {"PayoutService/CreatePayout", R"(parent: "$parent" payout_id: "N-1" payout {
          wallet: "advcash" amount { currency_code: "USD" minor_units: 2550 }
          receiver_account: "demo@receiver.test" description: "x" })"},
      {"PayoutService/GetPayout", R"(name: "$payout")"},
      {"PayoutService/ListPayouts", R"(parent: "$parent")"},
      {"PayoutService/SyncPayout", R"(name: "$payout")"},
      {"PayoutService/WatchPayout", R"(name: "$payout")"},
      {"AccountLinkService/CreateAccountLink",
       R"(parent: "$parent" account_link_id: "N-1" account_link { wallet: "astrapay"
          return_url: "https://shop.example/linked" customer { display_name: "Budi"
          phone: "+6281200000002" email: "b@example.com" address: "Jalan 1" city: "Jakarta"
          state: "DKI Jakarta" postal_code: "12345" country: "ID" ip_address: "192.0.2.10" } })"},
      {"AccountLinkService/GetAccountLink", R"(name: "$link")"},
      {"AccountLinkService/ListAccountLinks", R"(parent: "$parent")"},
      {"AccountLinkService/RevokeAccountLink", R"(name: "$link")"},
      {"AccountLinkService/SyncAccountLink", R"(name: "$link")"},
      {"AccountLinkService/WatchAccountLink", R"(name: "$link")"},
      {"EventService/ListEvents", R"(parent: "$parent")"},
      {"EventService/GetEvent", R"(name: "$event")"},
      {"EventService/WatchEvents", R"(parent: "$parent" beginning {})"},
      {"NotificationService/ListNotifications", R"(parent: "$parent")"},
      {"NotificationService/GetNotification", R"(name: "$notification")"},
      {"NotificationService/ReplayNotification", R"(name: "$notification")"},
      {"NotificationService/DiagnoseNotification", R"(name: "$notification")"},
      {"ProviderService/ListProviders", R"(parent: "$parent")"},
      {"ProviderService/ListProviderAccounts", R"(parent: "$parent")"},
      {"ProviderService/GetProviderAccount", R"(name: "$account")"},
      {"ProviderService/PauseProviderAccount", R"(name: "$account" reason: "x")"},
      {"ProviderService/ResumeProviderAccount", R"(name: "$account")"},
      {"ReconciliationService/ListUnresolved", R"(parent: "$parent")"},
      {"ReconciliationService/ResolveAttempt",
       R"(name: "$order" attempt: 1 verdict: VERDICT_REJECTED evidence: "x")"},
  };
  return *kRequests;
}

// Under the caller's own name, what belongs to the other one.
const std::vector<std::pair<std::string, std::string>>& ForeignReferences() {
  static const auto* const kReferences = new std::vector<std::pair<std::string, std::string>>{
      {"OrderService/CreateOrder", R"(parent: "$own" order_id: "N-1" order { wallet: "botim"
          provider_account: "demo-payby" amount { currency_code: "AED" minor_units: 5 } })"},
      {"OrderService/CreateOrder", R"(parent: "$own" order_id: "N-2" order { wallet: "astrapay"
          account_link: "$link" amount { currency_code: "IDR" minor_units: 25000 } })"},
      {"OrderService/ListOrders", R"(parent: "$own" page_token: "$page")"},
      {"PayoutService/GetPayoutLimits", R"(parent: "$own" provider_account: "demo-epay"
          wallet: "advcash" currency_code: "USD")"},
      {"PayoutService/CreatePayout", R"(parent: "$own" payout_id: "N-1" payout { wallet: "advcash"
          provider_account: "demo-epay" amount { currency_code: "USD" minor_units: 2550 }
          receiver_account: "demo@receiver.test" })"},
      {"AccountLinkService/CreateAccountLink",
       R"(parent: "$own" account_link_id: "N-1" account_link { wallet: "astrapay"
          provider_account: "demo-nicepay" customer { phone: "+6281200000002" } })"},
      {"EventService/ListEvents", R"(parent: "$own" filter { resource_prefix: "$parent/orders" })"},
      {"EventService/WatchEvents", R"(parent: "$own" cursor: "$cursor")"},
      {"EventService/WatchEvents",
       R"(parent: "$own" beginning {} filter { resource_prefix: "$order" })"},
      {"NotificationService/ListNotifications", R"(parent: "$own" provider_account: "demo-payby")"},
  };
  return *kReferences;
}

// Every method of sluice.v1 as published: "OrderService/CreateOrder".
std::vector<std::string> PublishedMethods() {
  const char* const folder = std::getenv("SLUICE_BIN_DIR");
  const std::string path = std::string(folder == nullptr ? "bin" : folder);
  std::ifstream file(path + "/../share/sluice.binpb", std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromIstream(&file));
  std::vector<std::string> methods;
  for (const auto& described : set.file()) {
    if (described.package() != "sluice.v1") continue;
    for (const auto& service : described.service()) {
      for (const auto& method : service.method()) {
        methods.push_back(absl::StrCat(service.name(), "/", method.name()));
      }
    }
  }
  return methods;
}

struct Reply {
  grpc::Status status;
  std::string text;  // All messages.
  int messages = 0;
};

class IsolationTest : public NicePayFixture {
 protected:
  using Names = std::vector<std::pair<std::string, std::string>>;

  void Prepare() override {
    NicePayFixture::Prepare();
    options_.settings.query_schedule = {absl::Hours(1)};  // Nothing moves by itself.
    const auto key = [](const char* id, const char* text) {
      return KeySettings{.id = id, .digest = crypto::Sha256(text)};
    };
    options_.settings.merchants = {{.id = "demo",
                                    .api_keys = {key("d", kDemoKey)},
                                    .return_url_prefixes = {"https://shop.example/"}},
                                   {.id = "other", .api_keys = {key("o", kOtherKey)}}};
    options_.settings.operators.api_keys = {key("op", kOperatorKey)};
    api_key_ = kDemoKey;
  }

  // One of everything that a merchant has.
  void FillDemo() {
    v1::Order order = BotimOrder(1234);
    order.set_description(kSecret);
    ASSERT_TRUE(CreateOrder("A-1", order).ok());
    AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
    ASSERT_TRUE(Pay(OrderName("A-1")).ok());
    AwaitState("A-1", v1::Order::STATE_PAID);
    ASSERT_TRUE(CreateRefund("A-1", "F-1", 34).ok());
    AwaitRefund("A-1", "F-1", v1::Refund::STATE_SUCCEEDED);
    v1::CreatePayoutRequest payout;
    ASSERT_TRUE(TextFormat::ParseFromString(
        Fill(Requests().at("PayoutService/CreatePayout"), {{"$parent", kMerchant}}), &payout));
    payout.set_payout_id("P-1");
    payout.mutable_payout()->set_description(kSecret);
    const auto paid = Call(payouts_, &v1::PayoutService::Stub::CreatePayout, payout);
    ASSERT_TRUE(paid.ok()) << paid.problem();
    ActiveLink("L-1");
    ASSERT_TRUE(WatchAll()->WaitUntil([](const auto& messages) {
      const std::vector<v1::Event> events = EventsOf(messages);
      return std::any_of(events.begin(), events.end(),
                         [](const auto& event) { return event.type() == "payout.succeeded"; });
    }));
  }

  static std::string Fill(const std::string& request, const Names& names) {
    return absl::StrReplaceAll(request, names);
  }

  // The names of what exists.
  Names Existing() {
    v1::ListNotificationsRequest list;
    list.set_parent(kMerchant);
    const auto page = Call(notifications_, &v1::NotificationService::Stub::ListNotifications, list);
    EXPECT_GT(page->notifications_size(), 0);
    if (page->notifications_size() == 0) return {};
    return {{"$parent", kMerchant},
            {"$order", OrderName("A-1")},
            {"$refund", RefundName("A-1", "F-1")},
            {"$payout", "merchants/demo/payouts/P-1"},
            {"$link", LinkName("L-1")},
            {"$event", ListEvents().at(0).name()},
            {"$notification", page->notifications(0).name()},
            {"$account", "merchants/demo/providerAccounts/demo-payby"}};
  }

  // The same, of resources that are not there.
  static Names Missing(Names names) {
    for (auto& [word, name] : names) {
      if (word == "$parent") continue;
      const size_t id = name.rfind('/') + 1;
      const bool number = word == "$event";
      name = name.substr(0, id) + (number ? std::string(name.size() - id, '9') : "nothing");
    }
    return names;
  }

  // The same ids at the caller's own merchant, or at all merchants.
  static Names At(const std::string& merchant, Names names) {
    for (auto& [word, name] : names) {
      name = absl::StrReplaceAll(name, {{kMerchant, "merchants/" + merchant}});
    }
    return names;
  }

  Reply Send(const std::string& method, const std::string& text, const std::string& key) {
    const MethodDescriptor* const described = DescriptorPool::generated_pool()->FindMethodByName(
        "sluice.v1." + absl::StrReplaceAll(method, {{"/", "."}}));
    if (described == nullptr) return {.status = {grpc::StatusCode::INTERNAL, "no such method"}};
    MessageFactory* const factory = MessageFactory::generated_factory();
    const std::unique_ptr<Message> request(factory->GetPrototype(described->input_type())->New());
    EXPECT_TRUE(TextFormat::ParseFromString(text, request.get())) << method << ": " << text;
    const std::unique_ptr<Message> response(factory->GetPrototype(described->output_type())->New());
    grpc::ClientContext context;
    const absl::Duration patience = described->server_streaming() ? kListen : kPatience;
    context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
    context.AddMetadata("authorization", "Bearer " + key);
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareCall(&context, "/sluice.v1." + method, &queue);
    const auto done = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    const grpc::Slice slice(request->SerializeAsString());
    const grpc::ByteBuffer bytes(&slice, 1);
    Reply reply;
    call->StartCall(&reply);
    done();
    call->WriteLast(bytes, {}, &reply);
    done();
    for (;;) {
      grpc::ByteBuffer message;
      call->Read(&message, &reply);
      if (!done()) break;
      grpc::Slice whole;
      EXPECT_TRUE(message.DumpToSingleSlice(&whole).ok());
      EXPECT_TRUE(response->ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
      reply.text += response->DebugString();
      ++reply.messages;
    }
    call->Finish(&reply.status, &reply);
    done();
    queue.Shutdown();
    return reply;
  }

  // All that an effect on the demo merchant would change: each change of a resource is an event.
  std::string Everything() {
    std::string all;
    for (const v1::Event& event : ListEvents()) all += event.DebugString();
    for (const char* method :
         {"NotificationService/ListNotifications", "ProviderService/ListProviderAccounts",
          "OrderService/ListOrders", "PayoutService/ListPayouts",
          "AccountLinkService/ListAccountLinks"}) {
      all += Send(method, Fill(Requests().at(method), {{"$parent", kMerchant}}), kDemoKey).text;
    }
    all += Call(simulator_, &sim::SimulatorService::Stub::GetLedger, sim::GetLedgerRequest())
               ->DebugString();
    // Nor was a provider asked.
    const std::string metrics = Http("GET", server_->addresses().admin, "/metrics").body;
    for (absl::string_view line : absl::StrSplit(metrics, '\n')) {
      if (absl::StartsWith(line, "sluice_provider_calls_total")) absl::StrAppend(&all, line, "\n");
    }
    return all;
  }

  // Nothing of the demo merchant's is told, neither in a message nor in an error.
  static void ExpectNothingTold(const Reply& reply, const std::string& what) {
    EXPECT_THAT(reply.text, Not(HasSubstr(kSecret))) << what;
    EXPECT_THAT(reply.text, Not(HasSubstr("merchants/demo"))) << what;
    EXPECT_THAT(reply.status.error_message(), Not(HasSubstr(kSecret))) << what;
  }
};

TEST_F(IsolationTest, EveryPublishedMethodHasItsRequest) {
  const std::vector<std::string> published = PublishedMethods();
  ASSERT_GT(published.size(), 30u);
  for (const std::string& method : published) {
    EXPECT_EQ(Requests().count(method), 1u) << method << " is not in the table";
  }
  EXPECT_EQ(Requests().size(), published.size()) << "the table has methods that are not there";
}

TEST_F(IsolationTest, AnotherMerchantsKeyOpensNothingAndChangesNothing) {
  FillDemo();
  const Names existing = Existing(), missing = Missing(existing);
  const std::string before = Everything();
  for (const auto& [method, request] : Requests()) {
    for (const Names& names : {existing, missing}) {
      const std::string what = absl::StrCat(method, " ", Fill(request, names));
      const Reply reply = Send(method, Fill(request, names), kOtherKey);
      const Problem problem = Explain(reply.status);
      EXPECT_EQ(problem.code, grpc::StatusCode::PERMISSION_DENIED) << what << ": " << problem;
      EXPECT_EQ(problem.reason, "PERMISSION_DENIED") << what;
      EXPECT_EQ(problem.side_effect(), "none") << what;
      EXPECT_EQ(reply.messages, 0) << what << reply.text;
      ExpectNothingTold(reply, what);
    }
    for (const char* merchant : {"other", "-"}) {
      const std::string text = Fill(request, At(merchant, existing));
      ExpectNothingTold(Send(method, text, kOtherKey), absl::StrCat(method, " ", text));
    }
    const Reply all = Send(method, Fill(request, At("-", existing)), kOtherKey);
    EXPECT_THAT(all.status.error_code(), AnyOf(Eq(grpc::StatusCode::PERMISSION_DENIED),
                                               Eq(grpc::StatusCode::INVALID_ARGUMENT)))
        << method << " of all merchants: " << all.status.error_message();
  }
  EXPECT_EQ(Everything(), before);
}

TEST_F(IsolationTest, AForeignReferenceUnderOnesOwnNameLeadsNowhere) {
  FillDemo();
  Names names = Existing();
  names.emplace_back("$own", "merchants/other");
  PaidOrder("A-2");
  v1::ListOrdersRequest first;
  first.set_parent(kMerchant);
  first.set_page_size(1);
  const auto page = Call(orders_, &v1::OrderService::Stub::ListOrders, first);
  ASSERT_NE(page->next_page_token(), "");
  names.emplace_back("$page", page->next_page_token());
  const auto watch = WatchAll();
  ASSERT_TRUE(watch->WaitUntil([](const auto& messages) { return !messages.empty(); }));
  names.emplace_back("$cursor", watch->messages().at(0).cursor());
  const std::string before = Everything();
  for (const auto& [method, request] : ForeignReferences()) {
    const std::string text = Fill(request, names);
    const Reply reply = Send(method, text, kOtherKey);
    ExpectNothingTold(reply, absl::StrCat(method, " ", text));
    const bool reads = absl::StrContains(method, "/List") || absl::StrContains(method, "/Watch");
    EXPECT_TRUE(reads || !reply.status.ok()) << method << " " << text << reply.text;
  }
  EXPECT_EQ(Everything(), before);
}

// What the others were refused for is not that the requests were wrong.
TEST_F(IsolationTest, AnOperatorMayMakeEveryOneOfTheseRequests) {
  FillDemo();
  const Names existing = Existing();
  for (const auto& [method, request] : Requests()) {
    const Reply reply = Send(method, Fill(request, existing), kOperatorKey);
    const bool watch = absl::StrContains(method, "/Watch");
    EXPECT_THAT(reply.status.error_code(),
                AnyOf(Eq(watch ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::OK),
                      Eq(grpc::StatusCode::FAILED_PRECONDITION)))
        << method << ": " << reply.status.error_message();
  }
}

}  // namespace
}  // namespace sluice::e2e

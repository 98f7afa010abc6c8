// One request id, a thousand calls at once, with and without a server that dies under them: one
// call of the provider, by its own ledger and by the requests that reach it, and the same answer
// for all.

#include <iostream>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log.h"
#include "server/base/mutex.h"
#include "tests/crash/burst.h"
#include "tests/crash/ledger.h"
#include "tests/crash/requests.h"
#include "tests/crash/world.h"
#include "tests/e2e/call_result.h"

namespace sluice::crash {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr uint64_t kSeed = 20261122;
constexpr int kCalls = 1'000;
constexpr int kKilledAfter = 200;  // Answers.
constexpr int64_t kLeapS = 75;     // More than every grace: what was lost is found or sent again.
constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr int kLooks = 200;

// How a kind of resource is created, where the requests for it go, and under which name the ledger
// has it.
struct OrderKind {
  using Request = v1::CreateOrderRequest;
  using Response = v1::Order;
  static constexpr const char* kProvider = "payby";
  static constexpr const char* kPath = "/acquire2/placeOrder";
  static Request Make(const std::string& id) { return MakeOrder(id, "botim", 1'234); }
  static Request Other(const std::string& id) {
    Request other = Make(id);
    other.mutable_order()->mutable_amount()->set_minor_units(999);
    other.mutable_order()->set_description("something else");
    return other;
  }
  static std::vector<std::string> Fields() { return {"amount", "description"}; }
  static auto* Of(Stubs& stubs) { return stubs.orders->async(); }
  static void Start(Stubs& stubs, grpc::ClientContext* context, const Request* request,
                    Response* response, std::function<void(grpc::Status)> done) {
    Of(stubs)->CreateOrder(context, request, response, std::move(done));
  }
};

struct RefundKind {
  using Request = v1::CreateRefundRequest;
  using Response = v1::Refund;
  static constexpr const char* kProvider = "payby";
  static constexpr const char* kPath = "/acquire2/refund/placeOrder";
  static Request Make(const std::string& id) { return MakeRefund("O-" + id, id, "AED", 321); }
  static Request Other(const std::string& id) {
    Request other = Make(id);
    other.mutable_refund()->mutable_amount()->set_minor_units(1);
    other.mutable_refund()->set_description("something else");
    return other;
  }
  static std::vector<std::string> Fields() { return {"amount", "description"}; }
  static void Start(Stubs& stubs, grpc::ClientContext* context, const Request* request,
                    Response* response, std::function<void(grpc::Status)> done) {
    stubs.refunds->async()->CreateRefund(context, request, response, std::move(done));
  }
};

struct PayoutKind {
  using Request = v1::CreatePayoutRequest;
  using Response = v1::Payout;
  static constexpr const char* kProvider = "epay";
  static constexpr const char* kPath = "/createEwalletTransaction";
  static Request Make(const std::string& id) { return MakePayout(id, 2'550); }
  static Request Other(const std::string& id) {
    Request other = Make(id);
    other.mutable_payout()->mutable_amount()->set_minor_units(2'551);
    other.mutable_payout()->set_receiver_account("U000000000000");
    return other;
  }
  static std::vector<std::string> Fields() { return {"amount", "receiver_account"}; }
  static void Start(Stubs& stubs, grpc::ClientContext* context, const Request* request,
                    Response* response, std::function<void(grpc::Status)> done) {
    stubs.payouts->async()->CreatePayout(context, request, response, std::move(done));
  }
};

struct LinkKind {
  using Request = v1::CreateAccountLinkRequest;
  using Response = v1::AccountLink;
  static constexpr const char* kProvider = "nicepay";
  static constexpr const char* kPath = "/api/linkEnable.do";
  static Request Make(const std::string& id) { return MakeLink(id); }
  static Request Other(const std::string& id) {
    Request other = Make(id);
    other.mutable_account_link()->set_return_url("https://shop.example/other");
    other.mutable_account_link()->mutable_customer()->set_phone("+6281299999999");
    return other;
  }
  static std::vector<std::string> Fields() { return {"return_url", "customer"}; }
  static void Start(Stubs& stubs, grpc::ClientContext* context, const Request* request,
                    Response* response, std::function<void(grpc::Status)> done) {
    stubs.links->async()->CreateAccountLink(context, request, response, std::move(done));
  }
};

template <typename Kind>
class DuplicatesTest : public ::testing::Test {
 protected:
  using Response = typename Kind::Response;

  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    auto world = World::Make(kSeed);
    ASSERT_TRUE(world.ok()) << world.status();
    world_ = *std::move(world);
    Restart({});
    Prepare();
  }

  void Restart(const CrashPoint& point, int64_t leap_s = 0) {
    victim_.reset();
    auto victim = world_->StartServer(point, leap_s);
    ASSERT_TRUE(victim.ok()) << victim.status();
    victim_ = *std::move(victim);
  }

  // A refund needs an order that is known as paid.
  void Prepare() {
    if (!std::is_same_v<Kind, RefundKind>) return;
    Stubs stubs(victim_->grpc_address());
    v1::Order order;
    grpc::ClientContext create;
    ASSERT_TRUE(stubs.orders->CreateOrder(&create, MakeOrder("O-1", "botim", 5'000), &order).ok());
    ASSERT_TRUE(world_->simulator("payby").Pay("O-1").ok());
    for (int look = 0; look < kLooks && order.state() != v1::Order::STATE_PAID; ++look) {
      grpc::ClientContext context;
      v1::SyncOrderRequest sync;
      sync.set_name(OrderName("O-1"));
      ASSERT_TRUE(stubs.orders->SyncOrder(&context, sync, &order).ok());
    }
    ASSERT_EQ(order.state(), v1::Order::STATE_PAID);
  }

  std::unique_ptr<Burst<Response>> Call() {
    return std::make_unique<Burst<Response>>(
        victim_->grpc_address(), kCalls,
        [this](Stubs& stubs, grpc::ClientContext* context, Response* response, auto done) {
          Kind::Start(stubs, context, &request_, response, std::move(done));
        });
  }

  // The same resource for all, and of the same revision the same bytes.
  void Hear(const std::vector<Response>& answers) {
    for (const Response& answer : answers) {
      ++heard_;
      const std::string identity = answer.name() + answer.create_time().ShortDebugString() +
                                   answer.attempts(0).provider_key();
      identities_.insert(identity);
      revisions_[answer.revision()].insert(answer.SerializeAsString());
      for (const v1::Attempt& attempt : answer.attempts()) keys_.insert(attempt.provider_key());
      if (answer.revision() >= last_.revision()) last_ = answer;
    }
  }

  // How often the provider has done it.
  int Effects() const {
    const Books books(*world_);
    int created = 0;
    for (const std::string& key : keys_) {
      const int times = books.Of(Kind::kProvider, key).created;
      EXPECT_LE(times, 1) << key;
      created += times;
    }
    return created;
  }

  // Requests to create it that have reached the provider, from every server's life.
  int Requests() const { return world_->Requests(Kind::kProvider, Kind::kPath); }

  // What the resource says of its attempts is what reached the provider: one request each, and one
  // attempt where `most` is one. A send that is recorded may not have happened when a server died,
  // but none that is not recorded has.
  void CompareRequests(int most) {
    int sends = 0;
    for (const v1::Attempt& attempt : last_.attempts()) sends += attempt.sends();
    EXPECT_LE(last_.attempts_size(), most) << last_.ShortDebugString();
    EXPECT_LE(sends, died_unseen_ ? 2 : most) << last_.ShortDebugString();
    EXPECT_LE(Requests(), sends);
    EXPECT_GE(Requests(), 1);
    EXPECT_LE(Requests(), most);
    if (!died_unseen_) EXPECT_EQ(Requests(), sends);
  }

  void Compare(const char* what, int least, int most) {
    CompareRequests(most);
    EXPECT_EQ(identities_.size(), 1u);
    for (const auto& [revision, bytes] : revisions_) {
      EXPECT_EQ(bytes.size(), 1u) << "revision " << revision;
    }
    const int effects = Effects();
    EXPECT_GE(effects, least);
    EXPECT_LE(effects, most);
    std::cout << what << ": " << heard_ << " answers of " << revisions_.size()
              << " revisions, effects at the provider: " << effects
              << ", requests to it: " << Requests() << std::endl;
  }

  // The request to create it kills the server there, and has reached the provider; then all call
  // again.
  void DieAt(const char* edge) {
    Restart({absl::StrCat(edge, " ", Kind::kPath), 1});
    const int before = Requests();
    auto burst = Call();
    burst->AwaitAll();
    EXPECT_TRUE(burst->Answers().empty());
    EXPECT_FALSE(victim_->Alive());
    Mutex mutex;
    CondVar never;
    for (int look = 0; look < kLooks && Requests() == before; ++look) {
      MutexLock lock(&mutex);
      never.WaitFor(&mutex, kLook);
    }
    EXPECT_EQ(Requests(), before + 1) << "it is to die when its request is out";
    Restart({}, kLeapS);
    auto again = Call();
    again->AwaitAll();
    const auto answers = again->Answers();
    EXPECT_EQ(answers.size(), static_cast<size_t>(kCalls));
    Hear(answers);
  }

  void ExpectReuseRefused() {
    Stubs stubs(victim_->grpc_address());
    const auto other = Kind::Other("1");
    Burst<Response> burst(
        victim_->grpc_address(), 1,
        [&](Stubs& one, grpc::ClientContext* context, Response* response, auto done) {
          Kind::Start(one, context, &other, response, [&, done](grpc::Status status) {
            refused_ = status;
            done(status);
          });
        });
    burst.AwaitAll();
    const e2e::Problem problem = e2e::Explain(refused_);
    EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
    EXPECT_EQ(problem.reason, "REQUEST_ID_REUSED") << problem;
    EXPECT_EQ(problem.side_effect(), "none") << problem;
    for (const std::string& field : Kind::Fields()) {
      EXPECT_THAT(problem.fields, Contains(HasSubstr(field))) << problem;
    }
  }

  std::unique_ptr<World> world_;
  std::unique_ptr<Victim> victim_;
  const typename Kind::Request request_ = Kind::Make("1");
  std::set<std::string> identities_, keys_;
  std::map<int64_t, std::set<std::string>> revisions_;
  Response last_;             // The newest revision that was heard.
  bool died_unseen_ = false;  // A server, perhaps before its request was out.
  int heard_ = 0;
  grpc::Status refused_;
};

using Kinds = ::testing::Types<OrderKind, RefundKind, PayoutKind, LinkKind>;
struct KindNames {
  template <typename Kind>
  static std::string GetName(int) {
    const std::string name = Kind::Response::descriptor()->name();
    return name;
  }
};
TYPED_TEST_SUITE(DuplicatesTest, Kinds, KindNames);

TYPED_TEST(DuplicatesTest, AThousandAtOnceAreOne) {
  auto burst = this->Call();
  burst->AwaitAll();
  this->Hear(burst->Answers());
  EXPECT_EQ(this->heard_, kCalls);
  this->Compare("at once", 1, 1);
  this->ExpectReuseRefused();
}

TYPED_TEST(DuplicatesTest, AThousandAroundADeathAreOne) {
  auto burst = this->Call();
  burst->Await(kKilledAfter);
  this->victim_->Kill();
  this->died_unseen_ = true;
  burst->AwaitAll();
  this->Hear(burst->Answers());
  EXPECT_GE(this->heard_, 1);
  this->Restart({}, kLeapS);
  auto again = this->Call();
  again->AwaitAll();
  const auto answers = again->Answers();
  EXPECT_EQ(answers.size(), static_cast<size_t>(kCalls));
  this->Hear(answers);
  this->Compare("around a death", 1, 1);
  this->ExpectReuseRefused();
}

// The provider has done it, and nobody was told. A link's lost registration names nothing that
// anybody could approve: the next has a number of its own.
TYPED_TEST(DuplicatesTest, AThousandWhoseAnswerIsLostAreOne) {
  this->DieAt("reply.received");
  this->Compare("after a lost answer", 1, std::is_same_v<TypeParam, LinkKind> ? 2 : 1);
  this->ExpectReuseRefused();
}

// The request was out, and the process was gone before there could be an answer.
TYPED_TEST(DuplicatesTest, AThousandWhoseSenderDiedAreOne) {
  this->DieAt("send.after");
  this->Compare("after a death behind the send", 1, std::is_same_v<TypeParam, LinkKind> ? 2 : 1);
  this->ExpectReuseRefused();
}

}  // namespace
}  // namespace sluice::crash

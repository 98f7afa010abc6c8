// Backend and simulator, written apart from the same facts, against each other: what one sends the
// other must take. No sockets.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "providers/epay/register.h"
#include "providers/epay/test_account.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"

namespace sluice::epay {
namespace {

using conformance::Scenario;

class PairingTest : public ::testing::Test {
 protected:
  static constexpr char kBaseUrl[] = "http://127.0.0.1:7070/epay";

  void SetUp() override { Start({}); }

  // Anew, with these settings of the backend besides the sandbox's.
  void Start(const std::map<std::string, std::string>& settings) {
    const ProviderRegistration registration = Registration();
    SeededRandom random(1);
    auto account = registration.make_sandbox_account("demo", kBaseUrl, random);
    ASSERT_TRUE(account.ok()) << account.status();
    ProviderAccountConfig config{
        .account = "demo", .settings = account->settings, .secrets = account->secrets};
    for (const auto& [name, value] : settings) config.settings[name] = value;
    auto provider = registration.make_provider(config);
    ASSERT_TRUE(provider.ok()) << provider.status();
    provider_ = *std::move(provider);
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = &timers_;
    context.seed = 7;
    context.base_url = kBaseUrl;
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      Notified(std::move(request), std::move(done));
    };
    auto simulator = registration.make_simulator(context);
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
    ASSERT_TRUE(simulator_->AddAccount(account->simulator).ok());
    notified_.clear();
    hints_.clear();
  }

  // The listener of our callbacks: reads and acknowledges.
  void Notified(HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
    RawRequest raw;
    raw.method = request.method;
    raw.headers = request.headers;
    raw.body = request.body;
    auto read = provider_->ReadNotification(raw, {.now = simulator_->Now()});
    NotificationResult result = NotificationResult::kAccepted;
    if (!read.ok()) {
      const auto hint = HintOf(read.status());
      hints_.push_back(hint.has_value() ? hint->provider_key : "");
      result = NotificationResult::kRefused;
    } else {
      notified_.push_back(*std::move(read));
    }
    if (busy_) result = NotificationResult::kTryLater;
    done(provider_->Acknowledge(result));
  }

  Scenario Call(Verb verb, const std::string& id = kTestPayout) {
    Scenario scenario = TestScenario(verb);
    scenario.payout.id = id;
    scenario.payout.create_time = simulator_->Now();
    scenario.context.now = simulator_->Now();
    return scenario;
  }

  Step Send(const Scenario& scenario) {
    auto request = provider_->Build(scenario.ToOperation(), scenario.context);
    EXPECT_TRUE(request.ok()) << request.status();
    RawRequest raw;
    raw.method = request->method;
    raw.path = request->url.substr(std::string(kBaseUrl).size());
    raw.headers = request->headers;
    raw.body = request->body;
    raw.remote_address = "127.0.0.1";
    const SimulatedAnswer answer = simulator_->Handle(raw);
    HttpReply reply = answer.reply;
    if (answer.truncate_body_at >= 0) reply.body.resize(answer.truncate_body_at);
    if (answer.drop_connection) reply.transport = Transport::kBroken;
    if (answer.delay >= absl::Seconds(30)) reply.transport = Transport::kTimedOut;
    return provider_->Interpret(scenario.ToOperation(), scenario.context, reply);
  }
  Outcome Create(const std::string& id = kTestPayout) {
    return Send(Call(Verb::kCreatePayout, id)).outcome;
  }
  Outcome Query(const std::string& id = kTestPayout) {
    return Send(Call(Verb::kQueryPayout, id)).outcome;
  }

  void Pass(absl::Duration time) {
    simulator_->AdvanceClock(time);
    timers_.RunDue();
  }
  void Switch(const char* name, const std::string& value) {
    ASSERT_TRUE(simulator_->SetSwitch(name, value).ok()) << name;
  }

  FakeClock clock_;
  FakeTimers timers_{&clock_};
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Simulator> simulator_;
  std::vector<Notification> notified_;
  std::vector<std::string> hints_;  // Of callbacks that were not believed.
  bool busy_ = false;
};

TEST_F(PairingTest, EveryWalletIsPaidOut) {
  for (const WalletCapability& wallet : provider_->descriptor().wallets) {
    SCOPED_TRACE(wallet.wallet);
    Scenario ask = Call(Verb::kGetPayoutLimits);
    ask.wallet = wallet.wallet;
    const Step limits = Send(ask);
    ASSERT_TRUE(limits.limits.has_value()) << limits.outcome.failure.message;
    EXPECT_EQ(limits.limits->minimum, (Money{"USD", 1000}));
    EXPECT_EQ(limits.limits->maximum, (Money{"USD", 500000}));

    const std::string id = "W-" + wallet.wallet;
    Scenario create = Call(Verb::kCreatePayout, id);
    create.payout.wallet = wallet.wallet;
    const Outcome created = Send(create).outcome;
    ASSERT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
    EXPECT_EQ(created.facts.report, Report::kOpen);
    EXPECT_EQ(created.facts.fee, (Money{"USD", 51}));
    EXPECT_EQ(created.facts.receive_amount, (Money{"USD", 2550}));
    EXPECT_EQ(created.facts.exchange_rate, "1.000000");
    EXPECT_EQ(Query(id).facts.report, Report::kOpen);

    notified_.clear();
    Pass(absl::Seconds(2));
    ASSERT_EQ(notified_.size(), 1u);
    EXPECT_EQ(notified_[0].kind, ResourceKind::kPayout);
    EXPECT_EQ(notified_[0].provider_key, id);
    EXPECT_EQ(notified_[0].facts.report, Report::kSucceeded);
    EXPECT_EQ(notified_[0].facts.amount, (Money{"USD", 2550}));
    EXPECT_EQ(notified_[0].facts.fee, (Money{"USD", 51}));
    EXPECT_EQ(notified_[0].facts.provider_number, created.facts.provider_number);
    EXPECT_EQ(Query(id).facts.report, Report::kSucceeded);
  }
  EXPECT_TRUE(hints_.empty());
}

TEST_F(PairingTest, EveryStatusIsUnderstood) {
  Switch("auto_result", "none");
  struct Told {
    const char* status;
    Report report;
    bool notified;
    bool fee_kept = false;
  };
  for (const Told& told :
       {Told{"0", Report::kOpen, false}, Told{"1", Report::kOpen, false},
        Told{"5", Report::kCanceled, true}, Told{"6", Report::kFailed, true},
        Told{"7", Report::kSucceeded, true}, Told{"8", Report::kExpired, true},
        Told{"9", Report::kOpen, false}, Told{"11", Report::kException, false},
        Told{"19", Report::kOpen, false}, Told{"20", Report::kFailed, true, true}}) {
    SCOPED_TRACE(told.status);
    const std::string id = std::string("S-") + told.status;
    ASSERT_EQ(Create(id).verdict, Verdict::kAccepted);
    notified_.clear();
    if (std::string(told.status) != "1") {  // It begins in that.
      ASSERT_TRUE(simulator_->SetState(id, told.status).ok());
    }
    Pass(absl::Seconds(1));
    ASSERT_EQ(notified_.size(), told.notified ? 1u : 0u);
    if (told.notified) {
      EXPECT_EQ(notified_[0].facts.report, told.report);
      EXPECT_EQ(notified_[0].facts.fee_kept, told.fee_kept);
      EXPECT_FALSE(notified_[0].confirm_by_query);
    }
    const Outcome asked = Query(id);
    EXPECT_EQ(asked.verdict, Verdict::kAccepted) << asked.failure.message;
    EXPECT_EQ(asked.facts.report, told.report);
    EXPECT_EQ(asked.facts.fee_kept, told.fee_kept);
  }
}

TEST_F(PairingTest, NothingSpoiltOnTheWayIsBelieved) {
  struct Spoilt {
    Fault fault;
    Verdict verdict;
    Report after;  // What a query then finds.
  };
  const std::vector<Spoilt> kSpoilt = {
      {{.kind = FaultKind::kTimeoutBeforeEffect}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kTimeoutAfterEffect}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kHttpStatus, .status = 503}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kHttpStatusAfterEffect, .status = 500},
       Verdict::kUnknown,
       Report::kOpen},
      {{.kind = FaultKind::kHtmlBody}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kTruncatedBody}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kBadSignature}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kMissingSignature}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kConnectionReset}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kProviderCode, .code = "1099"}, Verdict::kDeclined, Report::kNotFound},
  };
  int number = 0;
  for (const Spoilt& spoilt : kSpoilt) {
    const std::string id = absl::StrCat("F-", ++number);
    SCOPED_TRACE(id);
    ASSERT_TRUE(simulator_->PutFault(spoilt.fault).ok());
    const Outcome created = Create(id);
    EXPECT_EQ(created.verdict, spoilt.verdict);
    EXPECT_NE(created.facts.report, Report::kFailed);
    EXPECT_EQ(Query(id).facts.report, spoilt.after);
  }
}

TEST_F(PairingTest, RefusalsAreAskedAboutAndHaveEpaysWords) {
  Scenario small = Call(Verb::kCreatePayout, "R-1");
  small.payout.amount.minor_units = 999;
  Scenario poor = Call(Verb::kCreatePayout, "R-2");
  poor.payout.amount.minor_units = 500000;
  Switch("fee_permille", "1000");
  ASSERT_EQ(Create("R-3").verdict, Verdict::kAccepted);
  for (const auto& [scenario, code] :
       {std::pair(small, "1007"), {poor, "1008"}, {Call(Verb::kCreatePayout, "R-3"), "1005"}}) {
    const Outcome refused = Send(scenario).outcome;
    EXPECT_EQ(refused.verdict, Verdict::kDeclined);
    EXPECT_TRUE(refused.query_now);
    EXPECT_EQ(refused.failure.provider_code, code);
    EXPECT_NE(refused.failure.provider_message, "");
  }
  EXPECT_EQ(Query("R-1").facts.report, Report::kNotFound);
  EXPECT_EQ(Query("R-2").facts.report, Report::kNotFound);
  EXPECT_EQ(Query("R-3").facts.report, Report::kOpen) << "the repeat touched nothing";
  int paid_out = 0;
  for (const LedgerEntry& entry : simulator_->Ledger()) paid_out += entry.operation == "payout";
  EXPECT_EQ(paid_out, 1);
}

// With one key in each object nobody need know which style EPAY has.
TEST_F(PairingTest, EveryNestedStyleAndReadingOfJsonTextAgrees) {
  Switch("callback_message", R"({"reason":"ok","code":"0"})");
  int number = 0;
  for (const char* style : {"comma-space", "comma", "amp", "any"}) {
    for (const char* text : {"expanded", "plain"}) {
      SCOPED_TRACE(absl::StrCat(style, " ", text));
      Switch("nested_style", style);
      Switch("json_text", text);
      // A callback's message is JSON text with two keys: its style must be ours.
      const bool read = std::string(style) != "comma" && std::string(style) != "amp";
      const std::string id = absl::StrCat("N-", ++number);
      ASSERT_EQ(Create(id).verdict, Verdict::kAccepted);
      EXPECT_EQ(Query(id).verdict, Verdict::kAccepted);
      notified_.clear();
      hints_.clear();
      Pass(absl::Seconds(2));
      if (read || std::string(text) == "plain") {
        EXPECT_EQ(notified_.size(), 1u);
      } else {
        ASSERT_EQ(hints_.size(), 1u) << "refused, and it says what to ask about";
        EXPECT_EQ(hints_[0], id);
      }
      simulator_->ClearFaults();
      Pass(absl::Hours(6));  // Its retries are over.
    }
  }
}

TEST_F(PairingTest, ARemarkIsSignedByTheStyleThatIsSet) {
  for (const char* ours : {"comma-space", "comma", "amp"}) {
    for (const char* theirs : {"comma-space", "comma", "amp"}) {
      SCOPED_TRACE(absl::StrCat(ours, " to ", theirs));
      Start({{"send_remark", "true"}, {"nested_style", ours}});
      Switch("nested_style", theirs);
      const Outcome created = Create();
      if (std::string(ours) == theirs) {
        EXPECT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
      } else {
        EXPECT_EQ(created.verdict, Verdict::kDeclined);
        EXPECT_EQ(created.failure.provider_code, "1002");
      }
    }
  }
}

TEST_F(PairingTest, ACallbackIsRepeatedSixteenTimesUntilItIsTaken) {
  busy_ = true;
  ASSERT_EQ(Create().verdict, Verdict::kAccepted);
  Pass(absl::Hours(12));
  EXPECT_EQ(notified_.size(), 17u);
  for (const Notification& each : notified_) EXPECT_EQ(each.dedup_key, notified_[0].dedup_key);

  notified_.clear();
  ASSERT_EQ(Create("W-2").verdict, Verdict::kAccepted);
  Pass(absl::Seconds(12));
  busy_ = false;
  Pass(absl::Hours(12));
  EXPECT_EQ(notified_.size(), 3u) << "at once, after 10 s, and after 30 s: taken";
}

TEST_F(PairingTest, SpoiltCallbacksAreRefusedAndNameThePayout) {
  for (const FaultKind kind : {FaultKind::kBadSignature, FaultKind::kMissingSignature}) {
    hints_.clear();
    notified_.clear();
    const std::string id = absl::StrCat("C-", static_cast<int>(kind));
    ASSERT_EQ(Create(id).verdict, Verdict::kAccepted);
    ASSERT_TRUE(simulator_->PutFault({.kind = kind, .operation = "notification"}).ok());
    Pass(absl::Seconds(2));
    ASSERT_EQ(hints_.size(), 1u);
    EXPECT_EQ(hints_[0], id);
    EXPECT_TRUE(notified_.empty());
    EXPECT_EQ(Query(id).facts.report, Report::kSucceeded);
    Pass(absl::Minutes(1));
    EXPECT_EQ(notified_.size(), 1u) << "EPAY repeats it";
  }
}

}  // namespace
}  // namespace sluice::epay

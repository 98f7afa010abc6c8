// Each fault on the calls of the API, the codes that only faults bring about, and many threads.

#include <atomic>
#include <set>
#include <thread>

#include "providers/nicepay/simulator_book.h"
#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SimulatorFaultTest : public SimulatorTest {};

TEST_F(SimulatorFaultTest, BeforeTheEffectNothingHappens) {
  PutFault(FaultKind::kTimeoutBeforeEffect, "registration");
  const Answered silent = Post("registration", Registration("R1", "DANA"));
  EXPECT_TRUE(silent.raw.drop_connection);
  EXPECT_GT(silent.raw.delay, absl::Seconds(70));
  PutFault(FaultKind::kConnectionReset, "registration");
  EXPECT_TRUE(Post("registration", Registration("R1", "DANA")).raw.drop_connection);
  PutFault(FaultKind::kHttpStatus, "registration");
  EXPECT_EQ(Post("registration", Registration("R1", "DANA")).raw.reply.status, 503);
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
  EXPECT_NE(Register("R1", "DANA"), "");
}

// The order that NICEPAY has and the merchant knows no tXid of.
TEST_F(SimulatorFaultTest, ALostRegistration) {
  PutFault(FaultKind::kTimeoutAfterEffect, "registration");
  EXPECT_TRUE(Post("registration", Registration("R1", "DANA")).raw.drop_connection);
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0"));
  EXPECT_EQ(Post("registration", Registration("R1", "DANA")).code(), "9009");
  // It can be paid all the same, and is told of.
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  Advance(absl::ZeroDuration());
  EXPECT_EQ(received_.at(0).Text("referenceNo"), "R1");
}

TEST_F(SimulatorFaultTest, AfterTheEffectItHasHappened) {
  const std::string t_xid = Paid("R1", "DANA");
  PutFault(FaultKind::kHttpStatusAfterEffect, "cancel");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").raw.reply.status, 503);
  EXPECT_EQ(Inquire("R1", t_xid).status(), "1");
  const std::string ovo = Register("R2", "OVOE");
  PutFault(FaultKind::kTimeoutAfterEffect, "payment");
  EXPECT_TRUE(Open(Opening("R2", ovo)).raw.drop_connection);
  EXPECT_TRUE(simulator_->Pay("R2").ok());
  PutFault(FaultKind::kTimeoutAfterEffect, "link");
  Link("L1");
  EXPECT_TRUE(simulator_->ConfirmLink("L1").ok());
}

TEST_F(SimulatorFaultTest, SpoiltBodies) {
  PutFault(FaultKind::kHtmlBody, "registration");
  const Answered html = Post("registration", Registration("R1", "DANA"));
  EXPECT_EQ(html.raw.reply.status, 200);
  EXPECT_THAT(html.raw.reply.body, HasSubstr("<html>"));
  const std::string t_xid = Register("R2", "DANA");
  PutFault(FaultKind::kSlowBody, "inquiry", "", absl::Seconds(2));
  EXPECT_EQ(Inquire("R2", t_xid).raw.chunk_delay, absl::Seconds(2));
  PutFault(FaultKind::kTruncatedBody, "inquiry");
  EXPECT_GT(Inquire("R2", t_xid).raw.truncate_body_at, 0);
}

TEST_F(SimulatorFaultTest, ClockSkewMovesTheProvidersTime) {
  PutFault(FaultKind::kClockSkew, "registration", "", absl::Hours(1));
  EXPECT_EQ(Post("registration", Registration("R1", "DANA")).Text("transTm"), "113001");
  Switch("check_timestamp", "true");
  PutFault(FaultKind::kClockSkew, "registration", "", absl::Minutes(16));
  EXPECT_EQ(Post("registration", Registration("R2", "DANA")).code(), "9031");
}

TEST_F(SimulatorFaultTest, EveryOperationHasItsFault) {
  const std::string t_xid = Paid("R1", "DANA");
  const std::string mandate = Mandate("L1");
  const std::string open = Register("R2", "DANA");
  for (const char* name : {"registration", "payment", "inquiry", "cancel", "link", "link_pay"}) {
    PutFault(FaultKind::kProviderCode, name, "9002");
  }
  EXPECT_EQ(Post("registration", Registration("R3", "DANA")).code(), "9002");
  EXPECT_THAT(Open(Opening("R2", open)).location(), HasSubstr("resultCd=9002"));
  EXPECT_EQ(Inquire("R1", t_xid).code(), "9002");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9002");
  EXPECT_EQ(Link("L2").code(), "9002");
  EXPECT_EQ(PayLinked(LinkedPayment("A1", mandate)).code(), "9002");
  EXPECT_THAT(Ledger("R3"), IsEmpty());
  EXPECT_THAT(Ledger("R2"), ElementsAre("register:9:0"));
  EXPECT_EQ(Inquire("R1", t_xid).status(), "0");
  Fault unknown;
  unknown.operation = "refund";
  EXPECT_EQ(simulator_->PutFault(unknown).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SimulatorFaultTest, EveryDocumentedCodeCanBeAsked) {
  std::set<std::string> codes = {"1001", "1002", "1003", "1004", "8001", "8002", "8003",
                                 "8004", "9030", "9031", "9109", "9301", "9312", "9314",
                                 "9315", "9319", "9320", "9321", "9331", "9332", "9333",
                                 "9334", "9750", "9751", "9752"};
  for (int code = 8061; code <= 8067; ++code) codes.insert(absl::StrCat(code));
  for (int code = 9001; code <= 9028; ++code) codes.insert(absl::StrCat(code));
  for (int code = 9501; code <= 9507; ++code) codes.insert(absl::StrCat(code));
  for (const std::string& code : codes) {
    PutFault(FaultKind::kProviderCode, "registration", code);
    const Answered answer = Post("registration", Registration("R1", "DANA"));
    EXPECT_EQ(answer.code(), code);
    EXPECT_NE(answer.Text("resultMsg"), "") << code;
    EXPECT_EQ(answer.raw.reply.status, 200);
  }
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
}

// A tXid has four digits for all that happens in a second.
TEST(SimulatorBookTest, NoNumberIsLeftInThisSecond) {
  FakeClock clock;
  FakeTimers timers(&clock);
  simulation::VirtualClock virtual_clock(&clock, &timers);
  simulation::SeededIds ids(1);
  simulation::Ledger ledger;
  simulator::Switches switches;
  simulator::Book book({&virtual_clock, &ids, &ledger, &switches, [](simulator::Notice) {}});
  const auto account = std::make_shared<const simulator::Account>(
      simulator::Account{kMid, kKey, "Demo Shop", false});
  simulator::PaymentTerms terms;
  terms.wallet = simulator::FindWallet("DANA");
  simulator::Transaction transaction;
  std::set<std::string> numbers;
  const auto place = [&](int number, absl::Time now) {
    terms.reference_no = absl::StrCat("R", number);
    return book.Register(account, terms, now, &transaction);
  };
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(place(i, clock.Now()), "0000") << i;
    numbers.insert(transaction.t_xid);
  }
  EXPECT_EQ(numbers.size(), 10'000u);
  EXPECT_EQ(place(10'000, clock.Now()), "9006");
  EXPECT_EQ(place(10'000, clock.Now() + absl::Seconds(1)), "0000");
  virtual_clock.Stop();
}

TEST_F(SimulatorFaultTest, ManyThreadsOneBook) {
  constexpr int kThreads = 4, kEach = 20;
  std::vector<Change> registrations;
  for (int i = 0; i < kEach; ++i) {
    registrations.push_back(Registration(absl::StrCat("R", i), "DANA"));
  }
  // All threads fight for each number.
  std::atomic<int> registered{0}, paid{0}, declined{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        if (Post("registration", registrations[i]).code() == "0000") ++registered;
        if (simulator_->Pay(absl::StrCat("R", i)).ok()) ++paid;
        if (simulator_->Decline(absl::StrCat("R", i)).ok()) ++declined;
        simulator_->Ledger();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Advance(absl::Hours(25));
  EXPECT_EQ(registered, kEach);
  EXPECT_EQ(paid + declined, kEach);
  EXPECT_EQ(received_.size(), static_cast<size_t>(paid));
  int64_t index = 0;
  for (const LedgerEntry& entry : simulator_->Ledger()) EXPECT_EQ(entry.index, ++index);
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test

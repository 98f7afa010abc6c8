// Statuses: every number of the chart, what each does to the balance, and what happens by itself.

#include "providers/epay/simulator_test_client.h"

namespace sluice::epay::simulator_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EpaySimulatorStatesTest : public EpaySimulatorTest {
 protected:
  // The balance as the ledger tells it.
  int64_t Balance() const {
    int64_t cents = 1000000;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.operation == "payout" || entry.operation == "debit") cents -= entry.minor_units;
      if (entry.operation == "release") cents += entry.minor_units;
    }
    return cents;
  }
  // Whether the provider agrees that exactly this much is left: a cent more is refused, all of it
  // can be paid out (and is given back).
  void ExpectBalance(int64_t cents) {
    EXPECT_EQ(Balance(), cents);
    Switch("fee_permille", "0");
    Switch("single_min", "0");
    Switch("single_max", "9999999");
    const auto text = [](int64_t amount) {
      return absl::StrCat(amount / 100, ".", amount % 100 / 10, amount % 10);
    };
    const std::string no = absl::StrCat("probe-", ++probes_);
    EXPECT_EQ(Create(no, text(cents + 1)).code(), 1008);
    EXPECT_EQ(Create(no, text(cents)).code(), 1);
    EXPECT_TRUE(simulator_->SetState(no, "5").ok());
    Switch("fee_permille", "20");
  }
  absl::Status Move(std::string_view state) { return simulator_->SetState("W-1", state); }

  int probes_ = 0;
};

TEST_F(EpaySimulatorStatesTest, SuccessKeepsTheDebit) {
  const Answered created = Create("W-1", "25.50");
  EXPECT_EQ(created.status(), "1");
  ExpectBalance(1000000 - 2601);
  ASSERT_TRUE(simulator_->Pay("W-1").ok());
  EXPECT_EQ(Query("W-1").status(), "7");
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:2601", "succeed:7:2550"));
  ExpectBalance(1000000 - 2601);
}

TEST_F(EpaySimulatorStatesTest, FailureReturnsAmountAndFee) {
  Create("W-1", "40");
  ASSERT_TRUE(simulator_->Decline("W-1").ok());
  const Answered queried = Query("W-1");
  EXPECT_EQ(queried.status(), "6");
  EXPECT_EQ(queried.Text("data.orderDescription"), "receiver account rejected");
  EXPECT_TRUE(queried.verified());
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:4080", "fail:6:0", "release:6:4080"));
  ExpectBalance(1000000);
}

TEST_F(EpaySimulatorStatesTest, CancelAndCloseReturnBoth) {
  Create("W-1", "40");
  ASSERT_TRUE(Move("5").ok());
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:4080", "cancel:5:0", "release:5:4080"));
  Create("W-2", "40");
  ASSERT_TRUE(simulator_->Expire("W-2").ok());
  EXPECT_THAT(Ledger("W-2"), ElementsAre("payout:1:4080", "close:8:0", "release:8:4080"));
  EXPECT_EQ(Query("W-2").status(), "8");
  ExpectBalance(1000000);
}

TEST_F(EpaySimulatorStatesTest, TwentyKeepsTheFee) {
  Create("W-1", "40");
  ASSERT_TRUE(Move("20").ok());
  EXPECT_EQ(Query("W-1").status(), "20");
  EXPECT_EQ(Query("W-1").Text("data.fee"), "0.80");
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:4080", "fee_kept:20:80", "release:20:4000"));
  ExpectBalance(1000000 - 80);
}

TEST_F(EpaySimulatorStatesTest, EveryNumberOfTheChart) {
  for (const char* state : {"0", "5", "6", "7", "8", "9", "11", "19", "20"}) {
    const std::string no = absl::StrCat("S-", state);
    Create(no, "100");
    ASSERT_TRUE(simulator_->SetState(no, state).ok()) << state;
    EXPECT_EQ(Query(no).status(), state);
    EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState(no, state))) << state;
    // 1 as well, and whatever the way: back to where it began, all is withheld again.
    ASSERT_TRUE(simulator_->SetState(no, "1").ok()) << state;
    EXPECT_EQ(Query(no).status(), "1");
    EXPECT_EQ(Query(no).Text("data.orderDescription"), "(null)");
  }
  EXPECT_EQ(Balance(), 1000000 - 9 * 10200);
  for (const char* state : {"2", "3", "4", "10", "12", "21", "-1", "", "SUCCESS", "7 x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetState("S-7", state))) << state;
  }
  EXPECT_TRUE(absl::IsNotFound(simulator_->SetState("none", "7")));
}

TEST_F(EpaySimulatorStatesTest, PendingStatesMoveOnAndFinalOnesOnlyBySetState) {
  for (const char* pending : {"9", "11", "19", "0"}) {
    const std::string no = absl::StrCat("P-", pending);
    Create(no, "10");
    ASSERT_TRUE(simulator_->SetState(no, pending).ok());
    EXPECT_THAT(Ledger(no), Contains(absl::StrCat("move:", pending, ":0")));
    EXPECT_TRUE(simulator_->Pay(no).ok()) << pending;
  }
  for (const char* final_state : {"5", "6", "7", "8", "20"}) {
    const std::string no = absl::StrCat("F-", final_state);
    Create(no, "10");
    ASSERT_TRUE(simulator_->SetState(no, final_state).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Pay(no))) << final_state;
    EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Decline(no))) << final_state;
    EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Expire(no))) << final_state;
    EXPECT_EQ(Query(no).status(), final_state);
  }
  EXPECT_TRUE(absl::IsNotFound(simulator_->Pay("none")));
}

TEST_F(EpaySimulatorStatesTest, ALateReversalTakesTheMoneyBackOrFails) {
  Create("W-1", "4900");
  ASSERT_TRUE(Move("6").ok());
  ASSERT_TRUE(Move("7").ok());
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:499800", "fail:6:0", "release:6:499800",
                                         "succeed:7:490000", "debit:7:499800"));
  ASSERT_TRUE(Move("20").ok());
  Create("W-2", "4900");
  Create("W-3", "4600");
  EXPECT_EQ(Balance(), 1000000 - 9800 - 499800 - 469200);
  EXPECT_TRUE(absl::IsFailedPrecondition(Move("1")));
  EXPECT_EQ(Query("W-1").status(), "20");
}

TEST_F(EpaySimulatorStatesTest, TheBalanceMustHoldAmountAndFee) {
  Switch("single_max", "9999999");
  EXPECT_EQ(Create("W-1", "10000").code(), 1008);
  EXPECT_EQ(Create("W-1", "9803.93").code(), 1008);  // With 196.08 a cent too much.
  EXPECT_EQ(Create("W-1", "9803.92").code(), 1);     // With 196.08 exactly all.
  EXPECT_EQ(Balance(), 0);
  EXPECT_EQ(Create("W-2", "10").code(), 1008);
  EXPECT_EQ(Create("W-2", "10").message(), "balance is too low");
  ASSERT_TRUE(Move("6").ok());
  EXPECT_EQ(Create("W-2", "10").code(), 1);
}

TEST_F(EpaySimulatorStatesTest, FeesAreRoundedHalfUp) {
  auto fee = [&, n = 0](const std::string& permille, const std::string& amount) mutable {
    Switch("fee_permille", permille);
    return Create(absl::StrCat("fee-", ++n), amount).Text("data.payerFee");
  };
  EXPECT_EQ(fee("20", "25.50"), "0.51");
  EXPECT_EQ(fee("20", "40.00"), "0.80");
  EXPECT_EQ(fee("20", "10.24"), "0.20");  // 0.2048
  EXPECT_EQ(fee("20", "10.25"), "0.21");  // 0.205
  EXPECT_EQ(fee("0", "25.50"), "0.00");
  EXPECT_EQ(fee("1", "14.99"), "0.01");
  EXPECT_EQ(fee("1000", "14.99"), "14.99");
}

TEST_F(EpaySimulatorStatesTest, ProgressByItself) {
  for (const char* result : {"7", "6", "20"}) {
    const std::string no = absl::StrCat("A-", result);
    Switch("auto_result", result);
    Switch("auto_delay", "30s");
    EXPECT_EQ(Create(no, "10").status(), "1");
    simulator_->AdvanceClock(absl::Seconds(29));
    EXPECT_EQ(Query(no).status(), "1");
    simulator_->AdvanceClock(absl::Seconds(1));
    EXPECT_EQ(Query(no).status(), result);
  }
  Switch("auto_delay", "never");
  Create("A-never", "10");
  Switch("auto_delay", "1s");
  Switch("auto_result", "none");
  Create("A-none", "10");
  simulator_->AdvanceClock(absl::Hours(1000));
  EXPECT_EQ(Query("A-never").status(), "1");
  EXPECT_EQ(Query("A-none").status(), "1");
}

TEST_F(EpaySimulatorStatesTest, ByDefaultPaidAfterASecondOfOrdinaryTime) {
  Switch("auto_result", "7");
  Create("W-1", "10");
  timers_->AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(Query("W-1").status(), "7");
}

TEST_F(EpaySimulatorStatesTest, WhoeverMovesAPayoutStopsItsProgress) {
  Switch("auto_result", "7");
  Create("W-1", "10");
  ASSERT_TRUE(Move("11").ok());
  ASSERT_TRUE(Move("1").ok());
  simulator_->AdvanceClock(absl::Hours(1));
  EXPECT_EQ(Query("W-1").status(), "1");
}

TEST_F(EpaySimulatorStatesTest, EpaysOwnNumberIsAKeyToo) {
  const std::string number = Create("W-1", "10").order_no();
  EXPECT_TRUE(simulator_->Pay(number).ok());
  EXPECT_EQ(Query("W-1").status(), "7");
  ASSERT_TRUE(
      simulator_
          ->AddAccount(
              {{"epay_account", "other@example.test"}, {"api_key", kKey}, {"balance", "100"}})
          .ok());
  std::string param = CreateParam({}), text = CreateText({});
  for (std::string* part : {&param, &text}) {
    part->replace(part->find(kAccount), std::string(kAccount).size(), "other@example.test");
  }
  ASSERT_EQ(Call("createEwalletTransaction", param, text).code(), 1);
  ASSERT_EQ(Create({}).code(), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Pay("W-1001")));
  EXPECT_TRUE(simulator_->Pay(Query("W-1001").order_no()).ok());
}

TEST_F(EpaySimulatorStatesTest, QueriesAndRefusalsLeaveNoEntry) {
  Query("W-1");
  GetLimit("12");
  Create("W-1", "1");
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
}

}  // namespace
}  // namespace sluice::epay::simulator_test

#include "providers/epay/statuses.h"

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "providers/epay/test_account.h"
#include "providers/epay/transactions.h"
#include "server/core/decision.h"

namespace sluice::epay {
namespace {

using Chart = std::map<std::string, std::vector<std::string>>;

// number -> word, final, callback, outcome
Chart ReadChart() {
  Chart chart;
  std::istringstream lines(ReadTestdata("order_status.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> columns = absl::StrSplit(line, ' ');
    EXPECT_EQ(columns.size(), 5u) << line;
    const std::string number = columns.front();
    columns.erase(columns.begin());
    EXPECT_TRUE(chart.emplace(number, columns).second) << line;
  }
  return chart;
}

Facts FactsAt(const std::string& number) {
  Json data = DataOf("query_succeeded");
  data.Set("status", number);
  const auto read = ReadTransaction(data);
  EXPECT_TRUE(read.ok()) << read.status();
  return read->facts;
}

// A payout whose create was sent, and then EPAY's report taken by the engine's own rules.
Decision DecideAt(const Facts& facts, PayoutState state) {
  const absl::Time start = absl::FromUnixSeconds(1767225600);
  Payout payout = TestScenario(Verb::kCreatePayout).payout;
  Decision begun = BeginPayout(payout, start);
  if (state != PayoutState::kSubmitting) {
    payout = *begun.after.payout;
    payout.state = state;
    begun.after.payout = std::make_shared<const Payout>(payout);
  }
  FactsReported reported;
  reported.facts = facts;
  reported.provider_key = kTestPayout;
  return Decide(begun.after, reported, FlowPolicy{}, start + absl::Seconds(1));
}

TEST(StatusesTest, EveryDocumentedNumberIsMapped) {
  std::set<std::string> documented, mapped;
  for (const auto& [number, columns] : ReadChart()) documented.insert(number);
  for (const Status& status : kStatuses) mapped.insert(std::string(status.number));
  EXPECT_EQ(documented.size(), 10u);
  EXPECT_EQ(documented, mapped);
}

TEST(StatusesTest, EachBringsThePayoutWhereTheChartSays) {
  for (const auto& [number, columns] : ReadChart()) {
    SCOPED_TRACE(number);
    const Decision decision = DecideAt(FactsAt(number), PayoutState::kSubmitting);
    const Payout& payout = *decision.after.payout;
    const std::string& outcome = columns[3];
    EXPECT_EQ(StateName(payout.state), outcome.substr(0, outcome.find('+')));
    EXPECT_EQ(payout.fee_kept, outcome == "FAILED+fee-kept");
    EXPECT_EQ(!payout.attention.empty(), outcome == "PENDING+attention");
    EXPECT_EQ(IsFinal(payout.state), columns[1] == "final");
    // All that end without success say why, in words and with EPAY's number.
    const bool unhappy = IsFinal(payout.state) && payout.state != PayoutState::kSucceeded;
    EXPECT_EQ(!payout.failure.message.empty(), unhappy);
    EXPECT_EQ(payout.failure.provider_code, unhappy ? number : "");
  }
}

TEST(StatusesTest, AFinalStateStays) {
  for (const auto& [final_number, columns] : ReadChart()) {
    if (columns[1] != "final") continue;
    const Decision ended = DecideAt(FactsAt(final_number), PayoutState::kSubmitting);
    const PayoutState state = ended.after.payout->state;
    for (const Status& later : kStatuses) {
      SCOPED_TRACE(final_number + " then " + std::string(later.number));
      EXPECT_EQ(DecideAt(FactsAt(std::string(later.number)), state).after.payout->state, state);
    }
  }
}

TEST(StatusesTest, AnUnknownNumberSaysNothing) {
  for (const char* number : {"2", "3", "4", "10", "12", "21", "70", "77", "100", "01"}) {
    const Facts facts = FactsAt(number);
    EXPECT_EQ(facts.report, Report::kNone) << number;
    EXPECT_TRUE(facts.failure.empty());
    EXPECT_EQ(DecideAt(facts, PayoutState::kSubmitting).after.payout->state,
              PayoutState::kSubmitting);
  }
}

}  // namespace
}  // namespace sluice::epay

// The state tables in the comments of the API are those of the machines, line by line.

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "server/core/account_link_machine.h"
#include "server/core/attempt_machine.h"
#include "server/core/order_machine.h"
#include "server/core/payout_machine.h"
#include "server/core/refund_machine.h"

namespace sluice {
namespace {

std::set<std::string> Published(const std::string& proto) {
  std::ifstream file("proto/sluice/v1/" + proto);
  EXPECT_TRUE(file.good()) << proto;
  static const std::regex kLine(R"(^ *//   ([A-Z_]+) +-> ([a-z_]+) +-> ([A-Z_]+)$)");
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kLine)) {
      lines.insert(match.str(1) + " -> " + match.str(2) + " -> " + match.str(3));
    }
  }
  return lines;
}

// `events` are the published words, in the order of the enum from 1.
template <typename Table>
std::set<std::string> Built(const Table& table, const std::vector<std::string>& events) {
  std::set<std::string> lines;
  for (const auto& transition : table) {
    lines.insert(std::string(StateName(transition.from)) + " -> " +
                 events.at(static_cast<size_t>(transition.event) - 1) + " -> " +
                 std::string(StateName(transition.to)));
  }
  EXPECT_EQ(lines.size(), table.size());
  return lines;
}

TEST(StateTablesTest, Orders) {
  EXPECT_EQ(Published("order.proto"),
            Built(kOrderTransitions, {"accepted", "paid", "closed", "expired", "returned",
                                      "cancel_requested", "cancel_refused", "revoke_requested",
                                      "revoke_refused_paid", "revoke_refused_open"}));
}

TEST(StateTablesTest, Refunds) {
  EXPECT_EQ(Published("refund.proto"),
            Built(kRefundTransitions, {"accepted", "succeeded", "failed"}));
}

TEST(StateTablesTest, Payouts) {
  EXPECT_EQ(Published("payout.proto"),
            Built(kPayoutTransitions, {"accepted", "succeeded", "failed", "canceled"}));
}

TEST(StateTablesTest, AccountLinks) {
  EXPECT_EQ(Published("account_link.proto"),
            Built(kAccountLinkTransitions, {"accepted", "activated", "failed", "expired",
                                            "unlinked", "revoke_requested", "revoke_refused"}));
}

TEST(StateTablesTest, Attempts) {
  EXPECT_EQ(Published("attempt.proto"),
            Built(kAttemptTransitions, {"confirmed", "rejected", "lost", "resent"}));
}

}  // namespace
}  // namespace sluice

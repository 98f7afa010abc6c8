#include "providers/nicepay/simulator_wallets.h"

#include "providers/nicepay/simulator_codes.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kDanaOnline = absl::Hours(24 * 30);
constexpr absl::Duration kLinkAjaVoid = absl::Hours(24 * 30);
constexpr absl::Duration kShopeePayRefund = absl::Hours(24 * 365);
constexpr int kDanaPauseHour = 0;  // DANA takes no requests from 00:00 to 01:00.

const Wallet kWallets[] = {
    {"OVOE", "OVO", absl::Seconds(55), "0189", CancelRule::kSameDay, true, false, false},
    {"DANA", "DANA", kDay, "0123589", CancelRule::kDana, false, false, false},
    {"LINK", "LinkAja", absl::Minutes(5), "012389", CancelRule::kLinkAja, false, false, false},
    {"ESHP", "ShopeePay", absl::Minutes(5), "01234589", CancelRule::kShopeePay, false, true, false},
    {"ASTR", "AstraPay", absl::Minutes(15), "038", CancelRule::kNever, false, false, true},
};

CancelVerdict Refuse(std::string_view code) { return {"", code}; }

CancelVerdict JudgeDana(bool partial, absl::Duration age, absl::Time now, bool manual) {
  if (absl::ToCivilHour(now, Jakarta()).hour() == kDanaPauseHour) return Refuse(kCannotCancel);
  if (age > kDanaOnline) return Refuse(kCancelPeriodOver);
  if (partial) return {kRefund, ""};
  if (age < kDay) return {kVoid, ""};
  if (manual) return Refuse(kCannotCancel);
  return {kRefund, ""};
}

}  // namespace

absl::TimeZone Jakarta() { return absl::FixedTimeZone(7 * 3600); }

std::string_view StatusWord(std::string_view status) {
  constexpr std::string_view kWords[] = {"paid",    "void", "refund", "unpaid", "processing",
                                         "expired", "",     "",       "failed", "init"};
  return status.size() == 1 && status[0] >= '0' && status[0] <= '9' ? kWords[status[0] - '0'] : "";
}

const Wallet* FindWallet(std::string_view mitra_cd) {
  for (const Wallet& wallet : kWallets) {
    if (wallet.mitra_cd == mitra_cd) return &wallet;
  }
  return nullptr;
}

CancelVerdict JudgeCancel(const Wallet& wallet, bool partial, absl::Time paid, absl::Time now,
                          bool dana_manual) {
  const absl::Duration age = now - paid;
  const bool same_day = absl::ToCivilDay(paid, Jakarta()) == absl::ToCivilDay(now, Jakarta());
  switch (wallet.cancel_rule) {
    case CancelRule::kSameDay:
      if (!same_day) return Refuse(kCannotCancel);
      return partial ? Refuse(kCannotCancelPartially) : CancelVerdict{kVoid, ""};
    case CancelRule::kDana:
      return JudgeDana(partial, age, now, dana_manual);
    case CancelRule::kLinkAja:
      // What is left is a manual refund: not for this API.
      if (age >= kLinkAjaVoid) return Refuse(kCancelPeriodOver);
      return partial ? Refuse(kCannotCancelPartially) : CancelVerdict{kVoid, ""};
    case CancelRule::kShopeePay:
      if (age >= kShopeePayRefund) return Refuse(kCancelPeriodOver);
      return {same_day && !partial ? kVoid : kRefund, ""};
    case CancelRule::kNever:
      break;
  }
  return Refuse(kCannotCancel);
}

}  // namespace sluice::nicepay::simulator

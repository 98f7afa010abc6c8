#include "providers/nicepay/token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"
#include "server/crypto/sha256.h"

namespace sluice::nicepay {
namespace {

constexpr int kJakartaOffsetSeconds = 7 * 60 * 60;

absl::TimeZone Jakarta() { return absl::FixedTimeZone(kJakartaOffsetSeconds); }

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

std::string TimeStamp(absl::Time time) { return absl::FormatTime("%Y%m%d%H%M%S", time, Jakarta()); }

std::optional<absl::Time> ReadTime(std::string_view date, std::string_view time) {
  constexpr size_t kDateDigits = 8, kTimeDigits = 6;
  if (date.size() != kDateDigits || time.size() != kTimeDigits) return std::nullopt;
  if (!IsDigits(date) || !IsDigits(time)) return std::nullopt;
  const auto number = [](std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = 10 * value + (c - '0');
    return value;
  };
  const absl::CivilSecond civil(number(date.substr(0, 4)), number(date.substr(4, 2)),
                                number(date.substr(6, 2)), number(time.substr(0, 2)),
                                number(time.substr(2, 2)), number(time.substr(4, 2)));
  const absl::Time read = absl::FromCivil(civil, Jakarta());
  // The civil time normalises what is no date ("20260231"): then it says something else.
  if (TimeStamp(read) != StrCat(date, time)) return std::nullopt;
  return read;
}

std::string AmountText(const Money& amount) { return FormatDecimal(amount); }

std::string OrderToken(const Account& account, std::string_view time_stamp,
                       std::string_view reference_no, std::string_view amount) {
  return crypto::Sha256HexLower(
      StrCat(time_stamp, account.i_mid, reference_no, amount, account.merchant_key.Reveal()));
}

std::string CancelToken(const Account& account, std::string_view time_stamp, std::string_view txid,
                        std::string_view amount) {
  return OrderToken(account, time_stamp, txid, amount);
}

std::string LinkToken(const Account& account, std::string_view reference_no,
                      std::string_view billing_phone) {
  return OrderToken(account, "", reference_no, billing_phone);
}

std::string InitiateToken(const Account& account, std::string_view reference_no,
                          std::string_view amount) {
  return OrderToken(account, "", reference_no, amount);
}

std::string NotificationToken(const Account& account, std::string_view txid,
                              std::string_view amount) {
  return OrderToken(account, "", txid, amount);
}

}  // namespace sluice::nicepay

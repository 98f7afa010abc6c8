#include "providers/payby/codes.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/numbers.h"
#include "server/base/strings.h"

namespace sluice::payby {
namespace {

// Which calls a row speaks of.
enum CallSet : unsigned {
  kOther = 0,  // Documented for calls that Sluice does not make.
  kCreate = 1 << 0,
  kCancel = 1 << 1,
  kRevoke = 1 << 2,
  kRefund = 1 << 3,
  kGet = 1 << 4,
  kGetRefund = 1 << 5,
  kAny = kCreate | kCancel | kRevoke | kRefund | kGet | kGetRefund,
};

unsigned CallOf(Verb verb) {
  switch (verb) {
    case Verb::kCreateOrder:
      return kCreate;
    case Verb::kCancelOrder:
      return kCancel;
    case Verb::kRevokeOrder:
      return kRevoke;
    case Verb::kCreateRefund:
      return kRefund;
    case Verb::kQueryOrder:
      return kGet;
    case Verb::kQueryRefund:
      return kGetRefund;
    default:
      return 0;
  }
}

bool IsQuery(Verb verb) { return verb == Verb::kQueryOrder || verb == Verb::kQueryRefund; }

struct Row {
  int first, last;
  unsigned calls;
  CodeMeaning meaning;
};

constexpr CodeMeaning Declined(FailureReason reason, std::string_view message) {
  return {.verdict = Verdict::kDeclined, .reason = reason, .message = message};
}

constexpr CodeMeaning NotProcessed(std::string_view message) {
  return {.verdict = Verdict::kNotProcessed, .reason = FailureReason::kOther, .message = message};
}

// The code alone does not say whether this call had its effect.
constexpr CodeMeaning Ask(std::string_view message) {
  return {.verdict = Verdict::kUnknown,
          .reason = FailureReason::kOther,
          .query_now = true,
          .message = message};
}

// A refusal that is believed once a query bears it out.
constexpr CodeMeaning AskedAbout(CodeMeaning meaning) {
  meaning.query_now = true;
  return meaning;
}

// A query's answer, as good as any other: PayBy has no such number.
constexpr CodeMeaning NotKnown() {
  return {.verdict = Verdict::kAccepted,
          .reason = FailureReason::kNone,
          .report = Report::kNotFound,
          .message = "PayBy does not know this number"};
}

// Cancel or revoke of what PayBy does not know.
constexpr CodeMeaning NothingThere() {
  return {.verdict = Verdict::kDeclined,
          .reason = FailureReason::kDeclinedByProvider,
          .report = Report::kNotFound,
          .query_now = true,
          .message = "PayBy does not know this order"};
}

constexpr FailureReason kByProvider = FailureReason::kDeclinedByProvider;
constexpr FailureReason kSetUp = FailureReason::kConfiguration;

// First match wins: the rows of one code stand together.
constexpr Row kRows[] = {
    // Global.
    {0, 0, kOther, {.message = "success"}},
    {400, 400, kAny, Declined(kByProvider, "PayBy refused a parameter or the time of the request")},
    {402, 402, kAny, NotProcessed("PayBy's rate limit was reached")},
    {403, 403, kAny, Declined(kSetUp, "the merchant or this address may not call PayBy's API")},
    {404, 404, kAny, NotProcessed("PayBy's service is not available")},
    {500, 500, kAny, Ask("PayBy had a system error; the outcome is not known")},
    {504, 504, kAny, Ask("PayBy timed out; the outcome is not known")},
    {601, 601, kAny, Declined(FailureReason::kRiskRejected, "PayBy's risk control refused")},
    // States of the order. For a create under our own number they may speak of an earlier send.
    {62001, 62001, kCreate, Ask("an order with this number has been paid")},
    {62001, 62001, kCancel, Declined(kByProvider, "the order has been paid")},
    {62002, 62002, kCreate,
     Declined(FailureReason::kDuplicateAtProvider,
              "an order with this number has ended: the number is spent")},
    {62002, 62002, kCancel, Ask("the order had ended before")},
    {62002, 62002, kRefund, Declined(kByProvider, "the order has ended unpaid")},
    {62003, 62003, kCreate, Ask("an order with this number has been settled")},
    {62003, 62003, kCancel, Declined(kByProvider, "the order has been paid and settled")},
    // Numbers that PayBy does not know.
    {62004, 62004, kGet, NotKnown()},
    {62004, 62004, kCancel | kRevoke, NothingThere()},
    {62004, 62004, kRefund, Declined(kByProvider, "PayBy does not know the order")},
    {62035, 62035, kGet | kGetRefund, NotKnown()},
    {62035, 62035, kCancel | kRevoke, NothingThere()},
    {62035, 62035, kRefund, Declined(kByProvider, "PayBy does not know the order")},
    {62007, 62007, kGetRefund, NotKnown()},
    {62007, 62007, kRefund, Declined(kByProvider, "PayBy does not know the refund's number")},
    // Refunds.
    {62006, 62006, kRefund,
     Declined(FailureReason::kLimitExceeded, "the amount is more than what can be refunded")},
    {62015, 62015, kRefund, Declined(kByProvider, "the order has not been paid")},
    {62017, 62017, kRefund,
     Declined(FailureReason::kDuplicateAtProvider, "PayBy has another refund under this number")},
    // Of a bank, which may have said it of an earlier send.
    {62030, 62030, kRefund, AskedAbout(Declined(kByProvider, "PayBy's bank refused"))},
    {62036, 62036, kCreate | kRefund, Declined(kSetUp, "the device is not the merchant's")},
    {62038, 62038, kRefund, Declined(kSetUp, "the secondary merchant is not the order's")},
    {62040, 62040, kRefund, Declined(kByProvider, "the order has been revoked")},
    {62045, 62045, kRefund, Declined(kByProvider, "PayBy rejected the refund")},
    {62083, 62083, kCreate | kRefund, Declined(kSetUp, "a sharing member is not known")},
    {62084, 62084, kRefund, Declined(kSetUp, "the sharing members are not the order's")},
    // Revokes. 62039 is an internal failure with the advice to repeat, which is safe.
    {62039, 62039, kRevoke, Ask("PayBy could not revoke; to be repeated")},
    {62041, 62041, kRevoke, Declined(kByProvider, "the order has refunds already")},
    {62046, 62046, kRevoke, Declined(kByProvider, "PayBy rejected the revoke")},
    // Parameters of a new order.
    {62008, 62008, kCreate,
     Declined(FailureReason::kExpired, "the order's expiry was not after the request's time")},
    {62009, 62009, kCreate, Declined(kByProvider, "the order's expiry is more than 48 hours away")},
    {62012, 62012, kCreate, Declined(kSetUp, "PayBy does not know the payment scene")},
    {62016, 62016, kCreate,
     Declined(FailureReason::kDuplicateAtProvider, "PayBy has another order under this number")},
    {62018, 62018, kCreate, Declined(FailureReason::kInvalidAccount, "the payer is not known")},
    {62019, 62019, kCreate, Declined(kSetUp, "the payee is not known")},
    {62020, 62020, kCreate, Declined(FailureReason::kInvalidAccount, "the payee would pay itself")},
    {62026, 62026, kCreate, Declined(kSetUp, "the merchant has not applied for this product")},
    {62031, 62034, kCreate, Declined(kSetUp, "a parameter of the scene is missing or wrong")},
    {62037, 62037, kCreate, Declined(kSetUp, "the device may not be used")},
    {62042, 62044, kCreate, Declined(kSetUp, "a parameter of the scene is missing or wrong")},
    {62047, 62071, kCreate, Declined(kByProvider, "a card or device parameter was refused")},
    {62072, 62072, kCreate, Declined(kByProvider, "PayBy requires a return URL")},
    {62073, 62073, kCreate, Declined(kSetUp, "oneTimePayment was refused")},
    {62078, 62079, kCreate, Declined(kByProvider, "a card parameter was refused")},
    {62080, 62081, kCreate, Declined(kSetUp, "PayBy does not offer this wallet")},
    {62085, 62085, kCreate, Declined(kSetUp, "a parameter of the scene is missing or wrong")},
    {62086, 62086, kCreate, Declined(kSetUp, "the payee is not valid")},
    {62087, 62088, kCreate, Declined(kByProvider, "PayBy refused a parameter")},
    // PayBy's newer list has it under create, too.
    {62089, 62089, kCreate, Declined(kByProvider, "PayBy refused the order's expiry")},
    // Of calls that Sluice does not make: statements, transfers, payouts, cashier URLs.
    {62013, 62014, kOther, Ask("a code of PayBy's statements")},
    {62023, 62023, kOther, Ask("a code of PayBy's transfers")},
    {62027, 62029, kOther, Ask("a code of PayBy's transfers")},
    {62082, 62082, kOther, Ask("a code of PayBy's cashier URLs")},
    {92000, 92004, kOther, Ask("a code of PayBy's payouts")},
};

// "62001" to 62001. Codes are text: "062001" is another code, and none that is documented.
std::optional<int> Number(std::string_view code) {
  constexpr size_t kMaxDigits = 9;  // Fits an int; PayBy's have up to five.
  if (code.empty() || code.size() > kMaxDigits) return std::nullopt;
  if (code.front() == '0' && code.size() > 1) return std::nullopt;
  if (!std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  int number = 0;
  if (!absl::SimpleAtoi(AbslView(code), &number)) return std::nullopt;
  return number;
}

const Row* FindRow(std::string_view code, unsigned call) {
  const std::optional<int> number = Number(code);
  if (!number) return nullptr;
  const auto* const found = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) {
    return *number >= row.first && *number <= row.last && (call == kAny || (row.calls & call) != 0);
  });
  return found == std::end(kRows) ? nullptr : found;
}

CodeMeaning MeaningOfUndocumented(std::string_view code, Verb verb) {
  CodeMeaning meaning = Ask("PayBy answered with a code that is not documented for this call");
  const std::optional<int> number = Number(code);
  const bool is_business_rule = number && *number >= 62000 && *number <= 62999;
  const bool is_create = verb == Verb::kCreateOrder || verb == Verb::kCreateRefund;
  if (is_business_rule && is_create) {
    meaning.verdict = Verdict::kDeclined;
    meaning.reason = FailureReason::kDeclinedByProvider;
  }
  meaning.query_now = !IsQuery(verb);
  return meaning;
}

}  // namespace

CodeMeaning MeaningOf(std::string_view code, Verb verb) {
  const unsigned call = CallOf(verb);
  const Row* const row = call == 0 ? nullptr : FindRow(code, call);
  if (row == nullptr) return MeaningOfUndocumented(code, verb);
  CodeMeaning meaning = row->meaning;
  if (IsQuery(verb)) {
    // A refused query says nothing of the order, and asking again at once would not help.
    if (meaning.verdict == Verdict::kDeclined) meaning.verdict = Verdict::kUnknown;
    meaning.query_now = false;
  }
  return meaning;
}

bool IsDocumented(std::string_view code) { return FindRow(code, kAny) != nullptr; }

bool IsDocumented(std::string_view code, Verb verb) {
  const unsigned call = CallOf(verb);
  return call != 0 && FindRow(code, call) != nullptr;
}

bool MayBeUnsigned(std::string_view code) {
  constexpr std::string_view kUnsigned[] = {"400", "402", "403", "404", "500", "504", "601"};
  if (std::find(std::begin(kUnsigned), std::end(kUnsigned), code) != std::end(kUnsigned)) {
    return true;
  }
  return code.size() == 5 && code.substr(0, 2) == "58" && Number(code).has_value();
}

}  // namespace sluice::payby

#include "providers/nicepay/codes.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"

namespace sluice::nicepay {
namespace {

// Which calls a row speaks of.
enum CallSet : unsigned {
  kOther = 0,  // Documented for calls or pay methods that Sluice does not use.
  kRegister = 1 << 0,
  kPay = 1 << 1,
  kAsk = 1 << 2,
  kGiveBack = 1 << 3,
  kLink = 1 << 4,
  kInitiate = 1 << 5,
  kBegin = kRegister | kLink | kInitiate,  // What makes something new.
  kChange = kBegin | kPay | kGiveBack,
  kAny = kChange | kAsk,
};

unsigned SetOf(Call call) {
  switch (call) {
    case Call::kRegistration:
      return kRegister;
    case Call::kPayment:
      return kPay;
    case Call::kInquiry:
      return kAsk;
    case Call::kCancel:
      return kGiveBack;
    case Call::kLinkEnable:
      return kLink;
    case Call::kLinkInitiate:
      return kInitiate;
    case Call::kNone:
      break;
  }
  return 0;
}

struct Row {
  int first, last;
  unsigned calls;
  CodeMeaning meaning;
};

constexpr FailureReason kByProvider = FailureReason::kDeclinedByProvider;
constexpr FailureReason kSetUp = FailureReason::kConfiguration;
constexpr FailureReason kLimit = FailureReason::kLimitExceeded;

constexpr CodeMeaning Declined(FailureReason reason, std::string_view message) {
  return {.verdict = Verdict::kDeclined, .reason = reason, .message = message};
}

// A refusal that may come from an effect before it: believed when the inquiry shows none.
constexpr CodeMeaning Doubted(FailureReason reason, std::string_view message) {
  return {.verdict = Verdict::kDeclined, .reason = reason, .query_now = true, .message = message};
}

constexpr CodeMeaning NotProcessed(std::string_view message) {
  return {.verdict = Verdict::kNotProcessed, .message = message};
}

constexpr CodeMeaning Unclear(std::string_view message) {
  return {.verdict = Verdict::kUnknown, .query_now = true, .message = message};
}

// First match wins: the rows of one code stand together.
constexpr Row kRows[] = {
    {0, 0, kOther, {.message = "success"}},
    // Between NICEPAY's own systems.
    {1001, 1001, kAny, Unclear("NICEPAY had a connection error; the outcome is not known")},
    {1002, 1002, kAny, Unclear("NICEPAY had a socket error; the outcome is not known")},
    {1003, 1003, kAny, Unclear("NICEPAY had a server error; the outcome is not known")},
    {1004, 1004, kAny, Unclear("NICEPAY timed out; the outcome is not known")},
    {8001, 8001, kBegin, Declined(kByProvider, "NICEPAY could not register the order")},
    {8002, 8002, kAsk, Unclear("NICEPAY could not look the order up")},
    {8003, 8003, kAny, Unclear("NICEPAY had a data error; the outcome is not known")},
    {8004,
     8004,
     kAsk,
     {.verdict = Verdict::kAccepted,
      .reason = FailureReason::kNone,
      .not_found = true,
      .message = "NICEPAY does not know the transaction"}},
    {8004, 8004, kPay | kGiveBack, Declined(kByProvider, "NICEPAY does not know the transaction")},
    {8061, 8067, kGiveBack, Declined(kByProvider, "NICEPAY refused the cancel request")},
    // Registration and what all calls check.
    {9001, 9001, kBegin, Declined(kByProvider, "NICEPAY's registration failed")},
    {9002, 9002, kBegin | kPay, NotProcessed("NICEPAY is busy and asks to try later")},
    // A cancel has no number: it is not sent again on a word that is documented for registrations.
    {9002, 9002, kGiveBack | kAsk, Unclear("NICEPAY is busy")},
    {9003, 9003, kBegin | kPay, Declined(kByProvider, "NICEPAY calls the order invalid")},
    {9003, 9003, kGiveBack, Doubted(kByProvider, "NICEPAY calls the order invalid")},
    {9003, 9003, kAsk, Unclear("NICEPAY's transaction has another number or amount")},
    {9004, 9004, kAny, Unclear("NICEPAY could not look up the order's confirmation")},
    {9005, 9005, kAny, Unclear("NICEPAY could not check the order's status")},
    {9006, 9006, kBegin, Declined(kByProvider, "NICEPAY could not make a transaction number")},
    {9007, 9007, kAny, Declined(kByProvider, "NICEPAY misses the amount")},
    {9008, 9008, kAny, Declined(kByProvider, "NICEPAY takes whole rupiah only")},
    {9009, 9009, kBegin,
     Declined(FailureReason::kDuplicateAtProvider,
              "NICEPAY has another transaction under this number")},
    {9010, 9010, kAny, Declined(kSetUp, "NICEPAY refused the merchant token: is the key right?")},
    {9011, 9011, kAny, Declined(kSetUp, "NICEPAY does not know the merchant id")},
    {9012, 9012, kAny, Declined(kSetUp, "the payment method is not active for this merchant")},
    {9013, 9013, kChange, Declined(kByProvider, "NICEPAY misses the currency")},
    {9014, 9014, kAny, Declined(kByProvider, "NICEPAY misses the reference number")},
    {9015, 9015, kBegin, Declined(kByProvider, "NICEPAY misses the description of the goods")},
    {9016, 9016, kBegin, Declined(kByProvider, "NICEPAY misses the payer's name")},
    {9017, 9017, kBegin, Declined(kByProvider, "NICEPAY misses the payer's phone number")},
    {9018, 9018, kBegin, Declined(kByProvider, "NICEPAY misses the payer's e-mail address")},
    {9019, 9019, kBegin | kPay, Declined(kSetUp, "NICEPAY misses the return page's address")},
    {9020, 9020, kBegin, Declined(kSetUp, "NICEPAY misses the address of notifications")},
    {9021, 9021, kBegin, Declined(kSetUp, "NICEPAY could not look up the merchant's set-up")},
    {9022, 9022, kBegin, Declined(kByProvider, "NICEPAY could not read the cart")},
    {9023, 9023, kBegin, Declined(kByProvider, "the cart does not add up to the amount")},
    {9024, 9024, kBegin, Declined(kByProvider, "NICEPAY misses the payer's IP address")},
    {9025, 9025, kBegin, Declined(kByProvider, "NICEPAY misses the payer's city")},
    {9026, 9026, kBegin, Declined(kByProvider, "NICEPAY misses the payer's state")},
    {9027, 9027, kBegin, Declined(kByProvider, "NICEPAY misses the payer's post code")},
    {9028, 9028, kBegin, Declined(kByProvider, "NICEPAY misses the payer's country")},
    {9030, 9030, kBegin | kPay, Declined(kByProvider, "the transaction failed at NICEPAY")},
    {9030, 9030, kGiveBack, Doubted(kByProvider, "the transaction failed at NICEPAY")},
    {9031, 9031, kAny, Declined(kSetUp, "this machine's clock is not NICEPAY's")},
    {9109, 9109, kBegin, Declined(kByProvider, "NICEPAY takes numbers of up to 40 characters")},
    // Transactions.
    {9501, 9501, kPay | kGiveBack, Declined(kByProvider, "NICEPAY has no such transaction")},
    {9502, 9502, kChange, Declined(kSetUp, "NICEPAY does not allow the transaction")},
    {9503, 9503, kChange, Declined(kSetUp, "the merchant is stopped at NICEPAY")},
    {9504, 9506, kChange, Declined(kSetUp, "the merchant's set-up at NICEPAY is incomplete")},
    {9507, 9507, kChange, Unclear("NICEPAY timed out; the outcome is not known")},
    // E-wallets.
    {9750, 9750, kBegin | kPay, Declined(kByProvider, "NICEPAY could not make an e-wallet id")},
    {9751, 9751, kInitiate,
     Declined(FailureReason::kInvalidAccount,
              "the linked account is unknown or was linked anew since")},
    {9751, 9751, kChange, Declined(kByProvider, "NICEPAY refused an e-wallet parameter")},
    {9752, 9752, kBegin | kPay, Declined(kByProvider, "the e-wallet refused the payment")},
    {9752, 9752, kGiveBack, Doubted(kByProvider, "the e-wallet refused")},
    // Cancels.
    {9301, 9301, kGiveBack, Declined(kByProvider, "NICEPAY does not know the kind of cancel")},
    {9312, 9312, kGiveBack, Declined(kByProvider, "NICEPAY misses the amount to cancel")},
    {9314, 9314, kGiveBack, Doubted(kByProvider, "the payment cannot be cancelled now")},
    {9315, 9315, kGiveBack, Doubted(kByProvider, "NICEPAY has cancelled the payment before")},
    {9319, 9319, kGiveBack, Doubted(kLimit, "the amount is more than what is left to cancel")},
    {9320, 9320, kGiveBack, Declined(kByProvider, "no full cancel after a partial one")},
    {9321, 9321, kGiveBack, Declined(kByProvider, "the amount must be greater than zero")},
    {9331, 9331, kGiveBack, Declined(kByProvider, "the wallet does not allow this cancel (now)")},
    {9332, 9332, kGiveBack, Declined(kByProvider, "the wallet does not allow a partial cancel")},
    {9333, 9333, kGiveBack,
     Declined(FailureReason::kInsufficientFunds,
              "the merchant's balance at NICEPAY does not allow it")},
    {9334, 9334, kGiveBack, Declined(kLimit, "the time in which it could be cancelled is over")},
};

// -1 unless the code is four digits, as all of NICEPAY's are.
int NumberOf(std::string_view code) {
  constexpr size_t kDigits = 4;
  if (code.size() != kDigits) return -1;
  int number = 0;
  for (const char c : code) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return -1;
    number = 10 * number + (c - '0');
  }
  return number;
}

template <typename Matches>
const Row* FindRow(int number, Matches matches) {
  const auto found = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) {
    return number >= row.first && number <= row.last && matches(row);
  });
  return found == std::end(kRows) ? nullptr : &*found;
}

const Row* FindRow(std::string_view code, Call call) {
  return FindRow(NumberOf(code), [&](const Row& row) { return (row.calls & SetOf(call)) != 0; });
}

}  // namespace

CodeMeaning MeaningOf(std::string_view code, Call call) {
  const Row* const row = FindRow(code, call);
  if (row == nullptr) return Unclear("NICEPAY answered a code that is not documented here");
  CodeMeaning meaning = row->meaning;
  if (call == Call::kInquiry && !meaning.not_found) {
    // A question that was refused says nothing of the order.
    meaning.verdict = Verdict::kUnknown;
  }
  return meaning;
}

bool IsDocumented(std::string_view code) {
  return FindRow(NumberOf(code), [](const Row&) { return true; }) != nullptr;
}

bool IsDocumented(std::string_view code, Call call) { return FindRow(code, call) != nullptr; }

}  // namespace sluice::nicepay

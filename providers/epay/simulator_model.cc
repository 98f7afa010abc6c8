#include "providers/epay/simulator_model.h"

namespace sluice::epay::simulator {
namespace {

constexpr Status kChart[] = {
    {.number = 0},         // Gateway create: of a pay-in, here for completeness.
    {.number = kConfirm},  // With the wallet.
    {.number = kCancel,
     .final = true,
     .called_back = true,
     .withheld = Withheld::kNothing,
     .ledger_word = "cancel"},
    {.number = kFail,
     .final = true,
     .called_back = true,
     .withheld = Withheld::kNothing,
     .ledger_word = "fail"},
    {.number = kPaid, .final = true, .called_back = true, .ledger_word = "succeed"},
    {.number = kClose,
     .final = true,
     .called_back = true,
     .withheld = Withheld::kNothing,
     .ledger_word = "close"},
    {.number = 9},   // Freeze.
    {.number = 11},  // Exception: an operator decides.
    {.number = 19},  // Withdrawn: cash that waits.
    {.number = kFeeKept,
     .final = true,
     .called_back = true,
     .withheld = Withheld::kFee,
     .ledger_word = "fee_kept"},
};

}  // namespace

const Status* FindStatus(int number) {
  for (const Status& status : kChart) {
    if (status.number == number) return &status;
  }
  return nullptr;
}

int64_t WithheldAmount(const Payout& payout, const Status& status) {
  switch (status.withheld) {
    case Withheld::kNothing:
      return 0;
    case Withheld::kFee:
      return payout.fee;
    case Withheld::kAmountAndFee:
      return payout.terms.amount + payout.fee;
  }
  return 0;
}

}  // namespace sluice::epay::simulator

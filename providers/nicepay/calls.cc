#include "providers/nicepay/calls.h"

#include <algorithm>

#include "providers/nicepay/wallets.h"
#include "server/base/strings.h"
#include "server/crypto/sha256.h"

namespace sluice::nicepay {
namespace {

// Enough of a hash that no two numbers of an account meet by chance.
constexpr size_t kHashDigits = 16;

// `id` and `suffix` if they fit; else a piece of the id for people, and a hash of all of it.
std::string Fit(std::string_view id, std::string_view suffix) {
  constexpr size_t kMax = kMaxReferenceLength;
  if (id.size() + suffix.size() <= kMax) return StrCat(id, suffix);
  const std::string hash = crypto::Sha256HexLower(id).substr(0, kHashDigits);
  const size_t room = kMax - suffix.size() - hash.size() - 1;
  return StrCat(id.substr(0, std::min(room, id.size())), ".", hash, suffix);
}

std::string RetrySuffix(int abandoned) { return abandoned <= 0 ? "" : StrCat(".r", abandoned + 1); }

std::string Data(const Order& order, const char* key) {
  const auto found = order.provider_data.find(key);
  return found == order.provider_data.end() ? "" : found->second;
}

Call CreateCall(const Operation& operation, const WalletFacts& wallet) {
  if (operation.step > 0) return Call::kPayment;
  return wallet.flow == Flow::kLinkedAccount ? Call::kLinkInitiate : Call::kRegistration;
}

bool HasResources(const Operation& operation) {
  switch (operation.verb) {
    case Verb::kCreateRefund:
    case Verb::kQueryRefund:
      return operation.order != nullptr && operation.refund != nullptr;
    case Verb::kCreateAccountLink:
      return operation.account_link != nullptr;
    default:
      return operation.order != nullptr;
  }
}

}  // namespace

std::string_view WalletOf(const Operation& operation) {
  if (operation.order != nullptr) return operation.order->wallet;
  if (operation.account_link != nullptr) return operation.account_link->wallet;
  return {};
}

Call CallOf(const Operation& operation) {
  if (!HasResources(operation)) return Call::kNone;
  const WalletFacts* const wallet = FindWallet(WalletOf(operation));
  if (wallet == nullptr || !Serves(*wallet, operation.verb)) return Call::kNone;
  switch (operation.verb) {
    case Verb::kCreateOrder:
      return CreateCall(operation, *wallet);
    case Verb::kQueryOrder:
      return operation.step > 0 ? Call::kPayment : Call::kInquiry;
    case Verb::kQueryRefund:
      return Call::kInquiry;
    case Verb::kRevokeOrder:
    case Verb::kCreateRefund:
      return Call::kCancel;
    case Verb::kCreateAccountLink:
      return Call::kLinkEnable;
    default:
      return Call::kNone;
  }
}

std::string ReferenceNo(const Operation& operation, int abandoned) {
  if (!HasResources(operation)) return "";
  switch (operation.verb) {
    case Verb::kCreateRefund:
    case Verb::kQueryRefund:
      // NICEPAY knows no number of a refund; ours tells the refunds of an account apart.
      return Fit(StrCat(operation.order->id, ".", operation.refund->id), RetrySuffix(abandoned));
    case Verb::kCreateAccountLink:
      return Fit(operation.account_link->id, StrCat(".link", RetrySuffix(abandoned)));
    default:
      return Fit(operation.order->id, RetrySuffix(abandoned));
  }
}

std::string AttemptReference(const Operation& operation) {
  const Attempt* const attempt = operation.attempt;
  if (attempt != nullptr && !attempt->provider_key.empty()) return attempt->provider_key;
  return ReferenceNo(operation, 0);
}

std::string OrderReference(const Order& order) {
  // Stored with the transaction id by the answer that brought both.
  if (std::string reference = Data(order, kReferenceData); !reference.empty()) return reference;
  for (auto it = order.attempts.rbegin(); it != order.attempts.rend(); ++it) {
    if (it->verb == Verb::kCreateOrder && !it->abandoned && !it->provider_key.empty()) {
      return it->provider_key;
    }
  }
  return Fit(order.id, "");
}

std::string OrderTxid(const Order& order) {
  std::string txid = Data(order, kTxidData);
  return txid.empty() ? order.provider_number : txid;
}

}  // namespace sluice::nicepay

// Which of NICEPAY's calls an operation's step is, and under which numbers.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string>
#include <string_view>

#include "providers/api/operation.h"

namespace sluice::nicepay {

enum class Call {
  kNone,          // Nothing that NICEPAY offers for this verb and wallet.
  kRegistration,  // E1
  kPayment,       // E2, where it is ours to send
  kInquiry,       // E3
  kCancel,        // E4: revokes and refunds
  kLinkEnable,    // E5
  kLinkInitiate,  // E6
};

// kNone also when a resource that the verb needs is not there.
Call CallOf(const Operation& operation);

// The wallet of the operation's order or link; empty when it has none.
std::string_view WalletOf(const Operation& operation);

// The number under which attempt `abandoned` + 1 is made known: at most 40 characters, of orders
// the id itself first. Numbers of other resources and attempts have a '.', which no id has.
std::string ReferenceNo(const Operation& operation, int abandoned);

// The referenceNo of the request that is being made: the attempt's, or else the first.
std::string AttemptReference(const Operation& operation);

// Of an order that has been registered: what belongs to its transaction id.
std::string OrderReference(const Order& order);

// NICEPAY's transaction id (tXid); empty: not known.
std::string OrderTxid(const Order& order);

// Keys of provider_data.
inline constexpr char kTxidData[] = "txid";
inline constexpr char kReferenceData[] = "reference_no";
inline constexpr char kMandateData[] = "mandate";  // Sealed.

}  // namespace sluice::nicepay

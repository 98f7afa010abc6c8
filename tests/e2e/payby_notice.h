// PayBy's notifications, written and signed by the test itself: with the sandbox's key of PayBy, or
// with anybody's.
//
// Threads: pure functions; the keys are read from the data folder.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>

#include "server/crypto/rsa.h"
#include "server/wire/http.h"
#include "sluice/v1/order.pb.h"

namespace sluice::e2e {

struct PayBySide {
  crypto::RsaPrivateKey key;  // PayBy's own, for the demo merchant.
  std::string public_pem;     // Its other half, as merchants configure it.
  std::string merchant_private_pem;
  std::string partner_id;
};

// From the sandbox's file of keys.
PayBySide ReadPayBySide(const std::string& data_dir);

// A key that nobody knows. Made once per process.
const crypto::RsaPrivateKey& StrangersKey();

struct Notice {
  std::string order_no;  // PayBy's number.
  std::string order_id;  // The merchant's.
  std::string payee;     // The partner who is paid.
  std::string status = "PAID_SUCCESS";
  std::string amount = "12.34";
  std::string currency = "AED";
  std::string revoked = "false";
  int64_t expire_ms = 1767232800000;

  // The notice that is true of `order`, which was opened at PayBy.
  static Notice Of(const v1::Order& order, const PayBySide& side);
  std::string Body() const;
};

// The headers of a delivery of `body`.
HttpHeaders SignedBy(const crypto::RsaPrivateKey& key, const std::string& body);

inline constexpr char kNotifyPath[] = "/notify/payby/demo-payby";

}  // namespace sluice::e2e

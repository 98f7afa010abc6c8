#include "tests/e2e/payby_notice.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/encoding.h"
#include "server/wire/json.h"

namespace sluice::e2e {

PayBySide ReadPayBySide(const std::string& data_dir) {
  std::ifstream file(data_dir + "/sandbox.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Json json = Json::Parse(text).value();
  const auto key = crypto::RsaPrivateKey::FromPem(
      std::string_view(json.GetString("payby.simulator.provider_private_key_pem").value()));
  return {key.value(), key->public_key().ToPem(),
          json.GetString("payby.secrets.private_key_pem").value(),
          json.GetString("payby.simulator.partner_id").value()};
}

const crypto::RsaPrivateKey& StrangersKey() {
  static const auto* const key = new crypto::RsaPrivateKey(
      crypto::RsaPrivateKey::FromPem(crypto::GenerateRsaKeyPair().value().private_pem).value());
  return *key;
}

Notice Notice::Of(const v1::Order& order, const PayBySide& side) {
  const int64_t fils = order.amount().minor_units();
  return {
      .order_no = order.provider_number(),
      .order_id = order.attempts(0).provider_key(),
      .payee = side.partner_id,
      .amount = absl::StrFormat("%d.%02d", fils / 100, fils % 100),
      .expire_ms = order.expire_time().seconds() * 1000 + order.expire_time().nanos() / 1000000};
}

std::string Notice::Body() const {
  const std::string money =
      absl::StrCat(R"({"amount":)", amount, R"(,"currency":")", currency, R"("})");
  return absl::StrCat(
      R"({"_input_charset":"UTF-8","notify_id":"202601010000000001",)",
      R"("notify_time":"20260101041000",)",
      R"("notify_timestamp":1767226200000,"acquireOrder":{"merchantOrderNo":")", order_id,
      R"(","orderNo":")", order_no, R"(","status":")", status,
      R"(","product":"Basic Payment Gateway","totalAmount":)", money, R"(,"payeeMid":")", payee,
      R"(","requestTime":1767225600000,"expiredTime":)", expire_ms, R"(,"subject":"a test",)",
      R"("paySceneCode":"EWALLET","revoked":")", revoked, R"(","paymentInfo":{"paidAmount":)",
      money, R"(,"paidTime":1767226190000,"payerMid":"100000999902","payChannel":"BALANCE"}}})");
}

HttpHeaders SignedBy(const crypto::RsaPrivateKey& key, const std::string& body) {
  return {{"Content-Type", "application/json"},
          {"sign", Base64Encode(key.SignSha256(body).value())}};
}

}  // namespace sluice::e2e

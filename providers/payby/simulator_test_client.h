// A merchant and its web server for the tests of the PayBy simulator: an independent client that
// writes the wire by hand, signs with keys of its own and checks every signature it gets.
//
// Threads: one. Ownership: owns the simulator and its fake time.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "providers/payby/simulator.h"
#include "server/base/encoding.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/crypto/rsa.h"
#include "server/wire/json.h"

namespace sluice::payby::simulator_test {

inline constexpr int64_t kStartMs = 1767225600123;  // 2026-01-01T00:00:00.123Z
inline constexpr char kPartner[] = "200000999901";
inline constexpr char kNotifyUrl[] = "https://shop.example/hooks/payby";

struct Party {
  crypto::RsaPrivateKey key;
  std::string private_pem, public_pem;
};

// Made once: a key takes a while.
inline const Party& MakeParty(int which) {
  static const std::vector<Party>* const kParties = [] {
    auto* parties = new std::vector<Party>();
    for (int i = 0; i < 3; ++i) {
      const crypto::RsaKeyPair pair = crypto::GenerateRsaKeyPair().value();
      parties->push_back({crypto::RsaPrivateKey::FromPem(pair.private_pem).value(),
                          pair.private_pem.Reveal(), pair.public_pem});
    }
    return parties;
  }();
  return (*kParties)[which];
}
inline const Party& Merchant() { return MakeParty(0); }
inline const Party& PayBy() { return MakeParty(1); }
inline const Party& Stranger() { return MakeParty(2); }

struct Answered {
  SimulatedAnswer raw;
  Json json;  // Null when the body is no JSON.
  bool is_signed = false;
  bool verified = false;  // Signed by PayBy over these bytes.

  std::string Text(std::string_view path) const {
    const Json* found = json.FindPath(path);
    return found == nullptr ? "(absent)" : found->text();
  }
  std::string code() const { return Text("head.code"); }
  std::string msg() const { return Text("head.msg"); }
  std::string apply_status() const { return Text("head.applyStatus"); }
  std::string status() const { return Text("body.acquireOrder.status"); }
  std::string revoked() const { return Text("body.acquireOrder.revoked"); }
  std::string order_no() const { return Text("body.acquireOrder.orderNo"); }
  std::string refund_status() const { return Text("body.refundOrder.status"); }
};

struct Received {
  HttpRequest request;
  Json json;
  bool is_signed = false;
  bool verified = false;
  absl::Time time;  // Virtual.
};

class SimulatorTest : public ::testing::Test {
 protected:
  SimulatorTest() { Start(7); }

  // The same seed again is the same world again.
  void Start(uint64_t seed) {
    simulator_.reset();
    timers_ = std::make_unique<FakeTimers>(&clock_);
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = timers_.get();
    context.seed = seed;
    context.base_url = "http://127.0.0.1:7070/payby";
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      Receive(std::move(request), std::move(done));
    };
    simulator_ = MakePayBySimulator(context).value();
    ASSERT_TRUE(simulator_->AddAccount(Settings()).ok());
  }

  static std::map<std::string, std::string> Settings() {
    return {{"partner_id", kPartner},
            {"merchant_public_key_pem", Merchant().public_pem},
            {"provider_private_key_pem", PayBy().private_pem},
            {"merchant_name", "Demo Shop"}};
  }

  void Receive(HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
    Received received;
    if (const std::string* sign = FindHeader(request.headers, "sign")) {
      received.is_signed = true;
      received.verified = Verifies(request.body, *sign);
    }
    if (absl::StatusOr<Json> json = Json::Parse(request.body); json.ok()) received.json = *json;
    received.time = simulator_->Now();
    received.request = std::move(request);
    received_.push_back(std::move(received));
    HttpReply reply;
    reply.status = reply_status_;
    reply.body = reply_body_;
    done(reply);
  }

  static bool Verifies(std::string_view body, const std::string& sign) {
    const absl::StatusOr<std::string> raw = Base64Decode(sign);
    return raw.ok() && PayBy().key.public_key().VerifySha256(body, *raw);
  }

  int64_t NowMs() const { return absl::ToUnixMillis(simulator_->Now()); }

  static RawRequest Signed(std::string path, std::string body, const Party& signer = Merchant()) {
    RawRequest request;
    request.method = "POST";
    request.path = std::move(path);
    request.headers = {{"Content-Type", "application/json"},
                       {"Content-Language", "en"},
                       {"partner-id", kPartner},
                       {"sign", Base64Encode(signer.key.SignSha256(body).value())}};
    request.body = std::move(body);
    request.remote_address = "192.0.2.7";
    return request;
  }

  Answered Send(const RawRequest& request) {
    Answered answered;
    answered.raw = simulator_->Handle(request);
    const HttpReply& reply = answered.raw.reply;
    if (const std::string* sign = FindHeader(reply.headers, "sign")) {
      answered.is_signed = true;
      answered.verified = Verifies(reply.body, *sign);
    }
    if (absl::StatusOr<Json> json = Json::Parse(reply.body); json.ok()) answered.json = *json;
    return answered;
  }

  Answered SendBody(const std::string& operation, const std::string& body) {
    return Send(Signed("/sgs/api/acquire2/" + operation, body));
  }

  Answered Call(const std::string& operation, const std::string& biz_content) {
    return SendBody(operation, absl::StrCat("{\"requestTime\":", NowMs(),
                                            ",\"bizContent\":", biz_content, "}"));
  }

  // bizContent of an order. `more` are further members: ",\"reserved\":\"x\"".
  static std::string Terms(const std::string& no, const std::string& more = "",
                           const std::string& params = "{}", const std::string& amount = "12.34") {
    return absl::StrCat("{\"merchantOrderNo\":\"", no, "\",\"subject\":\"Demo item\"",
                        ",\"totalAmount\":{\"amount\":", amount, ",\"currency\":\"AED\"}",
                        ",\"paySceneCode\":\"DYNQR\",\"paySceneParams\":", params,
                        ",\"notifyUrl\":\"", kNotifyUrl, "\"", more, "}");
  }
  Answered Place(const std::string& no) { return Call("placeOrder", Terms(no)); }
  Answered Get(const std::string& no) { return Call("getOrder", Number(no)); }
  Answered Cancel(const std::string& no) { return Call("cancelOrder", Number(no)); }
  Answered Revoke(const std::string& no) { return Call("revokeOrder", Number(no)); }
  static std::string Number(const std::string& no) {
    return absl::StrCat("{\"merchantOrderNo\":\"", no, "\"}");
  }
  static std::string ProviderNumber(const std::string& no) {
    return absl::StrCat("{\"orderNo\":\"", no, "\"}");
  }

  static std::string RefundTerms(const std::string& refund, const std::string& order,
                                 const std::string& amount, const std::string& more = "") {
    return absl::StrCat("{\"refundMerchantOrderNo\":\"", refund, "\",\"originMerchantOrderNo\":\"",
                        order, "\",\"amount\":{\"amount\":", amount,
                        ",\"currency\":\"AED\"},\"notifyUrl\":\"", kNotifyUrl, "\"", more, "}");
  }
  Answered Refund(const std::string& refund, const std::string& order, const std::string& amount) {
    return Call("refund/placeOrder", RefundTerms(refund, order, amount));
  }
  Answered GetRefund(const std::string& refund) {
    return Call("refund/getOrder", absl::StrCat("{\"refundMerchantOrderNo\":\"", refund, "\"}"));
  }

  void PlacePaid(const std::string& no) {
    ASSERT_EQ(Place(no).code(), "0");
    ASSERT_TRUE(simulator_->Pay(no).ok());
  }
  void PlaceSettled(const std::string& no) {
    PlacePaid(no);
    ASSERT_TRUE(simulator_->SetState(no, "SETTLED").ok());
  }
  void PlaceFailed(const std::string& no) {
    ASSERT_EQ(Place(no).code(), "0");
    ASSERT_TRUE(simulator_->Expire(no).ok());
  }
  void Switch(std::string_view name, std::string_view value) {
    ASSERT_TRUE(simulator_->SetSwitch(name, value).ok()) << name << "=" << value;
  }
  void PutFault(FaultKind kind, std::string operation, absl::Duration delay = {}) {
    Fault fault;
    fault.kind = kind;
    fault.operation = std::move(operation);
    fault.delay = delay;
    ASSERT_TRUE(simulator_->PutFault(fault).ok());
  }
  // Moves ordinary time: the virtual clock follows.
  void Wait(absl::Duration by) { timers_->AdvanceBy(by); }

  // Operations of the ledger about `key`, in order, as "operation:state:amount".
  std::vector<std::string> Ledger(std::string_view key) const {
    std::vector<std::string> words;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.provider_key != key || entry.operation == "notification") continue;
      words.push_back(absl::StrCat(entry.operation, ":", entry.state, ":", entry.minor_units));
    }
    return words;
  }
  std::vector<std::string> DeliveryStates() const {
    std::vector<std::string> states;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.operation == "notification") states.push_back(entry.state);
    }
    return states;
  }

  FakeClock clock_{absl::FromUnixMillis(kStartMs)};
  std::unique_ptr<FakeTimers> timers_;
  std::vector<Received> received_;
  int reply_status_ = 200;
  std::string reply_body_ = "{\"response\":\"SUCCESS\"}";
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace sluice::payby::simulator_test

// PayBy: notifications and replies. The signature check is replaced: it believes the word "ok", so
// that what stands behind it is reached without an RSA signature for each input.
#include <string>

#include "providers/payby/payby.h"
#include "providers/payby/test_account.h"
#include "tests/fuzz/provider_checks.h"
#include "tests/fuzz/targets.h"

namespace sluice::payby {

absl::StatusOr<std::string> SignBody(const crypto::RsaPrivateKey&, std::string_view) {
  return std::string("ok");
}

SignatureCheck CheckSignature(const crypto::RsaPublicKey&, const HttpHeaders& headers,
                              std::string_view) {
  const std::string* const sign = FindHeader(headers, kSignHeader);
  if (sign == nullptr || sign->empty()) return SignatureCheck::kMissing;
  return *sign == "ok" ? SignatureCheck::kValid : SignatureCheck::kInvalid;
}

}  // namespace sluice::payby

namespace sluice::fuzz {
namespace {

const payby::PayBy& Backend() {
  static const auto* const kBackend = new payby::PayBy(*payby::Account::Make(payby::TestConfig()));
  return *kBackend;
}

constexpr Verb kVerbs[] = {Verb::kCreateOrder, Verb::kQueryOrder,   Verb::kCancelOrder,
                           Verb::kRevokeOrder, Verb::kCreateRefund, Verb::kQueryRefund};
constexpr char kSigns[][8] = {"ok", "ok", "ok", "", "forged"};

}  // namespace

void PaybyNotification(std::string_view input) {
  Choices choices(input);
  const std::string sign = kSigns[choices.Next(std::size(kSigns))];
  RawRequest request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}, {"SIGN", sign}};
  request.body = std::string(choices.rest());
  const CallContext context = payby::TestScenario(Verb::kQueryOrder).context;
  const auto read = Backend().ReadNotification(request, context);
  CheckNotification(read);
  Require(sign == "ok" || !read.ok(), "what is not signed is not believed");
  const Diagnosis diagnosis = Backend().Diagnose(request, context);
  Require(sign == "ok" || !diagnosis.verified, "the diagnosis says the same");
}

void PaybyReply(std::string_view input) {
  Choices choices(input);
  const std::string sign = kSigns[choices.Next(std::size(kSigns))];
  const auto scenario = payby::TestScenario(kVerbs[choices.Next(std::size(kVerbs))]);
  HttpReply reply = ReplyOf(choices);
  reply.headers.emplace_back("Sign", sign);
  const Step step = Backend().Interpret(scenario.ToOperation(), scenario.context, reply);
  CheckStep(step, reply);
  Require(sign == "ok" || step.outcome.verdict != Verdict::kAccepted,
          "what is not signed is no success");
}

}  // namespace sluice::fuzz

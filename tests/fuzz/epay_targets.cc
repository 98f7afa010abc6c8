// EPAY: callbacks and replies, signed for the target with the account's key, and as they come.
#include <string>

#include "providers/epay/callbacks.h"
#include "providers/epay/epay.h"
#include "providers/epay/test_account.h"
#include "server/wire/form.h"
#include "server/wire/json.h"
#include "tests/fuzz/provider_checks.h"
#include "tests/fuzz/targets.h"

namespace sluice::fuzz {
namespace {

const epay::Epay& Backend() {
  static const auto* const kBackend = new epay::Epay(epay::TestAccount());
  return *kBackend;
}

std::string Signed(std::string_view body) {
  const auto parsed = ParseForm(body);
  if (!parsed.ok()) return std::string(body);
  FormFields fields;
  for (const auto& field : *parsed) {
    if (field.first != "sign") fields.push_back(field);
  }
  const std::string sign = epay::SignAsEpay(epay::SignedFields(fields));
  fields.emplace_back("sign", sign);
  return BuildForm(fields);
}

std::string SignedData(std::string_view body) {
  auto json = Json::Parse(body);
  if (!json.ok() || json->Find("data") == nullptr) return std::string(body);
  const std::string sign = epay::SignAsEpay(*json->Find("data"));
  json->Set("sign", sign);
  return json->Write();
}

constexpr Verb kVerbs[] = {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits};

}  // namespace

void EpayNotification(std::string_view input) {
  Choices choices(input);
  const bool sign = choices.Next(2) == 1;
  const RawRequest request =
      epay::CallbackOf(sign ? Signed(choices.rest()) : std::string(choices.rest()));
  const CallContext context = epay::TestScenario(Verb::kQueryPayout).context;
  CheckNotification(Backend().ReadNotification(request, context));
  (void)Backend().Diagnose(request, context);
}

void EpayReply(std::string_view input) {
  Choices choices(input);
  const bool sign = choices.Next(2) == 1;
  const auto scenario = epay::TestScenario(kVerbs[choices.Next(std::size(kVerbs))]);
  HttpReply reply = ReplyOf(choices);
  if (sign) reply.body = SignedData(reply.body);
  CheckStep(Backend().Interpret(scenario.ToOperation(), scenario.context, reply), reply);
}

}  // namespace sluice::fuzz

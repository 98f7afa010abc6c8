// NICEPAY: notifications with the token put right, and as they come; replies, which are not signed.
#include <string>

#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "providers/nicepay/token.h"
#include "server/wire/form.h"
#include "tests/fuzz/provider_checks.h"
#include "tests/fuzz/targets.h"

namespace sluice::fuzz {
namespace {

const nicepay::Account& TheAccount() {
  static const auto* const kAccount = new nicepay::Account(nicepay::TestAccount());
  return *kAccount;
}

const nicepay::NicePay& Backend() {
  static const auto* const kBackend = new nicepay::NicePay(TheAccount());
  return *kBackend;
}

std::string FieldOf(const FormFields& fields, std::string_view name) {
  const std::string* const found = FindField(fields, name);
  return found == nullptr ? "" : *found;
}

// With the token that NICEPAY would send for these fields.
std::string WithToken(std::string_view body, bool of_link) {
  const auto parsed = ParseForm(body);
  if (!parsed.ok()) return std::string(body);
  FormFields fields;
  for (const auto& field : *parsed) {
    if (field.first != "merchantToken") fields.push_back(field);
  }
  const std::string token =
      of_link ? nicepay::LinkToken(TheAccount(), FieldOf(fields, "referenceNo"), "")
              : nicepay::NotificationToken(TheAccount(), FieldOf(fields, "tXid"),
                                           FieldOf(fields, "amt"));
  fields.emplace_back("merchantToken", token);
  return BuildForm(fields);
}

constexpr Verb kVerbs[] = {Verb::kCreateOrder,  Verb::kQueryOrder,  Verb::kRevokeOrder,
                           Verb::kCreateRefund, Verb::kQueryRefund, Verb::kCreateAccountLink};
constexpr char kWallets[][12] = {"dana", "ovo", "astrapay", "linkaja", "shopeepay"};

}  // namespace

void NicepayNotification(std::string_view input) {
  Choices choices(input);
  const size_t kind = choices.Next(3);
  const std::string body =
      kind == 0 ? std::string(choices.rest()) : WithToken(choices.rest(), /*of_link=*/kind == 2);
  const RawRequest request = nicepay::FormNotification(body);
  const CallContext context = nicepay::TestScenario(Verb::kQueryOrder).context;
  const auto read = Backend().ReadNotification(request, context);
  CheckNotification(read);
  Require(!read.ok() || read->kind != ResourceKind::kOrder || read->confirm_by_query,
          "a token that does not cover the state is confirmed by a query");
  (void)Backend().Diagnose(request, context);
}

void NicepayReply(std::string_view input) {
  Choices choices(input);
  const std::string wallet = kWallets[choices.Next(std::size(kWallets))];
  Verb verb = kVerbs[choices.Next(std::size(kVerbs))];
  if (verb == Verb::kCreateAccountLink && wallet != "astrapay") verb = Verb::kQueryOrder;
  const auto scenario = nicepay::TestScenario(verb, wallet);
  const HttpReply reply = ReplyOf(choices);
  CheckStep(Backend().Interpret(scenario.ToOperation(), scenario.context, reply), reply);
}

}  // namespace sluice::fuzz

#include "providers/epay/simulator_request.h"

#include <algorithm>
#include <utility>

#include "providers/simulation/decimal.h"
#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::epay::simulator {
namespace {

constexpr char kCategory[] = "EWALLET";
constexpr size_t kMaxOrderNo = 64;
constexpr std::string_view kChannels[] = {"11", "12", "16", "18"};

// Reads texts of one object and keeps the first thing wrong. null and "" count as missing, as they
// do in the signature.
class TextReader {
 public:
  TextReader(const Json& object, std::string prefix)
      : object_(object), prefix_(std::move(prefix)) {}

  std::string Optional(std::string_view name) {
    const Json* member = object_.Find(name);
    if (member == nullptr || member->is_null()) return "";
    if (!member->is_string()) {
      Break(name, "must be a string");
      return "";
    }
    return member->text();
  }

  std::string Required(std::string_view name) {
    const std::string text = Optional(name);
    if (text.empty()) Break(name, "is required");
    return text;
  }

  void Break(std::string_view name, std::string_view rule) {
    if (outcome_.ok()) outcome_ = BadParameter(StrCat(prefix_, name, " ", rule));
  }

  const Outcome& outcome() const { return outcome_; }

 private:
  const Json& object_;
  const std::string prefix_;
  Outcome outcome_;
};

bool IsOrderNo(std::string_view text) {
  return text.size() <= kMaxOrderNo &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool IsChannel(std::string_view code) {
  return std::find(std::begin(kChannels), std::end(kChannels), code) != std::end(kChannels);
}

bool IsEmptyObject(const Json& json) { return json.is_object() && json.members().empty(); }

// extendFields as it comes back: its JSON text. An empty object says nothing and comes back null.
std::string ExtendFieldsText(const Json& param, TextReader* reader) {
  const Json* extend = param.Find("extendFields");
  if (extend == nullptr || extend->is_null() || IsEmptyObject(*extend)) return "";
  if (!extend->is_object()) reader->Break("extendFields", "must be an object");
  return extend->Write();
}

Outcome ReadReceiver(const Json& param, PayoutTerms* out) {
  const Json* receiver = param.Find("receiverInfo");
  if (receiver == nullptr || receiver->is_null()) return BadParameter("receiverInfo is required");
  if (!receiver->is_object()) return BadParameter("receiverInfo must be an object");
  TextReader reader(*receiver, "receiverInfo.");
  out->account_no = reader.Required("accountNo");
  out->remark = reader.Optional("remark");
  return reader.outcome();
}

}  // namespace

Outcome ReadPayoutTerms(const Json& param, PayoutTerms* out) {
  TextReader reader(param, "");
  const std::string category = reader.Required("category");
  out->merchant_order_no = reader.Required("merchantOrderNo");
  if (!IsOrderNo(out->merchant_order_no)) {
    reader.Break("merchantOrderNo", "must be 1 to 64 printable ASCII characters without spaces");
  }
  out->currency = reader.Required("currency");
  out->channel_code = reader.Required("channelCode");
  const std::string amount = reader.Required("amount");
  out->amount = simulation::ParseMinorUnits(amount, kDecimals, kMaxIntegerDigits).value_or(0);
  if (out->amount <= 0) {
    reader.Break("amount", "must be a positive number with at most two decimals");
  }
  out->notify_url = reader.Optional("notifyUrl");
  if (!out->notify_url.empty() && !ParseUrl(out->notify_url).ok()) {
    reader.Break("notifyUrl", "must be an http or https URL");
  }
  out->extend_fields = ExtendFieldsText(param, &reader);
  if (!reader.outcome().ok()) return reader.outcome();
  Outcome receiver = ReadReceiver(param, out);
  if (!receiver.ok()) return receiver;
  if (category != kCategory) return BadParameter("category must be EWALLET");
  if (!IsChannel(out->channel_code) || out->currency != kCurrency) return Refused(kUnsupported);
  return {};
}

Outcome ReadLimitQuestion(const Json& param, std::string* channel_code) {
  TextReader reader(param, "");
  const std::string currency = reader.Required("currency");
  const std::string category = reader.Required("category");
  const std::string type = reader.Optional("type");
  *channel_code = reader.Optional("channelCode");
  if (!type.empty() && type != "PAYMENT" && type != "RECEIVE") {
    reader.Break("type", "must be PAYMENT or RECEIVE");
  }
  // EPAY knows these two as well; this simulator has no such channels.
  const bool other = category == "BANK" || category == "CASH";
  if (category != kCategory && !other) reader.Break("category", "must be EWALLET, BANK or CASH");
  if (!reader.outcome().ok()) return reader.outcome();
  const bool known_channel = channel_code->empty() || IsChannel(*channel_code);
  if (other || !known_channel || currency != kCurrency) return Refused(kUnsupported);
  return {};
}

Outcome ReadOrderNo(const Json& param, std::string* merchant_order_no) {
  TextReader reader(param, "");
  *merchant_order_no = reader.Required("merchantOrderNo");
  return reader.outcome();
}

}  // namespace sluice::epay::simulator

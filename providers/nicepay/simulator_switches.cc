#include "providers/nicepay/simulator_switches.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr char kBool[] = "true|false";
constexpr char kDelay[] = "";
constexpr char kDelayOrDecided[] = "decided";

struct Spec {
  std::string_view name, initial;
  const char* words;  // With '|' between; kDelay, kDelayOrDecided: a duration, too.
};

constexpr Spec kSpecs[] = {
    // The real push blocks until the payer decides, up to 55 s, as with "decided"; a fixed time is
    // easier to try things with.
    {"ovo_blocking", "1s", kDelayOrDecided},
    {"shopeepay_processing", "0s", kDelay},
    {"auto_pay", "false", kBool},
    {"auto_pay_delay", "0s", kDelay},
    {"check_timestamp", "false", kBool},
    {"dana_after_24h", "refund", "refund|manual"},
    {"other_channel_keys", "false", kBool},
    {"cancel_amt_key", "cancelAmt", "cancelAmt|CancelAmt"},
    {"link_answer", "redirectUrl", "redirectUrl|redirectURL|redirectUrlHttp|requestURL|location"},
    {"notify_link_failure", "true", kBool},
    {"notify_retired_link", "true", kBool},
};

const Spec* FindSpec(std::string_view name) {
  for (const Spec& spec : kSpecs) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

bool ReadDelay(std::string_view text, absl::Duration* delay) {
  if (text == "never") {
    *delay = absl::InfiniteDuration();
    return true;
  }
  return absl::ParseDuration(AbslView(text), delay) && *delay >= absl::ZeroDuration() &&
         *delay < absl::InfiniteDuration();
}

// The rule that `value` breaks, or "".
std::string BrokenRule(const Spec& spec, std::string_view value) {
  absl::Duration delay;
  if (spec.words == kDelayOrDecided) {
    if (value == kDelayOrDecided || ReadDelay(value, &delay)) return "";
    return "must be a duration such as 90s or 2h, or never, or decided";
  }
  if (*spec.words == '\0') {
    return ReadDelay(value, &delay) ? "" : "must be a duration such as 90s or 2h, or never";
  }
  const std::vector<std::string> words = absl::StrSplit(spec.words, '|');
  if (std::find(words.begin(), words.end(), value) != words.end()) return "";
  return absl::StrCat("must be ", absl::StrJoin(words, " or "));
}

}  // namespace

Switches::Switches() {
  for (const Spec& spec : kSpecs) values_.emplace(spec.name, spec.initial);
}

absl::Status Switches::Set(std::string_view name, std::string_view value) {
  const Spec* spec = FindSpec(name);
  if (spec == nullptr) return absl::NotFoundError("no such switch of the NICEPAY simulator");
  const std::string rule = BrokenRule(*spec, value);
  if (!rule.empty()) return absl::InvalidArgumentError(StrCat(spec->name, ": ", rule));
  MutexLock lock(&mutex_);
  values_.find(name)->second = std::string(value);
  return absl::OkStatus();
}

std::string Switches::Text(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

bool Switches::On(std::string_view name) const { return Text(name) == "true"; }

absl::Duration Switches::Delay(std::string_view name) const {
  absl::Duration delay;
  ReadDelay(Text(name), &delay);
  return delay;
}

}  // namespace sluice::nicepay::simulator

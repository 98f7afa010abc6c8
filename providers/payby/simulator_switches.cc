#include "providers/payby/simulator_switches.h"

#include "absl/strings/numbers.h"
#include "providers/payby/simulator_codes.h"
#include "server/base/strings.h"

namespace sluice::payby::simulator {
namespace {

enum class Kind { kBool, kDelay, kPermille, kWord, kCode };

struct Spec {
  std::string_view name;
  Kind kind;
  std::string_view initial;
  std::string_view words[2] = {};  // Of kWord.
};

constexpr Spec kSpecs[] = {
    {"documented_links", Kind::kBool, "false"},
    {"notify_failure", Kind::kBool, "false"},
    {"notify_settled", Kind::kBool, "false"},
    {"notify_refund_settled", Kind::kBool, "false"},
    {"force_402", Kind::kBool, "false"},
    {"auto_pay", Kind::kBool, "false"},
    {"auto_pay_delay", Kind::kDelay, "0s"},
    // Long enough to try a cancel or a revoke by hand, short enough to be seen.
    {"settle_delay", Kind::kDelay, "10m"},
    {"refund_settled_delay", Kind::kDelay, "1s"},
    {"refund_success_delay", Kind::kDelay, "1s"},
    {"fee_permille", Kind::kPermille, "10"},
    {"error_apply_status", Kind::kWord, "FAIL", {"FAIL", "SUCCESS"}},
    {"replay_final", Kind::kWord, "error", {"error", "code0"}},
    {"amount_text", Kind::kWord, "short", {"short", "full"}},
    {"fail_code", Kind::kCode, ""},
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
  int number = 0;
  switch (spec.kind) {
    case Kind::kBool:
      if (value != "true" && value != "false") return "must be true or false";
      break;
    case Kind::kDelay:
      if (!ReadDelay(value, &delay)) return "must be a duration such as 90s or 2h, or never";
      break;
    case Kind::kPermille:
      if (!absl::SimpleAtoi(AbslView(value), &number) || number < 0 || number > 1000) {
        return "must be 0 to 1000";
      }
      break;
    case Kind::kWord:
      if (value != spec.words[0] && value != spec.words[1]) {
        return StrCat("must be ", spec.words[0], " or ", spec.words[1]);
      }
      break;
    case Kind::kCode:
      if (!value.empty() && MessageOf(value).empty()) return "must be a documented code, or empty";
      break;
  }
  return "";
}

}  // namespace

Switches::Switches() {
  for (const Spec& spec : kSpecs) values_.emplace(spec.name, spec.initial);
}

absl::Status Switches::Set(std::string_view name, std::string_view value) {
  const Spec* spec = FindSpec(name);
  if (spec == nullptr) return absl::NotFoundError("no such switch of the PayBy simulator");
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

int64_t Switches::Number(std::string_view name) const {
  int64_t number = 0;
  if (!absl::SimpleAtoi(Text(name), &number)) return 0;
  return number;
}

}  // namespace sluice::payby::simulator

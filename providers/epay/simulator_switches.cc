#include "providers/epay/simulator_switches.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "providers/epay/simulator_model.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"

namespace sluice::epay::simulator {
namespace {

enum class Kind { kDelay, kPermille, kWord, kAmount, kAmountOrEmpty, kText };

// Long enough for any sentence of a provider.
constexpr size_t kMaxText = 512;

struct Spec {
  std::string_view name;
  Kind kind;
  std::string_view initial;
  std::string_view words[4] = {};  // Of kWord.
};

constexpr Spec kSpecs[] = {
    {"nested_style", Kind::kWord, "comma-space", {"comma-space", "comma", "amp", "any"}},
    {"json_text", Kind::kWord, "expanded", {"expanded", "plain"}},
    {"fee_permille", Kind::kPermille, "20"},
    {"single_min", Kind::kAmount, "10"},
    {"single_max", Kind::kAmount, "5000"},
    {"single_min_11", Kind::kAmountOrEmpty, ""},
    {"single_max_11", Kind::kAmountOrEmpty, ""},
    {"single_min_12", Kind::kAmountOrEmpty, ""},
    {"single_max_12", Kind::kAmountOrEmpty, ""},
    {"single_min_16", Kind::kAmountOrEmpty, ""},
    {"single_max_16", Kind::kAmountOrEmpty, ""},
    {"single_min_18", Kind::kAmountOrEmpty, ""},
    {"single_max_18", Kind::kAmountOrEmpty, ""},
    {"auto_result", Kind::kWord, "7", {"7", "6", "20", "none"}},
    {"auto_delay", Kind::kDelay, "1s"},
    {"amount_text", Kind::kWord, "full", {"full", "short"}},
    {"fee_in_amount", Kind::kWord, "never", {"never", "callback", "all"}},
    {"fail_remark", Kind::kText, "receiver account rejected"},
    {"callback_message", Kind::kText, ""},
};

// The documents' own spelling of what they name.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"nestedStyle", "nested_style"}, {"singleMin", "single_min"}, {"singleMax", "single_max"}};

const Spec* FindSpec(std::string_view name) {
  for (const auto& [alias, own] : kAliases) {
    if (name == alias) name = own;
  }
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

bool IsPermille(std::string_view text) {
  int number = 0;
  return absl::SimpleAtoi(AbslView(text), &number) && number >= 0 && number <= 1000;
}

bool IsAmount(std::string_view text) {
  return simulation::ParseMinorUnits(text, kDecimals, kMaxIntegerDigits).has_value();
}

// What can be written into an answer: short and UTF-8.
bool IsText(std::string_view text) {
  return text.size() <= kMaxText && Json::Parse(Json(text).Write()).ok();
}

// The rule that `value` breaks, or "".
std::string BrokenRule(const Spec& spec, std::string_view value) {
  absl::Duration delay;
  switch (spec.kind) {
    case Kind::kDelay:
      return ReadDelay(value, &delay) ? "" : "must be a duration such as 90s or 2h, or never";
    case Kind::kPermille:
      return IsPermille(value) ? "" : "must be 0 to 1000";
    case Kind::kAmount:
      return IsAmount(value) ? "" : "must be an amount such as 10 or 0.50";
    case Kind::kAmountOrEmpty:
      return value.empty() || IsAmount(value) ? "" : "must be an amount such as 10, or empty";
    case Kind::kText:
      return IsText(value) ? "" : "must be UTF-8 of at most 512 bytes";
    case Kind::kWord:
      break;
  }
  std::string choice;
  for (std::string_view word : spec.words) {
    if (word.empty()) break;
    if (word == value) return "";
    choice += StrCat(choice.empty() ? "must be one of " : ", ", word);
  }
  return choice;
}

NestedStyle StyleNamed(std::string_view name) {
  if (name == "comma") return NestedStyle::kComma;
  if (name == "amp") return NestedStyle::kAmp;
  return NestedStyle::kCommaSpace;  // Also what is signed when any is accepted.
}

}  // namespace

Switches::Switches() {
  for (const Spec& spec : kSpecs) values_.emplace(spec.name, spec.initial);
}

absl::Status Switches::Set(std::string_view name, std::string_view value) {
  const Spec* spec = FindSpec(name);
  if (spec == nullptr) return absl::NotFoundError("no such switch of the EPAY simulator");
  const std::string rule = BrokenRule(*spec, value);
  if (!rule.empty()) return absl::InvalidArgumentError(StrCat(spec->name, ": ", rule));
  MutexLock lock(&mutex_);
  values_.find(spec->name)->second = std::string(value);
  return absl::OkStatus();
}

std::string Switches::Text(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

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

Reading Switches::SigningReading() const {
  return {StyleNamed(Text("nested_style")),
          Text("json_text") == "plain" ? JsonText::kPlain : JsonText::kExpanded};
}

std::vector<Reading> Switches::AcceptedReadings() const {
  if (Text("nested_style") == "any") return AllReadings();
  return {SigningReading()};
}

Limits Switches::LimitsOf(std::string_view channel_code) const {
  Limits limits{Text(StrCat("single_min_", channel_code)),
                Text(StrCat("single_max_", channel_code))};
  if (limits.single_min.empty()) limits.single_min = Text("single_min");
  if (limits.single_max.empty()) limits.single_max = Text("single_max");
  return limits;
}

}  // namespace sluice::epay::simulator

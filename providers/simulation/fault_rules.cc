#include "providers/simulation/fault_rules.h"

#include <algorithm>
#include <utility>

#include "server/base/strings.h"

namespace sluice::simulation {
namespace {

constexpr int kAlways = 1000;                        // Permille.
constexpr int kUnavailable = 503;                    // When a rule names no status.
constexpr absl::Duration kPause = absl::Seconds(1);  // When a slow body names no delay.

constexpr std::string_view kHtml =
    "<!DOCTYPE html><html><head><title>Service unavailable</title></head>"
    "<body><h1>Service unavailable</h1><p>Please try again later.</p></body></html>";

// Which part of a plan a kind belongs to.
enum class Part { kBefore, kAfter, kSignature, kDelivery, kClock };

Part PartOf(FaultKind kind) {
  switch (kind) {
    case FaultKind::kTimeoutBeforeEffect:
    case FaultKind::kHttpStatus:
    case FaultKind::kConnectionReset:
    case FaultKind::kProviderCode:
      return Part::kBefore;
    case FaultKind::kTimeoutAfterEffect:
    case FaultKind::kHttpStatusAfterEffect:
    case FaultKind::kHtmlBody:
    case FaultKind::kSlowBody:
    case FaultKind::kTruncatedBody:
      return Part::kAfter;
    case FaultKind::kBadSignature:
    case FaultKind::kMissingSignature:
      return Part::kSignature;
    case FaultKind::kDuplicateNotification:
    case FaultKind::kReorderedNotifications:
    case FaultKind::kDroppedNotification:
      return Part::kDelivery;
    case FaultKind::kClockSkew:
      return Part::kClock;
  }
  return Part::kClock;
}

// A provider answers with a code, and writes slowly; it does not notify so.
bool BefallsNotifications(FaultKind kind) {
  return kind != FaultKind::kProviderCode && kind != FaultKind::kSlowBody;
}

bool BefallsCalls(FaultKind kind) { return PartOf(kind) != Part::kDelivery; }

bool SetDelivery(FaultKind kind, FaultPlan* plan) {
  bool& part = kind == FaultKind::kDuplicateNotification    ? plan->duplicate
               : kind == FaultKind::kReorderedNotifications ? plan->hold_back
                                                            : plan->drop;
  return !std::exchange(part, true);
}

absl::Status Invalid(std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("fault.", rule));
}

absl::Status CheckNumbers(const Fault& fault) {
  if (fault.count < 0) return Invalid("count: must not be negative");
  if (fault.probability_permille < 0 || fault.probability_permille > kAlways) {
    return Invalid("probability_permille: must be 0 to 1000");
  }
  const bool has_status =
      fault.kind == FaultKind::kHttpStatus || fault.kind == FaultKind::kHttpStatusAfterEffect;
  if (has_status && fault.status != 0 && (fault.status < 200 || fault.status > 599)) {
    return Invalid("status: must be 200 to 599, or 0 for 503");
  }
  if (fault.kind == FaultKind::kProviderCode && fault.code.empty()) {
    return Invalid("code: must not be empty");
  }
  if (fault.kind == FaultKind::kClockSkew) {
    if (fault.delay == absl::ZeroDuration()) return Invalid("delay: must not be zero");
  } else if (fault.delay < absl::ZeroDuration()) {
    return Invalid("delay: must not be negative");
  }
  return absl::OkStatus();
}

HttpReply PlainReply(int status) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain"}};
  reply.body = "simulated fault\n";
  return reply;
}

SimulatedAnswer NoAnswer(const Fault& fault) {
  SimulatedAnswer answer;
  answer.delay = fault.delay > absl::ZeroDuration() ? fault.delay : kNeverAnswered;
  answer.drop_connection = true;
  return answer;
}

}  // namespace

const std::string* FaultPlan::provider_code() const {
  if (!before_effect || before_effect->kind != FaultKind::kProviderCode) return nullptr;
  return &before_effect->code;
}

FaultRules::FaultRules(uint64_t seed, std::vector<std::string> operations)
    : operations_(std::move(operations)), random_(seed) {}

absl::Status FaultRules::Put(const Fault& fault) {
  const bool notification = fault.operation == kNotificationOperation;
  const bool known =
      fault.operation.empty() || notification ||
      std::find(operations_.begin(), operations_.end(), fault.operation) != operations_.end();
  if (!known) return Invalid("operation: this provider has no such operation");
  if (notification && !BefallsNotifications(fault.kind)) {
    return Invalid("operation: this kind does not befall notifications");
  }
  if (!fault.operation.empty() && !notification && !BefallsCalls(fault.kind)) {
    return Invalid("operation: this kind befalls notifications only");
  }
  absl::Status numbers = CheckNumbers(fault);
  if (!numbers.ok()) return numbers;
  MutexLock lock(&mutex_);
  rules_.push_back({fault, fault.count});
  return absl::OkStatus();
}

void FaultRules::Clear() {
  MutexLock lock(&mutex_);
  rules_.clear();
}

FaultPlan FaultRules::TakeForCall(std::string_view operation) { return Take(operation, false); }

FaultPlan FaultRules::TakeForNotification() { return Take(kNotificationOperation, true); }

bool FaultRules::Hits(Rule& rule) {
  const int permille = rule.fault.probability_permille;
  if (permille < kAlways && static_cast<int>(random_.Next() % kAlways) >= permille) return false;
  if (rule.fault.count > 0) --rule.left;
  return true;
}

FaultPlan FaultRules::Take(std::string_view operation, bool notification) {
  FaultPlan plan;
  MutexLock lock(&mutex_);
  for (Rule& rule : rules_) {
    const Fault& fault = rule.fault;
    if (!fault.operation.empty() && fault.operation != operation) continue;
    if (!(notification ? BefallsNotifications(fault.kind) : BefallsCalls(fault.kind))) continue;
    switch (PartOf(fault.kind)) {
      case Part::kClock:
        if (Hits(rule)) plan.clock_skew += fault.delay;
        break;
      case Part::kSignature:
        if (plan.bad_signature || plan.missing_signature || !Hits(rule)) break;
        (fault.kind == FaultKind::kBadSignature ? plan.bad_signature : plan.missing_signature) =
            true;
        break;
      case Part::kBefore:
        if (!plan.before_effect && !plan.after_effect && Hits(rule)) plan.before_effect = fault;
        break;
      case Part::kAfter:
        if (!plan.before_effect && !plan.after_effect && Hits(rule)) plan.after_effect = fault;
        break;
      case Part::kDelivery: {
        FaultPlan with = plan;
        if (SetDelivery(fault.kind, &with) && Hits(rule)) plan = with;
        break;
      }
    }
  }
  std::erase_if(rules_, [](const Rule& rule) { return rule.fault.count > 0 && rule.left == 0; });
  return plan;
}

std::optional<SimulatedAnswer> AnswerBeforeEffect(const FaultPlan& plan) {
  if (!plan.before_effect) return std::nullopt;
  const Fault& fault = *plan.before_effect;
  SimulatedAnswer answer;
  switch (fault.kind) {
    case FaultKind::kTimeoutBeforeEffect:
      return NoAnswer(fault);
    case FaultKind::kHttpStatus:
      answer.reply = PlainReply(fault.status != 0 ? fault.status : kUnavailable);
      answer.delay = fault.delay;
      return answer;
    case FaultKind::kConnectionReset:
      answer.delay = fault.delay;
      answer.drop_connection = true;
      return answer;
    default:
      return std::nullopt;
  }
}

SimulatedAnswer AnswerAfterEffect(const FaultPlan& plan, HttpReply reply) {
  SimulatedAnswer answer;
  answer.reply = std::move(reply);
  if (!plan.after_effect) return answer;
  const Fault& fault = *plan.after_effect;
  switch (fault.kind) {
    case FaultKind::kTimeoutAfterEffect:
      return NoAnswer(fault);
    case FaultKind::kHttpStatusAfterEffect:
      answer.reply = PlainReply(fault.status != 0 ? fault.status : kUnavailable);
      answer.delay = fault.delay;
      break;
    case FaultKind::kHtmlBody:
      answer.reply.headers = {{"Content-Type", "text/html"}};
      answer.reply.body = std::string(kHtml);
      answer.delay = fault.delay;
      break;
    case FaultKind::kSlowBody:
      answer.chunk_delay = fault.delay > absl::ZeroDuration() ? fault.delay : kPause;
      break;
    case FaultKind::kTruncatedBody:
      answer.truncate_body_at = static_cast<long>(answer.reply.body.size() / 2);
      answer.delay = fault.delay;
      break;
    default:
      break;
  }
  return answer;
}

}  // namespace sluice::simulation

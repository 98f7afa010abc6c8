#include "tests/streams/checker.h"

#include "server/base/strings.h"

namespace sluice::streams {

absl::Status Truth::Append(const std::vector<EventPtr>& events) {
  MutexLock lock(&mutex_);
  if (entries_.size() + events.size() > entries_.capacity()) {
    return absl::InternalError("more events than were to come");
  }
  for (const EventPtr& event : events) {
    std::vector<int64_t>& of_merchant = by_merchant_[event->merchant];
    const auto position = static_cast<int64_t>(entries_.size()) + 1;
    const auto sequence = static_cast<int64_t>(of_merchant.size()) + 1;
    if (event->position != position || event->sequence != sequence) {
      return absl::InternalError(StrCat("the log has a gap: position ", event->position, " for ",
                                        position, ", sequence ", event->sequence, " for ",
                                        sequence));
    }
    of_merchant.push_back(position);
    auto& kind = kinds_[StrCat(event->type, "\n", event->resource_name, "\n", event->provider)];
    if (kind == nullptr) {
      auto made = std::make_unique<Event>();
      made->type = event->type;
      made->kind = event->kind;
      made->resource_name = event->resource_name;
      made->merchant = event->merchant;
      made->provider = event->provider;
      kind = std::move(made);
    }
    entries_.push_back({kind.get(), event->sequence});
  }
  size_.store(static_cast<int64_t>(entries_.size()), std::memory_order_release);
  return absl::OkStatus();
}

int64_t Truth::PositionOf(const std::string& merchant, int64_t sequence) const {
  MutexLock lock(&mutex_);
  const auto found = by_merchant_.find(merchant);
  if (found == by_merchant_.end() || sequence < 1) return 0;
  const auto index = static_cast<size_t>(sequence - 1);
  return index < found->second.size() ? found->second[index] : 0;
}

StreamChecker::StreamChecker(const Truth* truth, std::string merchant, EventFilter filter,
                             int64_t position)
    : truth_(truth),
      merchant_(std::move(merchant)),
      filter_(std::move(filter)),
      position_(position) {}

bool StreamChecker::Matches(const Event& event) const {
  return (merchant_ == "-" || event.merchant == merchant_) && filter_.Matches(event);
}

absl::Status StreamChecker::NothingLeftOut(int64_t end) {
  for (++position_; position_ < end; ++position_) {
    const Truth::Entry& missing = truth_->At(position_);
    if (Matches(*missing.kind)) {
      return absl::DataLossError(
          StrCat("left out: ", missing.kind->merchant, " ", missing.sequence, " at ", position_));
    }
  }
  return absl::OkStatus();
}

absl::Status StreamChecker::Take(const std::vector<const Event*>& events, int64_t position) {
  if (position > truth_->size()) {
    return absl::DataLossError(StrCat("the cursor ", position, " is ahead of the log"));
  }
  for (const Event* event : events) {
    const int64_t at = truth_->PositionOf(event->merchant, event->sequence);
    if (at == 0) return absl::DataLossError(StrCat("never committed: ", event->Name()));
    if (at <= position_) {
      return absl::DataLossError(
          StrCat("twice, or back in time: ", event->Name(), " at ", at, " after ", position_));
    }
    if (at > position) {
      return absl::DataLossError(StrCat("the cursor ", position, " is behind ", event->Name()));
    }
    if (absl::Status status = NothingLeftOut(at); !status.ok()) return status;
    const Event& truth = *truth_->At(at).kind;
    if (!Matches(truth)) return absl::DataLossError(StrCat("does not match: ", event->Name()));
    if (event->type != truth.type || event->resource_name != truth.resource_name) {
      return absl::DataLossError(StrCat("another event than was committed: ", event->Name()));
    }
    ++delivered_;
  }
  if (position < position_) {
    return absl::DataLossError(StrCat("the cursor moved back: ", position, " after ", position_));
  }
  // Progress says as well that everything up to it has been delivered.
  if (absl::Status status = NothingLeftOut(position + 1); !status.ok()) return status;
  position_ = position;
  return absl::OkStatus();
}

}  // namespace sluice::streams

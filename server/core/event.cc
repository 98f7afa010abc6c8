#include "server/core/event.h"

#include "absl/strings/str_format.h"

namespace sluice {

std::string Event::Id() const { return absl::StrFormat("%020d", sequence); }

std::string Event::Name() const { return EventName(merchant, Id()); }

}  // namespace sluice

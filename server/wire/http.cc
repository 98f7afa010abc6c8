#include "server/wire/http.h"

#include "server/base/strings.h"

namespace sluice {

const std::string* FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

std::string_view TransportName(Transport transport) {
  switch (transport) {
    case Transport::kReplied:
      return "replied";
    case Transport::kNotSent:
      return "not_sent";
    case Transport::kTimedOut:
      return "timed_out";
    case Transport::kBroken:
      return "broken";
  }
  return "unknown";
}

}  // namespace sluice

#include "server/base/environment.h"

#include <cstdlib>

namespace sluice {

std::optional<std::string> GetEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace sluice

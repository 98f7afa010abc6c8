// The process environment, read in one place.
//
// Threads: safe while nobody changes the environment, which Sluice never does.
// Ownership: none.

#pragma once

#include <optional>
#include <string>

namespace sluice {

// The value of the variable, or nullopt when it is not set. Set but empty is "".
std::optional<std::string> GetEnvironment(const std::string& name);

}  // namespace sluice

// sluiced as a function: from arguments to an exit code.
//
// Threads: called by main alone. Blocks until a signal ends the server.
// Ownership: none.

#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace sluice {

inline constexpr int kExitOk = 0, kExitFailed = 1, kExitWrongInput = 2;

// `arguments` without the program's name.
int Run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& error);

}  // namespace sluice

// Draws a QR code with half blocks, two modules a character, so that a phone can scan a terminal.
//
// Threads: a pure function.
// Ownership: values.

#pragma once

#include <string>

namespace sluice::demo {

// Light modules are drawn as blocks: right on the dark ground that most terminals have, and
// scanners read the inverse too. Empty when `text` does not fit into a code.
std::string DrawQr(const std::string& text, const std::string& indent);

}  // namespace sluice::demo

// Finds the functions of a C++ file by their braces: a heuristic, good for code that is formatted.
//
// Thread contract: pure. Ownership: values.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::house {

struct FunctionExtent {
  int first_line = 0;  // Of the opening brace, from 1.
  int last_line = 0;   // Of the closing brace.
  int depth = 0;       // The deepest nesting of if, for, while, switch, do in it.
};

// `code` is a file with comments and literals blanked.
std::vector<FunctionExtent> FindFunctions(std::string_view code);

}  // namespace sluice::house

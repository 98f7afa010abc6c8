// Sizes: what fits on a few screens can be read by a stranger.
#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "tests/house/functions.h"
#include "tests/house/rules.h"

namespace sluice::house {
namespace {

constexpr int kMaxSourceLines = 500;
constexpr int kMaxHeaderLines = 300;
constexpr int kMaxTestLines = 800;
constexpr int kMaxScriptLines = 500;
constexpr int kMaxColumns = 100;
constexpr int kMaxFunctionLines = 70;
constexpr int kMaxDepth = 4;
constexpr int kMaxPurposeLines = 15;
constexpr size_t kMinPurposeCharacters = 40;  // Less is a title, not a purpose.

int LineLimit(const SourceFile& file) {
  if (IsHeader(file)) return kMaxHeaderLines;
  if (!IsCpp(file)) return kMaxScriptLines;
  return IsTest(file) ? kMaxTestLines : kMaxSourceLines;
}

bool IsScript(const SourceFile& file) {
  return file.path.ends_with(".sh") || file.path.ends_with(".cmake") ||
         file.path.ends_with("CMakeLists.txt") || file.path == "dev" || file.path == ".ci/run";
}

// Characters, not bytes: the words of a comment may need more than ASCII.
int Columns(std::string_view line) {
  return static_cast<int>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<Finding> FileIsShort(const SourceFile& file) {
  if (!IsCpp(file) && !IsScript(file)) return {};
  const int lines = static_cast<int>(Lines(file.text).size());
  const int limit = LineLimit(file);
  if (lines <= limit) return {};
  return {{file.path, 0, absl::StrCat(lines, " lines; at most ", limit)}};
}

std::vector<Finding> LinesAreNarrow(const SourceFile& file) {
  std::vector<Finding> findings;
  if (!IsCpp(file) && !IsScript(file) && !file.path.ends_with(".proto")) return findings;
  int number = 0;
  for (std::string_view line : Lines(file.text)) {
    ++number;
    const int columns = Columns(line);
    if (columns <= kMaxColumns || line.starts_with("#include")) continue;
    findings.push_back({file.path, number, absl::StrCat(columns, " columns")});
  }
  return findings;
}

std::vector<Finding> FunctionsAreShort(const SourceFile& file) {
  std::vector<Finding> findings;
  for (const FunctionExtent& function : FindFunctions(file.code)) {
    const int lines = function.last_line - function.first_line + 1;
    if (lines <= kMaxFunctionLines) continue;
    findings.push_back(
        {file.path, function.first_line, absl::StrCat("a function of ", lines, " lines")});
  }
  return findings;
}

std::vector<Finding> FunctionsAreShallow(const SourceFile& file) {
  std::vector<Finding> findings;
  for (const FunctionExtent& function : FindFunctions(file.code)) {
    if (function.depth <= kMaxDepth) continue;
    findings.push_back(
        {file.path, function.first_line, absl::StrCat("nests ", function.depth, " levels")});
  }
  return findings;
}

std::vector<Finding> HeaderOpensWithItsPurpose(const SourceFile& file) {
  if (!IsHeader(file)) return {};
  int lines = 0;
  size_t characters = 0;
  for (std::string_view line : Lines(file.text)) {
    if (!line.starts_with("//")) break;
    ++lines;
    characters += line.size() - 2;
  }
  if (characters < kMinPurposeCharacters) {
    return {{file.path, 1, "does not open with a comment that says its purpose"}};
  }
  if (lines > kMaxPurposeLines) {
    return {{file.path, 1, absl::StrCat("opens with ", lines, " lines of comment")}};
  }
  return {};
}

}  // namespace sluice::house

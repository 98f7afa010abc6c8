// The repository's files as the house rules read them.
//
// Thread contract: immutable after loading. Ownership: values; one load per process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::house {

struct SourceFile {
  std::string path;    // From the root of the repository: "server/core/money.h".
  std::string folder;  // "server/core"; "" for a file at the root.
  std::string text;    // As it is.
  std::string code;    // C++ only: as text, with comments and literals blanked; same line numbers.
};

// One broken rule at one place.
struct Finding {
  std::string path;
  int line = 0;  // From 1; 0: the whole file.
  std::string what;
};

// A SourceFile of given text, for files of the tree and for samples in tests.
SourceFile MakeFile(std::string path, std::string text);

// Every text file below root, sorted by path, without .git, build and node_modules.
std::vector<SourceFile> LoadTree(std::string_view root);

bool IsCpp(const SourceFile& file);     // .cc or .h
bool IsHeader(const SourceFile& file);  // .h
bool IsTest(const SourceFile& file);    // *_test.cc, or anything below tests/

// Replaces comments and literals by blanks; keeps line breaks and #include lines.
std::string BlankCommentsAndLiterals(std::string_view text);

std::vector<std::string_view> Lines(std::string_view text);

}  // namespace sluice::house

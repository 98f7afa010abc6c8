#include "tests/house/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace sluice::house {
namespace {

namespace fs = std::filesystem;

bool IsText(const fs::path& path) {
  static const auto* const kEndings = new std::set<std::string>{
      ".cc",   ".h",    ".proto", ".md", ".cmake", ".txt", ".sh",        ".json",
      ".yaml", ".supp", ".sql",   ".py", ".ts",    ".go",  ".textproto", ".html"};
  return kEndings->contains(path.extension().string()) || path.filename() == "dev" ||
         path.filename() == "run";
}

bool IsSkippedFolder(const fs::path& path) {
  const std::string name = path.filename().string();
  // What is fetched or built lies in these: none of them is committed.
  return name == ".git" || name == "build" || name == "node_modules" || name == ".cache" ||
         name == "target" || name == "dist";
}

// The end of the literal that opens at text[at] with `quote`; past the closing quote.
size_t EndOfLiteral(std::string_view text, size_t at, char quote) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

size_t EndOfRawLiteral(std::string_view text, size_t quote_at) {
  const size_t open = text.find('(', quote_at);
  if (open == std::string_view::npos) return text.size();
  const std::string close =
      ")" + std::string(text.substr(quote_at + 1, open - quote_at - 1)) + "\"";
  const size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of the comment or literal that begins at text[i]; i itself when none does.
size_t EndOfBlanked(std::string_view text, size_t i) {
  const std::string_view rest = text.substr(i);
  if (rest.starts_with("//")) return std::min(text.find('\n', i), text.size());
  if (rest.starts_with("/*")) {
    const size_t end = text.find("*/", i + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (rest.starts_with("R\"") && (i == 0 || !IsWordCharacter(text[i - 1]))) {
    return EndOfRawLiteral(text, i + 1);
  }
  if (rest[0] == '"') return EndOfLiteral(text, i, '"');
  // 1'000'000 is a number.
  if (rest[0] == '\'' && (i == 0 || !IsWordCharacter(text[i - 1]))) {
    return EndOfLiteral(text, i, '\'');
  }
  return i;
}

bool IsIncludeLine(std::string_view text, size_t line_start) {
  return text.substr(line_start).starts_with("#include");
}

}  // namespace

std::string BlankCommentsAndLiterals(std::string_view text) {
  std::string code(text);
  size_t i = 0;
  bool line_starts = true;
  while (i < text.size()) {
    if (line_starts && IsIncludeLine(text, i)) {
      i = std::min(text.find('\n', i), text.size());
      line_starts = false;
      continue;
    }
    const size_t end = EndOfBlanked(text, i);
    for (size_t k = i; k < end; ++k) {
      if (code[k] != '\n') code[k] = ' ';
    }
    line_starts = text[end > i ? end - 1 : i] == '\n';
    i = end > i ? end : i + 1;
  }
  return code;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool IsCpp(const SourceFile& file) {
  return file.path.ends_with(".cc") || file.path.ends_with(".h");
}

bool IsHeader(const SourceFile& file) { return file.path.ends_with(".h"); }

// A test_*.h beside a provider's tests is part of them.
bool IsTest(const SourceFile& file) {
  return file.path.ends_with("_test.cc") || file.path.starts_with("tests/") ||
         file.path.find("/test_") != std::string::npos;
}

SourceFile MakeFile(std::string path, std::string text) {
  SourceFile file;
  const size_t slash = path.rfind('/');
  file.folder = slash == std::string::npos ? "" : path.substr(0, slash);
  file.path = std::move(path);
  file.text = std::move(text);
  if (IsCpp(file)) file.code = BlankCommentsAndLiterals(file.text);
  return file;
}

std::vector<SourceFile> LoadTree(std::string_view root) {
  std::vector<SourceFile> files;
  const fs::path base{root};
  for (auto it = fs::recursive_directory_iterator(base); it != fs::end(it); ++it) {
    if (it->is_directory() && IsSkippedFolder(it->path())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file() && IsText(it->path())) {
      std::ifstream in(it->path(), std::ios::binary);
      files.push_back(MakeFile(fs::relative(it->path(), base).generic_string(),
                               {std::istreambuf_iterator<char>(in), {}}));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace sluice::house

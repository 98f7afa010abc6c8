#include "tests/house/functions.h"

#include <algorithm>
#include <regex>
#include <string>

namespace sluice::house {
namespace {

enum class Block { kContainer, kFunction, kControl, kOther };

// "template <class T>" would look like a class: it is taken away before a header is judged.
std::string WithoutTemplate(const std::string& header) {
  const size_t at = header.find("template");
  const size_t open = at == std::string::npos ? at : header.find('<', at);
  if (open == std::string::npos) return header;
  int depth = 0;
  for (size_t i = open; i < header.size(); ++i) {
    if (header[i] == '<') ++depth;
    if (header[i] == '>' && --depth == 0) return header.substr(0, at) + header.substr(i + 1);
  }
  return header;
}

bool IsContainer(const std::string& header) {
  static const std::regex kContainer(R"(\b(namespace|class|struct|union|enum|extern)\b)");
  return std::regex_search(header, kContainer) && header.find('(') == std::string::npos;
}

bool IsControl(const std::string& header) {
  static const std::regex kControl(R"((^|[^\w])(if|else|for|while|switch|do|try|catch)\b)");
  return std::regex_search(header, kControl);
}

// In "Foo::Foo(int x) : a_{x}, b_(x) {" the first brace initialises, the second is the body.
bool IsMemberInitialiser(const std::string& header) {
  static const std::regex kAfterColon(R"(\)\s*(noexcept\s*)?:[^:][\s\S]*[\w>]\s*$)");
  return std::regex_search(header, kAfterColon);
}

class Scanner {
 public:
  explicit Scanner(std::string_view code) : code_(code) {}

  std::vector<FunctionExtent> Scan() {
    for (size_t i = 0; i < code_.size(); ++i) Take(i);
    return std::move(found_);
  }

 private:
  void Take(size_t i) {
    const char c = code_[i];
    if (c == '\n') {
      ++line_;
      line_start_ = i + 1;
    }
    if (c == '#' && code_.substr(line_start_, i - line_start_).find_first_not_of(' ') ==
                        std::string_view::npos) {
      in_directive_ = true;
    }
    if (in_directive_) {
      if (c == '\n' && (i == 0 || code_[i - 1] != '\\')) in_directive_ = false;
      return;
    }
    if (c == '{') {
      Open();
    } else if (c == '}') {
      Close();
    } else if (c == ';' && parentheses_ == 0) {
      header_.clear();
    } else {
      if (c == '(') ++parentheses_;
      if (c == ')') parentheses_ = std::max(0, parentheses_ - 1);
      header_.push_back(c);
    }
  }

  bool InFunction() const {
    return std::any_of(stack_.begin(), stack_.end(),
                       [](const Frame& frame) { return frame.block == Block::kFunction; });
  }

  Block Judge() const {
    const std::string header = WithoutTemplate(header_);
    if (InFunction()) return IsControl(header) ? Block::kControl : Block::kOther;
    if (IsContainer(header)) return Block::kContainer;
    if (header.find('(') == std::string::npos) return Block::kOther;
    return IsMemberInitialiser(header) ? Block::kOther : Block::kFunction;
  }

  void Open() {
    const Block block = Judge();
    stack_.push_back({block, line_, header_, parentheses_});
    if (block == Block::kFunction) deepest_ = 0;
    deepest_ = std::max(deepest_, Depth());
    parentheses_ = 0;
    header_.clear();
  }

  void Close() {
    if (stack_.empty()) return;
    const Frame frame = stack_.back();
    stack_.pop_back();
    parentheses_ = frame.parentheses;
    if (frame.block == Block::kFunction) found_.push_back({frame.line, line_, deepest_});
    // What follows an initialiser's brace still belongs to the same declaration.
    const bool goes_on = frame.block == Block::kOther;
    header_ = goes_on ? frame.header : "";
  }

  int Depth() const {
    return static_cast<int>(std::count_if(stack_.begin(), stack_.end(), [](const Frame& frame) {
      return frame.block == Block::kControl;
    }));
  }

  struct Frame {
    Block block;
    int line;
    std::string header;
    int parentheses;
  };

  const std::string_view code_;
  std::vector<Frame> stack_;
  std::vector<FunctionExtent> found_;
  std::string header_;
  size_t line_start_ = 0;
  int line_ = 1;
  int parentheses_ = 0;
  int deepest_ = 0;
  bool in_directive_ = false;
};

}  // namespace

std::vector<FunctionExtent> FindFunctions(std::string_view code) { return Scanner(code).Scan(); }

}  // namespace sluice::house

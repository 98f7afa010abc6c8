#include "server/main/config_load.h"

#include <google/protobuf/io/tokenizer.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

class Complaints final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Complaints(const std::string& path) : path_(path) {}

  void AddError(int line, int column, const std::string& message) override {
    lines_.push_back(StrCat(path_, ":", line + 1, ":", column + 1, ": ", message));
  }
  void AddWarning(int, int, const std::string&) override {}

  absl::Status ToStatus() const { return absl::InvalidArgumentError(absl::StrJoin(lines_, "\n")); }

 private:
  const std::string& path_;
  std::vector<std::string> lines_;
};

// "merchants[2]" is a name and an index; without brackets the index is -1.
struct Segment {
  std::string name;
  int index = -1;
};

Segment ParseSegment(std::string_view text) {
  Segment segment{.name = std::string(text.substr(0, text.find('[')))};
  const size_t open = text.find('[');
  if (open != text.npos && text.back() == ']') {
    (void)absl::SimpleAtoi(AbslView(text.substr(open + 1, text.size() - open - 2)), &segment.index);
  }
  return segment;
}

}  // namespace

absl::StatusOr<LoadedConfig> LoadedConfig::Read(const std::string& path) {
  if (path.empty()) return Parse("", "(no configuration)");
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat(path, ": cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  return Parse(text.str(), path);
}

absl::StatusOr<LoadedConfig> LoadedConfig::Parse(std::string_view text, const std::string& path) {
  LoadedConfig loaded;
  loaded.path_ = path;
  loaded.places_ = std::make_shared<TextFormat::ParseInfoTree>();
  Complaints complaints(path);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  parser.WriteLocationsTo(loaded.places_.get());
  if (!parser.ParseFromString(std::string(text), &loaded.config_)) return complaints.ToStatus();
  return loaded;
}

int LoadedConfig::LineOf(std::string_view field) const {
  const Descriptor* type = config_.GetDescriptor();
  const TextFormat::ParseInfoTree* places = places_.get();
  int line = 0;
  for (absl::string_view part : absl::StrSplit(AbslView(field), '.')) {
    if (type == nullptr || places == nullptr) break;
    const Segment segment = ParseSegment(StdView(part));
    const FieldDescriptor* const member = type->FindFieldByName(segment.name);
    // The members of a map have no places of their own: the message around it is near enough.
    if (member == nullptr || member->is_map()) break;
    const int index = member->is_repeated() ? segment.index : -1;
    if (member->is_repeated() && index < 0) break;
    const TextFormat::ParseLocation place = places->GetLocation(member, index);
    if (place.line < 0) break;
    line = place.line + 1;
    places = places->GetTreeForNested(member, index);
    type = member->message_type();
  }
  return line;
}

std::string LoadedConfig::Complain(std::string_view field, std::string_view rule) const {
  const int line = LineOf(field);
  if (line == 0) return StrCat(path_, ": ", field, ": ", rule);
  return StrCat(path_, ":", line, ": ", field, ": ", rule);
}

}  // namespace sluice

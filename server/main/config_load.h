// Reads the configuration file, and remembers where each field stands.
//
// Threads: a plain value; const methods are safe from any thread.
// Ownership: values.

#pragma once

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/config/v1/config.pb.h"

namespace sluice {

class LoadedConfig {
 public:
  // An empty path is an empty configuration: all defaults. INVALID_ARGUMENT with
  // "file:line:column: what" for each thing that is not a Config, NOT_FOUND without the file.
  static absl::StatusOr<LoadedConfig> Read(const std::string& path);
  // The same from text; `path` is for messages.
  static absl::StatusOr<LoadedConfig> Parse(std::string_view text, const std::string& path);

  const config::v1::Config& config() const { return config_; }

  // "sluice.txtpb:12: merchants[0].id: the rule", with the line of the field or, where it does not
  // stand in the file, of the nearest message around it.
  std::string Complain(std::string_view field, std::string_view rule) const;

 private:
  int LineOf(std::string_view field) const;  // 0: nowhere.

  std::string path_;
  config::v1::Config config_;
  std::shared_ptr<google::protobuf::TextFormat::ParseInfoTree> places_;
};

}  // namespace sluice

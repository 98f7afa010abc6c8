#include "providers/api/registry.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/error.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<SettingSpec> Specs() {
  return {{.name = "base_url", .required = true},
          {.name = "note"},
          {.name = "key", .required = true, .secret = true}};
}

ProviderAccountConfig Complete() {
  return {.account = "demo",
          .settings = {{"base_url", "https://provider.example"}},
          .secrets = {{"key", Redacted("top-secret")}}};
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const std::optional<ErrorDetails> details = GetErrorDetails(status);
  if (details) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  return fields;
}

TEST(CheckSettingsTest, AcceptsWhatIsComplete) {
  EXPECT_TRUE(CheckSettings(Complete(), Specs()).ok());
  ProviderAccountConfig config = Complete();
  config.settings["note"] = "";
  EXPECT_TRUE(CheckSettings(config, Specs()).ok());
}

TEST(CheckSettingsTest, NamesEveryMissingOne) {
  const absl::Status status = CheckSettings({.account = "demo"}, Specs());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(status), UnorderedElementsAre("settings.base_url", "secrets.key"));
}

TEST(CheckSettingsTest, EmptyIsMissing) {
  ProviderAccountConfig config = Complete();
  config.settings["base_url"] = "";
  config.secrets["key"] = Redacted();
  EXPECT_THAT(Fields(CheckSettings(config, Specs())),
              UnorderedElementsAre("settings.base_url", "secrets.key"));
}

TEST(CheckSettingsTest, RefusesUnknownOnes) {
  ProviderAccountConfig config = Complete();
  config.settings["bsae_url"] = "https://typo.example";
  EXPECT_THAT(Fields(CheckSettings(config, Specs())), ElementsAre("settings.bsae_url"));
}

TEST(CheckSettingsTest, RefusesASecretAmongTheSettings) {
  ProviderAccountConfig config = Complete();
  config.settings["key"] = "in the open";
  const absl::Status status = CheckSettings(config, Specs());
  EXPECT_THAT(Fields(status), ElementsAre("settings.key"));
  EXPECT_EQ(status.ToString().find("in the open"), std::string::npos);
}

}  // namespace
}  // namespace sluice

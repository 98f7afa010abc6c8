// The repository keeps its own rules: one case per rule, every place that breaks it in one list.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/house/rules.h"

namespace sluice::house {
namespace {

const std::vector<SourceFile>& Tree() {
  static const auto* const kTree = new std::vector<SourceFile>(LoadTree(SLUICE_SOURCE_DIR));
  return *kTree;
}

std::string Show(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& finding : findings) {
    absl::StrAppend(&all, "\n  ", finding.path, ":", finding.line, ": ", finding.what);
  }
  return all;
}

struct NamedRule {
  const char* name;
  Rule rule;
};

void PrintTo(const NamedRule& rule, std::ostream* out) { *out << rule.name; }

class TreeTest : public ::testing::TestWithParam<NamedRule> {};

TEST_P(TreeTest, IsKept) {
  std::vector<Finding> all;
  for (const SourceFile& file : Tree()) {
    for (Finding& finding : GetParam().rule(file)) all.push_back(std::move(finding));
  }
  EXPECT_TRUE(all.empty()) << all.size() << " places:" << Show(all);
}

#define SLUICE_RULE(name) \
  NamedRule { #name, &(name) }

INSTANTIATE_TEST_SUITE_P(
    House, TreeTest,
    ::testing::Values(SLUICE_RULE(FileIsShort), SLUICE_RULE(LinesAreNarrow),
                      SLUICE_RULE(FunctionsAreShort), SLUICE_RULE(FunctionsAreShallow),
                      SLUICE_RULE(HeaderOpensWithItsPurpose), SLUICE_RULE(IncludesKeepTheLayers),
                      SLUICE_RULE(LibrariesStayInTheirFolders),
                      SLUICE_RULE(TimeAndChanceAreInjected), SLUICE_RULE(NothingSleeps),
                      SLUICE_RULE(MoneyIsExact), SLUICE_RULE(NothingThrows),
                      SLUICE_RULE(SqlStaysInTheStore), SLUICE_RULE(KnownTrapsAreAvoided),
                      SLUICE_RULE(NamesSayWhat), SLUICE_RULE(NothingIsLeftForLater),
                      SLUICE_RULE(TheRepositoryIsPublic)),
    [](const ::testing::TestParamInfo<NamedRule>& info) { return std::string(info.param.name); });

// The folders below providers/ that hold a backend: all that are words for SLUICE_PROVIDERS.
std::vector<std::string> ProviderFolders() {
  std::vector<std::string> folders;
  for (const SourceFile& file : Tree()) {
    if (file.path.ends_with("/register.h") && file.path.starts_with("providers/")) {
      folders.push_back(file.folder);
    }
  }
  return folders;
}

bool AnyFile(const auto& predicate) { return std::any_of(Tree().begin(), Tree().end(), predicate); }

TEST(ProvidersTest, EachIsDocumentedProvedAndHasItsData) {
  for (const std::string& folder : ProviderFolders()) {
    EXPECT_TRUE(AnyFile([&](const SourceFile& file) { return file.path == folder + "/README.md"; }))
        << folder << " has no README.md: what is documented, and what assumed";
    EXPECT_TRUE(AnyFile([&](const SourceFile& file) {
      return file.path.starts_with(folder + "/testdata/");
    })) << folder
        << " has no testdata/";
    EXPECT_TRUE(AnyFile([&](const SourceFile& file) {
      return file.folder == folder && file.path.find("conformance") != std::string::npos &&
             file.path.ends_with("_test.cc");
    })) << folder
        << " does not instantiate the conformance suite in a *conformance*_test.cc";
  }
}

TEST(ProvidersTest, OneIsBuilt) { EXPECT_FALSE(ProviderFolders().empty()); }

}  // namespace
}  // namespace sluice::house

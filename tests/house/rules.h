// The house rules: each takes one file and tells where it breaks the rule.
//
// The numbers and tables are in the .cc files; why a rule exists is said where it is. Every rule is
// tested on samples that break it, and then run over the whole repository.
// Thread contract: pure functions. Ownership: values.
#pragma once

#include <vector>

#include "tests/house/source_tree.h"

namespace sluice::house {

using Rule = std::vector<Finding> (*)(const SourceFile&);

// shape.cc
std::vector<Finding> FileIsShort(const SourceFile& file);
std::vector<Finding> LinesAreNarrow(const SourceFile& file);
std::vector<Finding> FunctionsAreShort(const SourceFile& file);
std::vector<Finding> FunctionsAreShallow(const SourceFile& file);
std::vector<Finding> HeaderOpensWithItsPurpose(const SourceFile& file);

// layers.cc
std::vector<Finding> IncludesKeepTheLayers(const SourceFile& file);
std::vector<Finding> LibrariesStayInTheirFolders(const SourceFile& file);

// words.cc
std::vector<Finding> TimeAndChanceAreInjected(const SourceFile& file);
std::vector<Finding> NothingSleeps(const SourceFile& file);
std::vector<Finding> MoneyIsExact(const SourceFile& file);
std::vector<Finding> NothingThrows(const SourceFile& file);
std::vector<Finding> SqlStaysInTheStore(const SourceFile& file);
std::vector<Finding> KnownTrapsAreAvoided(const SourceFile& file);
std::vector<Finding> NamesSayWhat(const SourceFile& file);
std::vector<Finding> NothingIsLeftForLater(const SourceFile& file);
std::vector<Finding> TheRepositoryIsPublic(const SourceFile& file);

}  // namespace sluice::house

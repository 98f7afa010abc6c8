// Words that must not be written, and where.
#include <initializer_list>
#include <regex>
#include <string>

#include "tests/house/rules.h"

namespace sluice::house {
namespace {

bool IsBelow(const SourceFile& file, std::initializer_list<std::string_view> folders) {
  for (std::string_view folder : folders) {
    if (file.path.starts_with(std::string(folder) + "/")) return true;
  }
  return false;
}

// One finding per line of `text` (the code, or the raw text) in which the pattern occurs.
std::vector<Finding> Occurrences(const SourceFile& file, const std::string& text,
                                 const std::regex& pattern, std::string_view why) {
  std::vector<Finding> findings;
  int number = 0;
  for (std::string_view line : Lines(text)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(line.begin(), line.end(), match, pattern)) {
      findings.push_back({file.path, number, "'" + match.str() + "': " + std::string(why)});
    }
  }
  return findings;
}

}  // namespace

// Time, chance and the environment are arguments everywhere but at the edges, so that a test can
// run any story on a seed.
std::vector<Finding> TimeAndChanceAreInjected(const SourceFile& file) {
  static const std::regex kPattern(
      R"(\babsl::Now\(|::now\(|\btime\((nullptr|NULL|0)\)|\bgettimeofday\b|\bclock_gettime\b)"
      R"(|\bs?rand\(|\brandom_device\b|\bmt19937|\babsl::(Insecure)?BitGen\b|\bgetrandom\()"
      R"(|\bgetenv\b)");
  if (!IsBelow(file, {"server", "providers"}) || IsBelow(file, {"server/base", "server/main"})) {
    return {};
  }
  return Occurrences(file, file.code, kPattern, "take a Clock, a Random or the configuration");
}

// Also in unit tests: a test that sleeps is slow, and fails on a slow day.
std::vector<Finding> NothingSleeps(const SourceFile& file) {
  static const std::regex kPattern(
      R"(\bsleep_for\b|\bsleep_until\b|\bu?sleep\(|\bnanosleep\b|\babsl::SleepFor\b)");
  if (!IsBelow(file, {"server", "providers"})) return {};
  if (IsBelow(file, {"server/base", "server/main"}) && !IsTest(file)) return {};
  return Occurrences(file, file.code, kPattern, "wait for a condition, or use Timers");
}

std::vector<Finding> MoneyIsExact(const SourceFile& file) {
  static const std::regex kPattern(R"(\b(float|double|stod|strtod|atof|SimpleAtod)\b)");
  // The file-system seam of SQLite hands on the engine's own time of day, a double by its contract.
  if (file.path == "server/store/sqlite/vfs.cc") return {};
  if (!IsBelow(file, {"server/core", "server/app", "server/store", "providers"})) return {};
  return Occurrences(file, file.code, kPattern, "money is int64 minor units, numbers stay text");
}

std::vector<Finding> NothingThrows(const SourceFile& file) {
  static const std::regex kPattern(R"(\bthrow\b|\bstd::rethrow_exception\b)");
  if (!IsBelow(file, {"server", "providers"})) return {};
  return Occurrences(file, file.code, kPattern, "return absl::StatusOr");
}

std::vector<Finding> SqlStaysInTheStore(const SourceFile& file) {
  static const std::regex kPattern(R"(["(]\s*(SELECT |INSERT (OR |INTO )|UPDATE \w+ SET|)"
                                   R"(DELETE FROM|PRAGMA |CREATE TABLE|BEGIN IMMEDIATE))");
  if (!IsCpp(file) || IsTest(file) || !IsBelow(file, {"server", "providers"}) ||
      IsBelow(file, {"server/store"})) {
    return {};
  }
  return Occurrences(file, file.text, kPattern, "SQL belongs to server/store");
}

// Calls that work until they do not; server/ARCHITECTURE.md tells each story.
std::vector<Finding> KnownTrapsAreAvoided(const SourceFile& file) {
  static const std::regex kPattern(
      R"(\bset_buffer_hint\b|\babsl::Mutex\b|\b(strcpy|strcat|sprintf|gets)\()");
  if (!IsCpp(file)) return {};
  return Occurrences(file, file.code, kPattern, "a known trap of this platform");
}

std::vector<Finding> NamesSayWhat(const SourceFile& file) {
  static const std::regex kType(R"(\b(class|struct)\s+\w*(Manager|Helper|Util|Utils)\b)");
  static const std::regex kFile(R"((^|/|_)(manager|helper|helpers|util|utils|misc)\.(h|cc)$)");
  if (!IsCpp(file)) return {};
  std::vector<Finding> findings = Occurrences(file, file.code, kType, "say what it does");
  if (std::regex_search(file.path, kFile)) {
    findings.push_back({file.path, 0, "the file's name does not say what is in it"});
  }
  return findings;
}

std::vector<Finding> NothingIsLeftForLater(const SourceFile& file) {
  // In two parts, so that this file does not find itself.
  static const std::regex kPattern(
      "\\b(TO"
      "DO|FIX"
      "ME)\\b|\\bDIS"
      "ABLED_[A-Z]");
  if (!IsCpp(file) && !file.path.ends_with(".proto")) return {};
  return Occurrences(file, file.text, kPattern, "do it, or write it down as a limit");
}

// What is written for one machine or one network means nothing to a stranger.
std::vector<Finding> TheRepositoryIsPublic(const SourceFile& file) {
  static const std::regex kPattern(
      "(^|[^\\w.*/-])/(wo"
      "rk|ro"
      "ot|ho"
      "me/\\w+)/|/tmp/b"
      "-|\\bartif"
      "actory\\b"
      "|\\bnex"
      "us[-.]|\\.inter"
      "nal(:|/)|//(regis"
      "try|pro"
      "xy|mir"
      "ror)[.-](?!npmjs\\.org)");
  return Occurrences(file, file.text, kPattern, "a private path or host");
}

}  // namespace sluice::house

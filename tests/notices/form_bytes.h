// What two forms have in common, whatever bytes they are written in.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::notices {

// The fields that say something, however they were encoded and ordered; nullopt: no form, or a name
// twice.
inline std::optional<std::map<std::string, std::string>> FieldMap(
    const std::string& body, const std::set<std::string>& unsigned_names) {
  const auto fields = ParseForm(body);
  if (!fields.ok()) return std::nullopt;
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : *fields) {
    if (unsigned_names.count(name) > 0 || value.empty()) continue;
    // Hexadecimal digits, in either case.
    const std::string kept = name == "sign" ? absl::AsciiStrToUpper(value) : value;
    if (!map.emplace(name, kept).second) return std::nullopt;
  }
  return map;
}

inline bool SameFields(const std::string& a, const std::string& b,
                       const std::set<std::string>& unsigned_names) {
  const auto first = FieldMap(a, unsigned_names), second = FieldMap(b, unsigned_names);
  if (!first.has_value() || !second.has_value() || first->size() != second->size()) return false;
  for (const auto& [name, value] : *first) {
    const auto other = second->find(name);
    if (other == second->end()) return false;
    if (other->second == value) continue;
    const auto json = Json::Parse(value), other_json = Json::Parse(other->second);
    const bool objects = json.ok() && other_json.ok() && json->is_object();
    if (!objects || !(*json == *other_json)) return false;
  }
  return true;
}

// Whether these fields are there once and as they were.
inline bool KeepsFields(const std::string& golden, const std::string& altered,
                        const std::set<std::string>& names) {
  const auto before = FieldMap(golden, {}), after = FieldMap(altered, {});
  if (!before.has_value() || !after.has_value()) return false;
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto is = after->find(name), was = before->find(name);
    if (is == after->end() || was == before->end())
      return is == after->end() && was == before->end();
    return is->second == was->second;
  });
}

}  // namespace sluice::notices

#include "server/core/event_filter.h"

#include <algorithm>
#include <set>

#include "server/base/strings.h"
#include "server/core/event_types.h"
#include "server/core/names.h"
#include "server/core/stable_hash.h"
#include "server/core/validate.h"

namespace sluice {
namespace {

constexpr std::string_view kAllOf = ".*";

// Longer than any resource name.
constexpr size_t kMaxPrefixLength = 512;

bool IsGroup(std::string_view pattern) { return pattern.ends_with(kAllOf); }

// "order." of "order.*".
std::string_view GroupPrefix(std::string_view pattern) {
  return pattern.substr(0, pattern.size() - 1);
}

bool TypeMatches(std::string_view pattern, std::string_view type) {
  return IsGroup(pattern) ? type.starts_with(GroupPrefix(pattern)) : type == pattern;
}

bool IsKnown(std::string_view pattern) {
  if (!IsGroup(pattern)) return IsEventType(pattern);
  const std::string_view prefix = GroupPrefix(pattern);
  // "order", not "o" or a longer chain.
  if (prefix.find('.') != prefix.size() - 1) return false;
  const auto types = AllEventTypes();
  return std::any_of(types.begin(), types.end(),
                     [&](const EventTypeInfo& info) { return info.type.starts_with(prefix); });
}

std::string_view WithoutSlash(std::string_view prefix) {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  return prefix;
}

bool IsNamePrefix(std::string_view prefix) {
  const std::string_view name = WithoutSlash(prefix);
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  return name.size() <= kMaxPrefixLength && plain && name.starts_with("merchants/") &&
         name.find("//") == std::string_view::npos && !name.ends_with('/');
}

bool IsAtOrBelow(std::string_view name, std::string_view prefix) {
  prefix = WithoutSlash(prefix);
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '/');
}

}  // namespace

absl::Status EventFilter::Validate(std::string_view field) const {
  Violations violations;
  const std::string types_field = StrCat(field, ".types");
  if (types.size() > kMaxFilterTypes) {
    violations.Add(types_field, StrCat("must have at most ", kMaxFilterTypes, " items"));
  }
  for (size_t i = 0; i < types.size() && i < kMaxFilterTypes; ++i) {
    if (!IsKnown(types[i])) {
      violations.Add(StrCat(types_field, "[", i, "]"),
                     "must be an event type such as order.paid, or a group such as order.*");
    }
  }
  if (!resource_prefix.empty() && !IsNamePrefix(resource_prefix)) {
    violations.Add(StrCat(field, ".resource_prefix"),
                   "must be the first segments of a resource name, such as "
                   "merchants/{merchant}/orders/{order}");
  }
  if (!provider.empty()) violations.Add(ValidateSlug(provider, StrCat(field, ".provider")));
  return violations.ToStatus();
}

bool EventFilter::Matches(const Event& event) const {
  if (!provider.empty() && event.provider != provider) return false;
  if (!resource_prefix.empty() && !IsAtOrBelow(event.resource_name, resource_prefix)) return false;
  if (types.empty()) return true;
  return std::any_of(types.begin(), types.end(),
                     [&](const std::string& pattern) { return TypeMatches(pattern, event.type); });
}

uint64_t EventFilter::Hash() const {
  const std::set<std::string> sorted(types.begin(), types.end());
  std::string content;
  const auto add = [&content](std::string_view part) { content += StrCat(part.size(), ":", part); };
  for (const std::string& type : sorted) add(type);
  content.push_back('|');
  add(WithoutSlash(resource_prefix));
  add(provider);
  return StableHash64(content);
}

}  // namespace sluice

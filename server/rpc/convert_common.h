// Pieces that the convert_*.cc files share. Included by them alone.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/core/validate.h"
#include "server/rpc/auth.h"
#include "server/rpc/convert.h"

namespace sluice::rpc {

// The fields that every resource of the API has, by the same names.
template <typename Proto>
void BaseToProto(const ResourceBase& base, Proto* out) {
  out->set_provider(base.provider);
  if (!base.provider_account.empty()) {
    out->set_provider_account(ProviderAccountName(base.merchant, base.provider_account));
  }
  out->set_provider_number(base.provider_number);
  if (!base.failure.empty()) ToProto(base.failure, out->mutable_failure());
  out->set_attention(base.attention);
  for (const Attempt& attempt : base.attempts) ToProto(attempt, out->add_attempts());
  for (const auto& [key, value] : base.labels) (*out->mutable_labels())[key] = value;
  out->set_revision(base.revision);
  ToProto(base.create_time, out->mutable_create_time());
  ToProto(base.update_time, out->mutable_update_time());
}

// What a caller gives of them.
template <typename Proto>
void BaseFromProto(std::string_view merchant, std::string_view id, const Proto& in,
                   ResourceBase* out) {
  out->merchant = std::string(merchant);
  out->id = std::string(id);
  for (const auto& [key, value] : in.labels()) out->labels[key] = value;
}

template <typename Timestamp>
void OptionalToProto(const std::optional<absl::Time>& time, Timestamp mutable_field) {
  if (time.has_value()) ToProto(*time, mutable_field());
}

// `is_valid` is the generated X_IsValid. Adds a violation for a number that is no value.
template <typename Enum>
Enum EnumFromProto(int value, bool (*is_valid)(int), std::string_view field,
                   Violations* violations) {
  if (!is_valid(value)) {
    violations->Add(field, StrCat("is not a known value: ", value));
    return static_cast<Enum>(0);
  }
  return static_cast<Enum>(value);
}

Customer CustomerFromProto(const v1::Customer& customer);

}  // namespace sluice::rpc

// The keys under which the store leads from a provider's view of a resource back to it.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <string>
#include <string_view>

#include "server/base/strings.h"
#include "server/core/names.h"

namespace sluice::app {

// "order:ORD-1": the number under which an attempt made a resource known at its provider account.
inline std::string ReferenceKey(ResourceKind kind, std::string_view provider_key) {
  return StrCat(KindName(kind), ":", provider_key);
}

}  // namespace sluice::app

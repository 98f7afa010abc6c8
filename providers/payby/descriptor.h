// What PayBy offers through Sluice.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include "providers/api/descriptor.h"
#include "providers/payby/account.h"

namespace sluice::payby {

Descriptor MakeDescriptor(const Account& account);

}  // namespace sluice::payby

// What EPAY offers through Sluice.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include "providers/api/descriptor.h"
#include "providers/epay/account.h"

namespace sluice::epay {

Descriptor MakeDescriptor(const Account& account);

}  // namespace sluice::epay

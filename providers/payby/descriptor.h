// What PayBy offers through Sluice.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include "providers/api/descriptor.h"

namespace sluice::payby {

Descriptor MakeDescriptor();

}  // namespace sluice::payby

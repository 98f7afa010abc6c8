// The library's error queue, which must be empty again after every failed call: what is left in it
// would be taken for the reason of a later failure on the same thread.
//
// Threads: the queue is per thread.
// Ownership: none.

#pragma once

#include <string>

namespace sluice::crypto {

// The reason of the oldest error (a fixed text of the library, never data), or "unknown". Empties
// the queue.
std::string TakeLibraryError();

}  // namespace sluice::crypto

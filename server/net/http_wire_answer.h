// An HttpAnswer as the bytes that go on the wire, in pieces. Part of the HTTP listener.
//
// Threads: a pure function.
// Ownership: the result owns its bytes.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/net/http_listener.h"

namespace sluice::net {

struct WireAnswer {
  std::string bytes;         // Head and body.
  std::vector<size_t> ends;  // Where each piece ends; the last is what is sent in all.
  bool close = false;        // Close the connection after the last piece.
};

// What to send for `answer`. `head_only` for HEAD requests; `keep_alive` is what the client and the
// listener wish. A status that is none becomes 500; a header that could smuggle another is left
// out.
WireAnswer ToWire(const HttpAnswer& answer, bool head_only, bool keep_alive, absl::Time now);

}  // namespace sluice::net

// Who called, when proxies stand between: each proxy appends to X-Forwarded-For the address that it
// was called from. Only what trusted proxies wrote is believed, so it is read from its end.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <string>

#include "server/net/ip_allow_list.h"
#include "server/wire/http.h"

namespace sluice::net {

struct Caller {
  std::string address;  // IP without port.
  // False: a trusted proxy spoke for somebody, and it cannot be read for whom; `address` is the
  // peer's own.
  bool known = true;
};

// The nearest address that is no trusted proxy's. A peer that is not trusted speaks for itself,
// whatever it sends; so does a trusted one without the header. Where every hop is trusted, it is
// the furthest.
Caller FindCaller(const IpAllowList& trusted, const std::string& peer, const HttpHeaders& headers);

}  // namespace sluice::net

// The number under which a key of several texts is found: a small index entry in their place.
//
// Stored, so it never changes. Different keys may have the same number.
//
// Threads: pure function; DefineKeyHash as the connection.
// Ownership: none.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "server/store/sqlite/connection.h"

namespace sluice::store::sqlite {

int64_t KeyHash(std::initializer_list<std::string_view> parts);

// Gives SQL on this connection the function sluice_key_hash(part, ...), for migrations. An SQLite
// code.
int DefineKeyHash(Connection& connection);

}  // namespace sluice::store::sqlite

#include "server/store/sqlite/key_hash.h"

#include <string>

#include "server/core/stable_hash.h"

namespace sluice::store::sqlite {
namespace {

// Each part with its length, so that moving a character from one part to the next gives another
// key.
void AddPart(std::string_view part, std::string& key) {
  const auto size = static_cast<uint32_t>(part.size());
  for (int shift = 0; shift < 32; shift += 8) key.push_back(static_cast<char>(size >> shift));
  key.append(part);
}

int64_t HashOf(const std::string& key) { return static_cast<int64_t>(StableHash64(key)); }

void CallKeyHash(sqlite3_context* context, int count, sqlite3_value** values) {
  std::string key;
  for (int i = 0; i < count; ++i) {
    const void* const text = sqlite3_value_blob(values[i]);
    const auto size = static_cast<size_t>(sqlite3_value_bytes(values[i]));
    AddPart(text == nullptr ? std::string_view()
                            : std::string_view(static_cast<const char*>(text), size),
            key);
  }
  sqlite3_result_int64(context, HashOf(key));
}

}  // namespace

int64_t KeyHash(std::initializer_list<std::string_view> parts) {
  std::string key;
  key.reserve(128);  // An ordinary key has half of it.
  for (const std::string_view part : parts) AddPart(part, key);
  return HashOf(key);
}

int DefineKeyHash(Connection& connection) {
  constexpr int kAnyNumberOfArguments = -1;
  return sqlite3_create_function(connection.handle(), "sluice_key_hash", kAnyNumberOfArguments,
                                 SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
                                 CallKeyHash, nullptr, nullptr);
}

}  // namespace sluice::store::sqlite

#include "server/store/sqlite/log_counters.h"

namespace sluice::store::sqlite {
namespace {

constexpr char kLoad[] = "SELECT merchant, newest FROM sequences";
constexpr char kSave[] =
    "INSERT INTO sequences(merchant, newest) VALUES(?1, ?2) "
    "ON CONFLICT(merchant) DO UPDATE SET newest = excluded.newest";

}  // namespace

absl::Status LogCounters::Load(Connection& connection) {
  absl::flat_hash_map<std::string, int64_t> loaded;
  Statement load = connection.Use(kLoad);
  while (load.Row()) loaded[load.GetString(0)] = load.GetInt(1);
  if (load.code() != SQLITE_OK) return connection.ReadError(load.code());
  const auto position = loaded.find("");
  if (position == loaded.end()) {
    return absl::FailedPreconditionError("the store has lost its log's position: it is damaged");
  }
  accepted_position_ = position->second;
  loaded.erase(position);
  accepted_ = std::move(loaded);
  Begin();
  return absl::OkStatus();
}

void LogCounters::Begin() {
  position_ = accepted_position_;
  drawn_.clear();
}

int64_t LogCounters::NextSequence(const std::string& merchant) {
  const auto [drawn, first] = drawn_.try_emplace(merchant, 0);
  if (first) {
    const auto accepted = accepted_.find(merchant);
    if (accepted != accepted_.end()) drawn->second = accepted->second;
  }
  return ++drawn->second;
}

int LogCounters::Save(Connection& connection) {
  if (position_ == accepted_position_) return SQLITE_OK;
  const auto save = [&connection](const std::string& merchant, int64_t newest) {
    return connection.Use(kSave).Text(merchant).Int(newest).Run();
  };
  for (const auto& [merchant, newest] : drawn_) {
    const int code = save(merchant, newest);
    if (code != SQLITE_OK) return code;
  }
  return save("", position_);
}

void LogCounters::Accept() {
  accepted_position_ = position_;
  for (const auto& [merchant, newest] : drawn_) accepted_[merchant] = newest;
  drawn_.clear();
}

}  // namespace sluice::store::sqlite

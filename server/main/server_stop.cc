// How a running server changes and ends.

#include <utility>

#include "server/base/log.h"
#include "server/main/server_parts.h"

namespace sluice {

absl::Status ServerParts::Reload(Settings settings) {
  const absl::Status allowed = CheckListeners(settings, options_.sandbox);
  if (!allowed.ok()) return allowed;
  // A file that has lost its keys is a mistake, or half written: nobody becomes an operator by it.
  if (!keys_.open() && !HasCredentials(settings)) {
    return absl::FailedPreconditionError(
        "no credentials are left, by which every caller would be an operator: to open a server "
        "that was closed, start it anew");
  }
  absl::Status taken = engine_->Reconfigure(EngineOptionsOf(settings));
  if (!taken.ok()) return taken;
  keys_.Replace(settings);
  hub_->WakeAll();  // Streams see whether their callers may still read.
  SetLogLevel(settings.log_level);
  if (settings.needs_restart != options_.settings.needs_restart) {
    LogWarning("reload_needs_restart",
               {{"reason", "more than merchants, keys, accounts and the log level has changed"}});
  }
  LogInfo("server_reloaded", {{"merchants", settings.merchants.size()},
                              {"accounts", settings.accounts.size()},
                              {"open_access", !HasCredentials(settings)}});
  return absl::OkStatus();
}

void ServerParts::Stop() {
  if (store_ == nullptr) return;  // Never started, or stopped before.
  ready_->store(false);
  if (grpc_ != nullptr) grpc_->SetServing(false);
  gate_->Close();
  if (notify_ != nullptr) notify_->Stop();
  if (hub_ != nullptr) hub_->CloseAll("DRAINING");
  if (grpc_ != nullptr) grpc_->Shutdown(options_.grace);
  if (engine_ != nullptr) engine_->Stop(options_.grace);
  if (simulators_ != nullptr) simulators_->Stop();
  if (http_ != nullptr) http_->Shutdown();
  sweeping_ = false;
  store_->Close();
  // What the last commits have posted still runs; then nothing refers to the parts any more.
  for (ThreadPool* pool : {signing_.get(), readers_.get(), executor_.get()}) {
    if (pool != nullptr) pool->Shutdown();
  }
  if (admin_ != nullptr) admin_->Stop();
  grpc_.reset();
  services_.clear();
  engine_.reset();
  simulators_.reset();
  timers_.reset();
  store_.reset();
  LogInfo("server_stopped");
}

}  // namespace sluice

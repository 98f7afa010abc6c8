#include "server/main/metrics_export.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"
#include "server/base/strings.h"
#include "server/main/command_line.h"

namespace sluice {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using prometheus::Labels;

// Labels come from fixed words, but a defect must not fill the memory: beyond this, "other".
constexpr size_t kMaxSeries = 2000;

// From a read of memory to a provider's time-out.
const Histogram::BucketBoundaries& Seconds() {
  static const auto* const kBounds = new Histogram::BucketBoundaries{
      0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};
  return *kBounds;
}

// Finds a series by the text of its labels: the library's own look-up builds a map for each.
template <typename Metric>
class Series {
 public:
  template <typename Make>
  Metric& Find(std::string_view key, Make make) {
    MutexLock lock(&mutex_);
    const auto found = known_.find(AbslView(key));
    if (found != known_.end()) return *found->second;
    Metric& metric = make(known_.size() < kMaxSeries);
    if (known_.size() < kMaxSeries) known_.emplace(std::string(key), &metric);
    return metric;
  }

 private:
  Mutex mutex_;
  absl::flat_hash_map<std::string, Metric*> known_ SLUICE_GUARDED_BY(mutex_);
};

class Counters {
 public:
  Counters(prometheus::Registry& registry, const char* name, const char* help,
           std::vector<std::string> labels)
      : labels_(std::move(labels)),
        family_(prometheus::BuildCounter().Name(name).Help(help).Register(registry)) {}

  void Increment(std::initializer_list<std::string_view> values) {
    thread_local std::string key;  // Of each RPC: keeps its memory.
    key.clear();
    for (const std::string_view value : values) key.append(value).append("\n");
    series_
        .Find(key,
              [&](bool room) -> Counter& {
                Labels labels;
                for (size_t i = 0; i < labels_.size(); ++i) {
                  labels[labels_[i]] = room ? std::string(values.begin()[i]) : "other";
                }
                return family_.Add(labels);
              })
        .Increment();
  }

 private:
  const std::vector<std::string> labels_;
  prometheus::Family<Counter>& family_;
  Series<Counter> series_;
};

class Times {
 public:
  Times(prometheus::Registry& registry, const char* name, const char* help, std::string label)
      : label_(std::move(label)),
        family_(prometheus::BuildHistogram().Name(name).Help(help).Register(registry)) {}

  void Observe(std::string_view value, absl::Duration took) {
    series_
        .Find(value,
              [&](bool room) -> Histogram& {
                return family_.Add({{label_, room ? std::string(value) : "other"}}, Seconds());
              })
        .Observe(absl::ToDoubleSeconds(took));
  }

 private:
  const std::string label_;
  prometheus::Family<Histogram>& family_;
  Series<Histogram> series_;
};

// The names of google.rpc.Code, as in the API's documents.
std::string_view CodeName(grpc::StatusCode code) {
  static constexpr std::string_view kNames[] = {"OK",
                                                "CANCELLED",
                                                "UNKNOWN",
                                                "INVALID_ARGUMENT",
                                                "DEADLINE_EXCEEDED",
                                                "NOT_FOUND",
                                                "ALREADY_EXISTS",
                                                "PERMISSION_DENIED",
                                                "RESOURCE_EXHAUSTED",
                                                "FAILED_PRECONDITION",
                                                "ABORTED",
                                                "OUT_OF_RANGE",
                                                "UNIMPLEMENTED",
                                                "INTERNAL",
                                                "UNAVAILABLE",
                                                "DATA_LOSS",
                                                "UNAUTHENTICATED"};
  const auto index = static_cast<size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "other";
}

prometheus::MetricFamily Single(const char* name, const char* help, prometheus::MetricType type,
                                int64_t value) {
  prometheus::ClientMetric metric;
  metric.counter.value = static_cast<double>(value);
  metric.gauge.value = static_cast<double>(value);
  return {.name = name, .help = help, .type = type, .metric = {metric}};
}

}  // namespace

struct MetricsExport::Impl {
  prometheus::Registry registry;
  Counters rpcs{registry, "sluice_rpc_total", "RPCs finished", {"method", "code"}};
  Times rpc_seconds{registry, "sluice_rpc_seconds", "From arrival to status", "method"};
  Counters provider_calls{registry,
                          "sluice_provider_calls_total",
                          "Requests to providers by what became of them",
                          {"provider", "verb", "verdict"}};
  Times provider_seconds{registry, "sluice_provider_call_seconds", "From send to reply",
                         "provider"};
  Counters states{registry,
                  "sluice_state_changes_total",
                  "Resources that entered a state",
                  {"kind", "provider", "state"}};
  Counters notifications{registry,
                         "sluice_notifications_total",
                         "Notifications received by what became of them",
                         {"provider", "state", "reason"}};
  Sources sources;
};

MetricsExport::MetricsExport() : impl_(std::make_unique<Impl>()) {
  prometheus::BuildGauge()
      .Name("sluice_build_info")
      .Help("1, with the version as a label")
      .Register(impl_->registry)
      .Add({{"version", VersionText()}})
      .Set(1);
}

MetricsExport::~MetricsExport() = default;

void MetricsExport::ProviderCall(std::string_view provider, std::string_view verb,
                                 std::string_view verdict, absl::Duration took) {
  impl_->provider_calls.Increment({provider, verb, verdict});
  impl_->provider_seconds.Observe(provider, took);
}

void MetricsExport::StateChange(std::string_view kind, std::string_view provider,
                                std::string_view state) {
  impl_->states.Increment({kind, provider, state});
}

void MetricsExport::NotificationReceived(std::string_view provider, std::string_view state,
                                         std::string_view reason) {
  impl_->notifications.Increment({provider, state, reason});
}

void MetricsExport::Finished(std::string_view method, grpc::StatusCode code, absl::Duration took) {
  impl_->rpcs.Increment({method, CodeName(code)});
  impl_->rpc_seconds.Observe(method, took);
}

void MetricsExport::SetSources(Sources sources) { impl_->sources = std::move(sources); }

std::string MetricsExport::Text() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  const store::StoreStats stats =
      impl_->sources.store ? impl_->sources.store() : store::StoreStats{};
  families.push_back(
      Single("sluice_store_commits_total", "Group commits", MetricType::Counter, stats.commits));
  families.push_back(Single("sluice_store_transactions_total", "Transactions in them",
                            MetricType::Counter, stats.transactions));
  families.push_back(Single("sluice_store_syncs_total", "fsync and fdatasync calls",
                            MetricType::Counter, stats.syncs));
  families.push_back(Single("sluice_store_refused_total", "Transactions refused: queue full",
                            MetricType::Counter, stats.refused_full));
  families.push_back(Single("sluice_store_queue_depth", "Transactions waiting for the writer",
                            MetricType::Gauge, stats.queue_depth));
  families.push_back(Single("sluice_events_pruned_total", "Events no longer kept",
                            MetricType::Counter, stats.pruned_events));
  families.push_back(Single("sluice_notifications_pruned_total", "Notifications no longer kept",
                            MetricType::Counter, stats.pruned_notifications));
  families.push_back(Single("sluice_oldest_event_position",
                            "The oldest position of the event log that is kept", MetricType::Gauge,
                            impl_->sources.oldest_event ? impl_->sources.oldest_event() : 0));
  families.push_back(Single(
      "sluice_oldest_unknown_age_seconds",
      "Since when the outcome of some provider call has been unknown; 0: of none",
      MetricType::Gauge,
      impl_->sources.oldest_unknown ? absl::ToInt64Seconds(impl_->sources.oldest_unknown()) : 0));
  families.push_back(Single("sluice_watches", "Open watch streams", MetricType::Gauge,
                            impl_->sources.watches ? impl_->sources.watches() : 0));
  families.push_back(Single("sluice_last_event_position", "The newest position of the event log",
                            MetricType::Gauge,
                            impl_->sources.last_event ? impl_->sources.last_event() : 0));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sluice

#include "server/base/log.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "server/base/log_capture.h"
#include "server/base/mutex.h"
#include "server/base/utf8.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace sluice {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};

std::shared_ptr<spdlog::logger> NewLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("sluice", std::move(sink));
  // The line is whole when it comes here: spdlog carries it and adds nothing.
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  return logger;
}

// Where lines go. Leaked, so that threads which outlive main() may still log.
struct Output {
  Mutex mutex;
  std::shared_ptr<spdlog::logger> logger SLUICE_GUARDED_BY(mutex) =
      NewLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
};

Output& TheOutput() {
  static Output* const output = new Output;
  return *output;
}

std::string_view SeverityName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
    case LogLevel::kOff:
      break;
  }
  return "ERROR";
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

}  // namespace

class LogLine {
 public:
  LogLine() : writer_(buffer_) { writer_.StartObject(); }

  void Add(std::string_view key, const LogValue& value) {
    AddText(key);
    std::visit([this](const auto& held) { Write(held); }, value.value_);
  }

  std::string_view Finish() {
    writer_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  void AddText(std::string_view text) {
    const std::string safe = ToValidUtf8(text, kMaxLogTextBytes);
    writer_.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  }
  void Write(std::string_view text) { AddText(text); }
  void Write(const std::string& text) { AddText(text); }
  void Write(bool flag) { writer_.Bool(flag); }
  void Write(int64_t number) { writer_.Int64(number); }
  void Write(uint64_t number) { writer_.Uint64(number); }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

LogValue::LogValue(absl::Duration duration) : value_(absl::FormatDuration(duration)) {}

LogValue::LogValue(absl::Time time) : value_(TimeText(time)) {}

bool ParseLogLevel(std::string_view text, LogLevel* level) {
  constexpr std::pair<std::string_view, LogLevel> kNames[] = {{"debug", LogLevel::kDebug},
                                                              {"info", LogLevel::kInfo},
                                                              {"warning", LogLevel::kWarning},
                                                              {"error", LogLevel::kError},
                                                              {"off", LogLevel::kOff}};
  for (const auto& [name, named] : kNames) {
    if (text == name) {
      *level = named;
      return true;
    }
  }
  return false;
}

void SetLogLevel(LogLevel level) { g_level.store(level, std::memory_order_relaxed); }

bool LogEnabled(LogLevel level) {
  return level >= g_level.load(std::memory_order_relaxed) && level != LogLevel::kOff;
}

void Log(LogLevel level, std::string_view event, LogFields fields) {
  if (!LogEnabled(level)) return;
  LogLine line;
  line.Add("time", absl::Now());
  line.Add("severity", SeverityName(level));
  line.Add("event", event);
  for (const LogField& field : fields) line.Add(field.key, field.value);
  const std::string_view text = line.Finish();

  Output& output = TheOutput();
  std::shared_ptr<spdlog::logger> logger;
  {
    MutexLock lock(&output.mutex);
    logger = output.logger;
  }
  logger->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

// Without a mutex of spdlog: the one below guards the lines from writers and readers alike.
struct LogCapture::Impl {
  class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
   public:
    std::vector<std::string> lines() const {
      MutexLock lock(&mutex_);
      return lines_;
    }

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      MutexLock lock(&mutex_);
      lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

    mutable Mutex mutex_;
    std::vector<std::string> lines_ SLUICE_GUARDED_BY(mutex_);
  };

  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  std::shared_ptr<spdlog::logger> previous;
  LogLevel previous_level = LogLevel::kInfo;
};

LogCapture::LogCapture(LogLevel level) : impl_(std::make_unique<Impl>()) {
  Output& output = TheOutput();
  MutexLock lock(&output.mutex);
  impl_->previous = std::exchange(output.logger, NewLogger(impl_->sink));
  impl_->previous_level = g_level.exchange(level);
}

LogCapture::~LogCapture() {
  Output& output = TheOutput();
  MutexLock lock(&output.mutex);
  output.logger = std::move(impl_->previous);
  g_level.store(impl_->previous_level);
}

std::vector<std::string> LogCapture::lines() const { return impl_->sink->lines(); }

bool LogCapture::Contains(std::string_view text) const {
  for (const std::string& line : lines()) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace sluice

// The certification driver of the C++ client: commands in, one JSON line each; answers out. See
// clients/certification/README.md.

#include <condition_variable>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "driver/calls.h"
#include "driver/json.h"
#include "sluice/client/client.h"
#include "sluice/client/money.h"

namespace sluice::client::driver {
namespace {

using std::chrono::milliseconds;
using AnyWatch = std::variant<EventWatch, OrderWatch, PayoutWatch, AccountLinkWatch>;

// What an item is called in an answer, and its message.
std::pair<std::string, const google::protobuf::Message&> Named(const EventItem& item) {
  return {"event", *item.event};
}
std::pair<std::string, const google::protobuf::Message&> Named(const OrderItem& item) {
  return {"order", *item.order};
}
std::pair<std::string, const google::protobuf::Message&> Named(const PayoutItem& item) {
  return {"payout", *item.payout};
}
std::pair<std::string, const google::protobuf::Message&> Named(const AccountLinkItem& item) {
  return {"accountLink", *item.account_link};
}

milliseconds Milliseconds(const Json& json, const std::string& name, milliseconds otherwise) {
  const auto number = Number(json, name);
  return number.has_value() ? milliseconds(*number) : otherwise;
}

Json Object(const Json& command, const std::string& name) {
  const auto found = command.fields().find(name);
  return found == command.fields().end() ? Json() : found->second.struct_value();
}

Json Unknown(const std::string& what) {
  Error error = RefusedHere("the driver does not know " + what);
  error.code = grpc::StatusCode::UNIMPLEMENTED;
  return Failed(error);
}

// Ends early when the call has been answered.
void WaitFor(milliseconds time, const std::stop_token& answered) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, answered, time, [] { return false; });
}

class Driver {
 public:
  Json Answer(const Json& command) {
    const std::string op = Text(command, "op");
    if (op == "open") return OpenClient(command);
    if (op == "money") return CountMoney(command);
    if (op == "close") {
      watches_.clear();
      client_ = nullptr;
      return Ok({});
    }
    if (client_ == nullptr) return Failed(RefusedHere("there is no open client"));
    if (op == "call") return CallMethod(command);
    if (op == "watch") return OpenWatch(command);
    const auto watch = watches_.find(Text(command, "watch"));
    if (watch == watches_.end()) return Failed(RefusedHere("there is no such watch"));
    if (op == "next") return Next(watch->second, Milliseconds(command, "timeout_ms", kPatience));
    if (op == "cursor") {
      return Ok(OneText("cursor", std::visit([](auto& w) { return w.cursor(); }, watch->second)));
    }
    if (op == "stop") {
      watches_.erase(watch);
      return Ok({});
    }
    return Unknown("the command " + op);
  }

 private:
  static constexpr milliseconds kPatience{5000};

  Json OpenClient(const Json& command) {
    Options options;
    options.endpoint = Text(command, "endpoint");
    options.api_key = Text(command, "api_key");
    options.deadline = Milliseconds(command, "deadline_ms", options.deadline);
    options.retry.max_attempts =
        static_cast<int>(Number(command, "max_attempts").value_or(options.retry.max_attempts));
    options.retry.initial_backoff =
        Milliseconds(command, "initial_backoff_ms", options.retry.initial_backoff);
    options.retry.max_backoff = Milliseconds(command, "max_backoff_ms", options.retry.max_backoff);
    options.silence = Milliseconds(command, "silence_ms", options.silence);
    options.keepalive = Milliseconds(command, "keepalive_ms", options.keepalive);
    auto client = Client::Create(std::move(options));
    if (!client.ok()) return Failed(client.error());
    watches_.clear();
    client_ = *std::move(client);
    return Ok({});
  }

  Json CallMethod(const Json& command) {
    CallOptions options;
    if (const auto deadline = Number(command, "deadline_ms")) {
      options.deadline = milliseconds(*deadline);
    }
    std::stop_source source;
    std::jthread giver_up;  // Joined before `source` is gone.
    if (const auto after = Number(command, "cancel_after_ms")) {
      options.stop = source.get_token();
      giver_up = std::jthread([&source, time = milliseconds(*after)](std::stop_token answered) {
        WaitFor(time, answered);
        source.request_stop();
      });
    }
    return CallByName(*client_, Text(command, "method"), Object(command, "request"), options);
  }

  Json OpenWatch(const Json& command) {
    const std::string kind = Text(command, "kind");
    if (kind == "events") return Follow(command, &Client::WatchEvents);
    if (kind == "order") return Follow(command, &Client::WatchOrder);
    if (kind == "payout") return Follow(command, &Client::WatchPayout);
    if (kind == "account_link") return Follow(command, &Client::WatchAccountLink);
    return Unknown("the kind " + kind);
  }

  template <typename WatchT, typename Request>
  Json Follow(const Json& command, WatchT (Client::*open)(const Request&)) {
    Request request;
    if (const auto error = ToMessage(Object(command, "request"), &request)) return Failed(*error);
    watches_.insert_or_assign(Text(command, "watch"), (client_.get()->*open)(request));
    return Ok({});
  }

  static Json Next(AnyWatch& any, milliseconds timeout) {
    return std::visit(
        [timeout](auto& watch) {
          const auto item = watch.Next(timeout);
          if (item.has_value()) {
            Json json = OneText("cursor", item->cursor);
            const auto [name, message] = Named(*item);
            *(*json.mutable_fields())[name].mutable_struct_value() = FromMessage(message);
            return Ok(std::move(json));
          }
          if (watch.error().has_value()) return Failed(*watch.error());
          Json json;
          (*json.mutable_fields())["timeout"].set_bool_value(true);
          return Ok(std::move(json));
        },
        any);
  }

  static Json CountMoney(const Json& command) {
    const std::string what = Text(command, "do");
    if (what == "parse") {
      return Units(ParseMoney(Text(command, "currency"), Text(command, "text")));
    }
    const v1::Money one = MoneyOf(command, "currency", "minorUnits");
    if (what == "format") {
      const Result<std::string> text = FormatMoney(one);
      return text.ok() ? Ok(OneText("text", *text)) : Failed(text.error());
    }
    const v1::Money other = MoneyOf(command, "otherCurrency", "otherMinorUnits");
    if (what == "add") return Units(Add(one, other));
    if (what == "subtract") return Units(Subtract(one, other));
    return Unknown("to " + what + " money");
  }

  static v1::Money MoneyOf(const Json& command, const std::string& currency,
                           const std::string& units) {
    v1::Money money;
    money.set_currency_code(Text(command, currency));
    money.set_minor_units(Number(command, units).value_or(0));
    return money;
  }

  static Json Units(const Result<v1::Money>& money) {
    if (!money.ok()) return Failed(money.error());
    return Ok(OneText("minorUnits", std::to_string(money->minor_units())));
  }

  std::unique_ptr<Client> client_;
  std::map<std::string, AnyWatch> watches_;
};

}  // namespace
}  // namespace sluice::client::driver

int main() {
  using namespace sluice::client::driver;
  Driver driver;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto command = Parse(line);
    const Json answer = command.has_value()
                            ? driver.Answer(*command)
                            : Failed(sluice::client::RefusedHere("the line is no JSON object"));
    std::cout << Line(answer) << std::endl;
  }
  return 0;
}

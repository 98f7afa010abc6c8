// Running it: health, reflection, metrics, stopping, a second process, a full disk.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/crypto/sha256.h"
#include "server/store/sqlite/vfs.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/payby_notice.h"

namespace sluice::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

// A stream of raw bytes to a service of which no stub is installed.
class RawStream {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
            const std::string& request)
      : stub_(channel) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(this);
    if (!Done()) return;
    const grpc::Slice slice(request);
    call_->Write(grpc::ByteBuffer(&slice, 1), this);
    Done();
  }
  ~RawStream() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) continue;
  }

  // The next message; nothing: the stream has ended.
  std::optional<std::string> Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, this);
    if (!Done()) return std::nullopt;
    std::vector<grpc::Slice> slices;
    (void)message.Dump(&slices);
    std::string bytes;
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return bytes;
  }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, this);
    Done();
    return status;
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

// grpc.health.v1.HealthCheckResponse: field 1, SERVING or NOT_SERVING.
constexpr char kServing[] = "\x08\x01", kNotServing[] = "\x08\x02", kServiceUnknown[] = "\x08\x03";
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check",
               kHealthWatch[] = "/grpc.health.v1.Health/Watch";

// grpc.health.v1.HealthCheckRequest.
std::string HealthOf(const std::string& service) {
  if (service.empty()) return "";
  return absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
}

using OperationsTest = ServerFixture;

TEST_F(OperationsTest, StartsWithinAFewTenthsOfASecond) {
  const absl::Time start = absl::Now();
  Restart();
  EXPECT_TRUE(GetOrder("nothing").problem().reason == "NOT_FOUND");
  // Usually under a tenth of a second; a busy machine gets ten times as long.
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST_F(OperationsTest, HealthCheckAnswersForTheServerAndEachService) {
  for (const char* service :
       {"", "sluice.v1.OrderService", "sluice.v1.RefundService", "sluice.v1.PayoutService",
        "sluice.v1.AccountLinkService", "sluice.v1.EventService", "sluice.v1.NotificationService",
        "sluice.v1.ProviderService", "sluice.v1.ReconciliationService"}) {
    RawStream check(channel_, kHealthCheck, HealthOf(service));
    EXPECT_EQ(check.Read(), kServing) << service;
  }
  RawStream unknown(channel_, kHealthCheck, HealthOf("no.such.Service"));
  EXPECT_EQ(unknown.Read(), std::nullopt);
  EXPECT_EQ(unknown.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(OperationsTest, HealthWatchSaysNotServingWhenTheServerStops) {
  options_.grace = absl::Minutes(1);
  Restart();
  RawStream watch(channel_, kHealthWatch, HealthOf("sluice.v1.OrderService"));
  RawStream quiet(channel_, kHealthWatch, HealthOf("no.such.Service"));
  EXPECT_EQ(watch.Read(), kServing);
  EXPECT_THAT(quiet.Read(), Optional(std::string(kServiceUnknown)));
  // Health is for whoever asks: keys that come and go end no watch of it.
  Settings with_keys = options_.settings;
  with_keys.operators.api_keys = {{.id = "op", .digest = crypto::Sha256("an-operator-key")}};
  const auto events = WatchAll();
  ASSERT_TRUE(server_->Reload(with_keys).ok());
  EXPECT_EQ(events->WaitForEnd().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  const absl::Time start = absl::Now();
  Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(20)) << "watchers do not go by themselves";
  EXPECT_EQ(watch.Read(), kNotServing);
  // gRPC says so once more when it is quick enough.
  for (RawStream* stream : {&watch, &quiet}) {
    while (const auto more = stream->Read()) EXPECT_EQ(*more, kNotServing);
  }
}

TEST_F(OperationsTest, ReflectionListsEveryService) {
  // ServerReflectionRequest.list_services = "*".
  RawStream reflection(channel_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                       std::string("\x3a\x01*"));
  const std::string answer = reflection.Read().value_or("");
  for (const char* service :
       {"sluice.v1.OrderService", "sluice.v1.RefundService", "sluice.v1.PayoutService",
        "sluice.v1.AccountLinkService", "sluice.v1.EventService", "sluice.v1.NotificationService",
        "sluice.v1.ProviderService", "sluice.v1.ReconciliationService",
        "sluice.simulator.v1.SimulatorService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(answer, HasSubstr(service));
  }
}

TEST_F(OperationsTest, ChannelzAnswersOnLoopback) {
  RawStream servers(channel_, "/grpc.channelz.v1.Channelz/GetServers", "");
  EXPECT_THAT(servers.Read().value_or(""), Not(IsEmpty()));
}

TEST_F(OperationsTest, MetricsCountCallsProvidersAndStates) {
  PaidOrder("A-1");
  (void)GetOrder("nothing");
  // A call is counted when it is over, a moment after its answer went out.
  const std::vector<std::string> words = {"# TYPE ", "CreateOrder", "NOT_FOUND",
                                          "payby",   "PAID",        "PROCESSED"};
  const absl::Time end = absl::Now() + kPatience;
  HttpReply page;
  do {
    page = Http("GET", server_->addresses().admin, "/metrics");
  } while (absl::Now() < end && !absl::c_all_of(words, [&](const std::string& word) {
             return absl::StrContains(page.body, word);
           }));
  EXPECT_EQ(page.status, 200);
  const std::string* type = FindHeader(page.headers, "content-type");
  ASSERT_NE(type, nullptr);
  EXPECT_THAT(*type, HasSubstr("text/plain"));
  for (const std::string& word : words) EXPECT_THAT(page.body, HasSubstr(word));
  EXPECT_EQ(Http("GET", server_->addresses().admin, "/healthz").status, 200);
  EXPECT_EQ(Http("GET", server_->addresses().admin, "/readyz").status, 200);
  EXPECT_EQ(Http("GET", server_->addresses().admin, "/else").status, 404);
  EXPECT_EQ(Http("POST", server_->addresses().admin, "/metrics", {}, "x").status, 405);
}

TEST_F(OperationsTest, StopEndsWhatIsUnderWayAndTheNextServerGoesOn) {
  options_.settings.provider_wait = absl::Milliseconds(50);
  Restart();
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT, "place_order", 0, absl::Seconds(5)));
  const v1::Order unknown = *CreateOrder("A-1", BotimOrder(1234));
  EXPECT_EQ(unknown.state(), v1::Order::STATE_SUBMITTING);
  options_.grace = absl::Milliseconds(100);
  Restart();
  // The simulator of the new server has never heard of it. What may still be on its way is left
  // alone for a minute; then it is sent again, under the same number.
  clock_.Shift(absl::Seconds(61));
  ASSERT_TRUE(SyncOrder("A-1").ok());
  const v1::Order open = AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_THAT(open.attempts(), SizeIs(1));
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(OperationsTest, EverythingIsThereAfterARestart) {
  const v1::Order paid = PaidOrder("A-1");
  const auto events = ListEvents();
  Restart();
  EXPECT_EQ(GetOrder("A-1")->SerializeAsString(), paid.SerializeAsString());
  EXPECT_GE(ListEvents().size(), events.size());
}

// Runs sluiced and waits for it. Its output and its exit code.
std::pair<std::string, int> RunSluiced(const std::string& arguments) {
  const char* const folder = getenv("SLUICE_BIN_DIR");
  const std::string program =
      absl::StrCat(folder == nullptr ? SLUICE_BINARY_DIR "/bin" : folder, "/sluiced");
  FILE* const pipe =
      popen(absl::StrCat("timeout 20 ", program, " ", arguments, " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 512> bytes;
  while (fgets(bytes.data(), bytes.size(), pipe) != nullptr) output += bytes.data();
  const int status = pclose(pipe);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST_F(OperationsTest, SecondProcessOnTheSameStoreRefusesToStart) {
  const v1::Order before = OpenOrder("A-1");
  const auto [output, code] = RunSluiced(absl::StrCat(
      "--data-dir ", options_.settings.data_dir,
      " --grpc-address 127.0.0.1:0 --notify-address 127.0.0.1:0 --admin-address 127.0.0.1:0"));
  EXPECT_EQ(code, 1) << output;
  EXPECT_THAT(output, HasSubstr("in use by process")) << output;
  EXPECT_EQ(GetOrder("A-1")->revision(), before.revision()) << "the first one goes on";
  EXPECT_TRUE(CreateOrder("A-2", BotimOrder(100)).ok());
}

TEST_F(OperationsTest, TakenAddressIsSaidByName) {
  const auto [output, code] = RunSluiced(absl::StrCat(
      "--data-dir ", folder_, "/second --notify-address 127.0.0.1:0 --admin-address 127.0.0.1:0 ",
      "--grpc-address ", server_->addresses().grpc));
  EXPECT_EQ(code, 1) << output;
  EXPECT_THAT(output, HasSubstr("grpc_address")) << output;
}

TEST_F(OperationsTest, WrongFlagsAndConfigurationsExitWithTwo) {
  EXPECT_EQ(RunSluiced("--no-such-flag").second, 2);
  EXPECT_EQ(RunSluiced("--grpc-address nonsense --check-config").second, 2);
  const auto [output, code] = RunSluiced("--grpc-address 0.0.0.0:50051 --check-config");
  EXPECT_EQ(code, 2);
  EXPECT_THAT(output, HasSubstr("grpc_address"));
  EXPECT_EQ(RunSluiced("--check-config").second, 0);
}

// A disk that is full while `full` says so.
class FullDisk final : public store::sqlite::VfsHooks {
 public:
  int BeforeWrite(const store::sqlite::VfsFile&, const void*, int, int64_t) override {
    return full ? SQLITE_FULL : SQLITE_OK;
  }
  std::atomic<bool> full = false;
};

class FullDiskTest : public ServerFixture {
 protected:
  void SetUp() override {
    auto layer = store::sqlite::VfsLayer::Wrap("", &disk_);
    ASSERT_TRUE(layer.ok()) << layer.status();
    layer_ = *std::move(layer);
    // Stores that are opened from now on are on this disk.
    plain_ = sqlite3_vfs_find(nullptr);
    sqlite3_vfs_register(sqlite3_vfs_find(layer_->name().c_str()), 1);
    ServerFixture::SetUp();
  }
  void TearDown() override {
    disk_.full = false;
    ServerFixture::TearDown();
    sqlite3_vfs_register(plain_, 1);
  }

  FullDisk disk_;
  std::unique_ptr<store::sqlite::VfsLayer> layer_;
  sqlite3_vfs* plain_ = nullptr;
};

TEST_F(FullDiskTest, CallsAreRefusedReadsGoOnAndNothingIsLost) {
  const v1::Order before = OpenOrder("A-1");
  disk_.full = true;
  const Problem problem = CreateOrder("A-2", BotimOrder(100)).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::UNAVAILABLE) << problem;
  EXPECT_EQ(problem.reason, "STORE_UNAVAILABLE");
  EXPECT_THAT(problem.side_effect(), AnyOf("none", "possible"));
  EXPECT_EQ(GetOrder("A-1")->revision(), before.revision()) << "reading goes on";
  EXPECT_THAT(Ledger("place_order"), SizeIs(1)) << "what is not durable is not sent";

  disk_.full = false;
  // The writer tries again by itself; until then it refuses.
  const absl::Time deadline = absl::Now() + kPatience;
  Result<v1::Order> created = CreateOrder("A-2", BotimOrder(100), "request-2");
  while (!created.ok() && absl::Now() < deadline) {
    ASSERT_EQ(created.problem().reason, "STORE_UNAVAILABLE") << created.problem();
    created = CreateOrder("A-2", BotimOrder(100), "request-2");
  }
  ASSERT_TRUE(created.ok()) << created.problem();
  AwaitState("A-2", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_THAT(Ledger("place_order"), SizeIs(2));
}

TEST_F(FullDiskTest, NotificationIsNotAcknowledgedWhileItCannotBeKept) {
  const v1::Order open = OpenOrder("A-1");
  const PayBySide side = ReadPayBySide(options_.settings.data_dir);
  const std::string body = Notice::Of(open, side).Body();
  disk_.full = true;
  EXPECT_EQ(
      Http("POST", server_->addresses().notify, kNotifyPath, SignedBy(side.key, body), body).status,
      503);
  EXPECT_EQ(GetOrder("A-1")->state(), v1::Order::STATE_AWAITING_PAYER);
  disk_.full = false;
  HttpReply again;
  const absl::Time deadline = absl::Now() + kPatience;
  do {  // As the provider does, only faster.
    again = Http("POST", server_->addresses().notify, kNotifyPath, SignedBy(side.key, body), body);
  } while (again.status == 503 && absl::Now() < deadline);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(GetOrder("A-1")->state(), v1::Order::STATE_PAID);
  EXPECT_THAT(EventTypes(), Contains("order.paid").Times(1));
}

}  // namespace
}  // namespace sluice::e2e

#include "tests/conformance/store/store_conformance.h"

#include <utility>

namespace sluice::store {

void Gate::Pass() {
  MutexLock lock(&mutex_);
  if (!shut_) return;
  arrived_ = true;
  changed_.SignalAll();
  while (shut_) changed_.Wait(&mutex_);
}

void Gate::Shut() {
  MutexLock lock(&mutex_);
  shut_ = true;
  arrived_ = false;
}

void Gate::Open() {
  MutexLock lock(&mutex_);
  shut_ = false;
  changed_.SignalAll();
}

void Gate::AwaitArrival() {
  MutexLock lock(&mutex_);
  while (!arrived_) changed_.Wait(&mutex_);
}

CommitDone Answers::For(int id) {
  return [this, id](Committed committed) {
    MutexLock lock(&mutex_);
    answers_.emplace_back(id, std::move(committed));
    changed_.SignalAll();
  };
}

void Answers::Await(size_t count) {
  MutexLock lock(&mutex_);
  while (answers_.size() < count) changed_.Wait(&mutex_);
}

std::vector<int> Answers::order() const {
  MutexLock lock(&mutex_);
  std::vector<int> order;
  for (const auto& [id, committed] : answers_) order.push_back(id);
  return order;
}

Committed Answers::Of(int id) const {
  MutexLock lock(&mutex_);
  for (const auto& [answered, committed] : answers_) {
    if (answered == id) return committed;
  }
  return Committed{absl::InternalError("not answered"), {}};
}

size_t Answers::size() const {
  MutexLock lock(&mutex_);
  return answers_.size();
}

void StoreConformance::SetUp() {
  subject_ = GetParam()();
  OpenWith({});
}

void StoreConformance::TearDown() {
  gate_.Open();
  store_.reset();
  subject_.reset();
}

void StoreConformance::OpenWith(const StoreSubject::Options& options) {
  store_.reset();
  auto opened = subject_->Open(options);
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
}

void StoreConformance::OpenGated(int max_queued) {
  StoreSubject::Options options;
  options.max_queued = max_queued;
  options.before_commit = [this] { gate_.Pass(); };
  OpenWith(options);
}

void StoreConformance::HoldWriter() {
  gate_.Shut();
  Transaction held;
  held.settings = {{"held", "1"}};
  store().Commit(std::move(held), answers_.For(0));
  gate_.AwaitArrival();
}

void StoreConformance::Reopen() { OpenWith({}); }

Committed StoreConformance::Commit(Transaction transaction) {
  Answers answers;
  store().Commit(std::move(transaction), answers.For(0));
  answers.Await(1);
  return answers.Of(0);
}

void StoreConformance::MustCommit(Transaction transaction) {
  const Committed committed = Commit(std::move(transaction));
  ASSERT_TRUE(committed.status.ok()) << committed.status;
}

int64_t StoreConformance::NewestPosition() {
  const auto bounds = store().Bounds();
  EXPECT_TRUE(bounds.ok()) << bounds.status();
  return bounds.ok() ? bounds->newest_position : -1;
}

absl::Time TimeAt(int seconds) { return absl::FromUnixSeconds(1'768'473'000 + seconds); }

Record OrderRecord(const std::string& id, const std::string& merchant) {
  Record record;
  record.kind = ResourceKind::kOrder;
  record.name = OrderName(merchant, id);
  record.merchant = merchant;
  record.parent = MerchantName(merchant);
  record.state = "SUBMITTING";
  record.provider_account = "payby-main";
  record.revision = 1;
  record.create_time = TimeAt(0) + absl::Nanoseconds(123'456'789);
  record.update_time = TimeAt(1);
  record.body = "body of " + id;
  return record;
}

Put NewOrder(const std::string& id, const std::string& merchant) {
  return Put{OrderRecord(id, merchant), 0};
}

Put Update(Record record, const std::string& state) {
  const int64_t held = record.revision;
  record.state = state;
  record.revision = held + 1;
  record.update_time += absl::Seconds(1);
  record.body += ", then " + state;
  return Put{std::move(record), held};
}

EventDraft OrderEvent(const std::string& id, const std::string& merchant) {
  EventDraft event;
  event.type = "order.submitted";
  event.kind = ResourceKind::kOrder;
  event.resource_name = OrderName(merchant, id);
  event.merchant = merchant;
  event.provider = "payby";
  event.body = "event of " + id;
  event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  event.create_time = TimeAt(2) + absl::Nanoseconds(987'654'321);
  return event;
}

RequestKey CreateKey(const std::string& request_id, const std::string& resource_id) {
  return RequestKey{kMerchant, "CreateOrder", request_id, "fingerprint of " + resource_id,
                    OrderName(kMerchant, resource_id)};
}

Transaction CreateOrder(const std::string& id) {
  Transaction transaction;
  transaction.puts = {NewOrder(id)};
  transaction.events = {OrderEvent(id)};
  transaction.request = CreateKey("request-" + id, id);
  transaction.references = {{"payby-main", "create_order:" + id, OrderName(kMerchant, id)}};
  return transaction;
}

NotificationRow Notice(const std::string& id, const std::string& dedup_key) {
  NotificationRow row;
  row.merchant = kMerchant;
  row.id = id;
  row.provider = "payby";
  row.provider_account = "payby-main";
  row.dedup_key = dedup_key;
  row.state = NotificationState::kReceived;
  row.method = "POST";
  row.path = "/notify/payby";
  row.query = "a=1&b=%00";
  row.headers = "content-type: application/json\nsign: abc\n";
  row.body = std::string("{\"n\":1}\0\xff\xfe", 10);
  row.remote_address = "192.0.2.7";
  row.receive_time = TimeAt(3) + absl::Nanoseconds(1);
  return row;
}

void ExpectSame(const Record& a, const Record& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.merchant, b.merchant);
  EXPECT_EQ(a.parent, b.parent);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.provider_account, b.provider_account);
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.create_time, b.create_time);
  EXPECT_EQ(a.update_time, b.update_time);
  EXPECT_EQ(a.due_time, b.due_time);
  EXPECT_EQ(a.in_flight, b.in_flight);
  EXPECT_EQ(a.unknown_since, b.unknown_since);
  EXPECT_EQ(a.body, b.body);
}

void ExpectSame(const Event& a, const Event& b) {
  EXPECT_EQ(a.position, b.position);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.resource_name, b.resource_name);
  EXPECT_EQ(a.merchant, b.merchant);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.traceparent, b.traceparent);
  EXPECT_EQ(a.create_time, b.create_time);
}

void ExpectSame(const NotificationRow& a, const NotificationRow& b) {
  EXPECT_EQ(a.merchant, b.merchant);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.provider_account, b.provider_account);
  EXPECT_EQ(a.dedup_key, b.dedup_key);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.resource_name, b.resource_name);
  EXPECT_EQ(a.method, b.method);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.query, b.query);
  EXPECT_EQ(a.headers, b.headers);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.remote_address, b.remote_address);
  EXPECT_EQ(a.receive_time, b.receive_time);
  EXPECT_EQ(a.deliveries, b.deliveries);
}

std::vector<std::string> NamesOf(const std::vector<Record>& records) {
  std::vector<std::string> names;
  for (const Record& record : records) names.push_back(record.name);
  return names;
}

}  // namespace sluice::store

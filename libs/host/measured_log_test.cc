// What a service's use of the log leaves in the metrics.
#include "libs/host/measured_log.h"

#include <unistd.h>

#include <filesystem>
#include <future>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/event/v1/record.pb.h"

namespace redress {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MeasuredLogTest : public ::testing::Test {
 protected:
  ~MeasuredLogTest() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  // `min_free`: with more than any disk has every append is refused as on a full one.
  void Open(uint64_t min_free) {
    EmbeddedLogOptions options;
    options.folder = folder_;
    options.random = &random_;
    options.clock = &clock_;
    options.min_free_bytes = min_free;
    auto log = EmbeddedLog::Open(std::move(options));
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    measured_ = std::make_unique<MeasuredLog>(log_.get(), &clock_, service_);
  }
  AppendOutcome Append(Topic topic, std::string value) {
    Record record;
    record.key = "k";
    record.value = std::move(value);
    std::promise<AppendOutcome> outcome;
    measured_->Append({topic, Partition(0)}, std::move(record),
                      [&outcome](AppendOutcome one) { outcome.set_value(std::move(one)); });
    return outcome.get_future().get();
  }

  const std::string folder_ = ::testing::TempDir() + "/measured_log_" + std::to_string(getpid());
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  const ServiceMetrics service_{metrics_, "intake", {"1", "x"}};
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<MeasuredLog> measured_;
};

TEST_F(MeasuredLogTest, AppendsAreCountedByOutcomeAndTimed) {
  Open(0);
  EXPECT_EQ(Append(Topic::kComplaints, "x").kind, AppendOutcome::Kind::kAppended);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("redress_appends_total{outcome=\"appended\",service=\"intake\"} 1"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("redress_append_seconds_count{service=\"intake\"} 1"));
}

TEST_F(MeasuredLogTest, AFullDiskShowsAsAppendsThatWereNotMade) {
  Open(uint64_t{1} << 62);
  const AppendOutcome outcome = Append(Topic::kComplaints, "x");
  EXPECT_EQ(outcome.kind, AppendOutcome::Kind::kNotAppended);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("redress_appends_total{outcome=\"not_appended\",service=\"intake\"} 1"));
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("redress_appends_total{outcome=\"appended\",service=\"intake\"} 0"));
}

TEST_F(MeasuredLogTest, DeadLettersAreCountedByTopicAndReasonOnceTheyAreDurable) {
  event::v1::DeadLetter letter;
  letter.set_topic("redress.inbound.v1");
  letter.set_reason("undecodable");
  event::v1::Event event;
  event.set_payload(letter.SerializeAsString());
  const std::string counted =
      "redress_dead_letters_total{reason=\"undecodable\",service=\"intake\",topic=\"redress."
      "inbound.v1\"} 1";
  Open(uint64_t{1} << 62);
  Append(Topic::kDeadLetter, event.SerializeAsString());
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr(counted)));
  measured_.reset();
  log_.reset();
  Open(0);
  Append(Topic::kDeadLetter, event.SerializeAsString());
  EXPECT_THAT(metrics_.Text(), HasSubstr(counted));
}

}  // namespace
}  // namespace redress

#include "services/classifier/projection/classifier_projection.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/testing/given.h"
#include "libs/testing/sample_payloads.h"

namespace redress::classifier {
namespace {

using testing::Given;
using testing::Id;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WorkOfClassifier : public ::testing::Test {
 protected:
  std::vector<WorkItem> WorkOf(const Given& complaint) {
    ComplaintRow row;
    row.head = complaint.head();
    row.state = complaint.state();
    row.more_follows = complaint.last().more_follows();
    std::vector<WorkItem> work;
    projection_.WorkOf(row, &work);
    return work;
  }

  Directory directory_;
  ClassifierProjection projection_{&directory_};
};

TEST_F(WorkOfClassifier, AReceivedComplaintWaitsForItsAssessment) {
  Given complaint;
  complaint.Has(testing::Received());
  const auto work = WorkOf(complaint);
  ASSERT_THAT(work, SizeIs(1));
  EXPECT_EQ(work[0].kind, kAssess);
  EXPECT_EQ(work[0].order, testing::kStartUs);
  EXPECT_EQ(work[0].cause.ToBytes(), complaint.header(0).event_id());
  EXPECT_EQ(work[0].not_before_us, 0);
}

TEST_F(WorkOfClassifier, AssessmentEndsIt) {
  Given complaint;
  complaint.Has(testing::Received()).Has(testing::Assessed());
  EXPECT_THAT(WorkOf(complaint), IsEmpty());
  complaint.By(event::v1::Actor::PERSON).Has(testing::Corrected("severity", "5"));
  EXPECT_THAT(WorkOf(complaint), IsEmpty()) << "what a person set is not assessed again";
}

TEST_F(WorkOfClassifier, ImportsWaitForTheirWholeHistory) {
  Given complaint;
  complaint.WithMoreToFollow().Has(testing::Received());
  EXPECT_THAT(WorkOf(complaint), IsEmpty());
  complaint.WithMoreToFollow().Has(testing::Outbound("an old answer"));
  EXPECT_THAT(WorkOf(complaint), IsEmpty());
  complaint.Has(testing::Inbound("the last of its history"));
  EXPECT_THAT(WorkOf(complaint), SizeIs(1));
}

TEST_F(WorkOfClassifier, AWithdrawnComplaintIsNotAssessedUntilReopened) {
  Given complaint;
  complaint.Has(testing::Received()).Has(event::v1::ComplaintWithdrawn());
  EXPECT_THAT(WorkOf(complaint), IsEmpty());
  complaint.Has(testing::Reopened(2));
  const auto work = WorkOf(complaint);
  ASSERT_THAT(work, SizeIs(1)) << "never assessed: back to received";
  EXPECT_EQ(work[0].cause.ToBytes(), complaint.last().event_id())
      << "a new cause: a new request id";
}

TEST_F(WorkOfClassifier, OrderIsReceiptAndWhoWaits) {
  constexpr int64_t kReceived = 1'000'000'000'000;
  const auto order = [](event::v1::Channel channel) { return AssessOrder(channel, kReceived); };
  EXPECT_EQ(order(event::v1::MAIL), kReceived);
  EXPECT_LT(order(event::v1::PHONE), order(event::v1::SOCIAL));
  EXPECT_EQ(order(event::v1::PHONE), order(event::v1::CHAT));
  EXPECT_LT(order(event::v1::SOCIAL), order(event::v1::WEB_FORM));
  EXPECT_LT(AssessOrder(event::v1::MAIL, kReceived - 3'600'000'000), order(event::v1::PHONE))
      << "an old letter still goes before a new call";
}

TEST(ExplainedRow, ComesBackAsItWas) {
  ExplainedRow row;
  row.policy = *ContentHash::FromBytes(Id("policy"));
  row.explained.add_rules_fired("signal.law");
  const auto again = ExplainedRow::Decode(ExplainedRow::Encode(row.policy, row.explained));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->policy, row.policy);
  EXPECT_EQ(again->explained.SerializeAsString(), row.explained.SerializeAsString());
  EXPECT_FALSE(ExplainedRow::Decode("short").has_value());
  EXPECT_FALSE(ExplainedRow::Decode(std::string(16, 'x') + "\xff\xff").has_value());
}

TEST(ClassifierProjection, KeepsWhatItReads) {
  Directory directory;
  const AspectSet kept = ClassifierProjection(&directory).kept();
  EXPECT_TRUE(kept.Contains(PayloadOf<event::v1::ComplaintAssessed>().reads));
  EXPECT_TRUE(kept.Has(event::v1::RECORD));
  EXPECT_FALSE(kept.Has(event::v1::PARTY)) << "no more than it needs";
}

}  // namespace
}  // namespace redress::classifier

// From rows as the projection stores them to what callers see.
#include "services/intake/view/complaint_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/testing/sample_payloads.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {
namespace {

using event::v1::Actor;
using event::v1::Waiting;
using ::testing::ElementsAre;
using testing::Given;
using testing::Id;
using testing::kMinuteUs;
using testing::kStartUs;

class ComplaintViews : public ::testing::Test {
 protected:
  ComplaintViews() {
    EntityRow agent;
    agent.id = EntityId::FromBytesOrNone(Id("agent a"));
    agent.state.mutable_definition()->mutable_agent()->set_code("ann");
    directory_.Apply(agent);
  }

  // As the projection would have stored it; `texts` are the bodies of the events, by their number.
  ComplaintRow Store(const Given& complaint, const std::map<size_t, std::string>& texts = {}) {
    ComplaintRow row;
    row.id = EntityIdOf("test", "complaint");
    row.head = complaint.head();
    row.state = complaint.state();
    row.row = {Partition(2), Offset(10)};
    RowBatch batch;
    batch.Put(RowKey(kStreamTable).Id(row.id).str(), row.Encode());
    for (size_t i = 0; i < complaint.events().size(); ++i) {
      event::v1::Event event = complaint.events()[i];
      if (const auto text = texts.find(i); text != texts.end()) {
        personal::v1::MessageAddedPersonal personal;
        personal.mutable_message()->set_body(text->second);
        event.add_sealed()->set_ciphertext(personal.SerializeAsString());
      }
      HistoryRow step;
      step.version = Version(i + 1);
      step.ordinal = Ordinal(static_cast<int64_t>(i));
      step.running_max_us = event.header().recorded_at_us();
      step.event = event.SerializeAsString();
      const Offset offset(10 + 2 * static_cast<int64_t>(i));
      batch.Put(HistoryKey(row.row, offset), step.Encode(step.event));
    }
    EXPECT_TRUE(store_->Write(batch).ok());
    return row;
  }
  api::v1::Complaint ViewNow(const ComplaintRow& row,
                             api::v1::ComplaintView view = api::v1::COMPLAINT_VIEW_FULL) {
    auto seen =
        ViewOf(row, view, {*store_, directory_, LogId(), FromMicros(kStartUs + 60 * kMinuteUs)});
    EXPECT_TRUE(seen.ok()) << seen.status();
    return seen.ok() ? *seen : api::v1::Complaint();
  }

  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  Directory directory_;
};

TEST_F(ComplaintViews, TellWhoHasItWithCodesAndWhyNobodyHas) {
  Given complaint;
  complaint.Has(testing::Received());
  EXPECT_EQ(ViewNow(Store(complaint)).queue_reason(), "not_assessed");
  complaint.Has(testing::Assessed(2));
  EXPECT_EQ(ViewNow(Store(complaint)).queue_reason(), "not_routed");
  auto queued = testing::Queued("team 1");
  queued.set_reason("no_capacity");
  complaint.Has(queued);
  EXPECT_EQ(ViewNow(Store(complaint)).queue_reason(), "no_capacity");
  complaint.Has(testing::Assigned("agent a", "team 1"));
  const auto owned = ViewNow(Store(complaint));
  EXPECT_EQ(owned.queue_reason(), "");
  EXPECT_EQ(owned.owner(), "ann");
  EXPECT_EQ(owned.team(), EntityId::FromBytesOrNone(Id("team 1")).ToHex())
      << "not in the directory";
  EXPECT_EQ(owned.level(), 2u);
  EXPECT_EQ(owned.version(), 4u);
}

TEST_F(ComplaintViews, FollowTheCourseThroughItsStages) {
  Given complaint;
  complaint.Has(testing::Received())
      .Has(testing::Assessed())
      .Has(testing::Assigned("agent a", "team 1"));
  complaint.Has(testing::WaitingFor(Waiting::ON_SUPPLIER));
  const auto waiting = ViewNow(Store(complaint));
  EXPECT_EQ(waiting.stage(), api::v1::STAGE_ASSESSED);
  EXPECT_EQ(waiting.waiting().on(), Waiting::ON_SUPPLIER);
  EXPECT_FALSE(waiting.has_resolved_at());
  complaint.By(Actor::PERSON).Has(testing::Resolved());
  const auto resolved = ViewNow(Store(complaint));
  EXPECT_EQ(resolved.stage(), api::v1::STAGE_RESOLVED);
  EXPECT_TRUE(resolved.has_resolved_at());
  EXPECT_FALSE(resolved.has_waiting());
  complaint.Has(event::v1::ComplaintClosed());
  EXPECT_EQ(ViewNow(Store(complaint)).stage(), api::v1::STAGE_CLOSED);
}

TEST_F(ComplaintViews, ShowTextsInFullOnly) {
  Given complaint;
  complaint.Has(testing::Received())
      .Has(testing::Inbound("second"))
      .Has(testing::Outbound("answer"));
  const ComplaintRow row = Store(complaint, {{1, "Where is it?"}, {2, "On its way."}});
  const auto full = ViewNow(row);
  std::vector<std::string> bodies;
  for (const auto& message : full.messages()) bodies.push_back(message.body());
  EXPECT_THAT(bodies, ElementsAre("", "Where is it?", "On its way."));
  EXPECT_EQ(full.conversation().inbound(), 2u);
  EXPECT_EQ(FromTimestamp(full.updated_at()), complaint.last().recorded_at_us());
  EXPECT_EQ(ViewNow(row, api::v1::COMPLAINT_VIEW_BASIC).messages_size(), 0);
}

TEST_F(ComplaintViews, CarryTheClocks) {
  Given complaint;
  complaint.Has(testing::Received())
      .Has(testing::Assessed())
      .Has(testing::ClocksOf("set", {"one", "two"}));
  const auto view = ViewNow(Store(complaint));
  ASSERT_EQ(view.clocks_size(), 2);
  EXPECT_EQ(view.clocks(0).target().seconds(), 24 * 3600);
}

TEST_F(ComplaintViews, SayThatTheyHoldMoreThanThisReleaseKnows) {
  Given complaint;
  complaint.Has(testing::Received());
  ComplaintRow row = Store(complaint);
  row.newer = true;
  EXPECT_TRUE(ViewNow(row).newer_than_me());
}

TEST_F(ComplaintViews, AsOfFoldsTheLongestPrefixThatHolds) {
  Given complaint;
  complaint.Has(testing::Received()).Has(testing::Assessed(1)).Has(testing::Escalated(1, 2));
  const ComplaintRow row = Store(complaint);
  const int64_t assessed_us = complaint.header(1).recorded_at_us();
  const auto then = FoldHistory(*store_, row, [&](const HistoryStep& step) {
    return step.row.running_max_us <= assessed_us;
  });
  ASSERT_TRUE(then.ok() && then->has_value()) << then.status();
  EXPECT_EQ((*then)->version, Version(2));
  EXPECT_EQ((*then)->row.state.level().level(), 1u);
  EXPECT_EQ((*then)->steps.size(), 2u);
  const auto before = FoldHistory(*store_, row, [](const HistoryStep&) { return false; });
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_FALSE(before->has_value()) << "it did not exist";
}

TEST_F(ComplaintViews, ADamagedRowIsAnErrorAndNoComplaint) {
  RowBatch batch;
  const ComplaintId id = EntityIdOf("test", "damaged");
  batch.Put(RowKey(kStreamTable).Id(id).str(), "??");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_TRUE(absl::IsDataLoss(LoadComplaint(*store_, id).status()));
  EXPECT_FALSE(LoadComplaint(*store_, EntityIdOf("test", "nobody"))->has_value());
}

}  // namespace
}  // namespace redress::intake

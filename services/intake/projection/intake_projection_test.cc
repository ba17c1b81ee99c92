#include "services/intake/projection/intake_projection.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/time.h"
#include "libs/projection/memory/memory_store.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/event/v1/record.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {
namespace {

// The rows that the projection makes of plain records, without machines.
class IntakeProjectionTest : public ::testing::Test {
 protected:
  IntakeProjectionTest() { projection_.SetOverlay(&overlay_); }

  // `type`: of the payload, as the header names it.
  void Fold(TopicPartition source, int64_t offset, const std::string& value,
            std::string_view type = "redress.event.v1.InboundMessage") {
    const HeaderView headers[] = {{"ce_type", type}};
    RecordView record;
    record.headers = headers;
    record.source = source;
    record.offset = Offset(offset);
    record.value = value;
    const auto refresh = [](const StreamId&) { return absl::OkStatus(); };
    ASSERT_TRUE(
        projection_.OnPlainRecord(record, Ordinal(offset), {overlay_, work_, refresh}).ok());
  }
  static std::string PointerTo(TopicPartition source, int64_t offset) {
    event::v1::DeadLetter letter;
    letter.set_topic(std::string(TopicName(source.topic)));
    letter.set_partition(static_cast<uint32_t>(source.partition.value()));
    letter.set_position(offset);
    event::v1::Event event;
    letter.SerializeToString(event.mutable_payload());
    return event.SerializeAsString();
  }
  // Every key with a value, work included.
  std::set<std::string> Rows() {
    RowBatch batch;
    overlay_.MoveInto(&batch);
    std::set<std::string> rows;
    for (const auto& row : batch.rows()) {
      if (row.value) rows.insert(row.key);
    }
    return rows;
  }

  static std::string Item() {
    personal::v1::InboundItem item;
    item.mutable_message()->set_account_id("mail:care");
    item.mutable_message()->set_channel(event::v1::MAIL);
    item.mutable_personal()->set_thread_key("thread");
    item.mutable_personal()->set_source_message_key("message");
    item.mutable_personal()->set_body("Where is my parcel?");
    return item.SerializeAsString();
  }

  static constexpr char kGarbage[] = "\xff\xff\xff";
  const TopicPartition inbound_{Topic::kInbound, Partition(3)};
  const TopicPartition dead_letters_{Topic::kDeadLetter, Partition(0)};
  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  Overlay overlay_{*store_};
  WorkTable work_{{}, &overlay_, *store_};
  Directory directory_;
  ManualClock clock_{absl::UnixEpoch() + absl::Hours(500'000)};
  IntakeProjection projection_{"secret", &directory_, &clock_};
};

TEST_F(IntakeProjectionTest, AnUnreadableItemIsWorkUntilADeadLetterPointsToIt) {
  Fold(inbound_, 7, kGarbage);
  EXPECT_EQ(Rows().size(), 1u);
  Fold(dead_letters_, 1, PointerTo(inbound_, 7));
  EXPECT_THAT(Rows(), ::testing::ElementsAre(PointedToKey(inbound_, Offset(7))));
}

// A rebuild reads the topics in no order.
TEST_F(IntakeProjectionTest, APointerThatIsFoldedFirstLeavesNoWork) {
  Fold(dead_letters_, 1, PointerTo(inbound_, 7));
  Fold(inbound_, 7, kGarbage);
  EXPECT_THAT(Rows(), ::testing::ElementsAre(PointedToKey(inbound_, Offset(7))));
}

TEST_F(IntakeProjectionTest, APointerIsToOneRecord) {
  Fold(dead_letters_, 1, PointerTo(inbound_, 8));
  Fold(inbound_, 7, kGarbage);
  EXPECT_EQ(Rows().size(), 2u);
}

// Published twice, with keys that lead to different partitions: the instances fold the copies in
// different orders, and each acts only for its partitions.
TEST_F(IntakeProjectionTest, CopiesInTwoPartitionsBelongToOneOfThemWhicheverIsFoldedFirst) {
  const TopicPartition lower{Topic::kInbound, Partition(1)};
  Fold(inbound_, 7, Item());
  Fold(lower, 5, Item());
  ASSERT_EQ(work_.rows(kTakeIn).size(), 1u);
  EXPECT_EQ(work_.rows(kTakeIn).begin()->second.item.unit, Partition(1));
  Fold(inbound_, 9, Item());
  EXPECT_EQ(work_.rows(kTakeIn).size(), 1u);
  EXPECT_EQ(work_.rows(kTakeIn).begin()->second.item.unit, Partition(1));
  EXPECT_EQ(Rows().size(), 2u) << "the item and its work";
}

TEST_F(IntakeProjectionTest, AnItemReadBackFromItsRowIsTheOneThatWasFolded) {
  Fold(inbound_, 7, Item());
  const ItemId id = ItemOf("secret", "mail:care", "message");
  IntakeProjection restarted("secret", &directory_, &clock_);
  restarted.SetOverlay(&overlay_);
  for (const IntakeProjection* projection : {&projection_, &restarted}) {
    const auto found = projection->FindPending(id);
    ASSERT_TRUE(found.ok() && *found != nullptr);
    const PendingItem& pending = **found;
    EXPECT_EQ(pending.row.partition, inbound_.partition);
    EXPECT_EQ(pending.row.offset, Offset(7));
    EXPECT_EQ(pending.row.seen_us, ToMicros(clock_.Now()));
    EXPECT_FALSE(pending.row.json);
    ASSERT_TRUE(pending.item.ok());
    EXPECT_EQ(pending.item->SerializeAsString(), Item());
  }
}

TEST_F(IntakeProjectionTest, AnItemThatIsAnsweredBeforeTheNextFlushLeavesItsOutcomeOnly) {
  Fold(inbound_, 7, Item());
  event::v1::InboundScreened screened;
  screened.set_item(ItemOf("secret", "mail:care", "message").ToBytes());
  event::v1::Event event;
  screened.SerializeToString(event.mutable_payload());
  const std::string value = event.SerializeAsString();
  Fold(inbound_, 8, value, "redress.event.v1.InboundScreened");
  RowBatch batch;
  overlay_.MoveInto(&batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.rows().front().key, ItemKey(ItemOf("secret", "mail:care", "message")));
  EXPECT_TRUE(work_.rows(kScreen).empty() && work_.rows(kTakeIn).empty());
}

}  // namespace
}  // namespace redress::intake

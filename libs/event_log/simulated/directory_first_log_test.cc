#include "libs/event_log/directory_first_log.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/event_log/simulated/simulated_log.h"

namespace redress {
namespace {

using ::testing::UnorderedElementsAre;

constexpr TopicPartition kComplaint{Topic::kComplaints, Partition(0)};
constexpr TopicPartition kDirectory{Topic::kDirectory, Partition(0)};

struct World {
  World()
      : log(&scheduler, {1, 1, 1, 1, 1, 1}), instance(log.Connect("a")), first(instance.get()) {}

  void Append(TopicPartition to, std::string value) {
    Record record;
    record.value = std::move(value);
    instance->Append(to, record, [](const AppendOutcome&) {});
    while (scheduler.RunOne()) {
    }
  }
  std::unique_ptr<LogReader> Open(Offset from) {
    auto reader = *first.OpenReader({{kComplaint, from}, {kDirectory, from}});
    reader->SetWake([this] { ++wakes; });
    return reader;
  }
  std::vector<std::string> Read(LogReader& reader) {
    std::vector<std::string> values;
    ReadBatch batch;
    for (int quiet = 0; quiet < 20;) {
      if (!reader.Poll(1, &batch).ok()) continue;
      quiet = batch.records.empty() ? quiet + 1 : 0;
      for (const RecordView& view : batch.records) values.emplace_back(*view.value);
      for (const EndOfPartition& end : batch.ends) ended.insert(end.source);
    }
    return values;
  }

  SimulatedScheduler scheduler{1};
  SimulatedLog log;
  std::unique_ptr<SimulatedInstance> instance;
  DirectoryFirstLog first;
  std::set<TopicPartition> ended;
  int wakes = 0;
};

TEST(DirectoryFirstLog, FromZeroTheDirectoryComesBeforeTheRestAndNothingTwice) {
  World world;
  for (const char* value : {"c1", "c2"}) world.Append(kComplaint, value);
  for (const char* value : {"d1", "d2", "d3"}) world.Append(kDirectory, value);
  const auto reader = world.Open(Offset(0));
  EXPECT_EQ(world.Read(*reader), (std::vector<std::string>{"d1", "d2", "d3", "c1", "c2"}));
  EXPECT_THAT(world.ended, UnorderedElementsAre(kComplaint, kDirectory));
  EXPECT_GE(world.wakes, 1)
      << "nothing else would have it polled again after the end of the directory";
}

TEST(DirectoryFirstLog, BothGoOnAfterwards) {
  World world;
  world.Append(kComplaint, "c1");
  const auto reader = world.Open(Offset(0));
  world.Read(*reader);
  world.Append(kDirectory, "d1");
  world.Append(kComplaint, "c2");
  EXPECT_THAT(world.Read(*reader), UnorderedElementsAre("d1", "c2"));
}

TEST(DirectoryFirstLog, FromStoredPositionsAllIsReadAtOnce) {
  World world;
  world.Append(kComplaint, "c1");
  world.Append(kDirectory, "d1");
  const auto reader = world.Open(Offset(1));
  EXPECT_THAT(world.Read(*reader), UnorderedElementsAre("c1", "d1"));
  EXPECT_EQ(world.wakes, 0);
}

}  // namespace
}  // namespace redress

#include "libs/event_log/simulated/simulated_log.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using Kind = AppendOutcome::Kind;

constexpr TopicPartition kTp{Topic::kComplaints, Partition(0)};

Record Text(std::string value) {
  Record record;
  record.value = std::move(value);
  return record;
}

struct World {
  explicit World(uint64_t seed)
      : scheduler(seed), log(&scheduler, {2, 1, 1, 1, 1, 1}), a(log.Connect("a")) {}

  void RunAll() {
    while (scheduler.RunOne()) {
    }
  }
  // Everything that is persisted, by value; genesis left out.
  std::vector<std::string> Persisted() const {
    std::vector<std::string> values;
    for (const auto& stored : log.Records(kTp)) {
      if (stored->offset.value() > 0) values.push_back(stored->record.value.value_or(""));
    }
    return values;
  }
  void Append(SimulatedInstance& by, const std::string& value) {
    by.Append(kTp, Text(value),
              [this, value](AppendOutcome outcome) { outcomes[value].push_back(outcome.kind); });
  }
  std::vector<std::string> ReadAll(SimulatedInstance& by) {
    std::vector<std::string> values;
    auto reader = *by.OpenReader({{kTp, Offset(0)}});
    ReadBatch batch;
    for (int quiet = 0; quiet < 20;) {
      if (!reader->Poll(10, &batch).ok()) continue;
      quiet = batch.records.empty() ? quiet + 1 : 0;
      for (const RecordView& view : batch.records) values.emplace_back(*view.value);
    }
    return values;
  }

  SimulatedScheduler scheduler;
  SimulatedLog log;
  std::unique_ptr<SimulatedInstance> a;
  std::map<std::string, std::vector<Kind>> outcomes;
};

SimulatedFaults Everything() {
  SimulatedFaults faults;
  faults.max_append_delay = absl::Milliseconds(50);
  faults.max_delivery_delay = absl::Milliseconds(200);
  faults.lost = faults.unknown_persisted = faults.unknown_lost = faults.unknown_late = 50;
  faults.duplicate = faults.overtaken = faults.gap = 50;
  faults.partial_batch = faults.read_unavailable = 200;
  return faults;
}

TEST(SimulatedLog, EveryOutcomeTellsTheTruth) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.log.set_faults(Everything());
    for (int i = 0; i < 100; ++i) world.Append(*world.a, std::to_string(i));
    world.RunAll();
    std::map<std::string, int> persisted;
    for (const std::string& value : world.Persisted()) ++persisted[value];
    ASSERT_EQ(world.outcomes.size(), 100u);
    for (const auto& [value, kinds] : world.outcomes) {
      ASSERT_EQ(kinds.size(), 1u) << "answered once";
      if (kinds[0] == Kind::kAppended) {
        EXPECT_GE(persisted[value], 1);
      } else if (kinds[0] == Kind::kNotAppended) {
        EXPECT_EQ(persisted[value], 0);
      }
    }
    std::set<Offset> offsets;
    for (const auto& stored : world.log.Records(kTp))
      EXPECT_TRUE(offsets.insert(stored->offset).second);
    EXPECT_EQ(world.ReadAll(*world.a), world.Persisted());
  }
}

TEST(SimulatedLog, EveryFaultHappens) {
  SimulatedCounts total;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World world(seed);
    world.log.set_faults(Everything());
    for (int i = 0; i < 200; ++i) world.Append(*world.a, std::to_string(i));
    for (int i = 0; i < 50; ++i) world.scheduler.RunOne();
    world.a->Crash();
    world.RunAll();
    auto b = world.log.Connect("b");
    world.ReadAll(*b);
    const SimulatedCounts& counts = world.log.counts();
    total.lost += counts.lost;
    total.unknown_persisted += counts.unknown_persisted;
    total.unknown_lost += counts.unknown_lost;
    total.unknown_late += counts.unknown_late;
    total.duplicated += counts.duplicated;
    total.overtaken += counts.overtaken;
    total.gaps += counts.gaps;
    total.partial_batches += counts.partial_batches;
    total.read_errors += counts.read_errors;
    total.lost_in_crash += counts.lost_in_crash;
    total.persisted_after_crash += counts.persisted_after_crash;
  }
  EXPECT_GT(total.lost, 0u);
  EXPECT_GT(total.unknown_persisted, 0u);
  EXPECT_GT(total.unknown_lost, 0u);
  EXPECT_GT(total.unknown_late, 0u);
  EXPECT_GT(total.duplicated, 0u);
  EXPECT_GT(total.overtaken, 0u);
  EXPECT_GT(total.gaps, 0u);
  EXPECT_GT(total.partial_batches, 0u);
  EXPECT_GT(total.read_errors, 0u);
  EXPECT_GT(total.lost_in_crash, 0u);
  EXPECT_GT(total.persisted_after_crash, 0u);
}

TEST(SimulatedLog, OneSeedIsOneRun) {
  const auto run = [](uint64_t seed) {
    World world(seed);
    world.log.set_faults(Everything());
    for (int i = 0; i < 100; ++i) world.Append(*world.a, std::to_string(i));
    world.RunAll();
    std::string trace;
    for (const auto& stored : world.log.Records(kTp)) {
      trace += std::to_string(stored->offset.value()) + "=" +
               HashOf(*stored->record.value).ToHex() + ";";
    }
    return trace;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(SimulatedLog, DelayAloneNeverReordersOneCaller) {
  World world(3);
  SimulatedFaults faults;
  faults.max_append_delay = absl::Seconds(1);
  world.log.set_faults(faults);
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(std::to_string(i));
    world.Append(*world.a, expected.back());
    world.scheduler.RunOne();
  }
  world.RunAll();
  EXPECT_EQ(world.Persisted(), expected);
}

TEST(SimulatedLog, ACrashedInstanceHearsNothingAndTheOthersGoOn) {
  World world(4);
  auto b = world.log.Connect("b");
  world.Append(*world.a, "from a");
  world.Append(*b, "from b");
  world.a->Crash();
  world.RunAll();
  EXPECT_FALSE(world.outcomes.contains("from a"));
  EXPECT_THAT(world.outcomes["from b"], ElementsAre(Kind::kAppended));
}

TEST(SimulatedLog, APausedInstanceWritesOnAndHearsOfItLater) {
  World world(5);
  world.Append(*world.a, "zombie");
  world.a->Pause();
  world.RunAll();
  EXPECT_THAT(world.Persisted(), ElementsAre("zombie"));
  EXPECT_TRUE(world.outcomes.empty());
  EXPECT_TRUE(world.ReadAll(*world.a).empty()) << "it sees nothing new while it stands still";
  world.a->Resume();
  world.RunAll();
  EXPECT_THAT(world.outcomes["zombie"], ElementsAre(Kind::kAppended));
  EXPECT_THAT(world.ReadAll(*world.a), ElementsAre("zombie"));
}

TEST(SimulatedLog, InstancesSeeTheSameAtTheirOwnTime) {
  World world(6);
  SimulatedFaults faults;
  faults.max_delivery_delay = absl::Seconds(2);
  world.log.set_faults(faults);
  auto b = world.log.Connect("b");
  for (int i = 0; i < 50; ++i) world.Append(*world.a, std::to_string(i));
  bool differed = false;
  while (world.scheduler.RunOne()) {
    differed = differed || world.ReadAll(*world.a).size() != world.ReadAll(*b).size();
  }
  EXPECT_TRUE(differed);
  EXPECT_EQ(world.ReadAll(*world.a), world.Persisted());
  EXPECT_EQ(world.ReadAll(*b), world.Persisted());
}

TEST(SimulatedLog, OwnershipMovesWhenTold) {
  World world(7);
  std::vector<std::vector<Partition>> heard;
  auto ownership = *world.a->Own(OwnershipKind::kIntake, [&](std::vector<Partition> owned) {
    heard.push_back(std::move(owned));
  });
  world.RunAll();
  world.a->SetOwned(OwnershipKind::kIntake, {Partition(1)});
  world.a->SetOwned(OwnershipKind::kRouter, {});
  world.RunAll();
  EXPECT_THAT(heard,
              ElementsAre(ElementsAre(Partition(0), Partition(1)), ElementsAre(Partition(1))));
  ownership.reset();
  world.a->SetOwned(OwnershipKind::kIntake, {});
  world.RunAll();
  EXPECT_EQ(heard.size(), 2u) << "called after the ownership was dropped";
}

TEST(SimulatedScheduler, RunsInOrderOfTimeAndThenOfScheduling) {
  SimulatedScheduler scheduler(1);
  std::vector<int> ran;
  scheduler.After(absl::Milliseconds(2), [&] { ran.push_back(3); });
  scheduler.After(absl::Milliseconds(1), [&] {
    ran.push_back(1);
    scheduler.At(absl::InfinitePast(), [&] { ran.push_back(2); });
  });
  scheduler.After(absl::Milliseconds(2), [&] { ran.push_back(4); });
  const absl::Time start = scheduler.now();
  while (scheduler.RunOne()) {
  }
  EXPECT_THAT(ran, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(scheduler.now(), start + absl::Milliseconds(2));
}

}  // namespace
}  // namespace redress

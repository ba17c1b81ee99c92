#include "libs/domain/lifecycle.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "libs/domain/payloads.h"

namespace redress {
namespace {

using event::v1::CommandRefused;
using S = storage::v1::StageState;

// The transition table as the catalogue writes it (`events.md` 1.4), cell by cell, in the order R A
// I S C M; kept apart from the table in the code on purpose. "=" allowed, stage unchanged; "->X"
// next stage; st, mg, ex refused; "->I|R": investigating, received when it was never assessed.
const std::map<std::string, std::vector<std::string>>& Catalogue() {
  static const auto& table = *new std::map<std::string, std::vector<std::string>>{
      {"ComplaintReceived", {"ex", "ex", "ex", "ex", "ex", "ex"}},
      {"ComplaintAssessed", {"->A", "st", "st", "st", "st", "mg"}},
      {"InvestigationStarted", {"st", "->I", "st", "st", "st", "mg"}},
      {"ComplaintResolved", {"st", "->S", "->S", "st", "st", "mg"}},
      {"ComplaintClosed", {"st", "st", "st", "->C", "st", "mg"}},
      {"ComplaintReopened", {"st", "st", "st", "->I|R", "->I|R", "mg"}},
      {"ComplaintWithdrawn", {"->C", "->C", "->C", "->C", "st", "mg"}},
      {"ComplaintQueued", {"st", "=", "=", "=", "st", "mg"}},
      {"ComplaintAssigned", {"st", "=", "=", "=", "st", "mg"}},
      {"ComplaintReassessed", {"st", "=", "=", "=", "st", "mg"}},
      {"ComplaintEscalated", {"st", "=", "=", "st", "st", "mg"}},
      {"ComplaintDeescalated", {"st", "=", "=", "st", "st", "mg"}},
      {"EscalationDeclined", {"st", "=", "=", "st", "st", "mg"}},
      {"WaitingStarted", {"=", "=", "=", "st", "st", "mg"}},
      {"WaitingEnded", {"=", "=", "=", "st", "st", "mg"}},
      {"AssessmentCorrected", {"st", "=", "=", "=", "=", "="}},
      {"MessageAdded", {"=", "=", "=", "=", "=", "mg"}},
      {"ClocksSet", {"=", "=", "=", "=", "=", "mg"}},
      {"ClockWarned", {"=", "=", "=", "=", "=", "mg"}},
      {"ClockBreached", {"=", "=", "=", "=", "=", "mg"}},
      {"FormFieldsSet", {"=", "=", "=", "=", "=", "="}},
      {"NoteAdded", {"=", "=", "=", "=", "=", "="}},
      {"CommandRefused", {"=", "=", "=", "=", "=", "="}},
  };
  return table;
}

constexpr S::Stage kStages[] = {S::RECEIVED, S::ASSESSED, S::INVESTIGATING,
                                S::RESOLVED, S::CLOSED,   S::MERGED};

std::vector<const PayloadInfo*> ComplaintTypes() {
  std::vector<const PayloadInfo*> types;
  for (const PayloadInfo* type : AllPayloads()) {
    if (!type->directory && !type->record_only) types.push_back(type);
  }
  return types;
}

S::Stage StageOf(char letter) { return kStages[std::string_view("RAISCM").find(letter)]; }

TEST(Lifecycle, EveryComplaintEventHasARowAndNothingElseHas) {
  EXPECT_EQ(ComplaintTypes().size(), Catalogue().size());
  for (const PayloadInfo* type : AllPayloads()) {
    const bool complaint = !type->directory && !type->record_only;
    EXPECT_EQ(InLifecycle(type->number), complaint) << type->name;
    EXPECT_EQ(Catalogue().count(type->name) == 1, complaint) << type->name;
  }
  EXPECT_FALSE(InLifecycle(0));
  EXPECT_FALSE(InLifecycle(92));
}

TEST(Lifecycle, EveryCellIsAsTheCatalogueSays) {
  for (const PayloadInfo* type : ComplaintTypes()) {
    ASSERT_EQ(Catalogue().count(type->name), 1u) << type->name;
    const auto& row = Catalogue().at(type->name);
    ASSERT_EQ(row.size(), 6u);
    for (int i = 0; i < 6; ++i) {
      for (bool ever_assessed : {false, true}) {
        SCOPED_TRACE(type->name + " in " + std::string(StageName(kStages[i])) +
                     (ever_assessed ? ", assessed before" : ", never assessed"));
        const LifecycleCell cell = LifecycleOf(type->number, kStages[i], ever_assessed);
        const std::string& expected = row[i];
        EXPECT_EQ(cell.allowed, expected == "=" || expected.substr(0, 2) == "->");
        if (expected == "=") {
          EXPECT_EQ(cell.next, kStages[i]);
        }
        if (expected.size() == 3) {
          EXPECT_EQ(cell.next, StageOf(expected[2]));
        }
        if (expected == "->I|R") {
          EXPECT_EQ(cell.next, ever_assessed ? S::INVESTIGATING : S::RECEIVED);
        }
        if (expected == "st") {
          EXPECT_EQ(cell.refusal, CommandRefused::STAGE_FORBIDS);
        }
        if (expected == "mg") {
          EXPECT_EQ(cell.refusal, CommandRefused::IS_MERGED);
        }
        if (expected == "ex") {
          EXPECT_EQ(cell.refusal, CommandRefused::EXISTS);
        }
      }
    }
  }
}

TEST(Lifecycle, OnlyTheOpeningEventIsAllowedBeforeTheComplaintExists) {
  for (const PayloadInfo* type : ComplaintTypes()) {
    const LifecycleCell cell = LifecycleOf(type->number, S::NONE, false);
    EXPECT_EQ(cell.allowed, type->name == "ComplaintReceived") << type->name;
    if (cell.allowed) {
      EXPECT_EQ(cell.next, S::RECEIVED);
    }
  }
}

TEST(Lifecycle, TypesWhoseRowIsNotAllUnchangedDeclareThatTheyReadTheStage) {
  for (const PayloadInfo* type : ComplaintTypes()) {
    if (type->opens == event::v1::ALWAYS) continue;  // judged as if it had read everything
    EXPECT_EQ(DependsOnStage(type->number), type->reads.Has(event::v1::STAGE)) << type->name;
  }
}

TEST(Lifecycle, DependsOnStageFollowsTheCatalogue) {
  for (const auto& [name, row] : Catalogue()) {
    const bool all_unchanged = row == std::vector<std::string>(6, "=");
    for (const PayloadInfo* type : ComplaintTypes()) {
      if (type->name == name) {
        EXPECT_EQ(DependsOnStage(type->number), !all_unchanged) << name;
      }
    }
  }
}

TEST(Lifecycle, TypesThatMoveTheStageDeclareThatTheyWriteIt) {
  for (const PayloadInfo* type : ComplaintTypes()) {
    bool moves = false;
    for (S::Stage stage : kStages) {
      const LifecycleCell cell = LifecycleOf(type->number, stage, true);
      moves |= cell.allowed && cell.next != stage;
    }
    EXPECT_EQ(moves || type->opens == event::v1::ALWAYS, type->writes.Has(event::v1::STAGE))
        << type->name;
  }
}

TEST(Lifecycle, StagesHaveNames) {
  EXPECT_EQ(StageName(S::NONE), "none");
  EXPECT_EQ(StageName(S::RECEIVED), "received");
  EXPECT_EQ(StageName(S::MERGED), "merged");
  EXPECT_EQ(StageName(static_cast<S::Stage>(99)), "unknown");
}

}  // namespace
}  // namespace redress

#include "services/intake/view/history_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/clocks.pb.h"

namespace redress::intake {
namespace {

using event::v1::ClocksSet;
using event::v1::Field;

HistoryStep StepOf(const ClocksSet& payload) {
  HistoryStep step;
  step.event.set_type(PayloadOf<ClocksSet>().number);
  step.event.mutable_header()->set_schema_version(1);
  payload.SerializeToString(step.event.mutable_payload());
  return step;
}

std::vector<std::string> InputsOf(const api::v1::HistoryEntry& entry) {
  std::vector<std::string> inputs;
  for (const auto& input : entry.explained().inputs())
    inputs.push_back(input.name() + "=" + input.value());
  return inputs;
}

TEST(HistoryView, ClocksAreExplainedByTheFactsOfTheirBasis) {
  ClocksSet set;
  set.mutable_explained()->set_result("1 clock");
  Field* level = set.add_basis();
  level->set_field_id("level");
  level->set_type(Field::INTEGER);
  level->set_integer(2);
  Field* safety = set.add_basis();
  safety->set_field_id("safety");
  safety->set_type(Field::BOOLEAN);
  safety->set_integer(1);
  const auto entry = ViewOfStep(StepOf(set), /*personal=*/false, Directory());
  EXPECT_EQ(entry.explained().result(), "1 clock");
  EXPECT_THAT(InputsOf(entry), ::testing::ElementsAre("level=2", "safety=true"));
}

// As events of earlier releases have them.
TEST(HistoryView, InputsThatAnExplanationNamesItselfAreNotRepeated) {
  ClocksSet set;
  auto* input = set.mutable_explained()->add_inputs();
  input->set_name("level");
  input->set_value("2");
  Field* level = set.add_basis();
  level->set_field_id("level");
  level->set_type(Field::INTEGER);
  level->set_integer(2);
  const auto entry = ViewOfStep(StepOf(set), /*personal=*/false, Directory());
  EXPECT_THAT(InputsOf(entry), ::testing::ElementsAre("level=2"));
}

}  // namespace
}  // namespace redress::intake

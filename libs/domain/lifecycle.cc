#include "libs/domain/lifecycle.h"

#include <algorithm>

#include "libs/base/check.h"

namespace redress {
namespace {

using S = storage::v1::StageState;

// One character a stage, in the order R A I S C M: '=' allowed, unchanged; a letter: allowed, next
// stage; 's' refused: stage; 'm' refused: merged; 'x' refused: exists; '*' reopening: I, or R when
// never assessed.
struct Row {
  uint32_t type;
  std::string_view name;
  std::string_view cells;
};

constexpr Row kTable[] = {
    {1, "ComplaintReceived", "xxxxxx"},    {2, "MessageAdded", "=====m"},
    {7, "FormFieldsSet", "======"},        {13, "ComplaintAssessed", "Assssm"},
    {14, "ComplaintReassessed", "s===sm"}, {15, "AssessmentCorrected", "s====="},
    {17, "ComplaintQueued", "s===sm"},     {20, "ComplaintAssigned", "s===sm"},
    {25, "ComplaintEscalated", "s==ssm"},  {26, "ComplaintDeescalated", "s==ssm"},
    {27, "EscalationDeclined", "s==ssm"},  {39, "InvestigationStarted", "sIsssm"},
    {45, "ComplaintResolved", "sSSssm"},   {47, "ComplaintClosed", "sssCsm"},
    {48, "ComplaintReopened", "sss**m"},   {49, "ComplaintWithdrawn", "CCCCsm"},
    {63, "ClocksSet", "=====m"},           {64, "ClockWarned", "=====m"},
    {65, "ClockBreached", "=====m"},       {67, "WaitingStarted", "===ssm"},
    {68, "WaitingEnded", "===ssm"},        {69, "NoteAdded", "======"},
    {83, "CommandRefused", "======"},
};

const Row* FindRow(uint32_t type) {
  const auto* row = std::lower_bound(std::begin(kTable), std::end(kTable), type,
                                     [](const Row& a, uint32_t wanted) { return a.type < wanted; });
  return row == std::end(kTable) || row->type != type ? nullptr : row;
}

S::Stage StageOfLetter(char letter) {
  switch (letter) {
    case 'R':
      return S::RECEIVED;
    case 'A':
      return S::ASSESSED;
    case 'I':
      return S::INVESTIGATING;
    case 'S':
      return S::RESOLVED;
    case 'C':
      return S::CLOSED;
    default:
      return S::MERGED;
  }
}

}  // namespace

bool InLifecycle(uint32_t type) { return FindRow(type) != nullptr; }

bool DependsOnStage(uint32_t type) {
  const Row* row = FindRow(type);
  REDRESS_CHECK(row != nullptr);
  return row->cells != "======";
}

LifecycleCell LifecycleOf(uint32_t type, S::Stage stage, bool ever_assessed) {
  const Row* row = FindRow(type);
  REDRESS_CHECK(row != nullptr);
  if (stage == S::NONE) {
    if (type == 1) return {.allowed = true, .next = S::RECEIVED};
    return {.allowed = false, .refusal = event::v1::CommandRefused::PRECONDITION};
  }
  const char cell = row->cells[static_cast<int>(stage) - 1];
  switch (cell) {
    case '=':
      return {.allowed = true, .next = stage};
    case 's':
      return {.allowed = false, .refusal = event::v1::CommandRefused::STAGE_FORBIDS};
    case 'm':
      return {.allowed = false, .refusal = event::v1::CommandRefused::IS_MERGED};
    case 'x':
      return {.allowed = false, .refusal = event::v1::CommandRefused::EXISTS};
    case '*':
      return {.allowed = true, .next = ever_assessed ? S::INVESTIGATING : S::RECEIVED};
    default:
      return {.allowed = true, .next = StageOfLetter(cell)};
  }
}

std::string_view StageName(S::Stage stage) {
  constexpr std::string_view kNames[] = {"none",     "received", "assessed", "investigating",
                                         "resolved", "closed",   "merged"};
  const int index = static_cast<int>(stage);
  return index >= 0 && index <= 6 ? kNames[index] : "unknown";
}

}  // namespace redress

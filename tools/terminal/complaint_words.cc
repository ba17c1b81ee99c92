#include "tools/terminal/complaint_words.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace redress {
namespace {

using api::v1::ClockView;
using event::v1::ClockSpec;

std::string ClockName(const ClockView& clock) {
  if (clock.kind() == ClockSpec::LEVEL_RESPONSE || clock.kind() == ClockSpec::LEVEL_RESOLUTION) {
    return absl::StrCat("L", clock.level(),
                        clock.kind() == ClockSpec::LEVEL_RESPONSE ? " response" : "");
  }
  return absl::StrReplaceAll(WordsOfEnum(ClockSpec::Kind_Name(clock.kind())), {{" clock", ""}});
}

// Empty: not worth a word.
std::string OneClock(const ClockView& clock, absl::Time now, const TerminalStyle& style) {
  const std::string name = ClockName(clock);
  switch (clock.state()) {
    case ClockView::STATE_BREACHED:
      return style.Paint(
          Colour::kRed,
          absl::StrCat(name, " breached",
                       clock.has_due_at() ? " " + RelativeTime(TimeOf(clock.due_at()), now) : ""));
    case ClockView::STATE_RUNNING: {
      const std::string due =
          clock.has_due_at() ? " due " + RelativeTime(TimeOf(clock.due_at()), now) : "";
      const Colour colour = clock.consumed_percent() > 80 ? Colour::kYellow : Colour::kNone;
      return style.Paint(colour, absl::StrCat(name, " ", clock.consumed_percent(), "%", due));
    }
    case ClockView::STATE_PAUSED:
      return absl::StrCat(name, " paused at ", clock.consumed_percent(), "%");
    case ClockView::STATE_MET:
      return clock.breached() ? style.Paint(Colour::kRed, name + " met late") : "";
    case ClockView::STATE_CANCELLED:
      return clock.breached() ? style.Paint(Colour::kRed, name + " missed") : "";
    default:
      return "";
  }
}

}  // namespace

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string CategoryWords(const api::v1::Complaint& complaint) {
  if (complaint.category().empty()) return "-";
  return absl::StrJoin(complaint.category(), "/",
                       [](std::string* out, const auto& level) { out->append(level.code()); });
}

std::string PriorityWords(const api::v1::Complaint& complaint, const TerminalStyle& style) {
  constexpr const char* kBands[] = {"-", "critical", "high", "normal", "low"};
  const uint32_t band = complaint.priority().band();
  if (band == 0 || band > 4) return "-";
  const Colour colour = band == 1 ? Colour::kRed : band == 2 ? Colour::kYellow : Colour::kNone;
  return style.Paint(colour,
                     absl::StrCat(band, " ", kBands[band], " ", complaint.priority().score()));
}

std::string OwnerWords(const api::v1::Complaint& complaint, const TerminalStyle& style) {
  if (!complaint.owner().empty()) return complaint.owner();
  if (complaint.queue_reason().empty()) return "-";
  const std::string where =
      complaint.team().empty() ? "" : absl::StrCat("queue ", complaint.team(), ": ");
  return style.Paint(Colour::kDim, where + WordsOfEnum(complaint.queue_reason()));
}

std::string ClockWords(const api::v1::Complaint& complaint, absl::Time now,
                       const TerminalStyle& style) {
  std::vector<std::string> words;
  for (const ClockView& clock : complaint.clocks()) {
    std::string one = OneClock(clock, now, style);
    if (!one.empty()) words.push_back(std::move(one));
  }
  return words.empty() ? "-" : absl::StrJoin(words, "; ");
}

std::string NextClockWords(const api::v1::Complaint& complaint, absl::Time now,
                           const TerminalStyle& style) {
  std::vector<std::string> words;
  const ClockView* next = nullptr;
  for (const ClockView& clock : complaint.clocks()) {
    const bool runs =
        clock.state() == ClockView::STATE_RUNNING || clock.state() == ClockView::STATE_PAUSED;
    if (!runs) {
      std::string missed = clock.breached() ? OneClock(clock, now, style) : "";
      if (!missed.empty()) words.push_back(std::move(missed));
    } else if (next == nullptr ||
               (clock.has_due_at() &&
                (!next->has_due_at() || TimeOf(clock.due_at()) < TimeOf(next->due_at())))) {
      next = &clock;
    }
  }
  if (next != nullptr) words.push_back(OneClock(*next, now, style));
  return words.empty() ? "-" : absl::StrJoin(words, "; ");
}

}  // namespace redress

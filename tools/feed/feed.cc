#include "tools/feed/feed.h"

#include <filesystem>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "libs/base/file.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "tools/feed/demo_line.h"
#include "tools/feed/inbound.h"
#include "tools/feed/rows/row_file.h"
#include "tools/feed/rows/row_request.h"
#include "tools/feed/submit_loop.h"

namespace redress::feed {
namespace {

// The reasons of escalations are fetched one by one: of very many complaints not all.
constexpr absl::Duration kEscalationsWithin = absl::Seconds(5);
constexpr absl::Duration kRosterWithin = absl::Seconds(5);

class Feed {
 public:
  Feed(const FeedOptions& options, const std::atomic<bool>& stop, Progress* progress)
      : options_(options),
        stop_(stop),
        progress_(progress),
        channel_({.target = options.server, .token = options.token}) {}

  absl::StatusOr<FeedReport> Run() {
    // Before anything is fed: a wrong flag must not leave half of the work done.
    for (const std::string& path : options_.data) {
      REDRESS_ASSIGN_OR_RETURN(auto file, RowFile::Open(path, options_.map));
      files_.push_back(std::move(file));
    }
    if (!options_.demo.empty()) REDRESS_RETURN_IF_ERROR(ReadDemo());
    REDRESS_RETURN_IF_ERROR(WaitUntilServing(channel_, options_.ready_within));
    if (options_.staff) {
      REDRESS_ASSIGN_OR_RETURN(const int agents, StaffEverybody(channel_, kRosterWithin));
      progress_->Say(absl::StrCat("serving; ", agents, " agents are available"));
    }
    const int64_t events_before = EventsOnLog(channel_);
    began_ = absl::Now();
    absl::Status fed = FeedDemo();
    for (auto& file : files_) {
      if (fed.ok() && !stop_) fed = FeedFile(file.get());
    }
    Finish(fed);
    report_.now = absl::Now();
    const int64_t events_after = EventsOnLog(channel_);
    if (events_before >= 0 && events_after >= 0) report_.events = events_after - events_before;
    return std::move(report_);
  }

 private:
  absl::Status ReadDemo() {
    REDRESS_ASSIGN_OR_RETURN(std::string text, ReadFile(options_.demo));
    std::istringstream in(std::move(text));
    const std::string name = std::filesystem::path(options_.demo).filename().string();
    const absl::Time now = absl::Now();
    const auto reader = ReadJsonLines(in);
    while (auto next = reader->Next()) {
      if (const auto* problem = std::get_if<RowProblem>(&*next)) {
        report_.tally.Reject({name, problem->line, name, ""}, problem->field, problem->reason);
        continue;
      }
      const Row& row = std::get<Row>(*next);
      const LineOrigin origin{name, row.line, name, std::string(row.Find("id"))};
      DemoLine line = ReadDemoLine(row, now);
      if (auto* request = std::get_if<intake::v1::SubmitComplaintRequest>(&line)) {
        demo_calls_.push_back({origin, std::move(*request)});
      } else if (auto* item = std::get_if<personal::v1::InboundItem>(&line)) {
        demo_items_.push_back({origin, std::move(*item)});
      } else {
        const auto& problem = std::get<RowProblem>(line);
        report_.tally.Reject(origin, problem.field, problem.reason);
      }
    }
    return absl::OkStatus();
  }

  absl::Status FeedDemo() {
    if (demo_calls_.empty() && demo_items_.empty()) return absl::OkStatus();
    size_t next = 0;
    REDRESS_RETURN_IF_ERROR(Submit(
        [this, &next]() -> std::optional<Submission> {
          if (next == demo_calls_.size()) return std::nullopt;
          return demo_calls_[next++];
        },
        [this] {
          const double all = static_cast<double>(demo_calls_.size() + demo_items_.size());
          return static_cast<double>(report_.tally.lines()) / all;
        }));
    progress_->Say(absl::StrCat("submitted ", demo_calls_.size(), " through gRPC; publishing ",
                                demo_items_.size(), " on the inbound topic"));
    return FeedInbound(channel_, demo_items_, absl::Seconds(60), stop_, &report_.tally);
  }

  absl::Status FeedFile(RowFile* file) {
    RowMeaning meaning;
    meaning.source = options_.source.empty() ? file->name() : options_.source;
    meaning.map = file->map();
    meaning.zone = options_.zone;
    meaning.required = options_.required;
    meaning.now = absl::Now();
    progress_->Say(absl::StrCat("feeding ", file->name()));
    return Submit(
        [&]() -> std::optional<Submission> {
          while (auto next = file->Next()) {
            if (const auto* problem = std::get_if<RowProblem>(&*next)) {
              report_.tally.Reject({file->name(), problem->line, meaning.source, ""},
                                   problem->field, problem->reason);
              continue;
            }
            const Row& row = std::get<Row>(*next);
            auto made = RequestOfRow(row, meaning);
            if (const auto* problem = std::get_if<RowProblem>(&made)) {
              report_.tally.Reject({file->name(), problem->line, meaning.source, ""},
                                   problem->field, problem->reason);
              continue;
            }
            auto& request = std::get<intake::v1::SubmitComplaintRequest>(made);
            LineOrigin origin{file->name(), row.line, meaning.source,
                              request.source_id().row_key()};
            return Submission{std::move(origin), std::move(request)};
          }
          return std::nullopt;
        },
        [file] { return file->share_read(); });
  }

  // `share` answers how much of this source is done, 0-1.
  absl::Status Submit(const SubmitLoop::Next& next, const std::function<double()>& share) {
    SubmitLoop loop(channel_, {.in_flight = options_.in_flight}, stop_);
    const absl::Time began = absl::Now();
    const int64_t before = report_.tally.lines();
    return loop.Run(
        next,
        [this](const Submission& submission,
               const absl::StatusOr<intake::v1::SubmitComplaintResponse>& answer) {
          TallyAnswer(submission, answer, &report_.tally);
        },
        [&] {
          const absl::Time now = absl::Now();
          const double seconds = absl::ToDoubleSeconds(now - began);
          const auto& tally = report_.tally;
          const double rate =
              seconds > 0 ? static_cast<double>(tally.lines() - before) / seconds : 0;
          const double done = share();
          const std::string left =
              done > 0 && done < 1
                  ? ", " + ShortDuration(absl::Seconds(seconds / done * (1 - done))) + " left"
                  : "";
          progress_->Show(
              absl::StrFormat("%d lines: %d taken, %d duplicates, %d rejected; %.0f/s%s",
                              tally.lines(), tally.taken(), tally.duplicates(),
                              tally.rejected().size(), rate, left),
              now);
        });
  }

  void Trouble(std::string what) {
    report_.complete = false;
    absl::StrAppend(&report_.trouble, report_.trouble.empty() ? "" : "; ", what);
  }

  // Waits for quiet and fetches what there is to show, also when the feed broke off.
  void Finish(const absl::Status& fed) {
    const Tally& tally = report_.tally;
    progress_->Say(
        absl::StrFormat("%d lines: %d taken, %d duplicates, %d rejected; the suite works on them",
                        tally.lines(), tally.taken(), tally.duplicates(), tally.rejected().size()));
    if (!fed.ok()) Trouble(absl::StrCat("broke off: ", DescribeError(fed)));
    if (stop_) Trouble("stopped; feed the same again to go on: what was taken counts as duplicate");
    auto quiet =
        WaitUntilQuiet(channel_, tally.complaints(), {options_.still, options_.patience}, stop_,
                       [this](const std::string& what) { progress_->Show(what, absl::Now()); });
    report_.seconds = absl::ToDoubleSeconds(absl::Now() - began_);
    progress_->Say("");
    if (!quiet.ok()) return Trouble(DescribeError(quiet.status()));
    if (!quiet->reached && !stop_) Trouble(absl::StrCat("not quiet in time: ", quiet->missing));
    report_.complaints = std::move(quiet->complaints);
    report_.escalations = FetchEscalations(channel_, report_.complaints, kEscalationsWithin, stop_);
  }

  const FeedOptions& options_;
  const std::atomic<bool>& stop_;
  Progress* const progress_;
  RpcChannel channel_;
  std::vector<std::unique_ptr<RowFile>> files_;
  std::vector<Submission> demo_calls_;
  std::vector<InboundLine> demo_items_;
  absl::Time began_;
  FeedReport report_;
};

}  // namespace

void Progress::Show(const std::string& text, absl::Time now) {
  if (now < next_) return;
  next_ = now + (terminal_ ? absl::Seconds(1) : absl::Seconds(5));
  if (terminal_) {
    out_ << "\r\033[K" << text << std::flush;
    open_line_ = true;
  } else {
    out_ << text << std::endl;
  }
}

void Progress::Say(const std::string& text) {
  if (open_line_) out_ << "\r\033[K";
  open_line_ = false;
  if (!text.empty()) out_ << text << std::endl;
}

absl::StatusOr<FeedReport> RunFeed(const FeedOptions& options, const std::atomic<bool>& stop,
                                   Progress* progress) {
  return Feed(options, stop, progress).Run();
}

}  // namespace redress::feed

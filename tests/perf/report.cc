#include "tests/perf/report.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/log.h"

namespace redress::perf {

void Report::Section(std::string name, std::string_view title) {
  std::printf("\n%s\n", std::string(title).c_str());
  sections_.emplace_back(std::move(name), std::vector<Entry>());
}

void Report::Figure(std::string name, double value, int decimals) {
  const std::string text = absl::StrFormat("%.*f", decimals, value);
  std::printf("  %-44s %12s\n", name.c_str(), text.c_str());
  std::fflush(stdout);
  sections_.back().second.push_back({std::move(name), text});
}

void Report::Note(std::string name, std::string text) {
  std::printf("  %-44s %s\n", name.c_str(), text.c_str());
  std::fflush(stdout);
  sections_.back().second.push_back({std::move(name), LogValue::Quoted(text)});
}

void Report::Fail(std::string sentence) {
  std::printf("  OVER BUDGET: %s\n", sentence.c_str());
  failures_.push_back(
      absl::StrCat(sections_.empty() ? "" : sections_.back().first, ": ", sentence));
}

std::string Report::Json() const {
  std::vector<std::string> sections;
  for (const auto& [name, entries] : sections_) {
    std::vector<std::string> figures;
    for (const Entry& entry : entries) {
      figures.push_back(absl::StrCat("    ", LogValue::Quoted(entry.name), ": ", entry.value));
    }
    const std::string all = absl::StrJoin(figures, ",\n");
    sections.push_back(absl::StrCat("  ", LogValue::Quoted(name), ": {\n", all, "\n  }"));
  }
  std::vector<std::string> failures;
  for (const std::string& failure : failures_) failures.push_back(LogValue::Quoted(failure));
  sections.push_back(absl::StrCat("  \"failures\": [", absl::StrJoin(failures, ", "), "]"));
  return absl::StrCat("{\n", absl::StrJoin(sections, ",\n"), "\n}\n");
}

}  // namespace redress::perf

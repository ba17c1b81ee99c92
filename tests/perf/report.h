// The figures of a run, in the order in which they were measured: readable lines and JSON out of
// one list. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace redress::perf {

class Report {
 public:
  // What follows belongs to this section, e.g. "b/max"; prints its title.
  void Section(std::string name, std::string_view title);
  // Prints and keeps one figure. `name`: lower_case, unique in its section, unit included
  // ("call_p50_ms").
  void Figure(std::string name, double value, int decimals = 1);
  // Prints and keeps a sentence.
  void Note(std::string name, std::string text);
  // Prints and keeps what is over its budget.
  void Fail(std::string sentence);

  const std::vector<std::string>& failures() const { return failures_; }
  // {"section": {"name": value…}…, "failures": […]}
  std::string Json() const;

 private:
  struct Entry {
    std::string name;
    // As JSON.
    std::string value;
  };
  std::vector<std::pair<std::string, std::vector<Entry>>> sections_;
  std::vector<std::string> failures_;
};

}  // namespace redress::perf

// A folder per test, gone with it; and the options of a log in it. Test only.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/embedded_log.h"

namespace redress {

class TestFolder {
 public:
  TestFolder() {
    static std::atomic<int> count{0};
    path_ = ::testing::TempDir() + "/redress_log_" + std::to_string(::getpid()) + "_" +
            std::to_string(++count);
    std::filesystem::remove_all(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline EmbeddedLogOptions TestOptions(const std::string& folder) {
  static SystemRandom random;
  static SystemClock clock;
  EmbeddedLogOptions options;
  options.folder = folder;
  options.random = &random;
  options.clock = &clock;
  options.min_free_bytes = 1 << 20;
  return options;
}

}  // namespace redress

// A real single-node Kafka broker for one test binary, by deploy/kafka: its own folder, free ports,
// killed when the object goes or when the process ends in any way. Not thread-safe.
//
//   if (auto reason = TestBroker::UnavailableReason(); !reason.empty()) GTEST_SKIP() << reason;
//   auto broker = TestBroker::Shared();  // 3-15 s the first time
//   ASSERT_TRUE(broker.ok()) << broker.status();
//   options.bootstrap_servers = (*broker)->bootstrap_servers();
//   options.topic_prefix = "my-test.";   // keeps tests on one broker apart
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace redress {

class TestBroker {
 public:
  // Why no broker can be had here (no Java, Maven Central out of reach), or an empty text. The
  // first call of all may download the jars into the build folder, which takes a minute.
  static const std::string& UnavailableReason();

  // The broker of this process, started at the first call and killed at its end.
  static absl::StatusOr<TestBroker*> Shared();

  // One of one's own. `settings`: further lines of server.properties, "name=value".
  static absl::StatusOr<std::unique_ptr<TestBroker>> Start(
      const std::vector<std::string>& settings = {});
  ~TestBroker();
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  // "127.0.0.1:port"; stays the same over `Kill` and `Restart`.
  const std::string& bootstrap_servers() const { return bootstrap_servers_; }

  // SIGKILL, as a failing machine would; returns when it is gone.
  absl::Status Kill();
  // After `Kill`: the same broker with the same data; returns when it serves.
  absl::Status Restart();
  // SIGSTOP and SIGCONT: the connections stay, nothing is answered.
  absl::Status Pause();
  absl::Status Resume();

 private:
  explicit TestBroker(std::string dir) : dir_(std::move(dir)) {}
  pid_t Pid() const;
  absl::Status Signal(int signal) const;
  absl::Status Launch(const std::vector<std::string>& settings);

  const std::string dir_;
  std::string bootstrap_servers_;
};

}  // namespace redress

// Flags that cannot work are named before anything starts, and what is in force can be read.
#include "libs/host/process_options.h"

#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace redress {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string File(const std::string& name, const std::string& content) {
  const std::string path =
      ::testing::TempDir() + "/options_" + std::to_string(getpid()) + "_" + name;
  std::ofstream(path) << content;
  return path;
}

TEST(CheckOptions, DefaultsAreFine) { EXPECT_TRUE(CheckOptions({}).ok()) << CheckOptions({}); }

TEST(CheckOptions, EverythingWrongIsNamedAtOnce) {
  ProcessOptions options;
  options.log = "paper";
  options.listen = "0.0.0.0:1";
  options.log_level = "loud";
  options.policy_file = "/no/such/policy.yaml";
  options.id_secret_file = "/no/such/secret";
  const std::string message(CheckOptions(options).message());
  for (const char* flag : {"--log paper", "--listen 0.0.0.0:1", "--log-level loud",
                           "--policy /no/such/policy.yaml", "--id-secret-file /no/such/secret"}) {
    EXPECT_THAT(message, HasSubstr(flag));
  }
}

TEST(CheckOptions, TheContentOfThePolicyIsCheckedWithLineAndField) {
  ProcessOptions options;
  options.policy_file = File("policy.yaml", "name: broken\nversion: \"1\"\ncolour: blue\n");
  const std::string message(CheckOptions(options).message());
  EXPECT_THAT(message, HasSubstr(options.policy_file + ":3:"));
  EXPECT_THAT(message, HasSubstr("colour"));
}

TEST(CheckOptions, AnEmptyIdSecretIsNone) {
  ProcessOptions options;
  options.id_secret_file = File("secret", "");
  EXPECT_THAT(std::string(CheckOptions(options).message()),
              HasSubstr("--id-secret-file " + options.id_secret_file + ": is empty"));
  options.id_secret_file = File("secret", "0123456789abcdef");
  EXPECT_TRUE(CheckOptions(options).ok()) << CheckOptions(options);
}

TEST(PrintOptions, ShowsWhatIsInForceButNoSecrets) {
  ProcessOptions options;
  options.kafka_properties = {"sasl.password=hunter2", "linger.ms=3"};
  options.modules = {"intake"};
  const std::string printed = PrintOptions(options);
  EXPECT_THAT(printed, HasSubstr("sasl.password=***"));
  EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
  EXPECT_THAT(printed, HasSubstr("linger.ms=3"));
  EXPECT_THAT(printed, HasSubstr("\"max_message_bytes\": 16777216"));
  EXPECT_THAT(printed, HasSubstr("\"modules\": [\"intake\"]"));
}

}  // namespace
}  // namespace redress

#include "libs/rpc/authenticator.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/errors/errors.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Authenticator, ReadsTokens) {
  const auto authenticator = Authenticator::FromText(
      "\n  # comment\n"
      "0123456789abcdef service sla-timer -\r\n"
      "fedcba9876543210\tperson   a1 agent,supervisor\n");
  ASSERT_TRUE(authenticator.ok()) << authenticator.status();
  const auto caller = authenticator->Authenticate("Bearer fedcba9876543210");
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ((*caller)->kind, event::v1::Actor::PERSON);
  EXPECT_EQ((*caller)->id, "a1");
  EXPECT_THAT((*caller)->roles, ElementsAre("agent", "supervisor"));
  EXPECT_TRUE(RequireRole(**caller, "agent").ok());
  EXPECT_EQ(ReasonOf(RequireRole(**caller, "admin")), "ROLE_REQUIRED");
  const event::v1::Actor actor = (*caller)->ToActor("agent");
  EXPECT_EQ(actor.id(), "a1");
  EXPECT_EQ(actor.role(), "agent");
  EXPECT_TRUE((*authenticator->Authenticate("bearer 0123456789abcdef"))->roles.empty());
}

TEST(Authenticator, RefusesWhatIsNoKnownToken) {
  const auto authenticator = Authenticator::FromText("0123456789abcdef person a1 -\n");
  ASSERT_TRUE(authenticator.ok());
  for (const char* wrong : {"", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef"}) {
    EXPECT_EQ(ReasonOf(authenticator->Authenticate(wrong).status()), "TOKEN_REQUIRED") << wrong;
  }
  for (const char* wrong :
       {"Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer  0123456789abcdef"}) {
    EXPECT_EQ(ReasonOf(authenticator->Authenticate(wrong).status()), "TOKEN_UNKNOWN") << wrong;
  }
}

TEST(Authenticator, MistakesNameTheLineAndNeverTheToken) {
  const std::string good = "0123456789abcdef person a1 -\n";
  for (const std::string& bad :
       {good + "secretsecretsecret person a1\n", good + "secretsecret person a1 -\n",
        good + "secretsecretsecret nobody a1 -\n",
        good + "secretsecretsecret person a1 agent,,admin\n",
        good + "0123456789abcdef person a2 -\n"}) {
    const absl::Status status = Authenticator::FromText(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("line 2"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
  EXPECT_FALSE(Authenticator::FromText("# nothing\n").ok());
  EXPECT_FALSE(Authenticator::FromText("0123456789abcdef person \xff -\n").ok());
  EXPECT_FALSE(Authenticator::FromFile(::testing::TempDir()).ok());
}

TEST(IsLoopback, KnowsTheAddressesOfThisMachineOnly) {
  for (const char* address :
       {"localhost:0", "127.0.0.1:7400", "127.9.9.9:1", "[::1]:0", "unix:/run/redress.sock"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:0", "[::]:0", "10.0.0.1:1", "example.org:1",
                              "127.0.0.1.example.org:1", "", "127.0.0.1", "*:0"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace redress

#include "libs/rpc/invalid_text.h"

#include "gtest/gtest.h"
#include "redress/testing/v1/echo_service.pb.h"

namespace redress {
namespace {

using testing::v1::PutRequest;

std::optional<std::string> Find(const PutRequest& request) {
  return InvalidTextField(*PutRequest::descriptor(), request.SerializeAsString());
}

TEST(InvalidTextField, NamesTheFieldWhereverItStands) {
  PutRequest request;
  request.set_request_id("fine 很好");
  request.add_inner()->add_names("fine");
  request.add_inner()->add_names("fine");
  EXPECT_EQ(Find(request), std::nullopt);

  PutRequest top = request;
  top.set_key("bad \xff");
  EXPECT_EQ(Find(top), "key");
  PutRequest nested = request;
  nested.mutable_inner(1)->add_names("\xed\xa0\x80");
  EXPECT_EQ(Find(nested), "inner[1].names[1]");
}

TEST(InvalidTextField, FindsNothingInGarbage) {
  EXPECT_EQ(InvalidTextField(*PutRequest::descriptor(), "\xff\xff"), std::nullopt);
}

}  // namespace
}  // namespace redress

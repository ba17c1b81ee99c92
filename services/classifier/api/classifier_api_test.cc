#include "services/classifier/api/classifier_api.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/policy/published_policy.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/runtime/projection.h"
#include "libs/testing/given.h"
#include "libs/testing/sample_payloads.h"
#include "redress/event/v1/directory.pb.h"
#include "services/classifier/projection/classifier_projection.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::classifier {
namespace {

using ::testing::ElementsAre;

class ClassifierApiTest : public ::testing::Test {
 protected:
  // Puts an entity into the directory as the projector would.
  void Define(const StreamId& id, const google::protobuf::Message& payload) {
    testing::GivenEntity entity;
    entity.Has(payload);
    EntityRow row;
    row.id = id;
    row.head = entity.head();
    row.state = entity.state();
    directory_.Apply(row);
  }
  ContentHash Publish(const CompiledPolicy& policy, bool activate) {
    for (const PolicyPart& part : policy.manifest().parts) {
      Define(*StreamId::FromBytes(part.hash.bytes()), PublishedPart(part));
    }
    Define(*StreamId::FromBytes(policy.manifest_hash().bytes()),
           PublishedManifest(policy.manifest()));
    event::v1::PolicyActivated activated;
    activated.set_manifest(policy.manifest_hash().ToBytes());
    activated.set_effective_from_us(1);
    if (activate) Define(EntityIdOf("scope", ""), activated);
    return policy.manifest_hash();
  }
  absl::StatusOr<v1::ClassifyResponse> Classify(const std::string& text) {
    v1::ClassifyRequest request;
    request.set_text(text);
    return api_.Classify(request);
  }
  // Stores a complaint's row as a flush does.
  std::string Store(const testing::Given& complaint, bool newer = false) {
    ComplaintRow row;
    row.id = HashedId<StreamId>({"complaint"});
    row.head = complaint.head();
    row.state = complaint.state();
    row.row = {Partition(3), Offset(7)};
    row.newer = newer;
    RowBatch batch;
    batch.Put(RowKey(kStreamTable).Id(row.id).str(), row.Encode());
    EXPECT_TRUE(store_->Write(batch).ok());
    return row.id.ToHex();
  }

  Directory directory_;
  TriageEngines engines_;
  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  ManualClock clock_{FromMicros(testing::kStartUs)};
  std::vector<std::string> tokens_;
  absl::Status reached_;
  ClassifierApi api_{
      &directory_, &engines_, store_.get(), &clock_,
      [this](const CallContext&, const std::string& token, std::function<void(absl::Status)> done) {
        tokens_.push_back(token);
        done(reached_);
      }};
};

TEST_F(ClassifierApiTest, ClassifiesATextWithItsReasons) {
  const ContentHash policy = Publish(*SmallPolicy(), true);
  const auto response = Classify("It broke. Your manager! jo@example.com");
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->category_size(), 3);
  EXPECT_EQ(response->category(2).code(), "broken");
  EXPECT_EQ(response->category(2).name(), "Broken");
  EXPECT_EQ(response->category(2).name_zh(), "损坏");
  EXPECT_THAT(response->evidence_words(), ElementsAre("broke", "Your manager"));
  EXPECT_EQ(response->entities(0).kind(), "mail");
  EXPECT_EQ(response->triggers_size(), 1);
  EXPECT_EQ(response->policy(), policy.ToHex());
  EXPECT_GT(response->assessment().explained().rules_fired_size(), 0);
  EXPECT_EQ(response->SerializeAsString(),
            Classify("It broke. Your manager! jo@example.com")->SerializeAsString());
}

TEST_F(ClassifierApiTest, TakesAllThatARecordCouldSay) {
  Publish(*SmallPolicy(), true);
  v1::ClassifyRequest request;
  request.add_labels("Delivery problem");
  EXPECT_EQ(api_.Classify(request)->assessment().basis(), event::v1::Assessment::LABEL_MAP);
  request.add_declared_category("product");
  EXPECT_EQ(api_.Classify(request)->assessment().basis(), event::v1::Assessment::DECLARED);
  request.set_text("counterfeit");
  auto* field = request.add_fields();
  field->set_field_id("amount");
  field->mutable_money()->set_amount_minor(200'000);
  field->mutable_money()->set_currency("GBP");
  const auto response = api_.Classify(request);
  EXPECT_EQ(response->assessment().basis(), event::v1::Assessment::RULES);
  EXPECT_EQ(response->assessment().severity(), 5u);
  EXPECT_THAT(response->assessment().source_codes(), ElementsAre("Delivery problem"));
}

TEST_F(ClassifierApiTest, UsesThePolicyThatIsNamed) {
  Publish(*SmallPolicy(), true);
  const ContentHash other = Publish(*SmallPolicy("base_percent: 20", "base_percent: 44"), false);
  v1::ClassifyRequest request;
  request.set_text("It broke");
  EXPECT_EQ(api_.Classify(request)->assessment().emotion_index_percent(), 20u);
  request.set_policy(other.ToHex());
  EXPECT_EQ(api_.Classify(request)->assessment().emotion_index_percent(), 44u);
  request.set_policy(std::string(32, '0'));
  request.mutable_policy()->back() = '1';
  EXPECT_EQ(ReasonOf(api_.Classify(request).status()), reason::kNotFound);
}

TEST_F(ClassifierApiTest, WithoutPolicyItIsUnavailable) {
  const auto response = Classify("It broke");
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_EQ(ReasonOf(response.status()), reason::kNotCaughtUp);
}

TEST_F(ClassifierApiTest, NamesEveryFieldThatIsWrong) {
  v1::ClassifyRequest request;
  request.set_text(std::string((64 << 10) + 1, 'x'));
  request.set_subject(std::string(5000, 'x'));
  for (int i = 0; i < 4; ++i) request.add_declared_category("a");
  for (int i = 0; i < 65; ++i) request.add_labels("a");
  *request.mutable_labels(3) = std::string(300, 'x');
  request.set_policy("nonsense");
  std::vector<std::string> fields;
  for (const auto& violation : FieldViolationsOf(api_.Classify(request).status()))
    fields.push_back(violation.field);
  EXPECT_THAT(fields,
              ElementsAre("text", "subject", "declared_category", "labels", "labels[3]", "policy"));
}

TEST_F(ClassifierApiTest, ExplainsAnAssessmentAsItIsNow) {
  const ContentHash policy = Publish(*SmallPolicy(), false);
  testing::Given complaint;
  auto assessed = testing::Assessed(2);
  assessed.mutable_assessment()->clear_category();
  for (const char* code : {"product", "quality", "fire"})
    assessed.mutable_assessment()->add_category()->set_code(code);
  complaint.Has(testing::Received()).Has(assessed);
  complaint.By(event::v1::Actor::PERSON).Has(testing::Corrected("severity", "5"));
  event::v1::Explained explained;
  explained.add_rules_fired("signal.law");
  RowBatch batch;
  batch.Put(ExplainedKey({Partition(3), Offset(7)}), ExplainedRow::Encode(policy, explained));
  ASSERT_TRUE(store_->Write(batch).ok());
  v1::ExplainAssessmentRequest request;
  request.set_complaint(Store(complaint));
  const auto response = api_.ExplainAssessment(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->assessment().severity(), 5u) << "with what a person set";
  EXPECT_EQ(response->assessment().level(), 2u);
  EXPECT_THAT(response->pinned(), ElementsAre("severity"));
  EXPECT_THAT(response->assessment().explained().rules_fired(), ElementsAre("signal.law"));
  EXPECT_EQ(response->policy(), policy.ToHex());
  EXPECT_EQ(response->category(2).name(), "Fire");
  EXPECT_GT(response->assessed_at().seconds(), 0);
}

TEST_F(ClassifierApiTest, SaysWhyThereIsNoExplanation) {
  v1::ExplainAssessmentRequest request;
  request.set_complaint("7K3M-0000-0000-1");
  EXPECT_EQ(ReasonOf(api_.ExplainAssessment(request).status()), reason::kInvalidField);
  request.set_complaint(std::string(32, 'a'));
  EXPECT_EQ(ReasonOf(api_.ExplainAssessment(request).status()), reason::kNotFound);
  testing::Given complaint;
  complaint.Has(testing::Received());
  request.set_complaint(Store(complaint));
  EXPECT_EQ(ReasonOf(api_.ExplainAssessment(request).status()), reason::kNotFound)
      << "not assessed yet";
  request.set_complaint(Store(complaint, true));
  EXPECT_EQ(ReasonOf(api_.ExplainAssessment(request).status()), reason::kUpgrade);
}

TEST_F(ClassifierApiTest, HasEveryMethodAndHonoursTheToken) {
  Publish(*SmallPolicy(), true);
  const RpcService service = api_.MakeService();
  EXPECT_TRUE(service.missing().empty());
  const CallContext call("/Classify", absl::InfiniteFuture(), std::make_shared<Caller>(), "test");
  absl::Status answered = absl::UnknownError("no answer");
  const auto ask = [&](const v1::ClassifyRequest& request) {
    service.methods()[0]->unary(
        call, request,
        [&](const absl::Status& status, const google::protobuf::Message*) { answered = status; });
    return answered;
  };
  v1::ClassifyRequest request;
  request.set_text("It broke");
  EXPECT_TRUE(ask(request).ok());
  EXPECT_TRUE(tokens_.empty()) << "nothing to wait for";
  request.set_consistency_token("some token");
  EXPECT_TRUE(ask(request).ok());
  EXPECT_THAT(tokens_, ElementsAre("some token"));
  reached_ = absl::UnavailableError("not so far yet");
  EXPECT_TRUE(absl::IsUnavailable(ask(request)));
}

}  // namespace
}  // namespace redress::classifier

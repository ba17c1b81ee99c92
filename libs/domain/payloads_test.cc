#include "libs/domain/payloads.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "google/protobuf/descriptor.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/record.pb.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

struct Declared {
  uint32_t number;
  const char* name;
  const char* reads;
  const char* writes;
};

// "reads → writes" of the catalogue (`events.md` 2.2, 3.1), written down a second time on purpose:
// a footprint is on the log, and changing one needs two hands.
constexpr Declared kCatalogue[] = {
    {1, "ComplaintReceived", "", "all"},
    {2, "MessageAdded", "stage thread privacy", "conversation waiting"},
    {7, "FormFieldsSet", "record", "record"},
    {13, "ComplaintAssessed", "stage assessment", "stage level triggers assessment"},
    {14, "ComplaintReassessed", "stage assessment", "assessment"},
    {15, "AssessmentCorrected", "stage assessment", "assessment"},
    {17, "ComplaintQueued", "stage ownership recusal level", "ownership"},
    {20, "ComplaintAssigned", "stage ownership recusal level", "ownership"},
    {25, "ComplaintEscalated", "stage ownership level triggers", "ownership level triggers"},
    {26, "ComplaintDeescalated", "stage ownership level", "ownership level"},
    {27, "EscalationDeclined", "stage level triggers", "triggers"},
    {39, "InvestigationStarted", "stage ownership", "stage"},
    {45, "ComplaintResolved",
     "stage ownership conversation plan remedies approvals gates tasks causes",
     "stage triggers conversation waiting commitments follow_ups"},
    {47, "ComplaintClosed", "stage conversation approvals gates tasks follow_ups causes",
     "stage ownership triggers clocks waiting approvals tasks follow_ups"},
    {48, "ComplaintReopened", "stage follow_ups privacy", "stage clocks gates follow_ups"},
    {49, "ComplaintWithdrawn", "stage",
     "stage ownership triggers clocks waiting approvals tasks follow_ups"},
    {63, "ClocksSet", "stage level clocks policy", "clocks"},
    {64, "ClockWarned",
     "stage ownership level conversation record clocks waiting plan workflow review", "clocks"},
    {65, "ClockBreached",
     "stage ownership level conversation record clocks waiting plan workflow review", "clocks"},
    {67, "WaitingStarted", "stage conversation waiting", "waiting"},
    {68, "WaitingEnded", "stage waiting", "waiting"},
    {69, "NoteAdded", "", ""},
    {83, "CommandRefused", "", ""},
    {1001, "TeamDefined", "definition", "definition"},
    {1003, "AgentEnrolled", "", "all"},
    {1004, "AgentMoved", "definition", "definition"},
    {1005, "AgentSkillsSet", "skills", "skills"},
    {1006, "AgentCapacitySet", "capacity", "capacity"},
    {1007, "PresenceChanged", "presence", "presence"},
    {1009, "AgentDeparted", "definition", "definition"},
    {1023, "PolicyPartPublished", "", "all"},
    {1024, "PolicyPublished", "", "all"},
    {1025, "PolicyActivated", "definition", "definition"},
    {2008, "InboundMessage", "", ""},
    {2011, "InboundScreened", "", ""},
    {2012, "DeadLetter", "", ""},
};

std::string Names(AspectSet set) { return set == AspectSet::All() ? "all" : set.ToString(); }

// Every file of `redress.event.v1`.
std::vector<const FileDescriptor*> EventFiles() {
  std::set<const FileDescriptor*> files = {event::v1::Event::descriptor()->file(),
                                           event::v1::Message::descriptor()->file()};
  for (const PayloadInfo* type : AllPayloads())
    files.insert(type->prototype->GetDescriptor()->file());
  return {files.begin(), files.end()};
}

void AddWithNested(const Descriptor* message, std::vector<const Descriptor*>* all) {
  all->push_back(message);
  for (int i = 0; i < message->nested_type_count(); ++i)
    AddWithNested(message->nested_type(i), all);
}

std::vector<const Descriptor*> MessagesOf(const std::vector<const FileDescriptor*>& files) {
  std::vector<const Descriptor*> all;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) AddWithNested(file->message_type(i), &all);
  }
  return all;
}

TEST(Payloads, AreThoseOfTheCatalogueWithItsNumbersAndFootprints) {
  const auto all = AllPayloads();
  ASSERT_EQ(all.size(), std::size(kCatalogue));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]->number, kCatalogue[i].number) << all[i]->name;
    EXPECT_EQ(all[i]->name, kCatalogue[i].name);
    EXPECT_EQ(Names(all[i]->reads), kCatalogue[i].reads) << all[i]->name;
    EXPECT_EQ(Names(all[i]->writes), kCatalogue[i].writes) << all[i]->name;
  }
}

TEST(Payloads, LieInTheNumbersOfTheirTopic) {
  for (const PayloadInfo* type : AllPayloads()) {
    const bool complaint = type->number >= 1 && type->number <= 999;
    const bool directory = type->number >= 1001 && type->number <= 1999;
    EXPECT_TRUE(complaint || directory || type->number >= 2001) << type->name;
    EXPECT_EQ(type->directory, directory) << type->name;
    EXPECT_EQ(type->record_only, type->number >= 2001) << type->name;
  }
}

TEST(Payloads, DeclareAllThatALaterReaderNeeds) {
  const std::set<std::string> without_effect = {"NoteAdded", "CommandRefused"};
  for (const PayloadInfo* type : AllPayloads()) {
    EXPECT_GE(type->schema_version, 1u) << type->name;
    EXPECT_EQ(type->opens == event::v1::ALWAYS, type->writes == AspectSet::All()) << type->name;
    EXPECT_EQ(type->writes.empty(), type->record_only || without_effect.count(type->name) == 1)
        << type->name;
    if (type->record_only) {
      EXPECT_TRUE(type->reads.empty()) << type->name;
    }
    const AspectSet directory_bits(~uint64_t{0} << 32);
    if (type->opens == event::v1::ALWAYS) continue;
    for (AspectSet set : {type->reads, type->writes}) {
      if (type->directory) {
        EXPECT_TRUE(directory_bits.Contains(set)) << type->name;
      }
      if (!type->directory) {
        EXPECT_TRUE((directory_bits & set).empty()) << type->name;
      }
    }
  }
}

TEST(Payloads, EveryTopLevelMessageIsAPayloadOrAShapeThatOnesUse) {
  std::set<const Descriptor*> used;
  for (const Descriptor* message : MessagesOf(EventFiles())) {
    for (int i = 0; i < message->field_count(); ++i) used.insert(message->field(i)->message_type());
  }
  for (const PayloadInfo* type : AllPayloads()) used.insert(type->prototype->GetDescriptor());
  const std::set<std::string> envelopes = {"Event", "Genesis"};
  for (const FileDescriptor* file : EventFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      EXPECT_TRUE(used.count(message) == 1 || envelopes.count(message->name()) == 1)
          << message->full_name() << " has no payload_type and nobody uses it";
    }
  }
}

TEST(Payloads, TriggersAndWaitingAreDeclaredAsParts) {
  for (const PayloadInfo* type : AllPayloads()) {
    const Descriptor* message = type->prototype->GetDescriptor();
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const Descriptor* shape = field->message_type();
      const bool creates =
          shape == event::v1::Trigger::descriptor() ||
          (shape == event::v1::Waiting::descriptor() && type->name != "WaitingStarted");
      if (!creates) continue;
      EXPECT_TRUE(field->options().HasExtension(event::v1::part)) << field->full_name();
    }
  }
}

TEST(Payloads, NameCompanionsThatExist) {
  const FileDescriptor* personal = personal::v1::InboundItem::descriptor()->file();
  for (const PayloadInfo* type : AllPayloads()) {
    if (type->sealed.empty()) continue;
    EXPECT_NE(personal->FindMessageTypeByName(type->sealed), nullptr)
        << type->name << " names " << type->sealed;
  }
}

TEST(Payloads, HoldNoFloatingPointAndNoMaps) {
  auto files = EventFiles();
  files.push_back(personal::v1::InboundItem::descriptor()->file());
  for (const Descriptor* message : MessagesOf(files)) {
    EXPECT_FALSE(message->options().map_entry()) << message->full_name();
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      EXPECT_FALSE(field->is_map()) << field->full_name();
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_DOUBLE) << field->full_name();
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_FLOAT) << field->full_name();
    }
  }
}

TEST(Payloads, FilesStaySmall) {
  for (const FileDescriptor* file : EventFiles()) {
    int payloads = 0;
    for (int i = 0; i < file->message_type_count(); ++i) {
      payloads += file->message_type(i)->options().HasExtension(event::v1::payload_type);
    }
    EXPECT_LE(payloads, 15) << file->name();
  }
}

TEST(Payloads, AreFoundByNumberAndByMessage) {
  EXPECT_EQ(FindPayload(13)->name, "ComplaintAssessed");
  EXPECT_EQ(FindPayload(3), nullptr) << "a type of a later release";
  EXPECT_EQ(&PayloadOf(event::v1::NoteAdded()), FindPayload(69));
  EXPECT_EQ(PayloadOf<event::v1::NoteAdded>().number, 69u);
}

TEST(Payloads, PartsAddTheirFootprintOnlyWhenPresent) {
  event::v1::MessageAdded added;
  EXPECT_EQ(WritesOf(added).ToString(), "conversation waiting");
  added.mutable_thread()->set_number(2);
  EXPECT_EQ(WritesOf(added).ToString(), "conversation thread waiting");
  event::v1::ComplaintReassessed reassessed;
  EXPECT_EQ(WritesOf(reassessed).ToString(), "assessment");
  reassessed.add_triggers();
  EXPECT_EQ(WritesOf(reassessed).ToString(), "triggers assessment");
  EXPECT_EQ(MaximalReads(PayloadOf(reassessed)).ToString(), "stage triggers assessment");
}

}  // namespace
}  // namespace redress

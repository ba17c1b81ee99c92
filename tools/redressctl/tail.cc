#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/hash.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/log_service.pb.h"
#include "tools/redressctl/commands.h"
#include "tools/terminal/complaint_words.h"

namespace redress::ctl {
namespace {

using intake::v1::TailResponse;

std::string Json(const google::protobuf::Message& message) {
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &text);
  return printed.ok() ? text : "";
}

void PrintRecord(Session& session, const TailResponse& record) {
  const TerminalStyle& style = session.style();
  session.out() << style.Paint(Colour::kDim, absl::StrCat(PlainTime(TimeOf(record.appended_at())),
                                                          "  ", record.topic(), "/",
                                                          record.partition(), "@", record.offset()))
                << "  ";
  if (!record.problem().empty()) {
    session.out() << style.Paint(Colour::kRed, absl::StrCat("does not parse: ", record.problem(),
                                                            " (", record.value_size(), " bytes)"));
  } else {
    session.out() << style.Paint(Colour::kBold,
                                 record.type_name().empty() ? "?" : record.type_name());
    if (record.verdict() != api::v1::VERDICT_UNSPECIFIED &&
        record.verdict() != api::v1::VERDICT_EFFECTIVE) {
      session.out() << style.Paint(
          Colour::kYellow, " [" + WordsOfEnum(api::v1::Verdict_Name(record.verdict())) + "]");
    }
    if (!record.key().empty()) session.out() << "  " << record.key();
    if (record.has_payload()) session.out() << "  " << Json(record.payload());
    if (record.has_personal())
      session.out() << "  " << style.Paint(Colour::kCyan, Json(record.personal()));
  }
  session.out() << std::endl;
}

// The stream of a complaint named as people name it.
absl::StatusOr<std::string> StreamId(Session& session, const std::string& complaint) {
  if (complaint.empty() || CanonicalTrackingCode(complaint).empty()) return complaint;
  intake::v1::GetComplaintRequest request;
  request.set_complaint(complaint);
  request.set_view(api::v1::COMPLAINT_VIEW_BASIC);
  const auto found = session.Call<api::v1::Complaint>("ComplaintService/GetComplaint", request);
  if (!found.ok()) return found.status();
  return found->id();
}

}  // namespace

int Tail(Session& session, const TailFlags& flags) {
  const auto stream_id = StreamId(session, flags.complaint);
  if (!stream_id.ok()) return session.Fail(stream_id.status());
  intake::v1::TailRequest request;
  request.set_topic(flags.topic);
  request.set_stream_id(*stream_id);
  request.set_follow(flags.follow);
  request.set_include_personal(flags.personal);
  request.set_limit(flags.limit);
  if (!flags.resume_token.empty()) {
    request.set_resume_token(flags.resume_token);
  } else if (flags.oldest || !stream_id->empty()) {
    // One complaint is asked for as a whole.
    request.set_oldest(true);
  } else {
    request.set_last(flags.last);
  }
  const auto opened = session.OpenStream("LogService/Tail", request);
  if (!opened.ok()) return session.Fail(opened.status());
  RpcStream& stream = **opened;
  TailResponse record;
  std::string resume;
  while (stream.Read(&record)) {
    resume = record.resume_token();
    if (session.json) {
      session.PrintJson(record);
    } else {
      PrintRecord(session, record);
    }
  }
  const absl::Status ended = stream.Finish();
  if (ended.ok()) return kOk;
  const int code = session.Fail(ended);
  if (!resume.empty())
    session.err() << "Go on without a gap: redressctl tail --resume " << resume << "\n";
  return code;
}

}  // namespace redress::ctl

#include <iostream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/base/file.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "tools/redressctl/commands.h"

namespace redress::ctl {
namespace {

using intake::v1::SubmitComplaintRequest;
using intake::v1::SubmitComplaintResponse;

absl::StatusOr<std::string> TextOf(const SubmitFlags& flags) {
  if (flags.file.empty()) return flags.text;
  if (flags.file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  absl::StatusOr<std::string> text = ReadFile(flags.file);
  if (!text.ok()) return InvalidField("--file", std::string(text.status().message()));
  return text;
}

// "89.90 GBP": up to two decimals.
absl::StatusOr<event::v1::Money> MoneyOf(const std::string& text) {
  const auto wrong = [&text] {
    return InvalidField("--amount", "\"" + text + "\" is not like \"89.90 GBP\"");
  };
  const std::vector<std::string> parts = absl::StrSplit(text, ' ', absl::SkipEmpty());
  if (parts.size() != 2) return wrong();
  const std::pair<std::string, std::string> number =
      absl::StrSplit(parts[0], absl::MaxSplits('.', 1));
  std::string digits = number.second;
  int64_t whole = 0;
  int64_t fraction = 0;
  while (digits.size() < 2) digits.push_back('0');
  const bool parsed = absl::SimpleAtoi(number.first, &whole) && absl::SimpleAtoi(digits, &fraction);
  if (!parsed || digits.size() > 2 || whole < 0 || fraction < 0 || whole > 1'000'000'000'000)
    return wrong();
  event::v1::Money money;
  money.set_amount_minor(whole * 100 + fraction);
  money.set_currency(absl::AsciiStrToUpper(parts[1]));
  return money;
}

absl::StatusOr<SubmitComplaintRequest> RequestOf(const SubmitFlags& flags) {
  SubmitComplaintRequest request;
  request.set_request_id(flags.request_id.empty() ? NewRequestId() : flags.request_id);
  auto text = TextOf(flags);
  if (!text.ok()) return text.status();
  request.set_text(*std::move(text));
  request.set_subject(flags.subject);
  event::v1::Channel channel = event::v1::CHANNEL_UNSPECIFIED;
  const std::string name = absl::StrReplaceAll(absl::AsciiStrToUpper(flags.channel), {{"-", "_"}});
  if (!event::v1::Channel_Parse(name, &channel) || channel == event::v1::CHANNEL_UNSPECIFIED) {
    return InvalidField("--channel",
                        "mail, phone, chat, web_form, social, app, shop, sms, api or letter");
  }
  request.set_channel(channel);
  request.set_region(flags.region);
  request.set_product_line(flags.product_line);
  request.set_language(flags.language);
  request.mutable_complainant()->set_name(flags.name);
  for (const auto& [kind, value] :
       {std::pair{"mail", flags.mail}, std::pair{"phone", flags.phone}}) {
    if (value.empty()) continue;
    auto* contact = request.mutable_complainant()->add_contacts();
    contact->set_kind(kind);
    contact->set_value(value);
  }
  if (!flags.amount.empty()) {
    auto money = MoneyOf(flags.amount);
    if (!money.ok()) return money.status();
    *request.mutable_amount() = *money;
  }
  for (const std::string& order : flags.orders) request.add_order_refs(order);
  for (const auto code : absl::StrSplit(flags.category, '/', absl::SkipEmpty())) {
    request.add_declared_category(std::string(code));
  }
  return request;
}

}  // namespace

int Submit(Session& session, const SubmitFlags& flags) {
  const auto request = RequestOf(flags);
  if (!request.ok()) {
    session.Fail(request.status());
    return kUsage;
  }
  const auto answer =
      session.Call<SubmitComplaintResponse>("ComplaintService/SubmitComplaint", *request);
  if (!answer.ok()) {
    const int code = session.Fail(answer.status());
    // So that the outcome can still be learnt, without a second complaint.
    if (code == kUnavailable)
      session.err() << "Repeat it with --request-id " << request->request_id() << "\n";
    return code;
  }
  if (session.json) {
    session.PrintJson(*answer);
    return kOk;
  }
  session.out() << (answer->replayed() ? "Had been submitted before: " : "Submitted: ")
                << session.style().Paint(Colour::kBold, answer->tracking_code()) << "\n"
                << "See it with: redressctl get " << answer->tracking_code() << "\n";
  return kOk;
}

}  // namespace redress::ctl

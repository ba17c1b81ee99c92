#include "tools/feed/demo_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/text.h"
#include "libs/base/time.h"

namespace redress::feed {
namespace {

class DemoReader {
 public:
  DemoReader(const Row& row, absl::Time now) : row_(row), now_(now) {}

  DemoLine Read() {
    for (const char* field : {"id", "via", "channel", "account", "text", "received_ago"}) {
      if (row_.Find(field).empty()) Reject(field, "required");
    }
    const auto ago = ParseAgo(row_.Find("received_ago"));
    if (!ago) Reject("received_ago", "not like 3d4h20m");
    received_us_ = ToMicros(now_ - ago.value_or(absl::ZeroDuration()));
    const std::string channel = absl::AsciiStrToUpper(Absl(row_.Find("channel")));
    if (!event::v1::Channel_Parse(channel, &channel_)) Reject("channel", "not a channel");
    if (const auto amount = row_.Find("amount_minor"); !amount.empty()) {
      int64_t minor = 0;
      if (!absl::SimpleAtoi(Absl(amount), &minor)) Reject("amount_minor", "not a whole number");
      money_.set_amount_minor(minor);
      money_.set_currency(Text("currency"));
    }
    const bool inbound = row_.Find("via") == "inbound";
    if (!inbound && row_.Find("via") != "grpc") Reject("via", "grpc or inbound");
    if (problem_) return *problem_;
    if (inbound) return Item();
    return Request();
  }

 private:
  std::string Text(std::string_view field) const { return std::string(row_.Find(field)); }
  void Reject(std::string field, std::string reason) {
    if (!problem_) problem_ = RowProblem{row_.line, std::move(field), std::move(reason)};
  }

  intake::v1::SubmitComplaintRequest Request() const {
    intake::v1::SubmitComplaintRequest request;
    request.set_request_id(Text("id"));
    request.set_text(Text("text"));
    request.set_subject(Text("subject"));
    request.set_channel(channel_);
    request.set_account(Text("account"));
    request.mutable_complainant()->set_name(Text("complainant.name"));
    request.mutable_complainant()->set_language(Text("language"));
    for (const char* kind : {"mail", "phone"}) {
      const std::string value = Text(absl::StrCat("complainant.", kind));
      if (value.empty()) continue;
      auto* contact = request.mutable_complainant()->add_contacts();
      contact->set_kind(kind);
      contact->set_value(value);
    }
    request.set_product_line(Text("product_line"));
    request.set_region(Text("region"));
    if (!money_.currency().empty()) *request.mutable_amount() = money_;
    if (const std::string order = Text("order"); !order.empty()) request.add_order_refs(order);
    request.mutable_received_at()->set_seconds(received_us_ / 1000000);
    request.mutable_received_at()->set_nanos(static_cast<int32_t>(received_us_ % 1000000) * 1000);
    request.set_language(Text("language"));
    return request;
  }

  personal::v1::InboundItem Item() const {
    personal::v1::InboundItem item;
    auto* message = item.mutable_message();
    message->set_account_id(Text("account"));
    message->set_channel(channel_);
    message->set_sent_at_us(received_us_);
    message->set_received_at_us(received_us_);
    message->set_auto_submitted(row_.Find("auto_submitted") == "true");
    message->set_language(Text("language"));
    message->set_product_line(Text("product_line"));
    message->set_region(Text("region"));
    if (!money_.currency().empty()) *message->mutable_amount() = money_;
    auto* personal = item.mutable_personal();
    personal->set_thread_key(row_.Find("thread").empty() ? Text("id") : Text("thread"));
    personal->set_source_message_key(Text("id"));
    if (const std::string reply = Text("reply_to"); !reply.empty())
      personal->add_in_reply_keys(reply);
    personal->set_sender_name(Text("complainant.name"));
    for (const char* kind : {"mail", "phone"}) {
      const std::string value = Text(absl::StrCat("complainant.", kind));
      if (value.empty()) continue;
      auto* contact = personal->add_sender_contacts();
      contact->set_kind(kind);
      contact->set_value(value);
    }
    personal->set_subject(Text("subject"));
    personal->set_body(Text("text"));
    if (const std::string order = Text("order"); !order.empty()) personal->add_order_refs(order);
    return item;
  }

  const Row& row_;
  const absl::Time now_;
  int64_t received_us_ = 0;
  event::v1::Channel channel_ = event::v1::CHANNEL_UNSPECIFIED;
  event::v1::Money money_;
  std::optional<RowProblem> problem_;
};

}  // namespace

std::optional<absl::Duration> ParseAgo(std::string_view text) {
  if (text.empty()) return std::nullopt;
  absl::Duration total;
  int64_t number = -1;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      if (number > 100'000'000) return std::nullopt;
      number = std::max<int64_t>(number, 0) * 10 + (c - '0');
      continue;
    }
    const absl::Duration unit = c == 'd'   ? absl::Hours(24)
                                : c == 'h' ? absl::Hours(1)
                                : c == 'm' ? absl::Minutes(1)
                                : c == 's' ? absl::Seconds(1)
                                           : absl::ZeroDuration();
    if (number < 0 || unit == absl::ZeroDuration()) return std::nullopt;
    total += number * unit;
    number = -1;
  }
  if (number >= 0) return std::nullopt;
  return total;
}

DemoLine ReadDemoLine(const Row& row, absl::Time now) { return DemoReader(row, now).Read(); }

}  // namespace redress::feed

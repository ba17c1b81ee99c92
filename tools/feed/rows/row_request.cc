#include "tools/feed/rows/row_request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/base/utf8.h"
#include "tools/feed/rows/row_time.h"

namespace redress::feed {
namespace {

using event::v1::Channel;
using intake::v1::SubmitComplaintRequest;

std::string_view Trimmed(std::string_view text) {
  return Std(absl::StripAsciiWhitespace(Absl(text)));
}

class RowRequest {
 public:
  RowRequest(const Row& row, const RowMeaning& meaning) : row_(row), meaning_(meaning) {}

  std::variant<SubmitComplaintRequest, RowProblem> Make() {
    SetIdentity();
    SetWords();
    SetCategory();
    SetTime();
    SetChannel();
    SetCode(Role::kRegion, [this](std::string code) { request_.set_region(std::move(code)); });
    SetCode(Role::kProduct,
            [this](std::string code) { request_.set_product_line(std::move(code)); });
    SetCode(Role::kLang, [this](std::string code) { request_.set_language(std::move(code)); });
    for (const auto& [column, value] : row_.values) {
      if (!meaning_.map.Takes(column)) Keep(column, value);
    }
    for (const Role role : meaning_.required) {
      if (ValueOf(role).empty()) Reject(ColumnOf(role), "required, and missing");
    }
    if (request_.fields_size() > kMaxRowFields) {
      Reject("row", absl::StrCat(request_.fields_size(), " fields, at most ", kMaxRowFields,
                                 " are allowed"));
    }
    if (problem_) return *std::move(problem_);
    return std::move(request_);
  }

 private:
  std::string ColumnOf(Role role) const {
    const auto found = meaning_.map.columns.find(role);
    return found == meaning_.map.columns.end() ? std::string(RoleName(role))
                                               : found->second.front();
  }
  std::string_view ValueOf(Role role) const {
    const auto found = meaning_.map.columns.find(role);
    return found == meaning_.map.columns.end() ? std::string_view()
                                               : Trimmed(row_.Find(found->second.front()));
  }
  // The first problem counts.
  void Reject(std::string field, std::string reason) {
    if (!problem_) problem_ = RowProblem{row_.line, std::move(field), std::move(reason)};
  }

  // As a field, or several when it is long.
  void Keep(const std::string& name, std::string_view value) {
    int part = 1;
    for (std::string_view rest = value; !rest.empty(); ++part) {
      std::string_view piece = Utf8Prefix(rest, kMaxFieldBytes);
      auto* field = request_.add_fields();
      field->set_field_id(part == 1 ? name : absl::StrCat(name, ".", part));
      field->set_type(event::v1::Field::TEXT);
      field->set_text(std::string(piece));
      field->set_personal(true);
      rest.remove_prefix(piece.size());
    }
  }

  void SetIdentity() {
    std::string key(ValueOf(Role::kId));
    // Beside real ids the number of a line must not look like one.
    if (key.empty())
      key =
          meaning_.map.Has(Role::kId) ? absl::StrCat("line:", row_.line) : absl::StrCat(row_.line);
    if (key.size() > kMaxCodeBytes) {
      Reject(ColumnOf(Role::kId),
             absl::StrCat(key.size(), " bytes, at most ", kMaxCodeBytes, " are allowed"));
    }
    request_.mutable_source_id()->set_source(meaning_.source);
    request_.mutable_source_id()->set_row_key(key);
    request_.set_request_id(HashedId<RequestId>({"row", meaning_.source, key}).ToHex());
  }

  void SetWords() {
    const std::string_view text = ValueOf(Role::kText);
    if (text.size() > kMaxTextBytes) {
      Reject(ColumnOf(Role::kText),
             absl::StrCat(text.size(), " bytes, at most ", kMaxTextBytes, " are allowed"));
    }
    request_.set_text(std::string(text));
    const std::string_view subject = ValueOf(Role::kSubject);
    // A subject alone says what the matter is.
    if (text.empty() && !subject.empty()) {
      request_.set_text(std::string(subject));
    } else if (subject.size() > kMaxSubjectBytes) {
      Keep(ColumnOf(Role::kSubject), subject);
    } else {
      request_.set_subject(std::string(subject));
    }
  }

  void SetCategory() {
    const auto found = meaning_.map.columns.find(Role::kCategory);
    std::vector<std::string> levels;
    if (found != meaning_.map.columns.end()) {
      for (const std::string& column : found->second) {
        const std::string_view value = Trimmed(row_.Find(column));
        if (value.size() > kMaxCodeBytes) {
          Keep(column, value);
        } else if (!value.empty()) {
          levels.emplace_back(value);
        }
      }
    }
    if (levels.size() == 1) SplitPath(&levels);
    // With a text the category is found from it and what the source said is kept beside. Without,
    // codes of our own declare it; what another system called it goes through the policy's label
    // map.
    for (const std::string& level : levels) request_.add_labels(level);
    if (!request_.text().empty()) return;
    if (std::all_of(levels.begin(), levels.end(), IsCode)) {
      for (const std::string& level : levels) request_.add_declared_category(level);
    }
    if (levels.empty()) Reject(ColumnOf(Role::kText), "no text and no category");
  }

  static bool IsCode(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  }

  // "logistics/late_delivery" in one column is a path of codes.
  static void SplitPath(std::vector<std::string>* levels) {
    const std::string path = levels->front();
    const bool codes = std::all_of(path.begin(), path.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
    });
    const auto slashes = std::count(path.begin(), path.end(), '/');
    if (!codes || slashes == 0 || slashes > 2 || path.front() == '/' || path.back() == '/') return;
    levels->clear();
    for (size_t begin = 0; begin <= path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      levels->push_back(path.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  void SetTime() {
    const std::string_view text = ValueOf(Role::kTime);
    if (text.empty()) return;
    const auto time = ParseRowTime(text, meaning_.zone);
    const bool usable = time && *time <= meaning_.now && *time > absl::UnixEpoch();
    if (!usable) {
      if (meaning_.required.count(Role::kTime) != 0) {
        Reject(ColumnOf(Role::kTime), time ? "required, and lies in the future or before 1970"
                                           : "required, and not a time in a known form");
      }
      return Keep(ColumnOf(Role::kTime), text);
    }
    const int64_t us = ToMicros(*time);
    request_.mutable_occurred_at()->set_seconds(us / 1000000);
    request_.mutable_occurred_at()->set_nanos(static_cast<int32_t>(us % 1000000) * 1000);
  }

  void SetChannel() {
    const std::string_view word = ValueOf(Role::kChannel);
    if (word.empty()) return;
    const auto [channel, exact] = ChannelOfWord(word);
    request_.set_channel(channel);
    if (!exact) Keep(ColumnOf(Role::kChannel), word);
  }

  template <typename Set>
  void SetCode(Role role, Set set) {
    const std::string_view value = ValueOf(role);
    if (value.size() > kMaxCodeBytes) {
      Keep(ColumnOf(role), value);
    } else {
      set(std::string(value));
    }
  }

  const Row& row_;
  const RowMeaning& meaning_;
  SubmitComplaintRequest request_;
  std::optional<RowProblem> problem_;
};

struct Word {
  std::string_view word;
  Channel channel;
  bool exact;
};

constexpr Word kWords[] = {
    {"mail", event::v1::MAIL, true},        {"email", event::v1::MAIL, true},
    {"e-mail", event::v1::MAIL, true},      {"邮件", event::v1::MAIL, true},
    {"phone", event::v1::PHONE, true},      {"call", event::v1::PHONE, true},
    {"telephone", event::v1::PHONE, true},  {"电话", event::v1::PHONE, true},
    {"chat", event::v1::CHAT, true},        {"webchat", event::v1::CHAT, true},
    {"在线客服", event::v1::CHAT, true},    {"web_form", event::v1::WEB_FORM, true},
    {"web", event::v1::WEB_FORM, true},     {"online", event::v1::WEB_FORM, true},
    {"website", event::v1::WEB_FORM, true}, {"网站", event::v1::WEB_FORM, true},
    {"social", event::v1::SOCIAL, true},    {"twitter", event::v1::SOCIAL, false},
    {"weibo", event::v1::SOCIAL, false},    {"微博", event::v1::SOCIAL, false},
    {"facebook", event::v1::SOCIAL, false}, {"review", event::v1::SOCIAL, false},
    {"app", event::v1::APP, true},          {"mobile", event::v1::APP, true},
    {"shop", event::v1::SHOP, true},        {"store", event::v1::SHOP, true},
    {"门店", event::v1::SHOP, true},        {"sms", event::v1::SMS, true},
    {"短信", event::v1::SMS, true},         {"api", event::v1::API, true},
    {"letter", event::v1::LETTER, true},    {"postal mail", event::v1::LETTER, true},
    {"post", event::v1::LETTER, true},      {"fax", event::v1::LETTER, false},
    {"信函", event::v1::LETTER, true},
};

}  // namespace

std::pair<Channel, bool> ChannelOfWord(std::string_view word) {
  const std::string lower = absl::AsciiStrToLower(Absl(word));
  for (const Word& known : kWords) {
    if (known.word == lower) return {known.channel, known.exact};
  }
  return {event::v1::CHANNEL_UNSPECIFIED, false};
}

std::variant<SubmitComplaintRequest, RowProblem> RequestOfRow(const Row& row,
                                                              const RowMeaning& meaning) {
  return RowRequest(row, meaning).Make();
}

}  // namespace redress::feed

#include "server/connectors/source_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"

namespace bellwether {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxQueryBytes = 64 << 10;
constexpr size_t kMaxStringBytes = 1024;
constexpr size_t kMaxListItems = 100;
constexpr size_t kMaxLabels = 32;
constexpr size_t kMaxNamesShown = 20;

absl::Status MustBe(std::string_view key, std::string_view what) {
  return BadQueryError(absl::StrCat("source.", std::string(key), " must be ", std::string(what), "."));
}

absl::Status CheckText(const std::string& text, std::string_view key) {
  if (text.size() > kMaxStringBytes) {
    return MustBe(key, absl::StrCat("at most ", kMaxStringBytes, " bytes long"));
  }
  if (text.find('\0') != std::string::npos) {
    return MustBe(key, "text without NUL characters");
  }
  return absl::OkStatus();
}

}  // namespace

struct SourceQuery::Document {
  Json json;

  /// The value of `key`, null when it is absent or null.
  const Json* Find(std::string_view key) const {
    const auto found = json.find(std::string(key));
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }
};

absl::StatusOr<SourceQuery> SourceQuery::Parse(std::string_view json) {
  if (json.size() > kMaxQueryBytes) {
    return BadQueryError("source is larger than 64 KiB. Ask for fewer series at a time.");
  }
  Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return BadQueryError("source must be a JSON object such as {\"kind\": \"demo\", \"series\": \"revenue\"}.");
  }
  return SourceQuery(std::make_shared<const Document>(Document{std::move(parsed)}));
}

bool SourceQuery::Has(std::string_view key) const { return document_->Find(key) != nullptr; }

absl::StatusOr<std::optional<std::string>> SourceQuery::String(std::string_view key) const {
  const Json* value = document_->Find(key);
  if (value == nullptr) {
    return std::optional<std::string>();
  }
  const auto* text = value->get_ptr<const Json::string_t*>();
  if (text == nullptr) {
    return MustBe(key, "a string");
  }
  if (absl::Status status = CheckText(*text, key); !status.ok()) {
    return status;
  }
  return std::optional<std::string>(*text);
}

absl::StatusOr<std::vector<std::string>> SourceQuery::Strings(std::string_view key) const {
  const Json* value = document_->Find(key);
  std::vector<std::string> strings;
  if (value == nullptr) {
    return strings;
  }
  const Json list = value->is_array() ? *value : Json::array({*value});
  if (list.size() > kMaxListItems) {
    return MustBe(key, absl::StrCat("a list of at most ", kMaxListItems, " strings"));
  }
  for (const Json& item : list) {
    const auto* text = item.get_ptr<const Json::string_t*>();
    if (text == nullptr) {
      return MustBe(key, "a string or a list of strings");
    }
    if (absl::Status status = CheckText(*text, key); !status.ok()) {
      return status;
    }
    if (std::find(strings.begin(), strings.end(), *text) == strings.end()) {
      strings.push_back(*text);
    }
  }
  return strings;
}

absl::StatusOr<std::optional<uint64_t>> SourceQuery::Unsigned(std::string_view key) const {
  const Json* value = document_->Find(key);
  if (value == nullptr) {
    return std::optional<uint64_t>();
  }
  const auto* number = value->get_ptr<const Json::number_unsigned_t*>();
  if (number == nullptr) {
    return MustBe(key, "a whole number from 0 on");
  }
  return std::optional<uint64_t>(*number);
}

absl::StatusOr<Labels> SourceQuery::LabelMap(std::string_view key) const {
  const Json* value = document_->Find(key);
  Labels labels;
  if (value == nullptr) {
    return labels;
  }
  if (!value->is_object() || value->size() > kMaxLabels) {
    return MustBe(
        key, absl::StrCat("an object of at most ", kMaxLabels, " names and values, such as {\"host\": \"web-1\"}"));
  }
  for (const auto& [name, item] : value->items()) {
    const auto* text = item.get_ptr<const Json::string_t*>();
    if (text == nullptr) {
      return MustBe(key, "an object whose values are strings, such as {\"host\": \"web-1\"}");
    }
    if (absl::Status status = CheckText(*text, key); !status.ok()) {
      return status;
    }
    labels.emplace(name, *text);
  }
  return labels;
}

bool MatchesLabels(const Labels& labels, const Labels& filter) {
  return std::all_of(filter.begin(), filter.end(), [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

std::string QuotedList(const std::vector<std::string>& names) {
  std::string text;
  const size_t shown = std::min(names.size(), kMaxNamesShown);
  for (size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == names.size();
    absl::StrAppend(&text, i == 0 ? "" : last ? " and " : ", ", "\"", names[i], "\"");
  }
  if (shown < names.size()) {
    absl::StrAppend(&text, " and ", names.size() - shown, " more");
  }
  return text;
}

std::string WithThousands(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t i = digits.size(); i > 3; i -= 3) {
    digits.insert(i - 3, ",");
  }
  return digits;
}

}  // namespace bellwether

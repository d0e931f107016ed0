#include "server/query/spec/json_reader.h"

#include <cmath>
#include <utility>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

using nlohmann::json;

}  // namespace

absl::StatusOr<json> ParseUserJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return BadQueryError(Concat("The query is ", text.size(), " bytes long; at most ", limits.max_bytes,
                                " are allowed. Make it shorter."));
  }
  bool too_deep = false;
  const auto depth_guard = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > limits.max_depth;
    return !too_deep;
  };
  json value = json::parse(text.begin(), text.end(), depth_guard, /*allow_exceptions=*/false);
  if (too_deep) {
    return BadQueryError(Concat("The query is nested more than ", limits.max_depth, " levels deep. Make it simpler."));
  }
  if (value.is_discarded()) {
    return BadQueryError("The query is not valid JSON. Check for a missing quote, comma or bracket.");
  }
  return value;
}

std::string_view JsonTypeName(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a text";
    case json::value_t::boolean:
      return "true or false";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      return "a number";
    default:
      return "null";
  }
}

const json* JsonReader::Find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string JsonReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : Concat(path_, ".", key);
}

void JsonReader::Fail(std::string message) {
  if (status_.ok()) {
    status_ = BadQueryError(message);
  }
}

const json* JsonReader::FindTyped(std::string_view key, json::value_t type, std::string_view type_name) {
  if (!status_.ok()) {
    return nullptr;
  }
  const json* value = Find(key);
  if (value != nullptr && value->type() != type) {
    Fail(Concat(PathOf(key), " must be ", type_name, ", not ", JsonTypeName(*value), "."));
    return nullptr;
  }
  return value;
}

void JsonReader::Read(std::string_view key, std::string& out) {
  if (const json* value = FindTyped(key, json::value_t::string, "a text"); value != nullptr) {
    out = value->get_ref<const std::string&>();
  }
}

void JsonReader::Read(std::string_view key, bool& out) {
  if (const json* value = FindTyped(key, json::value_t::boolean, "true or false"); value != nullptr) {
    out = value->get<bool>();
  }
}

void JsonReader::Read(std::string_view key, double min, double max, bool above_min, std::optional<double>& out) {
  const json* value = status_.ok() ? Find(key) : nullptr;
  if (value == nullptr) {
    return;
  }
  if (!value->is_number()) {
    return Fail(Concat(PathOf(key), " must be a number, not ", JsonTypeName(*value), "."));
  }
  const double number = value->get<double>();
  if (!std::isfinite(number) || number < min || number > max || (above_min && number <= min)) {
    return Fail(Concat(PathOf(key), " is ", number, ". It must be ", above_min ? "above " : "at least ", min,
                       std::isfinite(max) ? Concat(" and at most ", max) : "", "."));
  }
  out = number;
}

void JsonReader::ReadChoice(std::string_view key, std::span<const std::string_view> names, bool required,
                            size_t& index) {
  const json* value = FindTyped(key, json::value_t::string, "a text");
  if (value == nullptr) {
    if (required && status_.ok()) {
      Fail(Concat(PathOf(key), " is missing. It must be one of: ", JoinNames(names), "."));
    }
    return;
  }
  const std::string& text = value->get_ref<const std::string&>();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) {
      index = i;
      return;
    }
  }
  Fail(UnknownChoiceMessage(PathOf(key), text, names));
}

const json* JsonReader::ReadObject(std::string_view key) { return FindTyped(key, json::value_t::object, "an object"); }

const json* JsonReader::ReadList(std::string_view key) { return FindTyped(key, json::value_t::array, "a list"); }

std::string QuotedExcerpt(std::string_view text) {
  constexpr size_t kLongest = 60;
  return text.size() <= kLongest ? Concat("\"", text, "\"") : Concat("\"", TruncateUtf8(text, kLongest), "…\"");
}

std::string UnknownChoiceMessage(std::string_view path, std::string_view value,
                                 std::span<const std::string_view> names) {
  return Concat(path, " ", QuotedExcerpt(value), " is not known. It must be one of: ", JoinNames(names), ".");
}

}  // namespace bellwether

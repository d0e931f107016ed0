#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace bellwether {

/// Limits of a JSON text that a user wrote.
struct JsonLimits {
  size_t max_bytes = 1 << 20;
  int max_depth = 32;
};

/// Parses `text` without exceptions. BadQueryError says where it is broken, too large or too deep.
[[nodiscard]] absl::StatusOr<nlohmann::json> ParseUserJson(std::string_view text, const JsonLimits& limits = {});

/// "an object", "a text", "a number" …, for error messages.
[[nodiscard]] std::string_view JsonTypeName(const nlohmann::json& value);

/// Reads the members of one JSON object, collecting the first error. After a failed read every further one is skipped,
/// so that callers check `status()` once. `path` is the dotted place of the object ("" at the top), used in messages.
class JsonReader {
 public:
  /// `object` must outlive the reader.
  JsonReader(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {}

  [[nodiscard]] const absl::Status& status() const { return status_; }

  /// The member `key`, null when it is absent or JSON null.
  [[nodiscard]] const nlohmann::json* Find(std::string_view key) const;

  void Read(std::string_view key, std::string& out);
  void Read(std::string_view key, bool& out);
  /// A finite number within [min, max], or (min, max] where `above_min`.
  void Read(std::string_view key, double min, double max, bool above_min, std::optional<double>& out);
  /// One of `names`; `index` becomes its position.
  void ReadChoice(std::string_view key, std::span<const std::string_view> names, bool required, size_t& index);
  /// The member `key`, which must be an object; null when absent.
  [[nodiscard]] const nlohmann::json* ReadObject(std::string_view key);
  /// The member `key`, which must be a list; null when absent.
  [[nodiscard]] const nlohmann::json* ReadList(std::string_view key);

  /// Records an error unless there is one already.
  void Fail(std::string message);
  /// "path.key".
  [[nodiscard]] std::string PathOf(std::string_view key) const;

 private:
  const nlohmann::json* FindTyped(std::string_view key, nlohmann::json::value_t type, std::string_view type_name);

  const nlohmann::json& object_;
  std::string path_;
  absl::Status status_;
};

/// `text` in quotes, cut between characters when it is long: messages are for people, and the text may be hostile.
[[nodiscard]] std::string QuotedExcerpt(std::string_view text);

/// "x is not known. It must be one of: a, b, c." for a value at `path`.
[[nodiscard]] std::string UnknownChoiceMessage(std::string_view path, std::string_view value,
                                               std::span<const std::string_view> names);

}  // namespace bellwether

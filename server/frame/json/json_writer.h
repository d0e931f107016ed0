#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bellwether {

/// Appends `text` (valid UTF-8) to `out` as a JSON string with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

/// Appends the shortest number that reads back as `value`; null when it is not finite.
void AppendJsonNumber(std::string& out, double value);
void AppendJsonNumber(std::string& out, float value);

/// Appends an integer.
void AppendJsonInt(std::string& out, int64_t value);
void AppendJsonUint(std::string& out, uint64_t value);

/// Writes one JSON object member by member onto the end of a string. `Key` starts a member; the caller appends its
/// value. The string must outlive the writer.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }

  /// Appends `"key":` (with a comma where needed) and returns the string for the value.
  std::string& Key(std::string_view key);

  void String(std::string_view key, std::string_view value) { AppendJsonString(Key(key), value); }
  void Number(std::string_view key, double value) { AppendJsonNumber(Key(key), value); }
  void Uint(std::string_view key, uint64_t value) { AppendJsonUint(Key(key), value); }
  /// A value that is JSON already.
  void Raw(std::string_view key, std::string_view json) { Key(key).append(json); }

  [[nodiscard]] bool empty() const { return empty_; }
  void Close() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool empty_ = true;
};

}  // namespace bellwether

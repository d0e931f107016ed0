#include "server/frame/json/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "server/base/text/json_text.h"

namespace bellwether {
namespace {

template <typename T>
void AppendChars(std::string& out, T value) {
  // 32 characters hold every double in its shortest form and every 64-bit integer.
  std::array<char, 32> text;
  const std::to_chars_result end = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end.ptr);
}

template <typename T>
void AppendFloat(std::string& out, T value) {
  if (!std::isfinite(value)) {
    out.append("null");
  } else if (value == 0 && std::signbit(value)) {
    // Some readers take "-0" for an integer, which has no sign at zero.
    out.append("-0.0");
  } else {
    AppendChars(out, value);
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (NeedsJsonEscape(text[i])) {
      out.append(text.substr(start, i - start));
      AppendJsonEscape(out, text[i]);
      start = i + 1;
    }
  }
  out.append(text.substr(start));
  out.push_back('"');
}

void AppendJsonNumber(std::string& out, double value) { AppendFloat(out, value); }
void AppendJsonNumber(std::string& out, float value) { AppendFloat(out, value); }

void AppendJsonInt(std::string& out, int64_t value) { AppendChars(out, value); }
void AppendJsonUint(std::string& out, uint64_t value) { AppendChars(out, value); }

std::string& JsonObjectWriter::Key(std::string_view key) {
  if (!empty_) {
    out_.push_back(',');
  }
  empty_ = false;
  AppendJsonString(out_, key);
  out_.push_back(':');
  return out_;
}

}  // namespace bellwether

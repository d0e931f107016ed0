#include "server/telemetry/log/hclog_line.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/text/json_text.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

constexpr size_t kMessageBytesMax = 24 * 1024;
constexpr size_t kValueBytesMax = 8 * 1024;
constexpr size_t kKeyBytesMax = 128;
constexpr size_t kModuleBytesMax = 256;
// Room kept for the closing part: `,"attributes_dropped":<number>}` and the newline.
constexpr size_t kTailBytes = 64;
constexpr std::string_view kCutMark = "... (cut)";

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return "trace";
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void AppendEscaped(std::string_view character, std::string& out) {
  if (character.size() == 1 && NeedsJsonEscape(character[0])) {
    AppendJsonEscape(out, character[0]);
  } else if (character == "\x7F") {
    out.append("\\u007f");  // DEL disturbs terminals
  } else {
    out.append(character);
  }
}

// Appends `text` as a JSON string of at most `bytes_max` bytes, quotes not counted. Stops reading where it is full, so
// that a huge text costs no more than a small one.
void AppendJsonString(std::string_view text, size_t bytes_max, std::string& out) {
  out.push_back('"');
  const size_t begin = out.size();
  size_t uncut = begin;  // the longest prefix that leaves room for the mark
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    AppendEscaped(length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length), out);
    text.remove_prefix(std::max<size_t>(length, 1));
    if (out.size() - begin > bytes_max) {
      out.resize(uncut);
      out.append(kCutMark);
      break;
    }
    if (out.size() - begin + kCutMark.size() <= bytes_max) {
      uncut = out.size();
    }
  }
  out.push_back('"');
}

void AppendKey(std::string_view key, std::string& out) {
  if (key.empty() || key.front() == '@' || key == "timestamp") {
    std::string renamed = "attr_";
    renamed.append(key.substr(!key.empty() && key.front() == '@' ? 1 : 0, kKeyBytesMax));
    AppendJsonString(renamed, kKeyBytesMax, out);
  } else {
    AppendJsonString(key, kKeyBytesMax, out);
  }
}

void AppendValue(const LogValue& value, std::string& out) {
  std::visit(
      [&out](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          AppendJsonString(v, kValueBytesMax, out);
        } else if constexpr (std::is_same_v<T, bool>) {
          out.append(v ? "true" : "false");
        } else if constexpr (std::is_same_v<T, double>) {
          // JSON has no word for these.
          absl::StrAppend(&out, std::isfinite(v) ? "" : "\"", v, std::isfinite(v) ? "" : "\"");
        } else {
          absl::StrAppend(&out, v);
        }
      },
      value.value());
}

std::string FormatTimestamp(absl::Time time) {
  // The host's parser knows four-digit years only.
  const absl::Time earliest = absl::FromUnixSeconds(0);
  const absl::Time latest = absl::FromUnixSeconds(253402300799);
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", std::clamp(time, earliest, latest), absl::UTCTimeZone());
}

}  // namespace

std::string EncodeHclogLine(absl::Time time, LogLevel level, std::string_view module, std::string_view message,
                            absl::Span<const LogAttribute> attributes) {
  std::string line = "{\"@level\":\"";
  line.append(LevelName(level)).append("\",\"@timestamp\":\"").append(FormatTimestamp(time));
  line.append("\",\"@message\":");
  AppendJsonString(message, kMessageBytesMax, line);
  if (!module.empty()) {
    line.append(",\"@module\":");
    AppendJsonString(module, kModuleBytesMax, line);
  }
  size_t dropped = 0;
  for (const LogAttribute& attribute : attributes) {
    const size_t before = line.size();
    line.push_back(',');
    AppendKey(attribute.key, line);
    line.push_back(':');
    AppendValue(attribute.value, line);
    if (line.size() + kTailBytes > kHclogLineBytesMax) {
      line.resize(before);
      ++dropped;
    }
  }
  if (dropped > 0) {
    absl::StrAppend(&line, ",\"attributes_dropped\":", dropped);
  }
  line.append("}\n");
  return line;
}

}  // namespace bellwether

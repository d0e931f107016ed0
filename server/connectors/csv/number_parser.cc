#include "server/connectors/csv/number_parser.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"

namespace bellwether {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Cell kMissingCell{CellKind::kMissing, kNan};
constexpr Cell kInfiniteCell{CellKind::kMissing, kNan, true};
constexpr Cell kTextCell{CellKind::kText, kNan};
constexpr size_t kMaxNumberBytes = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsMissingWord(std::string_view text) {
  if (text.size() > 4) {
    return false;
  }
  std::array<char, 4> lower{};
  for (size_t i = 0; i < text.size(); ++i) {
    lower[i] = absl::ascii_tolower(static_cast<unsigned char>(text[i]));
  }
  const std::string_view word(lower.data(), text.size());
  return word == "-" || word == "na" || word == "n/a" || word == "null" || word == "none" || word == "nil" ||
         word == "#n/a";
}

Cell ParsePlain(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') {
    text.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return kTextCell;
  }
  if (error == std::errc::result_out_of_range) {
    // from_chars does not say which end was passed; a negative exponent means the small one.
    const size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos ? text.substr(exponent + 1).starts_with('-')
                                                         : text.find_first_of("123456789") > text.find('.');
    return tiny ? Cell{CellKind::kNumber, 0.0} : kInfiniteCell;
  }
  if (std::isfinite(value)) {
    return {CellKind::kNumber, value};
  }
  return std::isnan(value) ? kMissingCell : kInfiniteCell;
}

/// Rewrites `text` for from_chars: thousands marks out, the decimal mark to a point. False when the marks do not stand
/// where they may.
bool Normalise(std::string_view text, char thousands, char decimal, std::array<char, kMaxNumberBytes>& out,
               size_t& size) {
  size = 0;
  size_t group = 0;  // digits since the last mark
  bool grouped = false;
  bool whole = true;  // before the decimal mark
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == thousands && thousands != '\0') {
      if (!whole || group == 0 || group > 3 || (grouped && group != 3)) {
        return false;
      }
      grouped = true;
      group = 0;
      continue;
    }
    if (whole && !IsDigit(c) && c != '-' && c != '+') {
      if (grouped && group != 3) {
        return false;
      }
      whole = false;
    }
    group += IsDigit(c) ? 1 : 0;
    out[size++] = c == decimal ? '.' : c;
  }
  return !(whole && grouped && group != 3);
}

}  // namespace

Cell ParseCell(std::string_view text, DecimalMark mark) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  if (text.empty()) {
    return kMissingCell;
  }
  if (text.size() > kMaxNumberBytes) {
    return kTextCell;
  }
  const bool has_comma = text.find(',') != std::string_view::npos;
  const bool comma_mode = mark == DecimalMark::kComma;
  if (!has_comma && !(comma_mode && text.find('.') != std::string_view::npos)) {
    const Cell cell = ParsePlain(text);
    return cell.kind == CellKind::kText && IsMissingWord(text) ? kMissingCell : cell;
  }
  std::array<char, kMaxNumberBytes> buffer;
  size_t size = 0;
  if (Normalise(text, comma_mode ? '.' : ',', comma_mode ? ',' : '.', buffer, size)) {
    const Cell cell = ParsePlain(std::string_view(buffer.data(), size));
    if (cell.kind != CellKind::kText) {
      return cell;
    }
  }
  return comma_mode && !has_comma ? ParsePlain(text) : kTextCell;
}

}  // namespace bellwether

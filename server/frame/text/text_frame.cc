#include "server/frame/text/text_frame.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/frame/field_type.h"
#include "server/frame/json/json_writer.h"
#include "server/frame/json/metadata_writer.h"

namespace bellwether {
namespace {

std::string NumberText(double value) {
  std::array<char, 32> text;
  const int length = std::snprintf(text.data(), text.size(), "%.10g", value);
  return std::string(text.data(), static_cast<size_t>(length));
}

std::string TimeText(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

template <typename T>
std::string ValueText(const FixedColumn<T>& column, size_t row, const FieldConfig& /*config*/) {
  if constexpr (std::is_floating_point_v<T>) {
    return NumberText(static_cast<double>(column.values[row]));
  } else {
    return absl::StrCat(column.values[row]);
  }
}

std::string ValueText(const BoolColumn& column, size_t row, const FieldConfig& /*config*/) {
  return column.values[row] != 0 ? "true" : "false";
}

std::string ValueText(const TimeColumn& column, size_t row, const FieldConfig& /*config*/) {
  return TimeText(column.values[row]);
}

std::string ValueText(const EnumColumn& column, size_t row, const FieldConfig& config) {
  return Quoted(config.enum_texts[column.values[row]]);
}

std::string ValueText(const StringColumn& column, size_t row, const FieldConfig& /*config*/) {
  return Quoted(column[row]);
}

std::string ValueText(const JsonColumn& column, size_t row, const FieldConfig& /*config*/) {
  return std::string(column[row]);
}

std::string CellText(const Field& field, size_t row) {
  return std::visit(
      [&](const auto& column) {
        return column.IsNull(row) ? std::string("null") : ValueText(column, row, field.config);
      },
      field.column);
}

void AppendHead(std::string& out, const CheckedFrame& checked) {
  const Frame& frame = checked.frame();
  absl::StrAppend(&out, "frame ", Quoted(frame.name), " refId ", Quoted(frame.ref_id), ": ", frame.fields.size(),
                  " fields, ", checked.rows(), " rows\n");
  if (!IsEmpty(frame.meta)) {
    out.append("meta ");
    AppendMetaJson(out, frame.meta);
    out.push_back('\n');
  }
  for (const Field& field : frame.fields) {
    absl::StrAppend(&out, "field ", Quoted(field.name), ": ", std::string(FieldTypeName(TypeOf(field.column))),
                    field.nullable ? " nullable" : "");
    if (!field.labels.empty()) {
      out.append(" labels ");
      AppendLabelsJson(out, field.labels);
    }
    if (!IsEmpty(field.config)) {
      out.append(" config ");
      AppendConfigJson(out, field.config);
    }
    out.push_back('\n');
  }
}

void AppendRow(std::string& out, const Frame& frame, size_t row) {
  absl::StrAppend(&out, row);
  for (const Field& field : frame.fields) {
    absl::StrAppend(&out, " | ", CellText(field, row));
  }
  out.push_back('\n');
}

}  // namespace

std::string FrameToText(const CheckedFrame& checked, size_t max_rows) {
  std::string out;
  AppendHead(out, checked);
  const size_t rows = checked.rows();
  const size_t shown = std::min(rows, max_rows);
  const size_t first_rows = (shown + 1) / 2;
  for (size_t row = 0; row < first_rows; ++row) {
    AppendRow(out, checked.frame(), row);
  }
  if (shown < rows) {
    absl::StrAppend(&out, "… ", rows - shown, " rows left out\n");
  }
  for (size_t row = rows - (shown - first_rows); row < rows; ++row) {
    AppendRow(out, checked.frame(), row);
  }
  return out;
}

}  // namespace bellwether

#include "server/frame/frame.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/status/status_macros.h"
#include "server/frame/json/json_document.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

absl::Status NotUtf8(std::string_view what) {
  return absl::InternalError(absl::StrCat("The ", std::string(what), " is not valid UTF-8 text."));
}

absl::Status CheckText(std::string_view text, std::string_view what) {
  return IsValidUtf8(text) ? absl::OkStatus() : NotUtf8(what);
}

absl::Status CheckMeta(const FrameMeta& meta) {
  BELLWETHER_RETURN_IF_ERROR(CheckText(meta.type, "frame type"));
  BELLWETHER_RETURN_IF_ERROR(CheckText(meta.data_topic, "data topic"));
  BELLWETHER_RETURN_IF_ERROR(CheckText(meta.preferred_visualisation, "preferred visualisation"));
  BELLWETHER_RETURN_IF_ERROR(CheckText(meta.executed_query, "executed query"));
  for (const Notice& notice : meta.notices) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(notice.text, "text of a notice"));
  }
  for (const FrameStat& stat : meta.stats) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(stat.name, "name of a statistic"));
    BELLWETHER_RETURN_IF_ERROR(CheckText(stat.unit, "unit of a statistic"));
  }
  if (!meta.custom_json.empty() && !IsJsonDocument(meta.custom_json)) {
    return absl::InternalError("The custom metadata of the frame is not a JSON document.");
  }
  return absl::OkStatus();
}

absl::Status CheckConfig(const FieldConfig& config) {
  const GraphStyle& style = config.custom;
  for (const std::optional<std::string>* text :
       {&config.display_name_from_ds, &config.display_name, &config.description, &config.unit, &config.no_value,
        &config.fixed_color, &style.draw_style, &style.line_interpolation, &style.line_fill, &style.fill_below_to,
        &style.show_points, &style.axis_placement}) {
    if (text->has_value()) {
      BELLWETHER_RETURN_IF_ERROR(CheckText(**text, "configuration"));
    }
  }
  for (const ValueMapping& mapping : config.mappings) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(mapping.value, "value of a mapping"));
    BELLWETHER_RETURN_IF_ERROR(CheckText(mapping.text, "text of a mapping"));
    BELLWETHER_RETURN_IF_ERROR(CheckText(mapping.color, "colour of a mapping"));
  }
  for (const ThresholdStep& step : config.thresholds) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(step.color, "colour of a threshold"));
  }
  for (const std::string& text : config.enum_texts) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(text, "text of an enum value"));
  }
  return absl::OkStatus();
}

template <typename T, typename Tag>
absl::Status CheckValues(const FixedColumn<T, Tag>& /*column*/, const FieldConfig& /*config*/) {
  return absl::OkStatus();
}

absl::Status CheckValues(const BoolColumn& column, const FieldConfig& /*config*/) {
  const auto is_bool = [](uint8_t value) { return value <= 1; };
  return std::all_of(column.values.begin(), column.values.end(), is_bool)
             ? absl::OkStatus()
             : absl::InternalError("A value of the bool column is neither 0 nor 1.");
}

absl::Status CheckValues(const EnumColumn& column, const FieldConfig& config) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (column.values[i] >= config.enum_texts.size() && !column.IsNull(i)) {
      return absl::InternalError(absl::StrCat("The enum index ", column.values[i], " in row ", i,
                                              " has no text: the configuration has ", config.enum_texts.size(), "."));
    }
  }
  return absl::OkStatus();
}

template <typename Tag>
absl::Status CheckOffsets(const BytesColumn<Tag>& column) {
  const bool ends_fit = !column.offsets.empty() && column.offsets.front() == 0 && column.offsets.back() >= 0 &&
                        static_cast<size_t>(column.offsets.back()) == column.bytes.size();
  if (!ends_fit || !std::is_sorted(column.offsets.begin(), column.offsets.end())) {
    return absl::InternalError("The offsets of the column do not rise from 0 to the number of its bytes.");
  }
  return absl::OkStatus();
}

absl::Status CheckValues(const StringColumn& column, const FieldConfig& /*config*/) {
  // The whole buffer at once is much faster than value by value; each value must then begin where a character does.
  if (!IsValidUtf8(column.bytes)) {
    return NotUtf8("text of the column");
  }
  for (const int32_t offset : column.offsets) {
    const auto at = static_cast<size_t>(offset);
    if (at < column.bytes.size() && (static_cast<unsigned char>(column.bytes[at]) & 0xC0U) == 0x80U) {
      return NotUtf8("text of the column");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckValues(const JsonColumn& column, const FieldConfig& /*config*/) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (!column.IsNull(i) && !IsJsonDocument(column[i])) {
      return absl::InternalError(absl::StrCat("The value in row ", i, " is not a JSON document."));
    }
  }
  return absl::OkStatus();
}

template <typename T, typename Tag>
absl::Status CheckOffsets(const FixedColumn<T, Tag>& /*column*/) {
  return absl::OkStatus();
}

absl::Status CheckField(const Field& field, std::optional<size_t>& rows) {
  BELLWETHER_RETURN_IF_ERROR(CheckText(field.name, "name"));
  for (const auto& [name, value] : field.labels) {
    BELLWETHER_RETURN_IF_ERROR(CheckText(name, "name of a label"));
    BELLWETHER_RETURN_IF_ERROR(CheckText(value, "value of a label"));
  }
  BELLWETHER_RETURN_IF_ERROR(CheckConfig(field.config));
  return std::visit(
      [&](const auto& column) -> absl::Status {
        BELLWETHER_RETURN_IF_ERROR(CheckOffsets(column));
        if (rows.value_or(column.size()) != column.size()) {
          return absl::InternalError(
              absl::StrCat("The column has ", column.size(), " values, the first column has ", *rows, "."));
        }
        rows = column.size();
        const size_t bits = column.validity.size();
        if (bits != 0 && bits != column.size()) {
          return absl::InternalError(
              absl::StrCat("The column has ", column.size(), " values, but ", bits, " validity bits."));
        }
        if (!field.nullable && column.validity.CountZeros() != 0) {
          return absl::InternalError("The column has a missing value, but its field is not nullable.");
        }
        return CheckValues(column, field.config);
      },
      field.column);
}

}  // namespace

absl::StatusOr<CheckedFrame> CheckedFrame::Check(Frame frame) {
  BELLWETHER_RETURN_IF_ERROR(CheckText(frame.name, "frame name"));
  BELLWETHER_RETURN_IF_ERROR(CheckText(frame.ref_id, "refId"));
  BELLWETHER_RETURN_IF_ERROR(CheckMeta(frame.meta));
  std::optional<size_t> rows;
  for (size_t i = 0; i < frame.fields.size(); ++i) {
    if (const absl::Status status = CheckField(frame.fields[i], rows); !status.ok()) {
      const std::string name = IsValidUtf8(frame.fields[i].name) ? frame.fields[i].name : "";
      return absl::InternalError(absl::StrCat("Field ", i, " \"", name, "\": ", status.message()));
    }
  }
  return CheckedFrame(std::move(frame));
}

Field TimeField(std::string name, std::vector<int64_t> unix_ns) {
  Field field;
  field.name = std::move(name);
  field.column = TimeColumn(std::move(unix_ns));
  return field;
}

Field NumberField(std::string name, std::vector<double> values, Labels labels, FieldConfig config) {
  Field field;
  field.name = std::move(name);
  field.labels = std::move(labels);
  field.config = std::move(config);
  field.column = NullableFromNan(std::move(values));
  field.nullable = true;
  return field;
}

Field StringField(std::string name, const std::vector<std::string>& values, FieldConfig config) {
  StringColumn column;
  column.offsets.reserve(values.size() + 1);
  for (const std::string& value : values) {
    column.PushBack(value);
  }
  Field field;
  field.name = std::move(name);
  field.column = std::move(column);
  field.config = std::move(config);
  return field;
}

}  // namespace bellwether

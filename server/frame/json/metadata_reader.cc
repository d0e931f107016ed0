#include "server/frame/json/metadata_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/frame/json/json_document.h"
#include "server/frame/json/metadata_writer.h"

namespace bellwether {
namespace {

using nlohmann::json;

// The member, or null when `object` is not an object or has none of that name.
const json* Member(const json& object, const char* key) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::string> StringAt(const json& object, const char* key) {
  const json* value = Member(object, key);
  return value != nullptr && value->is_string() ? std::optional(value->get_ref<const std::string&>()) : std::nullopt;
}

std::string TextAt(const json& object, const char* key) { return StringAt(object, key).value_or(std::string()); }

std::optional<double> NumberAt(const json& object, const char* key) {
  const json* value = Member(object, key);
  return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

std::optional<bool> BoolAt(const json& object, const char* key) {
  const json* value = Member(object, key);
  return value != nullptr && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
}

template <typename T>
std::optional<T> UnsignedFrom(const json& value) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > std::numeric_limits<T>::max()) {
    return std::nullopt;
  }
  return static_cast<T>(value.get<uint64_t>());
}

// Calls `read` for every item of the array under `key`, if there is one.
template <typename Read>
void ForEachAt(const json& object, const char* key, Read read) {
  if (const json* items = Member(object, key); items != nullptr && items->is_array()) {
    for (const json& item : *items) {
      read(item);
    }
  }
}

// Appends the values of one mapping, in the order of their index.
void ReadMapping(const json& mapping, std::vector<ValueMapping>& mappings) {
  const json* options = Member(mapping, "options");
  if (TextAt(mapping, "type") != "value" || options == nullptr || !options->is_object()) {
    return;
  }
  std::vector<std::pair<double, ValueMapping>> found;
  for (const auto& [value, result] : options->items()) {
    found.emplace_back(NumberAt(result, "index").value_or(0),
                       ValueMapping{value, TextAt(result, "text"), TextAt(result, "color")});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [index, value] : found) {
    mappings.push_back(std::move(value));
  }
}

GraphStyle ReadGraphStyle(const json& custom) {
  GraphStyle style;
  style.draw_style = StringAt(custom, "drawStyle");
  style.line_interpolation = StringAt(custom, "lineInterpolation");
  style.line_width = NumberAt(custom, "lineWidth");
  if (const json* line = Member(custom, "lineStyle"); line != nullptr) {
    style.line_fill = StringAt(*line, "fill");
    ForEachAt(*line, "dash", [&](const json& length) {
      if (length.is_number()) {
        style.line_dash.push_back(length.get<double>());
      }
    });
  }
  style.fill_opacity = NumberAt(custom, "fillOpacity");
  style.fill_below_to = StringAt(custom, "fillBelowTo");
  style.show_points = StringAt(custom, "showPoints");
  style.point_size = NumberAt(custom, "pointSize");
  style.span_nulls = BoolAt(custom, "spanNulls");
  if (const json* hide = Member(custom, "hideFrom"); hide != nullptr) {
    style.hide_from_legend = BoolAt(*hide, "legend");
    style.hide_from_tooltip = BoolAt(*hide, "tooltip");
    style.hide_from_viz = BoolAt(*hide, "viz");
  }
  style.axis_placement = StringAt(custom, "axisPlacement");
  style.axis_soft_min = NumberAt(custom, "axisSoftMin");
  style.axis_soft_max = NumberAt(custom, "axisSoftMax");
  style.min_width = NumberAt(custom, "minWidth");
  return style;
}

NoticeSeverity SeverityFrom(std::string_view name) {
  for (const NoticeSeverity severity : {NoticeSeverity::kWarning, NoticeSeverity::kError}) {
    if (name == NoticeSeverityName(severity)) {
      return severity;
    }
  }
  return NoticeSeverity::kInfo;
}

void ReadTypeVersion(const json& object, FrameMeta& meta) {
  const json* version = Member(object, "typeVersion");
  const bool is_pair = version != nullptr && version->is_array() && version->size() == 2;
  meta.type_version_major = is_pair ? UnsignedFrom<uint32_t>((*version)[0]).value_or(0) : 0;
  meta.type_version_minor = is_pair ? UnsignedFrom<uint32_t>((*version)[1]).value_or(0) : 0;
}

}  // namespace

absl::StatusOr<json> ParseMetadata(std::string_view text, std::string_view what) {
  json document = json();
  if (IsJsonNestingBounded(text)) {
    document = json::parse(text, nullptr, false);
  } else {
    document = json(json::value_t::discarded);
  }
  if (document.is_discarded()) {
    return absl::InvalidArgumentError(absl::StrCat("The ", std::string(what), " is not a JSON document."));
  }
  return document;
}

absl::StatusOr<Labels> ReadLabels(const json& json) {
  Labels labels;
  if (json.is_null()) {
    return labels;
  }
  if (!json.is_object()) {
    return absl::InvalidArgumentError("The labels are not a JSON object.");
  }
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) {
      return absl::InvalidArgumentError(absl::StrCat("The label \"", name, "\" is not a string."));
    }
    labels.emplace(name, value.get_ref<const std::string&>());
  }
  return labels;
}

FieldConfig ReadConfig(const json& object) {
  FieldConfig config;
  config.display_name = StringAt(object, "displayName");
  config.display_name_from_ds = StringAt(object, "displayNameFromDS");
  config.description = StringAt(object, "description");
  config.unit = StringAt(object, "unit");
  if (const json* decimals = Member(object, "decimals"); decimals != nullptr) {
    config.decimals = UnsignedFrom<uint16_t>(*decimals);
  }
  config.min = NumberAt(object, "min");
  config.max = NumberAt(object, "max");
  config.interval_ms = NumberAt(object, "interval");
  config.no_value = StringAt(object, "noValue");
  if (const json* color = Member(object, "color"); color != nullptr && TextAt(*color, "mode") == "fixed") {
    config.fixed_color = StringAt(*color, "fixedColor");
  }
  ForEachAt(object, "mappings", [&](const json& mapping) { ReadMapping(mapping, config.mappings); });
  if (const json* thresholds = Member(object, "thresholds"); thresholds != nullptr) {
    ForEachAt(*thresholds, "steps", [&](const json& step) {
      config.thresholds.push_back({NumberAt(step, "value"), TextAt(step, "color")});
    });
  }
  if (const json* type = Member(object, "type"); type != nullptr) {
    if (const json* values = Member(*type, "enum"); values != nullptr) {
      ForEachAt(*values, "text", [&](const json& text) {
        config.enum_texts.push_back(text.is_string() ? text.get_ref<const std::string&>() : std::string());
      });
    }
  }
  if (const json* custom = Member(object, "custom"); custom != nullptr) {
    config.custom = ReadGraphStyle(*custom);
  }
  return config;
}

FrameMeta ReadMeta(const json& object) {
  FrameMeta meta;
  meta.type = TextAt(object, "type");
  if (!meta.type.empty()) {
    ReadTypeVersion(object, meta);
  }
  meta.data_topic = TextAt(object, "dataTopic");
  meta.preferred_visualisation = TextAt(object, "preferredVisualisationType");
  meta.executed_query = TextAt(object, "executedQueryString");
  ForEachAt(object, "notices", [&](const json& notice) {
    meta.notices.push_back({SeverityFrom(TextAt(notice, "severity")), TextAt(notice, "text")});
  });
  ForEachAt(object, "stats", [&](const json& stat) {
    meta.stats.push_back({TextAt(stat, "displayName"), NumberAt(stat, "value").value_or(0), TextAt(stat, "unit")});
  });
  if (const json* custom = Member(object, "custom"); custom != nullptr && !custom->is_null()) {
    meta.custom_json = custom->dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return meta;
}

}  // namespace bellwether

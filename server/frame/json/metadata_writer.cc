#include "server/frame/json/metadata_writer.h"

#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "server/frame/json/json_writer.h"

namespace bellwether {
namespace {

void WriteOptional(JsonObjectWriter& object, std::string_view key, const std::optional<std::string>& value) {
  if (value.has_value()) {
    object.String(key, *value);
  }
}

// Grafana has no number for "not a number" in a config, so such a member counts as unset.
void WriteOptional(JsonObjectWriter& object, std::string_view key, const std::optional<double>& value) {
  if (value.has_value() && std::isfinite(*value)) {
    object.Number(key, *value);
  }
}

void WriteOptional(JsonObjectWriter& object, std::string_view key, const std::optional<bool>& value) {
  if (value.has_value()) {
    object.Raw(key, *value ? "true" : "false");
  }
}

// Appends [item,item,…]; `append` writes one item.
template <typename T, typename Append>
void AppendArray(std::string& out, const std::vector<T>& items, Append append) {
  out.push_back('[');
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    append(items[i]);
  }
  out.push_back(']');
}

void AppendLineStyle(std::string& out, const GraphStyle& style) {
  JsonObjectWriter line(out);
  WriteOptional(line, "fill", style.line_fill);
  if (!style.line_dash.empty()) {
    AppendArray(line.Key("dash"), style.line_dash, [&](double length) { AppendJsonNumber(out, length); });
  }
  line.Close();
}

void AppendHideFrom(std::string& out, const GraphStyle& style) {
  JsonObjectWriter hide(out);
  WriteOptional(hide, "legend", style.hide_from_legend);
  WriteOptional(hide, "tooltip", style.hide_from_tooltip);
  WriteOptional(hide, "viz", style.hide_from_viz);
  hide.Close();
}

void AppendGraphStyle(std::string& out, const GraphStyle& style) {
  JsonObjectWriter object(out);
  WriteOptional(object, "drawStyle", style.draw_style);
  WriteOptional(object, "lineInterpolation", style.line_interpolation);
  WriteOptional(object, "lineWidth", style.line_width);
  if (style.line_fill.has_value() || !style.line_dash.empty()) {
    AppendLineStyle(object.Key("lineStyle"), style);
  }
  WriteOptional(object, "fillOpacity", style.fill_opacity);
  WriteOptional(object, "fillBelowTo", style.fill_below_to);
  WriteOptional(object, "showPoints", style.show_points);
  WriteOptional(object, "pointSize", style.point_size);
  WriteOptional(object, "spanNulls", style.span_nulls);
  if (style.hide_from_legend.has_value() || style.hide_from_tooltip.has_value() || style.hide_from_viz.has_value()) {
    AppendHideFrom(object.Key("hideFrom"), style);
  }
  WriteOptional(object, "axisPlacement", style.axis_placement);
  WriteOptional(object, "axisSoftMin", style.axis_soft_min);
  WriteOptional(object, "axisSoftMax", style.axis_soft_max);
  WriteOptional(object, "minWidth", style.min_width);
  object.Close();
}

void AppendMapping(std::string& out, const ValueMapping& mapping, size_t index) {
  JsonObjectWriter object(out);
  object.String("type", "value");
  JsonObjectWriter options(object.Key("options"));
  JsonObjectWriter result(options.Key(mapping.value));
  if (!mapping.text.empty()) {
    result.String("text", mapping.text);
  }
  if (!mapping.color.empty()) {
    result.String("color", mapping.color);
  }
  if (index != 0) {
    result.Uint("index", index);
  }
  result.Close();
  options.Close();
  object.Close();
}

void AppendThresholds(std::string& out, const std::vector<ThresholdStep>& steps) {
  JsonObjectWriter object(out);
  object.String("mode", "absolute");
  AppendArray(object.Key("steps"), steps, [&](const ThresholdStep& threshold) {
    JsonObjectWriter step(out);
    // Null stands for minus infinity.
    if (threshold.value.has_value()) {
      step.Number("value", *threshold.value);
    } else {
      step.Raw("value", "null");
    }
    step.String("color", threshold.color);
    step.Close();
  });
  object.Close();
}

void AppendEnumType(std::string& out, const std::vector<std::string>& texts) {
  JsonObjectWriter type(out);
  JsonObjectWriter values(type.Key("enum"));
  AppendArray(values.Key("text"), texts, [&](const std::string& text) { AppendJsonString(out, text); });
  values.Close();
  type.Close();
}

void AppendNotice(std::string& out, const Notice& notice) {
  JsonObjectWriter object(out);
  object.String("severity", NoticeSeverityName(notice.severity));
  object.String("text", notice.text);
  object.Close();
}

void AppendStat(std::string& out, const FrameStat& stat) {
  JsonObjectWriter object(out);
  object.String("displayName", stat.name);
  if (!stat.unit.empty()) {
    object.String("unit", stat.unit);
  }
  object.Number("value", stat.value);
  object.Close();
}

}  // namespace

std::string_view NoticeSeverityName(NoticeSeverity severity) {
  switch (severity) {
    case NoticeSeverity::kInfo:
      return "info";
    case NoticeSeverity::kWarning:
      return "warning";
    case NoticeSeverity::kError:
      return "error";
  }
  return "info";
}

bool IsEmpty(const FieldConfig& config) { return config == FieldConfig(); }

bool IsEmpty(const FrameMeta& meta) {
  return meta.type.empty() && meta.data_topic.empty() && meta.preferred_visualisation.empty() &&
         meta.executed_query.empty() && meta.notices.empty() && meta.stats.empty() && meta.custom_json.empty();
}

void AppendLabelsJson(std::string& out, const Labels& labels) {
  JsonObjectWriter object(out);
  for (const auto& [name, value] : labels) {
    object.String(name, value);
  }
  object.Close();
}

void AppendConfigJson(std::string& out, const FieldConfig& config) {
  JsonObjectWriter object(out);
  WriteOptional(object, "displayName", config.display_name);
  WriteOptional(object, "displayNameFromDS", config.display_name_from_ds);
  WriteOptional(object, "description", config.description);
  WriteOptional(object, "unit", config.unit);
  if (config.decimals.has_value()) {
    object.Uint("decimals", *config.decimals);
  }
  WriteOptional(object, "min", config.min);
  WriteOptional(object, "max", config.max);
  WriteOptional(object, "interval", config.interval_ms);
  if (!config.mappings.empty()) {
    // One mapping a value keeps their order; the index orders them in Grafana's editor.
    size_t index = 0;
    AppendArray(object.Key("mappings"), config.mappings,
                [&](const ValueMapping& mapping) { AppendMapping(out, mapping, index++); });
  }
  if (!config.thresholds.empty()) {
    AppendThresholds(object.Key("thresholds"), config.thresholds);
  }
  if (config.fixed_color.has_value()) {
    JsonObjectWriter color(object.Key("color"));
    color.String("mode", "fixed");
    color.String("fixedColor", *config.fixed_color);
    color.Close();
  }
  WriteOptional(object, "noValue", config.no_value);
  if (!config.enum_texts.empty()) {
    AppendEnumType(object.Key("type"), config.enum_texts);
  }
  if (!(config.custom == GraphStyle())) {
    AppendGraphStyle(object.Key("custom"), config.custom);
  }
  object.Close();
}

void AppendMetaJson(std::string& out, const FrameMeta& meta) {
  JsonObjectWriter object(out);
  if (!meta.type.empty()) {
    object.String("type", meta.type);
    std::string& version = object.Key("typeVersion");
    version.push_back('[');
    AppendJsonUint(version, meta.type_version_major);
    version.push_back(',');
    AppendJsonUint(version, meta.type_version_minor);
    version.push_back(']');
  }
  if (!meta.custom_json.empty()) {
    object.Raw("custom", meta.custom_json);
  }
  if (!meta.stats.empty()) {
    AppendArray(object.Key("stats"), meta.stats, [&](const FrameStat& stat) { AppendStat(out, stat); });
  }
  if (!meta.notices.empty()) {
    AppendArray(object.Key("notices"), meta.notices, [&](const Notice& notice) { AppendNotice(out, notice); });
  }
  if (!meta.preferred_visualisation.empty()) {
    object.String("preferredVisualisationType", meta.preferred_visualisation);
  }
  if (!meta.executed_query.empty()) {
    object.String("executedQueryString", meta.executed_query);
  }
  if (!meta.data_topic.empty()) {
    object.String("dataTopic", meta.data_topic);
  }
  object.Close();
}

}  // namespace bellwether

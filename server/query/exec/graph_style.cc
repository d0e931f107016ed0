#include "server/query/exec/graph_style.h"

#include <array>
#include <utility>

#include "server/analytics/anomaly/detector.h"

namespace bellwether {
namespace {

// Names of Grafana's palette, readable on the light and the dark theme. Red is kept for anomalies.
constexpr std::array<const char*, 10> kHues = {
    "blue",      "green",           "orange",           "purple",           "yellow",
    "dark-blue", "semi-dark-green", "semi-dark-orange", "semi-dark-purple", "dark-yellow"};

FieldConfig Base(size_t series_index, std::string display_name, std::string_view unit) {
  FieldConfig config;
  config.display_name_from_ds = std::move(display_name);
  config.fixed_color = kHues[series_index % kHues.size()];
  if (!unit.empty()) {
    config.unit = unit;
  }
  config.custom.draw_style = "line";
  config.custom.show_points = "never";
  config.custom.line_width = 1;
  return config;
}

}  // namespace

FieldConfig ValueStyle(size_t series_index, std::string display_name, std::string_view unit) {
  FieldConfig config = Base(series_index, std::move(display_name), unit);
  config.custom.show_points = "auto";
  config.custom.fill_opacity = 0;
  return config;
}

FieldConfig ExpectedStyle(size_t series_index, std::string display_name, std::string_view unit) {
  FieldConfig config = Base(series_index, std::move(display_name), unit);
  config.custom.line_fill = "dash";
  config.custom.line_dash = {4, 4};
  config.custom.fill_opacity = 0;
  config.custom.hide_from_legend = true;
  return config;
}

FieldConfig BandLowerStyle(size_t series_index, std::string display_name, std::string_view unit) {
  FieldConfig config = Base(series_index, std::move(display_name), unit);
  config.custom.line_width = 0;
  config.custom.fill_opacity = 0;
  config.custom.hide_from_legend = true;
  return config;
}

FieldConfig BandUpperStyle(size_t series_index, std::string display_name, std::string_view unit, std::string lower_name,
                           double fill_opacity) {
  FieldConfig config = Base(series_index, std::move(display_name), unit);
  config.custom.line_width = 0;
  config.custom.fill_below_to = std::move(lower_name);
  config.custom.fill_opacity = fill_opacity;
  config.custom.hide_from_legend = true;
  return config;
}

FieldConfig AnomalyStyle(std::string display_name, std::string_view unit) {
  FieldConfig config = Base(0, std::move(display_name), unit);
  config.fixed_color = "red";
  config.custom.draw_style = "points";
  config.custom.show_points = "always";
  config.custom.point_size = 8;
  config.custom.span_nulls = false;
  return config;
}

FieldConfig ChangeStyle(size_t series_index, std::string display_name, std::string_view unit, bool is_only_series) {
  FieldConfig config = AnomalyStyle(std::move(display_name), unit);
  config.fixed_color = "semi-dark-orange";
  config.custom.point_size = 10;
  if (!is_only_series) {
    config.fixed_color = kHues[series_index % kHues.size()];
    config.custom.hide_from_legend = true;
  }
  return config;
}

FieldConfig FittedStyle(size_t series_index, std::string display_name, std::string_view unit, bool is_only_series) {
  FieldConfig config = ForecastStyle(series_index, std::move(display_name), unit);
  if (!is_only_series) {
    config.custom.hide_from_legend = true;
  }
  return config;
}

FieldConfig ForecastStyle(size_t series_index, std::string display_name, std::string_view unit) {
  FieldConfig config = Base(series_index, std::move(display_name), unit);
  config.custom.line_fill = "dash";
  config.custom.line_dash = {10, 10};
  config.custom.line_width = 2;
  config.custom.fill_opacity = 0;
  return config;
}

FieldConfig ScoreStyle(size_t series_index, std::string display_name) {
  FieldConfig config = Base(series_index, std::move(display_name), "");
  config.min = 0;
  config.max = 1;
  config.decimals = 3;
  config.custom.axis_placement = "right";
  config.custom.fill_opacity = 0;
  return config;
}

FieldConfig ThresholdStyle(std::string display_name, std::string_view unit) {
  FieldConfig config = Base(0, std::move(display_name), unit);
  config.fixed_color = "red";
  config.custom.line_fill = "dot";
  config.custom.line_dash = {2, 6};
  config.custom.fill_opacity = 0;
  return config;
}

FieldConfig ProbabilityStyle(size_t series_index, std::string display_name) {
  constexpr size_t kHuesFurther = 3;  // purple beside blue
  FieldConfig config = ScoreStyle(series_index + kHuesFurther, std::move(display_name));
  config.unit = "percentunit";
  config.decimals = 0;
  config.custom.line_interpolation = "stepBefore";
  return config;
}

FieldConfig SeverityStyle(std::string display_name) {
  FieldConfig config;
  config.display_name_from_ds = std::move(display_name);
  constexpr std::array<std::pair<Severity, const char*>, 5> kColors = {{{Severity::kNone, "green"},
                                                                        {Severity::kLow, "yellow"},
                                                                        {Severity::kMedium, "orange"},
                                                                        {Severity::kHigh, "red"},
                                                                        {Severity::kCritical, "dark-red"}}};
  for (const auto& [severity, color] : kColors) {
    const std::string name(SeverityName(severity));
    config.mappings.push_back({name, severity == Severity::kNone ? "normal" : name, color});
  }
  config.custom.fill_opacity = 80;
  config.custom.line_width = 0;
  return config;
}

FieldConfig SentenceStyle() {
  constexpr double kWidth = 480;
  FieldConfig config;
  config.custom.min_width = kWidth;
  return config;
}

FieldConfig TimeColumnStyle() {
  constexpr double kWidth = 170;
  FieldConfig config;
  config.custom.min_width = kWidth;
  return config;
}

Field TimeColumnField(std::string name, std::vector<int64_t> unix_ns) {
  Field field = TimeField(std::move(name), std::move(unix_ns));
  field.config = TimeColumnStyle();
  return field;
}

FieldConfig PlainNumberStyle(std::string display_name, std::string_view unit) {
  FieldConfig config;
  config.display_name_from_ds = std::move(display_name);
  config.fixed_color = kHues.front();
  if (!unit.empty()) {
    config.unit = unit;
  }
  return config;
}

}  // namespace bellwether

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bellwether {

/// How the time-series panel draws a field, and the table panel its column: the `custom` part of Grafana's field
/// config. Unset members are left out of the JSON, so that the panel's own defaults apply. Values are the strings that
/// Grafana uses.
struct GraphStyle {
  std::optional<std::string> draw_style;          ///< line | bars | points
  std::optional<std::string> line_interpolation;  ///< linear | smooth | stepBefore | stepAfter
  std::optional<double> line_width;               ///< pixels
  std::optional<std::string> line_fill;           ///< solid | dash | dot | square
  std::vector<double> line_dash;                  ///< dash and gap lengths in pixels, with line_fill = dash
  std::optional<double> fill_opacity;             ///< 0 to 100
  std::optional<std::string> fill_below_to;       ///< display name of the lower field of a band
  std::optional<std::string> show_points;         ///< auto | always | never
  std::optional<double> point_size;               ///< pixels
  std::optional<bool> span_nulls;
  std::optional<bool> hide_from_legend;
  std::optional<bool> hide_from_tooltip;
  std::optional<bool> hide_from_viz;
  std::optional<std::string> axis_placement;  ///< auto | left | right | bottom | hidden
  std::optional<double> axis_soft_min;
  std::optional<double> axis_soft_max;
  std::optional<double> min_width;  ///< of the column of a table, pixels

  friend bool operator==(const GraphStyle&, const GraphStyle&) = default;
};

/// A value that is shown as a text in a colour: one `value` mapping of Grafana.
struct ValueMapping {
  std::string value;
  std::string text;
  std::string color;
  friend bool operator==(const ValueMapping&, const ValueMapping&) = default;
};

/// A step of a threshold: from `value` (minus infinity where empty) upwards the field has `color`.
struct ThresholdStep {
  std::optional<double> value;
  std::string color;
  friend bool operator==(const ThresholdStep&, const ThresholdStep&) = default;
};

/// Unit, names, range and style of a field: Grafana's FieldConfig. What the backend sets here wins over the panel's
/// defaults and loses only to explicit overrides. Unset members are left out of the JSON.
struct FieldConfig {
  std::optional<std::string> display_name_from_ds;
  std::optional<std::string> display_name;
  std::optional<std::string> description;
  std::optional<std::string> unit;  ///< Grafana unit id: s, ms, percent, bytes, short, currencyUSD …
  std::optional<uint16_t> decimals;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> interval_ms;
  std::optional<std::string> no_value;
  std::optional<std::string> fixed_color;  ///< theme name or #rrggbb; sets color.mode = fixed
  std::vector<ValueMapping> mappings;
  std::vector<ThresholdStep> thresholds;
  std::vector<std::string> enum_texts;  ///< texts of an enum field
  GraphStyle custom;

  friend bool operator==(const FieldConfig&, const FieldConfig&) = default;
};

}  // namespace bellwether

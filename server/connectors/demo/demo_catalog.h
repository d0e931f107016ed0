#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/frame/frame.h"

namespace bellwether {

/// The course of a metric over a day.
enum class DayShape {
  kShop,     ///< quiet nights, a hill at noon and a higher one in the evening
  kOffice,   ///< one broad hill over the working hours
  kClimate,  ///< a sine with its top in the afternoon, and a yearly one
  kFilling,  ///< rises over days and falls when someone cleans up
};

/// One metric of the demo world. Values are readings once a minute.
struct DemoMetric {
  std::string_view name;
  std::string_view unit;  ///< Grafana unit id
  std::string_view description;
  std::string_view group;  ///< label set: shop, hosts or sensors
  DayShape shape = DayShape::kShop;
  double base = 1;             ///< typical value
  double swing = 0.5;          ///< share of the value that follows the day, 0 to 1
  double weekend = 1;          ///< factor on Saturday and Sunday
  double growth_per_year = 0;  ///< 0.2 = 20 %
  double white_noise = 0.05;   ///< standard deviation at the typical value, as a share of it
  double smooth_noise = 0.05;  ///< likewise, slowly varying
  double max = 1e18;
  bool integral = false;
  bool additive = false;  ///< the total is the sum over the labels, otherwise their mean
};

/// One member of a label set.
struct DemoMember {
  Labels labels;
  double scale = 1;        ///< of the metric's base value
  double phase_hours = 0;  ///< how much later its day runs
};

/// All metrics.
[[nodiscard]] std::span<const DemoMetric> DemoMetrics();

/// Position of the metric called `name` in DemoMetrics(), or their number when there is none.
[[nodiscard]] size_t FindDemoMetric(std::string_view name);

/// The members of a label set.
[[nodiscard]] std::vector<DemoMember> DemoMembers(std::string_view group);

/// Whether the group has a series without labels that sums up its members (the shop has).
[[nodiscard]] bool HasTotal(std::string_view group);

}  // namespace bellwether

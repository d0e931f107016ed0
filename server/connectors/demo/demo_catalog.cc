#include "server/connectors/demo/demo_catalog.h"

namespace bellwether {
namespace {

constexpr DemoMetric kMetrics[] = {
    {.name = "revenue", .unit = "currencyUSD", .description = "Revenue of the shop per minute", .group = "shop",
     .shape = DayShape::kShop, .base = 240, .swing = 0.85, .weekend = 1.25, .growth_per_year = 0.18, .white_noise = 0.07,
     .smooth_noise = 0.05, .additive = true},
    {.name = "orders", .unit = "short", .description = "Orders per minute", .group = "shop", .shape = DayShape::kShop,
     .base = 40, .swing = 0.85, .weekend = 1.2, .growth_per_year = 0.15, .white_noise = 0.10, .smooth_noise = 0.05,
     .integral = true, .additive = true},
    {.name = "page_views", .unit = "short", .description = "Page views per minute", .group = "shop",
     .shape = DayShape::kShop, .base = 1800, .swing = 0.8, .weekend = 1.3, .growth_per_year = 0.12, .white_noise = 0.04,
     .smooth_noise = 0.05, .integral = true, .additive = true},
    {.name = "payment_failures", .unit = "short", .description = "Payments refused per minute", .group = "shop",
     .shape = DayShape::kShop, .base = 9, .swing = 0.6, .weekend = 1.1, .white_noise = 0.25, .smooth_noise = 0.08,
     .integral = true, .additive = true},
    {.name = "cart_abandonment", .unit = "percent", .description = "Carts that were filled and left", .group = "shop",
     .shape = DayShape::kOffice, .base = 62, .swing = 0.15, .weekend = 0.96, .white_noise = 0.02, .smooth_noise = 0.02,
     .max = 100},
    {.name = "cpu", .unit = "percent", .description = "CPU use of a host", .group = "hosts", .shape = DayShape::kOffice,
     .base = 38, .swing = 0.6, .weekend = 0.75, .white_noise = 0.06, .smooth_noise = 0.06, .max = 100},
    {.name = "memory", .unit = "percent", .description = "Memory use of a host", .group = "hosts",
     .shape = DayShape::kOffice, .base = 58, .swing = 0.2, .weekend = 0.95, .white_noise = 0.008, .smooth_noise = 0.03,
     .max = 100},
    {.name = "disk", .unit = "percent", .description = "Disk space used; cleaned up every nine days", .group = "hosts",
     .shape = DayShape::kFilling, .base = 52, .swing = 0.5, .white_noise = 0.003, .smooth_noise = 0.005, .max = 100},
    {.name = "network_in", .unit = "Bps", .description = "Bytes received per second", .group = "hosts",
     .shape = DayShape::kShop, .base = 2.4e6, .swing = 0.8, .weekend = 1.1, .growth_per_year = 0.1, .white_noise = 0.08,
     .smooth_noise = 0.07},
    {.name = "network_out", .unit = "Bps", .description = "Bytes sent per second", .group = "hosts",
     .shape = DayShape::kShop, .base = 9.5e6, .swing = 0.8, .weekend = 1.1, .growth_per_year = 0.1, .white_noise = 0.08,
     .smooth_noise = 0.07},
    {.name = "latency_p95", .unit = "ms", .description = "95 of 100 requests are answered faster", .group = "hosts",
     .shape = DayShape::kShop, .base = 140, .swing = 0.45, .weekend = 1.05, .white_noise = 0.07, .smooth_noise = 0.08},
    {.name = "errors", .unit = "short", .description = "Failed requests per minute", .group = "hosts",
     .shape = DayShape::kShop, .base = 12, .swing = 0.55, .weekend = 1.05, .white_noise = 0.22, .smooth_noise = 0.08,
     .integral = true},
    {.name = "temperature", .unit = "celsius", .description = "Air at the machine", .group = "sensors",
     .shape = DayShape::kClimate, .base = 22, .swing = 0.25, .white_noise = 0.006, .smooth_noise = 0.02},
    {.name = "humidity", .unit = "percent", .description = "Relative humidity at the machine", .group = "sensors",
     .shape = DayShape::kClimate, .base = 47, .swing = 0.2, .white_noise = 0.01, .smooth_noise = 0.03, .max = 100},
    {.name = "vibration", .unit = "suffix: mm/s", .description = "Vibration of the machine", .group = "sensors",
     .shape = DayShape::kOffice, .base = 2.8, .swing = 0.7, .weekend = 0.45, .white_noise = 0.06, .smooth_noise = 0.05},
    {.name = "power", .unit = "watt", .description = "Electric power of the machine", .group = "sensors",
     .shape = DayShape::kOffice, .base = 7400, .swing = 0.7, .weekend = 0.4, .growth_per_year = 0.02, .white_noise = 0.03,
     .smooth_noise = 0.04},
};

}  // namespace

std::span<const DemoMetric> DemoMetrics() { return kMetrics; }

size_t FindDemoMetric(std::string_view name) {
  size_t i = 0;
  while (i < std::size(kMetrics) && kMetrics[i].name != name) {
    ++i;
  }
  return i;
}

std::vector<DemoMember> DemoMembers(std::string_view group) {
  if (group == "shop") {
    return {{{{"category", "electronics"}}, 1.6, 0.3},
            {{{"category", "clothing"}}, 1.2, 0},
            {{{"category", "books"}}, 0.7, 0.8},
            {{{"category", "home"}}, 0.9, -0.4},
            {{{"category", "toys"}}, 0.6, -1}};
  }
  if (group == "hosts") {
    return {{{{"host", "web-1"}}, 1, 0}, {{{"host", "web-2"}}, 0.95, 0.1}, {{{"host", "db-1"}}, 1.2, 0.5},
            {{{"host", "cache-1"}}, 0.6, 0}};
  }
  return {{{{"sensor", "press-1"}, {"site", "hall-a"}}, 1, 0},
          {{{"sensor", "press-2"}, {"site", "hall-a"}}, 1.1, 0.4},
          {{{"sensor", "mixer-1"}, {"site", "hall-b"}}, 0.8, -0.6}};
}

bool HasTotal(std::string_view group) { return group == "shop"; }

}  // namespace bellwether

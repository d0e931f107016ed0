#include "server/plugin/dispatch/request_metrics.h"

#include <string>
#include <vector>

namespace bellwether {
namespace {

std::vector<std::string> Endpoints() {
  return {"queryData",       "callResource",  "checkHealth", "collectMetrics",
          "subscribeStream", "publishStream", "runStream"};
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kError:
      return "error";
    case Outcome::kCancelled:
      return "cancelled";
  }
  return "error";
}

}  // namespace

RequestMetrics::RequestMetrics(MetricRegistry& registry)
    : total_(registry.AddCounter("grafana_plugin_request_total", "The total amount of plugin requests.",
                                 {{"endpoint", Endpoints()},
                                  {"status", {"ok", "error", "cancelled"}},
                                  {"status_source", {"plugin", "downstream"}}})),
      duration_(registry.AddHistogram(
          "grafana_plugin_request_duration_seconds", "Plugin request duration in seconds.", {{"endpoint", Endpoints()}},
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25})) {}

void RequestMetrics::Record(std::string_view endpoint, Outcome outcome, Origin origin, absl::Duration duration) {
  total_.With({endpoint, OutcomeName(outcome), OriginName(origin)}).Increment();
  duration_.With({endpoint}).Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace bellwether

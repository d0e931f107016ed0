#include <algorithm>
#include <cmath>
#include <optional>

#include "server/connectors/demo/demo_catalog.h"
#include "server/connectors/demo/demo_incidents.h"
#include "server/connectors/demo/demo_signal.h"
#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {
namespace {

constexpr int64_t kStartS = 1'704'067'200;  // a Monday, 00:00 UTC
constexpr size_t kNear = 12;                // rows after an incident that are not looked at

Carrier DemoCarrier(const DemoSignalKey& key, int64_t step_s) {
  const DemoMetric& metric = DemoMetrics()[key.metric];
  const size_t members = DemoMembers(metric.group).size();
  Carrier carrier{.kind = "demo " + std::string(metric.group),
                  .step_ns = step_s * 1'000'000'000,
                  .seasonal = metric.shape != DayShape::kFilling && metric.swing > 0.2};
  DemoSignal signal(key);
  size_t since = kNear;
  const size_t rows = CarrierRows(carrier.step_ns);
  for (size_t i = 0; i < rows; ++i) {
    const int64_t time_s = kStartS + static_cast<int64_t>(i) * step_s;
    const DemoIncident incident = IncidentAround(key.seed, key.metric, members, time_s);
    since = incident.Covers(time_s) && incident.Strikes(key.member) ? 0 : since + 1;
    carrier.times_unix_ns.push_back(time_s * 1'000'000'000);
    carrier.values.push_back(signal.At(time_s).value_or(std::nan("")));
    carrier.unusual.push_back(since < kNear ? 1 : 0);
  }
  return carrier;
}

}  // namespace

std::vector<Carrier> DemoCarriers(Set set) {
  std::vector<Carrier> carriers;
  const uint64_t seed = set == Set::kChoose ? 7 : 1'000'007;
  for (size_t metric = 0; metric < DemoMetrics().size(); ++metric) {
    for (const int64_t step_s : {60, 300, 3600}) {
      carriers.push_back(DemoCarrier({.seed = seed, .metric = metric, .member = 0}, step_s));
    }
  }
  return carriers;
}

}  // namespace bellwether::injected

#include "server/telemetry/metrics/metric_registry.h"

#include <gtest/gtest.h>

#include <string>

#include "server/telemetry/metrics/process_metrics.h"

namespace bellwether {
namespace {

TEST(MetricRegistryTest, WritesCountersWithHelpAndType) {
  MetricRegistry registry;
  CounterFamily& family = registry.AddCounter("calls_total", "Calls\nso \\ far.", {{"status", {"ok", "error"}}});
  family.With({"ok"}).Increment();
  family.With({"ok"}).Increment(2);
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP calls_total Calls\\nso \\\\ far.\n# TYPE calls_total counter\ncalls_total{status=\"ok\"} 3\n");
}

TEST(MetricRegistryTest, UnknownLabelValuesShareOneSeries) {
  MetricRegistry registry;
  CounterFamily& family = registry.AddCounter("calls_total", "Calls.", {{"status", {"ok"}}});
  for (int i = 0; i < 1000; ++i) {
    family.With({"invented " + std::to_string(i)}).Increment();
  }
  family.With({}).Increment();
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{status=\"other\"} 1001\n");
}

TEST(MetricRegistryTest, HistogramBucketsAreCumulated) {
  MetricRegistry registry;
  Histogram& histogram = registry.AddHistogram("seconds", "Time.", {{"of", {"x"}}}, {0.5, 1}).With({"x"});
  histogram.Observe(0.5);
  histogram.Observe(0.75);
  histogram.Observe(3);
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP seconds Time.\n# TYPE seconds histogram\n"
            "seconds_bucket{of=\"x\",le=\"0.5\"} 1\nseconds_bucket{of=\"x\",le=\"1\"} 2\n"
            "seconds_bucket{of=\"x\",le=\"+Inf\"} 3\nseconds_sum{of=\"x\"} 4.25\nseconds_count{of=\"x\"} 3\n");
}

TEST(MetricRegistryTest, EscapesLabelValues) {
  MetricRegistry registry;
  registry.AddSampled({"info", "Info.", {{"version", "a\"b\\c\nd\xFF"}}, false, [] { return 1.0; }});
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP info Info.\n# TYPE info gauge\ninfo{version=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\"} 1\n");
}

TEST(MetricRegistryTest, ProcessMetricsAreMeasured) {
  MetricRegistry registry;
  AddProcessMetrics(absl::FromUnixSeconds(1'700'000'000), registry);
  const std::string text = registry.PrometheusText();
  EXPECT_NE(text.find("\nprocess_start_time_seconds 1700000000\n"), std::string::npos) << text;
  const size_t resident = text.find("\nprocess_resident_memory_bytes ");
  ASSERT_NE(resident, std::string::npos);
  EXPECT_GT(std::stod(text.substr(resident + 31)), 100'000);
  EXPECT_NE(text.find("# TYPE process_cpu_seconds_total counter\n"), std::string::npos);
}

}  // namespace
}  // namespace bellwether

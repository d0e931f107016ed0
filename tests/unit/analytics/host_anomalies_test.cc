#include "server/analytics/multivariate/host_anomalies.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/analytics/multivariate/feature_evidence.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

TEST(HostAnomaliesTest, KnowsRolesByNameAndUnit) {
  EXPECT_EQ(MeaningOf("node_cpu_seconds_total", "").role, FeatureRole::kCpu);
  EXPECT_EQ(MeaningOf("heapUsed", "bytes").role, FeatureRole::kMemory);
  EXPECT_EQ(MeaningOf("http_request_duration_p99", "s").role, FeatureRole::kLatency);
  EXPECT_EQ(MeaningOf("network_errors", "").role, FeatureRole::kErrors);
  EXPECT_EQ(MeaningOf("disk", "percent").role, FeatureRole::kDisk);
  EXPECT_EQ(MeaningOf("checkout", "ms").role, FeatureRole::kLatency);
  EXPECT_EQ(MeaningOf("ratio", "").role, FeatureRole::kOther);  // holds "io", which is no word of it
  EXPECT_EQ(MeaningOf("", "").role, FeatureRole::kOther);
  EXPECT_EQ(MeaningOf("cpu_iowait", "percent").role, FeatureRole::kDisk);
}

TEST(HostAnomaliesTest, NamesTheKindThatExplainsMost) {
  const FeatureEvidence cpu{FeatureRole::kCpu, true, false, 0.5};
  const FeatureEvidence latency{FeatureRole::kLatency, true, false, 0.4};
  const FeatureEvidence memory{FeatureRole::kMemory, true, true, 0.6};
  const FeatureEvidence few_requests{FeatureRole::kThroughput, false, false, 0.5};
  const auto kind_of = [](std::vector<FeatureEvidence> evidence) { return ClassifyHostAnomaly(evidence).id; };
  EXPECT_EQ(kind_of({cpu}), "cpu_overload");
  EXPECT_EQ(kind_of({cpu, latency}), "service_overload");
  EXPECT_EQ(kind_of({memory}), "memory_leak");
  EXPECT_EQ(kind_of({latency}), "latency_spike");
  EXPECT_EQ(kind_of({few_requests}), "throughput_drop");
  EXPECT_EQ(kind_of({latency, few_requests}), "performance_degradation");
  EXPECT_EQ(kind_of({{FeatureRole::kErrors, true, false, 0.9}}), "error_rate_spike");
  EXPECT_EQ(kind_of({{FeatureRole::kOther, true, false, 0.9}}), "unusual_pattern");
  EXPECT_EQ(kind_of({{FeatureRole::kCpu, true, false, 0.05}}), "unusual_pattern");  // too small to mean anything
  EXPECT_EQ(kind_of({}), "unusual_pattern");
}

TEST(HostAnomaliesTest, WhatIsLeftFallsWhereOthersRise) {
  EXPECT_TRUE(MeaningOf("memory_available", "bytes").is_spare);
  EXPECT_TRUE(MeaningOf("node_memory_MemFree_bytes", "").is_spare);
  EXPECT_TRUE(MeaningOf("cpu_idle", "percent").is_spare);
  EXPECT_FALSE(MeaningOf("memory_used", "bytes").is_spare);

  // Memory that is left falls for long: a leak. The processor idles: it does less.
  const size_t rows = 200;
  std::vector<double> values = Noise(rows, 8);
  std::vector<double> idle = Noise(rows, 9);
  for (size_t i = 0; i < rows; ++i) {
    values[i] += i >= 100 ? -0.2 * static_cast<double>(i - 100) : 0;
  }
  idle.back() += 20;
  values.insert(values.end(), idle.begin(), idle.end());
  const FeatureColumns points{values, rows, 2};
  const std::vector<FeatureMeaning> meanings = {MeaningOf("memory_available", ""), MeaningOf("cpu_idle", "")};
  const auto kind_of = [&](FeatureContribution one) {
    return ClassifyHostAnomaly(EvidenceOf(points, rows - 1, std::vector{one}, meanings)).id;
  };
  EXPECT_EQ(kind_of({.feature = 0, .share = 1, .units = -9}), "memory_leak");
  EXPECT_EQ(kind_of({.feature = 1, .share = 1, .units = 20}), "cpu_quiet");
  EXPECT_EQ(kind_of({.feature = 1, .share = 1, .units = -20}), "cpu_overload");
}

/// The six that every host has.
constexpr FeatureRole kHostRoles[] = {FeatureRole::kCpu,     FeatureRole::kMemory,  FeatureRole::kDisk,
                                      FeatureRole::kNetwork, FeatureRole::kLatency, FeatureRole::kErrors};

TEST(HostAnomaliesTest, NamesEachOfTheSixAloneAndEveryTwoOfThemUp) {
  std::set<std::string> ups;
  for (const FeatureRole role : kHostRoles) {
    SCOPED_TRACE(FeatureRoleName(role));
    const std::string up(ClassifyHostAnomaly(std::vector<FeatureEvidence>{{role, true, false, 1}}).id);
    const std::string down(ClassifyHostAnomaly(std::vector<FeatureEvidence>{{role, false, false, 1}}).id);
    EXPECT_NE(up, "unusual_pattern");
    EXPECT_NE(down, "unusual_pattern");
    EXPECT_NE(up, down);
    EXPECT_TRUE(ups.insert(up).second) << up;
    for (const FeatureRole other : kHostRoles) {
      if (other == role) {
        continue;
      }
      // A pattern of both explains all, one of them a half: with a third feature that nobody knows, both must be named.
      const std::vector<FeatureEvidence> both = {{role, true, false, 0.45}, {other, true, false, 0.45}};
      const std::vector<FeatureEvidence> turned = {both[1], both[0]};
      const std::string_view kind = ClassifyHostAnomaly(both).id;
      EXPECT_NE(kind, "unusual_pattern") << FeatureRoleName(other);
      EXPECT_EQ(kind, ClassifyHostAnomaly(turned).id) << FeatureRoleName(other);
      // Whichever is larger: neither alone would explain as much.
      EXPECT_EQ(
          kind,
          ClassifyHostAnomaly(std::vector<FeatureEvidence>{{role, true, false, 0.8}, {other, true, false, 0.2}}).id)
          << FeatureRoleName(other);
    }
  }
}

TEST(HostAnomaliesTest, HasAnActionForEveryKind) {
  std::set<std::string> ids;
  for (const HostAnomalyKind& kind : HostAnomalyKinds()) {
    EXPECT_TRUE(ids.insert(std::string(kind.id)).second) << kind.id;
    EXPECT_GT(kind.action.size(), 20U);
    EXPECT_EQ(kind.action.back(), '.');
  }
  for (const char* id : {"cpu_overload", "memory_leak", "latency_spike", "error_rate_spike", "throughput_drop",
                         "resource_spike", "performance_degradation", "unusual_pattern"}) {
    EXPECT_EQ(ids.count(id), 1U) << id;
  }
}

TEST(HostAnomaliesTest, TheirPageNamesEveryKind) {
  std::ifstream file(std::string(BELLWETHER_SOURCE_DIR) + "/docs/explanation/outliers.md");
  ASSERT_TRUE(file);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const HostAnomalyKind& kind : HostAnomalyKinds()) {
    EXPECT_NE(page.find("`" + std::string(kind.id) + "`"), std::string::npos) << kind.id;
  }
}

}  // namespace
}  // namespace bellwether

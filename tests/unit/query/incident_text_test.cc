#include "server/query/exec/incident_text.h"

#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/query/exec/operational_names.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kMinute = int64_t{60} * 1'000'000'000;
constexpr int64_t kStart = int64_t{1'760'000'000} * 1'000'000'000;

TEST(QuantityTextTest, WritesUnitsAsPeopleReadThem) {
  EXPECT_EQ(QuantityText(83.14, "percent"), "83.1 %");
  EXPECT_EQ(QuantityText(0.9312, "percentunit"), "93.1 %");
  EXPECT_EQ(QuantityText(1920, "ms"), "1.92 s");
  EXPECT_EQ(QuantityText(0.41, "s"), "410 ms");
  EXPECT_EQ(QuantityText(5400, "s"), "90 min");
  EXPECT_EQ(QuantityText(2.4e6, "Bps"), "2.4 MB/s");
  EXPECT_EQ(QuantityText(3.0 * 1024 * 1024 * 1024, "bytes"), "3 GiB");
  EXPECT_EQ(QuantityText(1204, "currencyUSD"), "$1,204");
  EXPECT_EQ(QuantityText(-20, "currencyEUR"), "-€20");
  EXPECT_EQ(QuantityText(12.54, "reqps"), "12.5 req/s");
  EXPECT_EQ(QuantityText(21.04, "celsius"), "21 °C");
  EXPECT_EQ(QuantityText(4.5, "suffix: mm/s"), "4.5 mm/s");
  EXPECT_EQ(QuantityText(12345678, "short"), "12.3 million");
  EXPECT_EQ(QuantityText(0, "s"), "0 s");
  EXPECT_EQ(QuantityText(7, "no such unit"), "7");
}

TEST(QuantityTextTest, ShowsDifferencesOfTheResolution) {
  EXPECT_EQ(QuantityText(99.987, "percent", 0.04), "99.987 %");
  EXPECT_EQ(QuantityText(99.987, "percent", 30), "100 %");
  EXPECT_EQ(QuantityText(10'000, "", 3), "10,000");
  EXPECT_EQ(QuantityText(10'002.6, "", 3), "10,002.6");
}

TEST(QuantityTextTest, SurvivesHostileNumbers) {
  for (const char* unit : {"", "s", "bytes", "currencyUSD", "percentunit", "suffix:", "prefix:"}) {
    for (const double value : std::initializer_list<double>{0, -0.0, 1e308, -1e308, 4.9e-324, HUGE_VAL, std::nan("")}) {
      EXPECT_LT(QuantityText(value, unit, value).size(), 64u);
      EXPECT_FALSE(QuantityText(value, unit).empty());
    }
  }
}

TEST(TimeSpanTextTest, NamesOneOrTwoUnits) {
  EXPECT_EQ(TimeSpanText(45), "45 s");
  EXPECT_EQ(TimeSpanText(25 * 60), "25 min");
  EXPECT_EQ(TimeSpanText(3 * 3600 + 20 * 60), "3 h 20 min");
  EXPECT_EQ(TimeSpanText(26 * 3600), "26 h");
  EXPECT_EQ(TimeSpanText(4.25 * 86400), "4.3 days");
  EXPECT_EQ(TimeSpanText(40 * 86400), "40 days");
  EXPECT_EQ(TimeSpanText(-1), "0 s");
  EXPECT_EQ(TimeSpanText(std::nan("")), "0 s");
}

TEST(OperationalNamesTest, ComeFromTypeSideUnitAndWords) {
  const auto name = OperationalName;
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "ms", "page_load"), "latency_spike");
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "s", "http_request_duration_seconds"), "latency_spike");
  EXPECT_EQ(name(AnomalyType::kLevelShift, 1, "s", "http_request_duration_seconds"), "performance_degradation");
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "short", "payment_failures"), "error_rate_spike");
  EXPECT_EQ(name(AnomalyType::kLevelShift, 1, "percentunit", "http_5xx_ratio"), "error_rate_spike");
  EXPECT_EQ(name(AnomalyType::kDrop, -1, "reqps", "requests"), "throughput_drop");
  EXPECT_EQ(name(AnomalyType::kDrop, -1, "currencyUSD", "revenue"), "throughput_drop");
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "percent", "cpu"), "cpu_overload");
  EXPECT_EQ(name(AnomalyType::kDrop, -1, "percent", "cpu_idle"), "cpu_overload");
  EXPECT_EQ(name(AnomalyType::kDrift, 1, "bytes", "process_resident_memory_bytes"), "memory_leak");
  EXPECT_EQ(name(AnomalyType::kDrift, -1, "bytes", "node_memory_MemAvailable_bytes"), "memory_leak");
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "bytes", "jvmHeapUsed"), "resource_spike");
  EXPECT_EQ(name(AnomalyType::kSpike, 1, "Bps", "network_in"), "resource_spike");
  EXPECT_EQ(name(AnomalyType::kDrop, -1, "percent", "apdex_score"), "performance_degradation");
}

TEST(OperationalNamesTest, WhatIsNotInTheTableIsAnUnusualPattern) {
  EXPECT_EQ(OperationalName(AnomalyType::kSpike, 1, "celsius", "temperature"), kUnusualPattern);
  EXPECT_EQ(OperationalName(AnomalyType::kSeasonBreak, 1, "reqps", "requests"), kUnusualPattern);
  EXPECT_EQ(OperationalName(AnomalyType::kDrop, -1, "ms", "page_load"), kUnusualPattern);
  EXPECT_EQ(OperationalName(AnomalyType::kDrop, -1, "", "errors"), kUnusualPattern);
  EXPECT_EQ(OperationalName(AnomalyType::kSpike, std::nan(""), "ms", "latency"), kUnusualPattern);
  EXPECT_EQ(OperationalName(AnomalyType::kSpike, 1, std::string(9999, 'x'), std::string(99999, '_')), kUnusualPattern);
}

IncidentFact PageLoad() {
  IncidentFact fact;
  fact.start_unix_ns = kStart;
  fact.since_unix_ns = kStart - 10 * kMinute;
  fact.end_unix_ns = kStart + 50 * kMinute;
  fact.step_ns = 5 * kMinute;
  fact.peak_value = 1.92;
  fact.expected = 0.41;
  fact.lower = 0.35;
  fact.upper = 0.48;
  fact.p_value = 1.0 / (288 * 40);
  fact.history_seconds = 90 * 86'400;
  fact.type = AnomalyType::kSpike;
  fact.evidence.spread = 0.05;
  return fact;
}

ModelSeries Named(const char* unit) {
  ModelSeries series;
  series.name = series.display_name = "page_load";
  series.unit = unit;
  return series;
}

TEST(IncidentTextTest, SaysWhatWasSeenWhatWasExpectedAndHowRareThatIs) {
  EXPECT_EQ(ExplainIncident(PageLoad(), Named("s")),
            "page_load rose to 1.92 s where 410 ms was expected (usually 350 ms to 480 ms): 1.51 s above (+368 %, 30 "
            "times its usual deviation), for 50 min. By chance something as unusual comes once in "
            "40 days.");
}

// The band of single values is no reason for an alarm that another view raised.
TEST(IncidentTextTest, AValueWithinItsBandIsNotSaidToBeOutsideOfIt) {
  IncidentFact fact = PageLoad();
  fact.peak_value = 0.47;
  fact.views = {{"hour mean", 0.8}, {"point", 0.2}};
  EXPECT_THAT(
      ExplainIncident(fact, Named("s")),
      HasSubstr("rose to 470 ms where 410 ms was expected (by itself within the usual 350 ms to 480 ms, unusual "
                "with the values before it): 60 ms above"));
  fact.views = {{"point", 1}};
  EXPECT_THAT(ExplainIncident(fact, Named("s")), HasSubstr("rose to 470 ms where 410 ms was expected: 60 ms above"));
  fact.type = AnomalyType::kDrift;
  fact.evidence.slope_per_row = 0.01;
  EXPECT_THAT(ExplainIncident(fact, Named("s")),
              HasSubstr("470 ms where 410 ms was expected (by itself within the usual 350 ms to 480 ms): 60 ms above"));
}

TEST(IncidentTextTest, TheHistoryBoundsWhatIsClaimed) {
  IncidentFact fact = PageLoad();
  fact.history_seconds = 14 * 86'400;
  EXPECT_EQ(RarityText(fact), "not seen in the 14 days of history");
  fact.previous = PastIncident{kStart - 60 * kMinute, kStart - 30 * kMinute};
  EXPECT_EQ(RarityText(fact), "less than once in 14 days");
  EXPECT_THAT(ExplainIncident(fact, Named("s")), HasSubstr("the last like it began 60 min before and lasted 30 min"));
  fact.p_value = 1;
  EXPECT_EQ(RarityText(fact), "");
  fact.p_value = std::nan("");
  EXPECT_EQ(RarityText(fact), "");
  fact.p_value = 0;
  EXPECT_EQ(RarityText(fact), "less than once in 14 days");
}

TEST(IncidentTextTest, EveryTypeTellsItsOwnEvidence) {
  IncidentFact fact = PageLoad();
  const auto text = [&](AnomalyType type) {
    fact.type = type;
    return ExplainIncident(fact, Named("s"));
  };
  fact.evidence.level_change = 1.2;
  EXPECT_THAT(text(AnomalyType::kLevelShift), HasSubstr("moved up by 1.2 s and stayed there"));
  fact.evidence.slope_per_row = -0.01;
  EXPECT_THAT(text(AnomalyType::kDrift), HasSubstr("sank by 120 ms an hour"));
  fact.evidence.spread_ratio = 3.21;
  EXPECT_THAT(text(AnomalyType::kVarianceChange), HasSubstr("scatters 3.2 times as widely as usual"));
  fact.evidence.spread_ratio = 0.25;
  EXPECT_THAT(text(AnomalyType::kVarianceChange), HasSubstr("moves 4.0 times less than usual"));
  for (const double ratio : {0.97, 1.04}) {
    fact.evidence.spread_ratio = ratio;
    EXPECT_THAT(text(AnomalyType::kVarianceChange), HasSubstr("scatters in another way than usual"));
  }
  fact.evidence.period = 288;
  fact.evidence.season_agreement = 0.1;
  fact.evidence.moved_season_agreement = 0.95;
  fact.evidence.season_move_rows = 96;
  EXPECT_THAT(text(AnomalyType::kSeasonBreak), HasSubstr("follows its daily rhythm 8 h late"));
  fact.evidence.season_move_rows = 0;
  fact.evidence.season_gain = 0.02;
  EXPECT_THAT(text(AnomalyType::kSeasonBreak), HasSubstr("has lost its daily rhythm"));
  fact.evidence.equal_run = 39;
  fact.evidence.usual_equal_run = 3;
  EXPECT_THAT(text(AnomalyType::kFlatline), HasSubstr("39 equal values in a row, where there are usually at most 3"));
  fact.goes_on = true;
  fact.evidence.usual_missing_rows = 2;
  EXPECT_THAT(text(AnomalyType::kMissingData),
              HasSubstr("delivered no data for 60 min so far, where gaps usually last at most 10 min"));
}

TEST(IncidentTextTest, WhatIsNotKnownIsNotSaid) {
  IncidentFact fact;
  fact.step_ns = 5 * kMinute;
  fact.peak_value = 3;
  fact.expected = fact.lower = fact.upper = std::nan("");
  for (int type = 0; type <= static_cast<int>(AnomalyType::kMissingData); ++type) {
    fact.type = static_cast<AnomalyType>(type);
    const std::string text = ExplainIncident(fact, Named(""));
    EXPECT_THAT(text, Not(HasSubstr("nan")));
    EXPECT_THAT(text, Not(HasSubstr("inf")));
    EXPECT_THAT(text, Not(HasSubstr("expected")));
    EXPECT_TRUE(text.ends_with(".")) << text;
  }
}

}  // namespace
}  // namespace bellwether

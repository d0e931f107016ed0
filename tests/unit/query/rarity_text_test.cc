#include "server/query/exec/rarity_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "server/analytics/anomaly/detector.h"
#include "server/query/exec/incident_facts.h"
#include "server/query/exec/incident_text.h"

namespace bellwether {
namespace {

constexpr double kDay = 86'400;

TEST(HowOftenTest, TheBudgetBoundsWhatRowsSay) {
  const auto often = [](double rows, double alarms, double history) {
    return HowOften({.seconds_between_rows = rows, .seconds_between_alarms = alarms, .history_seconds = history});
  };
  EXPECT_EQ(often(40 * kDay, 7 * kDay, 90 * kDay), "once in 40 days");
  EXPECT_EQ(often(0.8 * kDay, 7 * kDay, 90 * kDay), "at most once in 7 days");
  EXPECT_EQ(often(0.8 * kDay, 0, 90 * kDay), "once in 19 h");
  EXPECT_EQ(often(40 * kDay, 7 * kDay, 14 * kDay), "");
  EXPECT_EQ(often(2 * kDay, 28 * kDay, 14 * kDay), "");
  EXPECT_EQ(often(std::numeric_limits<double>::infinity(), 7 * kDay, 14 * kDay), "");
  EXPECT_EQ(often(40 * kDay, 7 * kDay, 0), "");
}

/// Incidents of white noise, at a budget of one a day.
struct NoiseIncidents {
  std::vector<IncidentFact> facts;
  std::vector<bool> is_lasting;  // whether a view of many rows saw it first
  size_t series = 60;
  double days = 42;  // judged of each
};

NoiseIncidents FindOnNoise() {
  constexpr int64_t kStepNs = int64_t{300} * 1'000'000'000;
  constexpr double kRowsPerDay = 288;
  NoiseIncidents found;
  const auto rows = static_cast<size_t>(found.days * kRowsPerDay);
  std::vector<int64_t> times(rows);
  for (size_t i = 0; i < rows; ++i) {
    times[i] = static_cast<int64_t>(i) * kStepNs;
  }
  ModelSeries named;
  named.name = named.display_name = "noise";
  double learning = 0;
  for (size_t s = 0; s < found.series; ++s) {
    std::mt19937_64 random(s);
    std::normal_distribution<double> normal(10, 1);
    std::vector<double> values(rows);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    DetectorOptions options;
    options.false_alarms_per_week = 7;
    const Detection detection = *Detect(times, values, "auto", options, DetectionMode::kOnline);
    learning += static_cast<double>(detection.learning_points);
    for (const Incident& incident : detection.incidents) {
      found.facts.push_back(MakeIncidentFact(incident, detection, values, times, kStepNs, 7, named));
      const std::string_view view = incident.contributions.empty() ? "" : incident.contributions.front().view;
      found.is_lasting.push_back(view.starts_with("long") || view.starts_with("lasting") || view == "roughness");
    }
  }
  found.days -= learning / kRowsPerDay / static_cast<double>(found.series);
  return found;
}

TEST(RarityTextTest, WhatIsSaidOfNoiseComesAsOftenAsIsSaid) {
  const NoiseIncidents found = FindOnNoise();
  for (const double days : {1.0, 1.5, 2.0, 3.0, 5.0}) {
    // Those said to come once in so many days or more, where the history was long enough to say so.
    double said = 0;
    double of_lasting = 0;
    for (size_t i = 0; i < found.facts.size(); ++i) {
      const Rarity rarity = found.facts[i].HowRare();
      if (rarity.history_seconds >= days * kDay &&
          std::max(rarity.seconds_between_rows, rarity.seconds_between_alarms) >= days * kDay) {
        ++(found.is_lasting[i] ? of_lasting : said);
      }
    }
    said += of_lasting;
    const double chances = static_cast<double>(found.series) * (found.days - days) / days;
    EXPECT_GT(said, chances / 2) << days;
    EXPECT_LT(said, chances * 2) << days;
    EXPECT_LT(of_lasting, chances) << days;
  }
}

TEST(RarityTextTest, WhatLastsIsNeverSaidToComeMoreOftenThanItMayAlarm) {
  const NoiseIncidents found = FindOnNoise();
  size_t lasting = 0;
  size_t rows_come_more_often = 0;
  for (size_t i = 0; i < found.facts.size(); ++i) {
    const IncidentFact& fact = found.facts[i];
    const Rarity rarity = fact.HowRare();
    const bool by_budget = rarity.seconds_between_rows < kDay && rarity.history_seconds >= kDay;
    EXPECT_EQ(RarityText(fact) == "at most once in 24 h", by_budget);
    lasting += found.is_lasting[i] ? 1 : 0;
    rows_come_more_often += found.is_lasting[i] && by_budget ? 1 : 0;
  }
  // Rows of overlapping means as rare as the peak come more often than once a day for most of them.
  EXPECT_GT(lasting, 100u);
  EXPECT_GT(rows_come_more_often, lasting / 2);
}

}  // namespace
}  // namespace bellwether

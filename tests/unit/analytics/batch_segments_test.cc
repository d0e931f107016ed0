#include "server/analytics/anomaly/batch_segments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "server/analytics/anomaly/detector.h"
#include "server/analytics/anomaly/segment_surprise.h"
#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr size_t kRows = 4032;  // two weeks of five minutes
constexpr int64_t kFiveMinutesNs = int64_t{300} * 1'000'000'000;
constexpr double kOnceAWeek = 3.3;  // log10 of the rows of a week

std::vector<LastingSegment> Segments(const std::vector<double>& rest, double least = kOnceAWeek + 1) {
  return FindLastingSegments(rest, {}, 100, least);
}

std::vector<int64_t> Times(size_t n) {
  std::vector<int64_t> times(n);
  for (size_t i = 0; i < n; ++i) {
    times[i] = int64_t{1'700'006'400} * 1'000'000'000 + static_cast<int64_t>(i) * kFiveMinutesNs;
  }
  return times;
}

Detection Batch(const std::vector<double>& values, const DetectorOptions& options = {}) {
  return *Detect(Times(values.size()), values, "auto", options, DetectionMode::kBatch);
}

TEST(LastingSegmentsTest, FindsAShiftedLevelWithItsEndsAndSize) {
  for (const double size : {2.0, -2.0}) {
    std::vector<double> values = Noise(kRows, 1);
    for (size_t i = 2000; i < 2100; ++i) {
      values[i] += size;
    }
    const auto segments = Segments(values);
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].type, AnomalyType::kLevelShift);
    EXPECT_NEAR(static_cast<double>(segments[0].first), 2000, 4);
    EXPECT_NEAR(static_cast<double>(segments[0].end), 2100, 4);
    EXPECT_NEAR(segments[0].size, size, 0.4);
    EXPECT_GE(segments[0].shows_at, segments[0].first);
    EXPECT_LT(segments[0].shows_at, 2025u);
  }
}

TEST(LastingSegmentsTest, FindsMoreAndLessScatter) {
  for (const double factor : {3.0, 1.0 / 3}) {
    std::vector<double> values = Noise(kRows, 2);
    for (size_t i = 1500; i < 1650; ++i) {
      values[i] *= factor;
    }
    const auto segments = Segments(values);
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].type, AnomalyType::kVarianceChange);
    EXPECT_NEAR(static_cast<double>(segments[0].first), 1500, 15);
    EXPECT_NEAR(static_cast<double>(segments[0].end), 1650, 15);
    EXPECT_NEAR(std::log(segments[0].size), std::log(factor), 0.4);
  }
}

TEST(LastingSegmentsTest, FindsADriftThatPasses) {
  std::vector<double> values = Noise(kRows, 3);
  for (size_t i = 2500; i < 2640; ++i) {
    values[i] += 6 * static_cast<double>(i - 2500) / 140;
  }
  const auto segments = Segments(values);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].type, AnomalyType::kDrift);
  EXPECT_NEAR(segments[0].size, 6, 2);
  EXPECT_NEAR(static_cast<double>(segments[0].end), 2640, 4);
}

TEST(LastingSegmentsTest, ALevelThatStaysIsOneSegmentToTheEnd) {
  std::vector<double> values = Noise(kRows, 4);
  for (size_t i = 1800; i < kRows; ++i) {
    values[i] += 3;
  }
  const auto segments = Segments(values);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].type, AnomalyType::kLevelShift);
  EXPECT_NEAR(static_cast<double>(segments[0].first), 1800, 3);
  EXPECT_EQ(segments[0].end, kRows);
  EXPECT_NEAR(segments[0].size, 3, 0.5);
}

TEST(LastingSegmentsTest, IsAsRareAsItSaysOnNoiseOfManyKinds) {
  constexpr size_t kSeeds = 40;
  for (const double phi : {0.0, 0.7, 1.0}) {
    size_t found = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      found += Segments(Noise(kRows, 100 + seed, phi), kOnceAWeek).size();
    }
    const double weeks = 2.0 * kSeeds;
    EXPECT_LT(static_cast<double>(found), 2 * weeks) << phi;
  }
}

TEST(LastingSegmentsTest, LoneSpikesAndStatesAreNoSegments) {
  std::vector<double> spikes = Noise(kRows, 5);
  for (size_t i = 500; i < kRows; i += 701) {
    spikes[i] += 40;
  }
  EXPECT_TRUE(Segments(spikes).empty());
  std::vector<double> states(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    states[i] = (i / 37 + i / 91) % 2 == 0 ? 0 : 1;
  }
  EXPECT_TRUE(Segments(states).empty());
}

/// Noise with a visit to another level now and then, of 12 to 40 rows.
std::vector<double> Visits(uint64_t seed) {
  std::vector<double> values = Noise(kRows, seed);
  for (size_t visit = 0; visit < 12; ++visit) {
    const size_t first = 150 + 311 * visit + 17 * (visit % 3);
    std::for_each_n(values.begin() + static_cast<ptrdiff_t>(first), 12 + 7 * (visit % 5),
                    [](double& value) { value += 10; });
  }
  return values;
}

/// Those rarer than one a week.
std::vector<LastingSegment> RareSegments(const std::vector<double>& rest) {
  std::vector<LastingSegment> segments = Segments(rest, kOnceAWeek);
  std::erase_if(segments, [](const LastingSegment& segment) { return segment.surprise < kOnceAWeek; });
  return segments;
}

TEST(LastingSegmentsTest, WhatHappensAgainAndAgainIsNotRareWhatIsLargerIs) {
  std::vector<double> values = Visits(31);
  EXPECT_TRUE(RareSegments(values).empty());
  for (size_t i = 2330; i < 2350; ++i) {
    values[i] += 40;
  }
  const auto segments = RareSegments(values);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_NEAR(static_cast<double>(segments[0].first), 2330, 2);
  EXPECT_NEAR(static_cast<double>(segments[0].end), 2350, 2);
}

TEST(LastingSegmentsTest, ResetsOfACounterAreNotRare) {
  std::vector<double> counter(kRows);
  const std::vector<double> steps = Noise(kRows, 32);
  double sum = 0;
  for (size_t i = 0; i < kRows; ++i) {
    sum = sum > 300 ? 0 : sum + std::exp(0.5 * steps[i]);
    counter[i] = sum;
  }
  EXPECT_TRUE(RareSegments(counter).empty());
}

TEST(SurpriseByCountTest, CountsWhatIsAsLargeAndNotMuchShorter) {
  // Seven alike, a larger one, a much shorter one, and one of the scatter.
  std::vector<Stretch> stretches;
  std::vector<double> sizes;
  for (size_t k = 0; k < 7; ++k) {
    stretches.push_back({.first = 100 * k, .end = 100 * k + 20, .surprise = 12});
    sizes.push_back(k % 2 == 0 ? 10 : 9);
  }
  stretches.push_back({.first = 800, .end = 820, .surprise = 30});
  sizes.push_back(40);
  stretches.push_back({.first = 900, .end = 904, .surprise = 9});
  sizes.push_back(10);
  stretches.push_back({.first = 950, .end = 990, .surprise = 9, .look = Look::kScatter});
  sizes.push_back(10);
  const std::vector<double> at_most = SurpriseByCount(stretches, sizes, 10'000, 6);
  const double eight = std::log10(10'000 / (8 - 2 * std::sqrt(8.0)));
  for (size_t k = 0; k < 7; ++k) {
    EXPECT_NEAR(at_most[k], eight, 1e-9) << k;  // with the larger one, without the short one
  }
  EXPECT_TRUE(std::isinf(at_most[7]));
  EXPECT_LT(at_most[8], eight + 1e-9);
  EXPECT_TRUE(std::isinf(at_most[9]));
  // Changes that noise explains are not counted.
  for (Stretch& stretch : stretches) {
    stretch.surprise = 5;
  }
  EXPECT_TRUE(std::isinf(SurpriseByCount(stretches, sizes, 10'000, 6)[0]));
}

TEST(LastingSegmentsTest, WhatComesBackWithEveryCycleIsNone) {
  std::vector<double> values = Noise(kRows, 6, 0.9);
  for (size_t i = 0; i < kRows; ++i) {
    // A jump of another height every day.
    values[i] += i % 288 < 40 ? 8 * std::sin(static_cast<double>(i / 288) * 2.4) : 0;
  }
  EXPECT_TRUE(FindLastingSegments(values, std::vector<size_t>{288}, 100, kOnceAWeek + 2).empty());
}

TEST(LastingSegmentsTest, HostileSeriesAreAnswered) {
  for (const size_t n : {0u, 1u, 95u, 96u, 97u, 400u}) {
    EXPECT_TRUE(Segments(std::vector<double>(n, 3.0)).empty());
    std::vector<double> step(n, -1e-300);
    std::fill(step.begin() + static_cast<ptrdiff_t>(n / 2), step.end(), 1);
    for (const LastingSegment& segment : Segments(step)) {
      EXPECT_LE(segment.first, segment.shows_at);
      EXPECT_LT(segment.shows_at, segment.end);
      EXPECT_LE(segment.end, n);
      EXPECT_TRUE(std::isfinite(segment.size));
    }
  }
}

TEST(BatchDetectionTest, WhatLastsIsOneIncidentOfItsKind) {
  std::vector<double> values = Noise(kRows, 7);
  for (size_t i = 0; i < kRows; ++i) {
    values[i] = 100 + values[i] + 10 * Sine(i, 288) + (i >= 2300 && i < 2400 ? 5 : 0);
  }
  const Detection detection = Batch(values);
  const auto covers = [](const Incident& incident) { return incident.last >= 2300 && incident.first < 2400; };
  ASSERT_EQ(std::count_if(detection.incidents.begin(), detection.incidents.end(), covers), 1);
  const Incident& incident = *std::find_if(detection.incidents.begin(), detection.incidents.end(), covers);
  EXPECT_EQ(incident.type, AnomalyType::kLevelShift);
  EXPECT_NEAR(static_cast<double>(incident.first), 2300, 3);
  EXPECT_NEAR(static_cast<double>(incident.last), 2399, 3);
  EXPECT_NEAR(incident.evidence.level_change, 5, 1);
  EXPECT_FALSE(incident.evidence.lasts);
  EXPECT_NE(incident.severity, Severity::kNone);
  // What was expected stays where the rows around are.
  EXPECT_NEAR(detection.expected[2350], 100 + 10 * Sine(2350, 288), 1.5);
  const auto alarms = std::count(detection.is_anomaly.begin() + 2300, detection.is_anomaly.begin() + 2400, 1);
  EXPECT_LE(alarms, 10);
}

TEST(BatchDetectionTest, ANewLevelThatStaysIsNewsForADay) {
  std::vector<double> values = Noise(kRows, 8);
  for (size_t i = 3000; i < kRows; ++i) {
    values[i] += 6;
  }
  const Detection detection = Batch(values);
  const auto found = std::find_if(detection.incidents.begin(), detection.incidents.end(),
                                  [](const Incident& one) { return one.type == AnomalyType::kLevelShift; });
  ASSERT_NE(found, detection.incidents.end());
  EXPECT_NEAR(static_cast<double>(found->first), 3000, 3);
  EXPECT_LE(found->last, 3000u + 288 + 3);
  EXPECT_TRUE(found->evidence.lasts);
  EXPECT_EQ(found->evidence.until, kRows - 1);
}

TEST(BatchDetectionTest, LabelledSegmentsRaiseNoAlarm) {
  std::vector<double> values = Noise(kRows, 9);
  for (size_t i = 2300; i < 2400; ++i) {
    values[i] += 5;
  }
  const std::vector<int64_t> times = Times(kRows);
  for (const FeedbackLabel label : {FeedbackLabel::kExpected, FeedbackLabel::kIgnore}) {
    DetectorOptions options;
    options.feedback = {{.from_unix_ns = times[2290], .to_unix_ns = times[2410], .label = label}};
    const Detection detection = Batch(values, options);
    EXPECT_EQ(std::count(detection.is_anomaly.begin() + 2290, detection.is_anomaly.begin() + 2410, 1), 0);
  }
}

}  // namespace
}  // namespace bellwether

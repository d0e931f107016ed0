#include "server/analytics/anomaly/tail_sketch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/unit/analytics/generated_series.h"

namespace bellwether {
namespace {

constexpr float kLog10Two = 0.30103f;

TEST(TailSketchTest, SurpriseOfNormalNoiseIsItsTail) {
  TailSketch<1> sketch;
  for (const double value : Noise(3000, 9)) {
    static_cast<void>(sketch.Observe(static_cast<float>(std::abs(value)), kFullWeight));
  }
  EXPECT_NEAR(sketch.Observe(1.96f, 0), 1.30, 0.12);
  EXPECT_NEAR(sketch.Observe(3.29f, 0), 3.0, 0.6);
  EXPECT_NEAR(sketch.MagnitudeAt(2, 0), 2.576, 0.3);
}

TEST(TailSketchTest, TailsOfManyLawsAreExtrapolatedToWithinADecade) {
  // One in 20,000, from 4,000 values.
  constexpr float kWanted = 4.3f;
  const struct {
    double far;
    double (*of)(double normal, double other);
  } laws[] = {
      {4.06, [](double normal, double) { return normal; }},
      {9.9, [](double normal, double other) { return 0.5 * (normal * normal + other * other); }},  // exponential
      {17.2, [](double normal, double) { return std::exp(0.7 * normal); }},
  };
  for (const auto& law : laws) {
    TailSketch<1> sketch;
    const std::vector<double> normal = Noise(4000, 21);
    const std::vector<double> other = Noise(4000, 22);
    for (size_t i = 0; i < normal.size(); ++i) {
      static_cast<void>(sketch.Observe(static_cast<float>(std::abs(law.of(normal[i], other[i]))), kFullWeight));
    }
    EXPECT_NEAR(sketch.Observe(static_cast<float>(law.far), 0), kWanted, 1) << law.far;
  }
}

TEST(TailSketchTest, NumbersThatOverlapCountAsFewer) {
  TailSketch<1> apart;
  TailSketch<1> overlapping;
  for (const double value : Noise(2000, 11)) {
    static_cast<void>(apart.Observe(static_cast<float>(std::abs(value)), kFullWeight));
    static_cast<void>(overlapping.Observe(static_cast<float>(std::abs(value)), kFullWeight, 20));
  }
  EXPECT_NEAR(overlapping.Observe(1, 0, 20), apart.Observe(1, 0), 0.1);
  EXPECT_LT(overlapping.Observe(1e9f, 0, 20), apart.Observe(1e9f, 0) - 1);
}

TEST(TailSketchTest, EitherSideHasItsOwnHistory) {
  TailSketch<2> sketch;
  for (const double value : Noise(4000, 5)) {
    static_cast<void>(sketch.Observe(static_cast<float>(value > 0 ? 3 * value : value), kFullWeight));
  }
  // Three standard deviations of either side are about as rare as each other.
  EXPECT_NEAR(sketch.Observe(9, 0), sketch.Observe(-3, 0), 0.5);
  EXPECT_GT(sketch.Observe(-9, 0), sketch.Observe(9, 0) + 1);
  EXPECT_NEAR(sketch.MagnitudeAt(2, 0), 3 * sketch.MagnitudeAt(2, 1), 1);
}

TEST(TailSketchTest, TwoSidedSurpriseOfTheMedianIsThatOfOneHalf) {
  TailSketch<2> sketch;
  for (const double value : Noise(4000, 6)) {
    static_cast<void>(sketch.Observe(static_cast<float>(value), kFullWeight));
  }
  EXPECT_NEAR(sketch.Observe(0.6745f, 0), kLog10Two, 0.06);
}

TEST(TailSketchTest, SurpriseGrowsWithTheMagnitudeAndIsScaleFree) {
  TailSketch<1> one;
  TailSketch<1> big;
  for (const double value : Noise(500, 4)) {
    static_cast<void>(one.Observe(static_cast<float>(std::abs(value)), kFullWeight));
    static_cast<void>(big.Observe(static_cast<float>(std::abs(value) * 1024), kFullWeight));
  }
  float previous = 0;
  for (float magnitude = 0.01f; magnitude < 100; magnitude *= 1.3f) {
    const float surprise = one.Observe(magnitude, 0);
    EXPECT_GE(surprise, previous);
    EXPECT_NEAR(surprise, big.Observe(magnitude * 1024, 0), 1e-6);
    previous = surprise;
  }
  // No more than a hundred times rarer than once in the 500 values seen (448 when it was last brought up to date).
  EXPECT_NEAR(one.Observe(1e30f, 0), std::log10(500.0f) + 2, 0.2);
}

TEST(TailSketchTest, FirstMovementOfAConstantIsRare) {
  TailSketch<1> sketch;
  for (int i = 0; i < 999; ++i) {
    static_cast<void>(sketch.Observe(0, kFullWeight));
  }
  EXPECT_NEAR(sketch.Observe(1e-6f, kFullWeight), 3, 0.01);
  EXPECT_GT(sketch.Observe(1e-6f, 0), 1.5);
}

TEST(TailSketchTest, FindsItsScaleAfterAnUntypicalBeginning) {
  TailSketch<1> sketch;
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(sketch.Observe(1e-9f, kFullWeight));
  }
  for (const double value : Noise(20'000, 7)) {
    static_cast<void>(sketch.Observe(static_cast<float>(std::abs(value)), kFullWeight));
  }
  EXPECT_NEAR(sketch.Observe(2.576f, 0), 2, 0.2);
}

TEST(TailSketchTest, WhatHasNoWeightTeachesNothing) {
  TailSketch<1> plain;
  TailSketch<1> told;
  for (const double value : Noise(2000, 8)) {
    const auto magnitude = static_cast<float>(std::abs(value));
    static_cast<void>(plain.Observe(magnitude, kFullWeight));
    static_cast<void>(told.Observe(magnitude, kFullWeight));
  }
  for (int i = 0; i < 500; ++i) {
    static_cast<void>(told.Observe(50, 0));
  }
  EXPECT_NEAR(told.Observe(5, 0), plain.Observe(5, 0), 0.4);
  EXPECT_NEAR(told.Observe(2, 0), plain.Observe(2, 0), 0.1);
}

}  // namespace
}  // namespace bellwether

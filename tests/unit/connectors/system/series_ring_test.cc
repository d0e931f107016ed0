#include "server/connectors/system/series_ring.h"

#include <cmath>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(SeriesRingTest, AveragesReadingsOfASlotAndMarksGaps) {
  SeriesRing ring(10);
  ring.Add(100, 1);
  ring.Add(100, 3);
  ring.Add(102, 5);
  EXPECT_EQ(ring.begin_slot(), 100);
  EXPECT_EQ(ring.end_slot(), 103);
  EXPECT_EQ(ring.At(100), 2);
  EXPECT_TRUE(std::isnan(ring.At(101)));
  EXPECT_EQ(ring.At(102), 5);
}

TEST(SeriesRingTest, KeepsTheNewestSlotsWhenFull) {
  SeriesRing ring(4);
  for (int slot = 7; slot < 20; ++slot) {
    ring.Add(slot, slot * 10);
    ring.Add(slot, slot * 10 + 2);
  }
  EXPECT_EQ(ring.begin_slot(), 16);
  for (int slot = 16; slot < 20; ++slot) {
    EXPECT_EQ(ring.At(slot), slot * 10 + 1);
  }
  EXPECT_LE(ring.bytes(), 4 * sizeof(float));
}

TEST(SeriesRingTest, LongGapsAndClocksSetBackBeginAnew) {
  SeriesRing ring(100);
  ring.Add(10, 1);
  ring.Add(1'000'000'000, 2);
  EXPECT_EQ(ring.begin_slot(), 1'000'000'000);
  ring.Add(999'999'995, 3);  // a small correction of the clock
  EXPECT_EQ(ring.end_slot(), 1'000'000'001);
  EXPECT_EQ(ring.At(1'000'000'000), 2);
  ring.Add(5, 4);
  EXPECT_EQ(ring.begin_slot(), 5);
  EXPECT_EQ(ring.At(5), 4);
}

TEST(SeriesRingTest, GrowsWithTheHistoryOnly) {
  SeriesRing ring(5760);
  ring.Add(1, 1);
  EXPECT_LE(ring.bytes(), 1024u);
  for (int slot = 2; slot < 10'000; ++slot) {
    ring.Add(slot, 1);
  }
  EXPECT_EQ(ring.bytes(), 5760 * sizeof(float));
}

}  // namespace
}  // namespace bellwether

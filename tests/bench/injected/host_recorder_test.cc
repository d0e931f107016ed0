#include "tests/bench/injected/host_recorder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/bench/injected/carrier_tables.h"
#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {
namespace {

TEST(HostRecorderTest, WhatItWritesIsReadAsCarriers) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "host_recorder_test";
  std::filesystem::remove_all(folder);
  constexpr size_t kTaken = 420;
  HostRecorder recorder(folder.string());
  ASSERT_TRUE(recorder.Open().ok());
  const absl::Time begin = absl::FromUnixSeconds(1'704'067'200);
  for (size_t i = 0; i < kTaken; ++i) {
    ASSERT_TRUE(recorder.Take(begin + absl::Seconds(i)).ok());
  }
  ASSERT_GT(recorder.tables(), 5u);
  ASSERT_EQ(CarrierTables(folder).size(), recorder.tables());
  const Carrier uptime = ReadCarrierTable(folder / "uptime.csv", "host uptime", 10'000);
  ASSERT_EQ(uptime.size(), kTaken);
  EXPECT_EQ(uptime.times_unix_ns.front(), absl::ToUnixNanos(begin));
  EXPECT_EQ(uptime.times_unix_ns.back() - uptime.times_unix_ns.front(), (kTaken - 1) * 1'000'000'000);
  EXPECT_GT(uptime.values.front(), 0);

  // Rates are missing in the first row, everything else is there.
  std::vector<Carrier> carriers = HostCarriers(folder.string(), Set::kChoose, {.copies = 2, .row_step_ns = 0});
  const std::vector<Carrier> others = HostCarriers(folder.string(), Set::kConfirm, {.copies = 2, .row_step_ns = 0});
  carriers.insert(carriers.end(), others.begin(), others.end());
  ASSERT_FALSE(carriers.empty());
  for (const Carrier& carrier : carriers) {
    EXPECT_TRUE(carrier.kind.starts_with("host ")) << carrier.kind;
    EXPECT_EQ(carrier.step_ns, 1'000'000'000) << carrier.kind;
    EXPECT_GE(carrier.size(), 400u) << carrier.kind;
  }
  for (const Carrier& carrier : HostCarriers(folder.string(), Set::kChoose, {.row_step_ns = 60'000'000'000})) {
    EXPECT_EQ(carrier.step_ns, 60'000'000'000) << carrier.kind;
  }
  std::filesystem::remove_all(folder);
}

TEST(HostRecorderTest, SaysWhatIsWrongWithTheFolder) {
  EXPECT_FALSE(HostRecorder("/proc/no such folder").Open().ok());
  EXPECT_TRUE(HostCarriers("/no such folder", Set::kChoose).empty());
}

}  // namespace
}  // namespace bellwether::injected

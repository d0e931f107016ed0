#include "server/connectors/system/proc_parsers.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(ProcParsersTest, ReadsStat) {
  const auto stat = ParseProcStat(
      "cpu  100 5 30 1000 7 1 2 3 0 0\ncpu0 1 2 3 4\nctxt 5000\nbtime 1\nprocesses 42\nprocs_running 3\nprocs_blocked "
      "1\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->user, 100u);
  EXPECT_EQ(stat->steal, 3u);
  EXPECT_EQ(stat->context_switches, 5000u);
  EXPECT_EQ(stat->forks, 42u);
  EXPECT_EQ(stat->running, 3u);
  EXPECT_EQ(stat->blocked, 1u);
}

TEST(ProcParsersTest, ReadsLoadMemoryUptimeAndPressure) {
  const auto load = ParseProcLoad("0.50 0.25 0.10 2/345 6789\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_DOUBLE_EQ(load->load5, 0.25);
  EXPECT_EQ(load->threads, 345u);
  const auto memory = ParseProcMemory(
      "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nCached: 200 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n");
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total, 1000u << 10);
  EXPECT_EQ(memory->available, 400u << 10);
  EXPECT_EQ(memory->swap_total - memory->swap_free, 30u << 10);
  EXPECT_DOUBLE_EQ(*ParseProcUptimeSeconds("123.45 456.78\n"), 123.45);
  EXPECT_DOUBLE_EQ(*ParseProcPressure("some avg10=1.25 avg60=0.50 avg300=0.10 total=12\nfull avg10=0.00\n"), 1.25);
}

TEST(ProcParsersTest, KeepsWholeDisksOnly) {
  const auto disks = ParseProcDisks(
      "   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11\n"
      "   8       0 sda 10 0 100 5 20 0 200 6 0 30 11\n"
      "   8       1 sda1 10 0 100 5 20 0 200 6 0 30 11\n"
      " 259       0 nvme0n1 10 0 8 5 20 0 16 6 0 40 11 0 0 0 0 0 0\n"
      " 259       1 nvme0n1p1 10 0 8 5 20 0 16 6 0 40 11\n"
      " 253       0 dm-0 1 0 2 5 6 0 4 6 0 1 11\n"
      "   8      16 short 1\n",
      8);
  ASSERT_EQ(disks.size(), 3u);
  EXPECT_EQ(disks[0].device, "sda");
  EXPECT_EQ(disks[0].read_bytes, 100u * 512);
  EXPECT_EQ(disks[0].written_bytes, 200u * 512);
  EXPECT_EQ(disks[0].io_ms, 30u);
  EXPECT_EQ(disks[1].device, "nvme0n1");
  EXPECT_EQ(disks[2].device, "dm-0");
}

TEST(ProcParsersTest, KeepsRealInterfacesOnly) {
  const auto interfaces = ParseProcInterfaces(
      "Inter-|   Receive  |  Transmit\n face |bytes packets errs\n"
      "    lo: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n"
      "  eth0:1000 10 2 0 0 0 0 0 500 5 3 0 0 0 0 0\n"
      "veth12: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n",
      8);
  ASSERT_EQ(interfaces.size(), 1u);
  EXPECT_EQ(interfaces[0].name, "eth0");
  EXPECT_EQ(interfaces[0].rx_bytes, 1000u);
  EXPECT_EQ(interfaces[0].tx_bytes, 500u);
  EXPECT_EQ(interfaces[0].errors, 5u);
}

TEST(ProcParsersTest, BoundsDevices) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += " 8 0 sd" + std::string(1, static_cast<char>('a' + i % 26)) +
            std::string(1, static_cast<char>('a' + i / 26)) + " 1 0 2 5 6 0 4 6 0 1 11\n";
  }
  EXPECT_EQ(ParseProcDisks(text, 8).size(), 8u);
}

TEST(ProcParsersTest, GivesNothingForOtherText) {
  for (const std::string& text :
       {std::string(), std::string("garbage"), std::string("cpu\n"), std::string("cpu a b c d\n"),
        std::string("\n\n\n"), std::string("MemTotal: 99999999999999999999 kB\n"), std::string("some avg10=nan\n"),
        std::string(5000, ':'), std::string("1 2 3\n"), std::string("nan inf -1 1/x 1\n"), std::string("\0\0\0", 3)}) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_FALSE(ParseProcStat(text).has_value());
    EXPECT_FALSE(ParseProcLoad(text).has_value());
    EXPECT_FALSE(ParseProcMemory(text).has_value());
    EXPECT_FALSE(ParseProcPressure(text).has_value());
    EXPECT_TRUE(ParseProcDisks(text, 8).empty());
    EXPECT_TRUE(ParseProcInterfaces(text, 8).empty());
  }
}

}  // namespace
}  // namespace bellwether

#include "server/query/spec/duration.h"

#include <string>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(DurationTest, ReadsGrafanaDurations) {
  EXPECT_EQ(ParseDuration("14d").value(), absl::Hours(14 * 24));
  EXPECT_EQ(ParseDuration("1h30m").value(), absl::Minutes(90));
  EXPECT_EQ(ParseDuration("250ms").value(), absl::Milliseconds(250));
  EXPECT_EQ(ParseDuration("1.5h").value(), absl::Minutes(90));
  EXPECT_EQ(ParseDuration("2w").value(), absl::Hours(14 * 24));
  EXPECT_EQ(ParseDuration("1y").value(), absl::Hours(365 * 24));
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "14", "d", "-5m", "5 m", "5m ", "0s", "1e9y", "99999y", "5q", "nan s", "infs", "5m-3s"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
  EXPECT_FALSE(ParseDuration(std::string(1000, '9') + "d").ok());
}

TEST(DurationTest, FormatsWhatItReads) {
  for (const char* text : {"14d", "1h30m", "250ms", "5m", "1d2h3m4s5ms"}) {
    EXPECT_EQ(DurationText(ParseDuration(text).value()), text);
  }
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0s");
}

}  // namespace
}  // namespace bellwether

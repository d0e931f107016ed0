#include "server/connectors/csv/number_parser.h"

#include <cmath>

#include "gtest/gtest.h"

namespace bellwether {
namespace {

TEST(NumberParserTest, ReadsNumbers) {
  const struct {
    std::string_view text;
    DecimalMark mark;
    double want;
  } cases[] = {
      {"1", DecimalMark::kPoint, 1},
      {" -1.5 ", DecimalMark::kPoint, -1.5},
      {"+2", DecimalMark::kPoint, 2},
      {".5", DecimalMark::kPoint, 0.5},
      {"1e3", DecimalMark::kPoint, 1000},
      {"1e308", DecimalMark::kPoint, 1e308},
      {"1,234", DecimalMark::kPoint, 1234},
      {"1,234,567.5", DecimalMark::kPoint, 1234567.5},
      {"-1,234", DecimalMark::kPoint, -1234},
      {"1,5", DecimalMark::kComma, 1.5},
      {"1.234,5", DecimalMark::kComma, 1234.5},
      {"1.234", DecimalMark::kComma, 1234},
      {"1.5", DecimalMark::kComma, 1.5},
      {"-0,25", DecimalMark::kComma, -0.25},
      {"1e-999", DecimalMark::kPoint, 0},
      {"0.0000000000000000000000000000000000000000000000000001", DecimalMark::kPoint, 1e-52},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const Cell cell = ParseCell(c.text, c.mark);
    EXPECT_EQ(cell.kind, CellKind::kNumber);
    EXPECT_DOUBLE_EQ(cell.value, c.want);
  }
}

TEST(NumberParserTest, TellsMissingFromText) {
  for (const char* text :
       {"", "  ", "nan", "NaN", "inf", "-Infinity", "null", "NULL", "NA", "n/a", "-", "None", "1e999"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ParseCell(text, DecimalMark::kPoint).kind, CellKind::kMissing);
    EXPECT_TRUE(std::isnan(ParseCell(text, DecimalMark::kPoint).value));
  }
  for (const char* text :
       {"abc", "1 2", "1,5", "12%", "0x10", "1,23,456", ",123", "1,,234", "--1", "+-1", "1,234,5", "2026-11-20"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ParseCell(text, DecimalMark::kPoint).kind, CellKind::kText);
  }
}

TEST(NumberParserTest, TellsInfiniteFromEmpty) {
  for (const char* text : {"inf", "-Infinity", "1e999", "-1e400"}) {
    EXPECT_TRUE(ParseCell(text, DecimalMark::kPoint).is_infinite) << text;
  }
  for (const char* text : {"", "nan", "null", "-", "1e308", "1e-999", "abc"}) {
    EXPECT_FALSE(ParseCell(text, DecimalMark::kPoint).is_infinite) << text;
  }
}

}  // namespace
}  // namespace bellwether

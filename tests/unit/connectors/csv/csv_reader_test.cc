#include "server/connectors/csv/csv_reader.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Record = std::vector<std::string>;

std::vector<Record> ReadAll(CsvReader& reader) {
  std::vector<Record> records;
  while (reader.Next()) {
    records.emplace_back(reader.fields().begin(), reader.fields().end());
  }
  return records;
}

std::vector<Record> ReadAll(std::string_view text, CsvReaderOptions options = {}) {
  CsvReader reader(text, options);
  std::vector<Record> records = ReadAll(reader);
  EXPECT_TRUE(reader.status().ok()) << reader.status();
  return records;
}

TEST(CsvReaderTest, SplitsRecordsAtEveryLineEnding) {
  EXPECT_THAT(ReadAll("a,b\n1,2\r\n3,4\r5,6"),
              ElementsAre(Record{"a", "b"}, Record{"1", "2"}, Record{"3", "4"}, Record{"5", "6"}));
}

TEST(CsvReaderTest, ReadsQuotedDelimitersLineEndsAndDoubledQuotes) {
  EXPECT_THAT(ReadAll("\"a,b\",\"x\ny\",\"he said \"\"hi\"\"\",\"\"\n1,2,3,4\n"),
              ElementsAre(Record{"a,b", "x\ny", "he said \"hi\"", ""}, Record{"1", "2", "3", "4"}));
}

TEST(CsvReaderTest, KeepsQuotesInsideUnquotedFields) {
  EXPECT_THAT(ReadAll("5\" disk,\"a\"b\n"), ElementsAre(Record{"5\" disk", "ab"}));
}

TEST(CsvReaderTest, SkipsByteOrderMarkAndEmptyLines) {
  EXPECT_THAT(ReadAll("\xEF\xBB\xBF"
                      "a\n\n\r\nb\n\n"),
              ElementsAre(Record{"a"}, Record{"b"}));
}

TEST(CsvReaderTest, KeepsEmptyFieldsAtBothEnds) {
  EXPECT_THAT(ReadAll(",\n,,\n"), ElementsAre(Record{"", ""}, Record{"", "", ""}));
}

TEST(CsvReaderTest, GivesTheSameRecordsForEveryChunkSize) {
  const std::string text = "t,v\r\n\"a \"\"q\"\"\",1\r\n\"line\r\nbreak\",2\r\n\r\nlast,\"\"";
  const std::vector<Record> whole = ReadAll(text);
  ASSERT_EQ(whole.size(), 4u);
  for (size_t chunk = 4; chunk < 40; ++chunk) {
    SCOPED_TRACE(chunk);
    CsvReaderOptions options;
    options.chunk_bytes = chunk;
    EXPECT_EQ(ReadAll(text, options), whole);
  }
}

TEST(CsvReaderTest, CountsLinesInsideQuotes) {
  CsvReader reader("h\n\"a\nb\"\n\nlast\n");
  std::vector<uint64_t> lines;
  while (reader.Next()) {
    lines.push_back(reader.line());
  }
  EXPECT_THAT(lines, ElementsAre(1, 2, 5));
}

TEST(CsvReaderTest, UnclosedQuoteCostsOneRecordOnly) {
  CsvReader reader("a,b\n\"open,1\nc,2\nd,3\n");
  const std::vector<Record> records = ReadAll(reader);
  EXPECT_THAT(records, ElementsAre(Record{"a", "b"}, Record{"\"open", "1"}, Record{"c", "2"}, Record{"d", "3"}));
  CsvReader again("\"open,1\nc,2\n");
  ASSERT_TRUE(again.Next());
  EXPECT_TRUE(again.malformed());
  ASSERT_TRUE(again.Next());
  EXPECT_FALSE(again.malformed());
}

TEST(CsvReaderTest, NamesBinaryFilesAndTheLine) {
  CsvReader reader(std::string_view("a,b\n1,\0\n", 8));
  EXPECT_TRUE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(reader.status().message()), HasSubstr("Line 2 holds a NUL byte"));
}

TEST(CsvReaderTest, RefusesUtf16) {
  CsvReader reader(
      "\xFF\xFE"
      "abc");
  EXPECT_FALSE(reader.Next());
  EXPECT_THAT(std::string(reader.status().message()), HasSubstr("UTF-8"));
}

TEST(CsvReaderTest, BoundsFieldsAndRecordLength) {
  CsvReaderOptions options;
  options.max_fields = 3;
  options.chunk_bytes = 16;
  options.max_record_bytes = 64;
  CsvReader wide("a,b,c,d\n", options);
  EXPECT_FALSE(wide.Next());
  EXPECT_THAT(std::string(wide.status().message()), HasSubstr("more than 3 fields"));
  const std::string long_line(10'000, 'x');
  CsvReader deep(long_line, options);
  EXPECT_FALSE(deep.Next());
  EXPECT_THAT(std::string(deep.status().message()), HasSubstr("longer than 64 bytes"));
}

TEST(CsvReaderTest, PassesOnTheErrorOfTheSource) {
  CsvReader reader([](std::span<char>) -> absl::StatusOr<size_t> { return absl::UnavailableError("disk gone"); });
  EXPECT_FALSE(reader.Next());
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kUnavailable);
}

TEST(CsvReaderTest, EmptyInputHasNoRecords) {
  EXPECT_TRUE(ReadAll("").empty());
  EXPECT_TRUE(ReadAll("\n\r\n").empty());
}

}  // namespace
}  // namespace bellwether

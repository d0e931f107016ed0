#include "server/frame/arrow/arrow_file.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/frame/json/json_frame.h"
#include "server/frame/text/text_frame.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

using ::testing::HasSubstr;

std::string ReadGolden(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(BELLWETHER_SOURCE_DIR) / "tests/golden/frames" / name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class ArrowSampleTest : public ::testing::TestWithParam<SampleFrame> {};

TEST_P(ArrowSampleTest, SurvivesTheRoundTrip) {
  const std::string bytes = EncodeArrow(GetParam().frame);
  const absl::StatusOr<CheckedFrame> decoded = DecodeArrow(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  // The bytes say more than ==, for which no NaN equals another.
  EXPECT_TRUE(EncodeArrow(*decoded) == bytes) << FrameToText(*decoded);
  if (GetParam().name != "not_finite") {
    EXPECT_TRUE(*decoded == GetParam().frame) << FrameToText(*decoded);
  }
}

TEST_P(ArrowSampleTest, HasTheShapeOfAFile) {
  const std::string bytes = EncodeArrow(GetParam().frame);
  EXPECT_EQ(bytes.substr(0, 8), std::string("ARROW1\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 4), "\xFF\xFF\xFF\xFF");
  EXPECT_TRUE(bytes.ends_with("ARROW1"));
  int32_t schema_size = 0;
  std::memcpy(&schema_size, bytes.data() + 12, sizeof(schema_size));
  EXPECT_EQ(schema_size % 8, 0);
}

// Whatever is cut off or changed, the answer is a status, never a crash; the sanitizers watch.
TEST_P(ArrowSampleTest, EveryCutIsRefused) {
  const std::string bytes = EncodeArrow(GetParam().frame);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeArrow(std::string_view(bytes).substr(0, size)).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(ArrowSampleTest, EveryChangedByteIsReadOrRefused) {
  const std::string bytes = EncodeArrow(GetParam().frame);
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int change : {1, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const absl::StatusOr<CheckedFrame> decoded = DecodeArrow(changed);
      if (!decoded.ok()) {
        ASSERT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ArrowSampleTest, ::testing::ValuesIn(SampleFrames()),
                         [](const auto& test) { return test.param.name; });

TEST(ArrowFileTest, ReadsWhatTheSdkWrites) {
  for (const std::string name : {"sdk_all_types", "sdk_no_rows"}) {
    SCOPED_TRACE(name);
    const absl::StatusOr<CheckedFrame> from_arrow = DecodeArrow(ReadGolden(name + ".arrow"));
    ASSERT_TRUE(from_arrow.ok()) << from_arrow.status();
    const absl::StatusOr<CheckedFrame> from_json = DecodeJsonFrame(ReadGolden(name + ".json"));
    ASSERT_TRUE(from_json.ok()) << from_json.status();
    EXPECT_TRUE(*from_arrow == *from_json) << FrameToText(*from_arrow) << FrameToText(*from_json);
  }
}

TEST(ArrowFileTest, ReadsTheSdksValuesAndMetadata) {
  const absl::StatusOr<CheckedFrame> decoded = DecodeArrow(ReadGolden("sdk_all_types.arrow"));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  const Frame& frame = decoded->frame();
  EXPECT_EQ(frame.name, "from the SDK");
  EXPECT_EQ(frame.ref_id, "A");
  EXPECT_EQ(frame.meta.type, "table");
  EXPECT_EQ(frame.meta.type_version_minor, 1U);
  EXPECT_EQ(frame.meta.custom_json, R"({"budget":{"perWeek":1}})");
  EXPECT_EQ(frame.meta.notices, (std::vector<Notice>{{NoticeSeverity::kWarning, "careful"}}));
  EXPECT_EQ(frame.meta.stats, (std::vector<FrameStat>{{"Rows", 3, "short"}}));
  ASSERT_EQ(frame.fields.size(), 20U);
  EXPECT_EQ(std::get<TimeColumn>(frame.fields[0].column).values[2], 1'700'000'120'123'456'789);
  const Field& value = frame.fields[1];
  EXPECT_EQ(value.labels, (Labels{{"host", "web-1"}, {"zone", "eu \"west\" <&>"}}));
  EXPECT_TRUE(value.nullable);
  const auto& numbers = std::get<Float64Column>(value.column);
  EXPECT_EQ(numbers.values[0], 1.5);
  EXPECT_TRUE(numbers.IsNull(1));
  EXPECT_EQ(value.config.unit, "percent");
  EXPECT_EQ(value.config.decimals, 2);
  EXPECT_EQ(value.config.fixed_color, "red");
  EXPECT_EQ(value.config.mappings.size(), 2U);
  EXPECT_EQ(value.config.custom.fill_below_to, "lower");
  EXPECT_EQ(value.config.custom.hide_from_legend, true);
  EXPECT_EQ(std::get<TimeColumn>(frame.fields[14].column).values[2], -999'999'995);
  EXPECT_EQ(std::get<EnumColumn>(frame.fields[19].column).values, (std::vector<uint16_t>{2, 0, 1}));
}

TEST(ArrowFileTest, BitsPackLeastSignificantFirst) {
  Frame frame;
  Field field;
  field.name = "b";
  field.column = BoolColumn({1, 0, 1, 1, 0, 0, 0, 1, 0, 1});
  frame.fields.push_back(std::move(field));
  const std::string bytes = EncodeArrow(CheckedFrame::Check(std::move(frame)).value());
  // The body is the last thing before the end marker: two bytes of values, padded to eight.
  const size_t marker = bytes.rfind(std::string("\xFF\xFF\xFF\xFF\0\0\0\0", 8));
  ASSERT_NE(marker, std::string::npos);
  EXPECT_EQ(bytes.substr(marker - 8, 8), std::string("\x8D\x02\0\0\0\0\0\0", 8));
}

TEST(ArrowFileTest, NamesTheFaultOfWhatIsNoFile) {
  EXPECT_THAT(std::string(DecodeArrow("not an Arrow file at all").status().message()), HasSubstr("ARROW1"));
  EXPECT_THAT(std::string(DecodeArrow("").status().message()), HasSubstr("ARROW1"));
  EXPECT_THAT(std::string(DecodeArrow(std::string("ARROW1\0\0\x7F\0\0\0ARROW1", 18)).status().message()),
              HasSubstr("footer"));
}

}  // namespace
}  // namespace bellwether

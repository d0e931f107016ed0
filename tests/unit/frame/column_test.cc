#include "server/frame/column.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "server/frame/field_type.h"

namespace bellwether {
namespace {

TEST(ColumnTest, NullableFromNanMarksWhatIsNotFinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // Sizes around whole bytes, each with one value of every kind at a moving place.
  for (size_t size = 0; size < 40; ++size) {
    std::vector<double> values(size);
    for (size_t i = 0; i < size; ++i) {
      values[i] = i % 11 == 3   ? std::nan("")
                  : i % 11 == 5 ? kInfinity
                  : i % 11 == 7 ? -kInfinity
                                : -0.5 * static_cast<double>(i);
    }
    const Float64Column column = NullableFromNan(values);
    ASSERT_EQ(column.size(), size);
    EXPECT_EQ(column.validity.size(), size > 3 ? size : 0);
    for (size_t i = 0; i < size; ++i) {
      ASSERT_EQ(column.IsNull(i), !std::isfinite(values[i])) << size << ' ' << i;
      ASSERT_EQ(column.values[i], std::isfinite(values[i]) ? values[i] : 0.0);
    }
  }
}

TEST(ColumnTest, NullableFromNanKeepsExtremes) {
  using Limits = std::numeric_limits<double>;
  const std::vector<double> values = {Limits::max(), Limits::lowest(), Limits::denorm_min(), -0.0};
  const Float64Column column = NullableFromNan(values);
  EXPECT_EQ(column.validity.size(), 0U);
  EXPECT_EQ(column.values, values);
  EXPECT_TRUE(std::signbit(column.values[3]));
}

TEST(ColumnTest, PushBackOfAMissingValueKeepsEarlierOnes) {
  StringColumn column;
  column.PushBack("a");
  column.PushBack(std::nullopt);
  column.PushBack("bc");
  EXPECT_EQ(column.size(), 3U);
  EXPECT_FALSE(column.IsNull(0));
  EXPECT_TRUE(column.IsNull(1));
  EXPECT_FALSE(column.IsNull(2));
  EXPECT_EQ(column[2], "bc");
}

TEST(ColumnTest, EveryTypeHasAnEmptyColumnAndNames) {
  for (size_t i = 0; i < std::variant_size_v<Column>; ++i) {
    const auto type = static_cast<FieldType>(i);
    EXPECT_EQ(TypeOf(EmptyColumn(type)), type);
    EXPECT_EQ(FieldTypeFromName(FieldTypeName(type)), type);
    EXPECT_TRUE(FieldTypeFromFrontendName(FrontendTypeName(type)).has_value());
  }
  EXPECT_EQ(FieldTypeFromName("time.Time"), FieldType::kTime);
  EXPECT_EQ(FieldTypeFromName("json.RawMessage"), FieldType::kJson);
  EXPECT_FALSE(FieldTypeFromName("decimal").has_value());
  EXPECT_FALSE(FieldTypeFromFrontendName("float64").has_value());
}

}  // namespace
}  // namespace bellwether

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/frame/bitmap.h"

namespace bellwether {

/// What a column holds. The names are those of Grafana's frame types.
enum class FieldType {
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat32,
  kFloat64,
  kBool,
  kTime,
  kString,
  kJson,
  kEnum,
};

/// Values of one fixed-width type. `validity` is empty where no value is missing; otherwise it has one bit a value,
/// 0 = missing (the value itself is then unspecified). `Tag` tells apart columns of the same C++ type.
template <typename T, typename Tag = void>
struct FixedColumn {
  std::vector<T> values;
  Bitmap validity;

  FixedColumn() = default;
  explicit FixedColumn(std::vector<T> v) : values(std::move(v)) {}
  FixedColumn(std::vector<T> v, Bitmap valid) : values(std::move(v)), validity(std::move(valid)) {}

  [[nodiscard]] size_t size() const { return values.size(); }
  [[nodiscard]] bool IsNull(size_t i) const { return validity.size() != 0 && !validity[i]; }

  /// Appends a value, or a missing one.
  void PushBack(std::optional<T> value) {
    if (!value.has_value() && validity.size() == 0) {
      validity = Bitmap(values.size(), true);
    }
    if (validity.size() != 0 || !value.has_value()) {
      validity.PushBack(value.has_value());
    }
    values.push_back(value.value_or(T{}));
  }

  friend bool operator==(const FixedColumn&, const FixedColumn&) = default;
};

struct TimeTag;
struct BoolTag;
struct EnumTag;

/// Nanoseconds since the Unix epoch, UTC.
using TimeColumn = FixedColumn<int64_t, TimeTag>;
/// 0 or 1 a value.
using BoolColumn = FixedColumn<uint8_t, BoolTag>;
/// Index into the texts of the field's enum configuration.
using EnumColumn = FixedColumn<uint16_t, EnumTag>;
using Float64Column = FixedColumn<double>;

/// Byte strings of any length in one buffer: value i is bytes[offsets[i], offsets[i + 1]). Tag as in FixedColumn.
template <typename Tag>
struct BytesColumn {
  std::vector<int32_t> offsets = {0};
  std::string bytes;
  Bitmap validity;

  [[nodiscard]] size_t size() const { return offsets.size() - 1; }
  [[nodiscard]] bool IsNull(size_t i) const { return validity.size() != 0 && !validity[i]; }
  [[nodiscard]] std::string_view operator[](size_t i) const {
    return std::string_view(bytes).substr(static_cast<size_t>(offsets[i]),
                                          static_cast<size_t>(offsets[i + 1] - offsets[i]));
  }

  void PushBack(std::optional<std::string_view> value) {
    if (!value.has_value() && validity.size() == 0) {
      validity = Bitmap(size(), true);
    }
    if (validity.size() != 0 || !value.has_value()) {
      validity.PushBack(value.has_value());
    }
    bytes.append(value.value_or(std::string_view()));
    offsets.push_back(static_cast<int32_t>(bytes.size()));
  }

  friend bool operator==(const BytesColumn&, const BytesColumn&) = default;
};

struct StringTag;
struct JsonTag;
/// UTF-8 text.
using StringColumn = BytesColumn<StringTag>;
/// One JSON document a value.
using JsonColumn = BytesColumn<JsonTag>;

/// The values of a field, one alternative for each FieldType.
using Column =
    std::variant<FixedColumn<int8_t>, FixedColumn<int16_t>, FixedColumn<int32_t>, FixedColumn<int64_t>,
                 FixedColumn<uint8_t>, FixedColumn<uint16_t>, FixedColumn<uint32_t>, FixedColumn<uint64_t>,
                 FixedColumn<float>, FixedColumn<double>, BoolColumn, TimeColumn, StringColumn, JsonColumn, EnumColumn>;

/// The type of `column`: its alternatives stand in the order of FieldType.
[[nodiscard]] inline FieldType TypeOf(const Column& column) { return static_cast<FieldType>(column.index()); }

/// The number of values.
[[nodiscard]] inline size_t SizeOf(const Column& column) {
  return std::visit([](const auto& c) { return c.size(); }, column);
}

/// A nullable float64 column in which NaN and infinities have become missing values.
[[nodiscard]] Float64Column NullableFromNan(std::vector<double> values);

}  // namespace bellwether

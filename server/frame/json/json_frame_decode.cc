#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/base/status/status_macros.h"
#include "server/frame/field_type.h"
#include "server/frame/json/json_document.h"
#include "server/frame/json/json_frame.h"
#include "server/frame/json/metadata_reader.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr int64_t kNsPerMs = 1'000'000;
// Times beyond these milliseconds do not fit 64 bits of nanoseconds.
constexpr int64_t kMsMax = std::numeric_limits<int64_t>::max() / kNsPerMs - 1;

absl::Status Fault(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

// The member, or null when `object` has none of that name or says null.
const json* Member(const json& object, const char* key) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string TextAt(const json& object, const char* key) {
  const json* value = Member(object, key);
  return value != nullptr && value->is_string() ? value->get_ref<const std::string&>() : std::string();
}

// One overload a type: the value, or nothing when the JSON is not of the type or out of its range.

template <std::integral T>
std::optional<T> ValueFrom(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  }
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  }
  if (!value.is_number_float()) {
    return std::nullopt;
  }
  // Numbers such as 1e3. Both limits are powers of two, exact as doubles.
  const auto number = value.get<double>();
  const double lowest = static_cast<double>(std::numeric_limits<T>::min());
  const double behind_largest = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const bool fits = number >= lowest && number < behind_largest && std::trunc(number) == number;
  return fits ? std::optional(static_cast<T>(number)) : std::nullopt;
}

template <std::floating_point T>
std::optional<T> ValueFrom(const json& value) {
  if (!value.is_number()) {
    return std::nullopt;
  }
  const auto number = value.get<double>();
  return std::abs(number) <= std::numeric_limits<T>::max() ? std::optional(static_cast<T>(number)) : std::nullopt;
}

std::optional<int64_t> NanosecondsFrom(const json& value) {
  if (value.is_number_float()) {
    const auto ms = value.get<double>();
    return std::abs(ms) <= static_cast<double>(kMsMax)
               ? std::optional(static_cast<int64_t>(std::llround(ms * static_cast<double>(kNsPerMs))))
               : std::nullopt;
  }
  const std::optional<int64_t> ms = ValueFrom<int64_t>(value);
  return ms.has_value() && *ms >= -kMsMax && *ms <= kMsMax ? std::optional(*ms * kNsPerMs) : std::nullopt;
}

std::optional<uint8_t> BitFrom(const json& value) {
  return value.is_boolean() ? std::optional<uint8_t>(value.get<bool>() ? 1 : 0) : std::nullopt;
}

absl::Status BadValue(size_t row, std::string_view want) {
  return Fault(absl::StrCat("the value in row ", row, " is not ", std::string(want)));
}

// Appends what `read` makes of each value; null is a missing one.
template <typename ColumnType, typename Read>
absl::Status AppendValues(const json& values, std::string_view want, ColumnType& column, Read read) {
  column.values.reserve(values.size());
  for (size_t row = 0; row < values.size(); ++row) {
    if (values[row].is_null()) {
      column.PushBack(std::nullopt);
      continue;
    }
    const auto value = read(values[row]);
    if (!value.has_value()) {
      return BadValue(row, want);
    }
    column.PushBack(value);
  }
  return absl::OkStatus();
}

template <std::integral T>
absl::Status ReadColumn(const json& values, bool /*nullable*/, FixedColumn<T>& column) {
  return AppendValues(values, "an integer in the range of its type", column, ValueFrom<T>);
}

template <std::floating_point T>
absl::Status ReadColumn(const json& values, bool /*nullable*/, FixedColumn<T>& column) {
  return AppendValues(values, "a number in the range of its type", column, ValueFrom<T>);
}

absl::Status ReadColumn(const json& values, bool /*nullable*/, BoolColumn& column) {
  return AppendValues(values, "true or false", column, BitFrom);
}

absl::Status ReadColumn(const json& values, bool /*nullable*/, TimeColumn& column) {
  return AppendValues(values, "a time in milliseconds", column, NanosecondsFrom);
}

absl::Status ReadColumn(const json& values, bool /*nullable*/, EnumColumn& column) {
  return AppendValues(values, "the index of an enum value", column, ValueFrom<uint16_t>);
}

absl::Status CheckBytes(size_t held, size_t added) {
  return added <= static_cast<size_t>(std::numeric_limits<int32_t>::max()) - held
             ? absl::OkStatus()
             : Fault("it has more than 2 GiB of text");
}

absl::Status ReadColumn(const json& values, bool /*nullable*/, StringColumn& column) {
  for (size_t row = 0; row < values.size(); ++row) {
    if (values[row].is_null()) {
      column.PushBack(std::nullopt);
      continue;
    }
    if (!values[row].is_string()) {
      return BadValue(row, "a string");
    }
    const auto& text = values[row].get_ref<const std::string&>();
    BELLWETHER_RETURN_IF_ERROR(CheckBytes(column.bytes.size(), text.size()));
    column.PushBack(text);
  }
  return absl::OkStatus();
}

// Null is a missing value of a nullable field, and the document `null` of one that is not.
absl::Status ReadColumn(const json& values, bool nullable, JsonColumn& column) {
  for (const json& value : values) {
    if (value.is_null() && nullable) {
      column.PushBack(std::nullopt);
      continue;
    }
    const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    BELLWETHER_RETURN_IF_ERROR(CheckBytes(column.bytes.size(), text.size()));
    column.PushBack(text);
  }
  return absl::OkStatus();
}

template <typename ColumnType>
absl::Status ApplyEntities(const json& /*entities*/, ColumnType& /*column*/) {
  return Fault("only float fields can have entities");
}

template <std::floating_point T>
absl::Status ApplyEntities(const json& entities, FixedColumn<T>& column) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  for (const auto& [key, value] : {std::pair("NaN", std::numeric_limits<T>::quiet_NaN()), std::pair("Inf", kInfinity),
                                   std::pair("NegInf", -kInfinity)}) {
    const json* rows = Member(entities, key);
    if (rows == nullptr) {
      continue;
    }
    if (!rows->is_array()) {
      return Fault("the rows of its entities are not an array");
    }
    for (const json& item : *rows) {
      const std::optional<uint64_t> row = ValueFrom<uint64_t>(item);
      if (!row.has_value() || *row >= column.size()) {
        return Fault("the row of an entity is out of range");
      }
      column.values[*row] = value;
      if (column.validity.size() != 0) {
        column.validity.Set(*row, true);
      }
    }
  }
  if (column.validity.CountZeros() == 0) {
    column.validity = Bitmap();
  }
  return absl::OkStatus();
}

template <typename ColumnType>
absl::Status ApplyNanos(const json& /*nanos*/, ColumnType& /*column*/) {
  return Fault("only time fields can have nanos");
}

absl::Status ApplyNanos(const json& nanos, TimeColumn& column) {
  if (!nanos.is_array() || nanos.size() != column.size()) {
    return Fault("its nanos are not one number a row");
  }
  for (size_t row = 0; row < nanos.size(); ++row) {
    const std::optional<int64_t> rest = ValueFrom<int64_t>(nanos[row]);
    if (!rest.has_value() || *rest <= -kNsPerMs || *rest >= kNsPerMs) {
      return Fault(absl::StrCat("the nanos in row ", row, " are not a part of a millisecond"));
    }
    // Cannot overflow: kMsMax leaves room for a millisecond.
    column.values[row] += column.IsNull(row) ? 0 : *rest;
  }
  return absl::OkStatus();
}

// The arrays of `data` that belong to one field; null where there are none.
struct FieldData {
  const json* values = nullptr;
  const json* entities = nullptr;
  const json* nanos = nullptr;
};

absl::Status ReadData(const FieldData& data, Field& field) {
  return std::visit(
      [&](auto& column) -> absl::Status {
        if (data.values != nullptr) {
          if (!data.values->is_array()) {
            return Fault("its values are not an array");
          }
          BELLWETHER_RETURN_IF_ERROR(ReadColumn(*data.values, field.nullable, column));
        }
        if (data.entities != nullptr) {
          BELLWETHER_RETURN_IF_ERROR(ApplyEntities(*data.entities, column));
        }
        if (data.nanos != nullptr) {
          BELLWETHER_RETURN_IF_ERROR(ApplyNanos(*data.nanos, column));
        }
        field.nullable |= column.validity.size() != 0;
        return absl::OkStatus();
      },
      field.column);
}

// Name, type and metadata of a field, with an empty column.
absl::StatusOr<Field> ReadFieldSchema(const json& object) {
  if (!object.is_object()) {
    return Fault("it is not a JSON object");
  }
  Field field;
  field.name = TextAt(object, "name");
  std::optional<FieldType> type;
  if (const json* info = Member(object, "typeInfo"); info != nullptr && Member(*info, "frame") != nullptr) {
    std::string name = TextAt(*info, "frame");
    if (name.starts_with('*')) {
      field.nullable = true;
      name.erase(0, 1);
    }
    const json* nullable = Member(*info, "nullable");
    field.nullable |= nullable != nullptr && nullable->is_boolean() && nullable->get<bool>();
    type = FieldTypeFromName(name);
  } else {
    type = FieldTypeFromFrontendName(TextAt(object, "type"));
    field.nullable = type == FieldType::kJson;
  }
  if (!type.has_value()) {
    return Fault(absl::StrCat("its type is not one that frames have (type \"", TextAt(object, "type"), "\")"));
  }
  field.column = EmptyColumn(*type);
  if (const json* labels = Member(object, "labels"); labels != nullptr) {
    BELLWETHER_ASSIGN_OR_RETURN(field.labels, ReadLabels(*labels));
  }
  if (const json* config = Member(object, "config"); config != nullptr) {
    field.config = ReadConfig(*config);
  }
  return field;
}

absl::Status InField(size_t index, const Field* field, const absl::Status& status) {
  const std::string name = field == nullptr ? "" : field->name;
  return Fault(absl::StrCat("Field ", index, " \"", name, "\" of the JSON frame: ", status.message(), "."));
}

absl::StatusOr<Frame> ReadSchema(const json& schema) {
  Frame frame;
  frame.name = TextAt(schema, "name");
  frame.ref_id = TextAt(schema, "refId");
  if (const json* meta = Member(schema, "meta"); meta != nullptr) {
    frame.meta = ReadMeta(*meta);
  }
  const json* fields = Member(schema, "fields");
  if (fields == nullptr) {
    return frame;
  }
  if (!fields->is_array()) {
    return Fault("The fields of the JSON frame are not an array.");
  }
  if (fields->size() > kJsonFieldsMax) {
    return Fault(absl::StrCat("The JSON frame has ", fields->size(), " fields; at most ", kJsonFieldsMax,
                              " are read. Ask for fewer series."));
  }
  for (const json& object : *fields) {
    absl::StatusOr<Field> field = ReadFieldSchema(object);
    if (!field.ok()) {
      return InField(frame.fields.size(), nullptr, field.status());
    }
    frame.fields.push_back(*std::move(field));
  }
  return frame;
}

// Item `index` of an array that may be shorter, or not there at all; null stands for none.
const json* ItemAt(const json* array, size_t index) {
  return array == nullptr || index >= array->size() || (*array)[index].is_null() ? nullptr : &(*array)[index];
}

// The array under `key` with at most one item a field; null when there is none.
absl::StatusOr<const json*> ColumnsAt(const json& data, const char* key, size_t fields) {
  const json* array = Member(data, key);
  if (array != nullptr && (!array->is_array() || array->size() > fields)) {
    return Fault(absl::StrCat("The ", key, " of the JSON frame are not an array of at most one item a field."));
  }
  return array;
}

absl::Status ReadColumns(const json& data, Frame& frame) {
  BELLWETHER_ASSIGN_OR_RETURN(const json* values, ColumnsAt(data, "values", frame.fields.size()));
  BELLWETHER_ASSIGN_OR_RETURN(const json* entities, ColumnsAt(data, "entities", frame.fields.size()));
  BELLWETHER_ASSIGN_OR_RETURN(const json* nanos, ColumnsAt(data, "nanos", frame.fields.size()));
  for (size_t i = 0; i < frame.fields.size(); ++i) {
    const FieldData field_data = {ItemAt(values, i), ItemAt(entities, i), ItemAt(nanos, i)};
    if (const absl::Status status = ReadData(field_data, frame.fields[i]); !status.ok()) {
      return InField(i, &frame.fields[i], status);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckedFrame> DecodeJsonFrame(std::string_view text) {
  BELLWETHER_ASSIGN_OR_RETURN(const json document, ParseMetadata(text, "frame"));
  const json* schema = Member(document, "schema");
  if (schema == nullptr || !schema->is_object()) {
    return Fault("The JSON frame has no schema.");
  }
  BELLWETHER_ASSIGN_OR_RETURN(Frame frame, ReadSchema(*schema));
  if (const json* data = Member(document, "data"); data != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadColumns(*data, frame));
  }
  absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
  if (!checked.ok()) {
    return Fault(std::string(checked.status().message()));
  }
  return checked;
}

}  // namespace bellwether

#include "server/frame/json/json_frame.h"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "server/frame/field_type.h"
#include "server/frame/json/json_writer.h"
#include "server/frame/json/metadata_writer.h"

namespace bellwether {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

// What a column needs beyond its values: JSON for its place in `entities` and in `nanos`, empty for "nothing".
struct Extras {
  std::string entities;
  std::string nanos;
};

// Appends [a,b,…] where `append(i)` writes a value that is not missing.
template <typename ColumnType, typename Append>
void AppendValues(std::string& out, const ColumnType& column, Append append) {
  out.push_back('[');
  for (size_t i = 0; i < column.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    if (column.IsNull(i)) {
      out.append("null");
    } else {
      append(i);
    }
  }
  out.push_back(']');
}

// Appends `index` to the list under `key`.
struct IndexList {
  std::string_view key;
  std::string indices;

  void Add(size_t index) {
    indices.push_back(indices.empty() ? '[' : ',');
    AppendJsonUint(indices, index);
  }
};

template <std::floating_point T>
void AppendColumn(std::string& out, const FixedColumn<T>& column, Extras& extras) {
  IndexList nan{"NaN", {}};
  IndexList infinity{"Inf", {}};
  IndexList minus_infinity{"NegInf", {}};
  AppendValues(out, column, [&](size_t i) {
    const T value = column.values[i];
    AppendJsonNumber(out, value);
    if (!std::isfinite(value)) {
      (std::isnan(value) ? nan : value > 0 ? infinity : minus_infinity).Add(i);
    }
  });
  if (nan.indices.empty() && infinity.indices.empty() && minus_infinity.indices.empty()) {
    return;
  }
  JsonObjectWriter entities(extras.entities);
  for (const IndexList* list : {&nan, &infinity, &minus_infinity}) {
    if (!list->indices.empty()) {
      entities.Key(list->key).append(list->indices).push_back(']');
    }
  }
  entities.Close();
}

template <std::integral T, typename Tag>
void AppendColumn(std::string& out, const FixedColumn<T, Tag>& column, Extras& /*extras*/) {
  AppendValues(out, column, [&](size_t i) {
    if constexpr (std::is_signed_v<T>) {
      AppendJsonInt(out, column.values[i]);
    } else {
      AppendJsonUint(out, column.values[i]);
    }
  });
}

void AppendColumn(std::string& out, const BoolColumn& column, Extras& /*extras*/) {
  AppendValues(out, column, [&](size_t i) { out.append(column.values[i] != 0 ? "true" : "false"); });
}

// Milliseconds, rounded down, as values; the rest in nanoseconds for the whole column once any value has one.
void AppendColumn(std::string& out, const TimeColumn& column, Extras& extras) {
  bool has_rest = false;
  const auto rest_of = [&](size_t i) {
    const int64_t rest = column.values[i] % kNsPerMs;
    return rest < 0 ? rest + kNsPerMs : rest;
  };
  AppendValues(out, column, [&](size_t i) {
    const int64_t rest = rest_of(i);
    has_rest |= rest != 0;
    // A remainder below zero means that the division, which truncates, has rounded up.
    AppendJsonInt(out, column.values[i] / kNsPerMs - (column.values[i] % kNsPerMs < 0 ? 1 : 0));
  });
  if (!has_rest) {
    return;
  }
  for (size_t i = 0; i < column.size(); ++i) {
    extras.nanos.push_back(i == 0 ? '[' : ',');
    AppendJsonInt(extras.nanos, column.IsNull(i) ? 0 : rest_of(i));
  }
  extras.nanos.push_back(']');
}

void AppendColumn(std::string& out, const StringColumn& column, Extras& /*extras*/) {
  AppendValues(out, column, [&](size_t i) { AppendJsonString(out, column[i]); });
}

void AppendColumn(std::string& out, const JsonColumn& column, Extras& /*extras*/) {
  AppendValues(out, column, [&](size_t i) { out.append(column[i]); });
}

void AppendField(std::string& out, const Field& field) {
  const FieldType type = TypeOf(field.column);
  JsonObjectWriter object(out);
  if (!field.name.empty()) {
    object.String("name", field.name);
  }
  object.String("type", FrontendTypeName(type));
  JsonObjectWriter type_info(object.Key("typeInfo"));
  type_info.String("frame", FieldTypeName(type));
  if (field.nullable) {
    type_info.Raw("nullable", "true");
  }
  type_info.Close();
  if (!field.labels.empty()) {
    AppendLabelsJson(object.Key("labels"), field.labels);
  }
  if (!IsEmpty(field.config)) {
    AppendConfigJson(object.Key("config"), field.config);
  }
  object.Close();
}

void AppendSchema(std::string& out, const Frame& frame) {
  JsonObjectWriter schema(out);
  if (!frame.name.empty()) {
    schema.String("name", frame.name);
  }
  if (!frame.ref_id.empty()) {
    schema.String("refId", frame.ref_id);
  }
  if (!IsEmpty(frame.meta)) {
    AppendMetaJson(schema.Key("meta"), frame.meta);
  }
  schema.Key("fields").push_back('[');
  for (size_t i = 0; i < frame.fields.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    AppendField(out, frame.fields[i]);
  }
  out.push_back(']');
  schema.Close();
}

// Appends [null,…,x] for `member` of every column, unless all of them are empty.
void AppendExtras(JsonObjectWriter& data, std::string_view key, const std::vector<Extras>& extras,
                  std::string Extras::*member) {
  bool any = false;
  for (const Extras& extra : extras) {
    any |= !(extra.*member).empty();
  }
  if (!any) {
    return;
  }
  std::string& out = data.Key(key);
  for (size_t i = 0; i < extras.size(); ++i) {
    const std::string& json = extras[i].*member;
    out.push_back(i == 0 ? '[' : ',');
    out.append(json.empty() ? "null" : json);
  }
  out.push_back(']');
}

void AppendData(std::string& out, const Frame& frame) {
  std::vector<Extras> extras(frame.fields.size());
  JsonObjectWriter data(out);
  data.Key("values").push_back('[');
  for (size_t i = 0; i < frame.fields.size(); ++i) {
    if (i > 0) {
      out.push_back(',');
    }
    std::visit([&](const auto& column) { AppendColumn(out, column, extras[i]); }, frame.fields[i].column);
  }
  out.push_back(']');
  AppendExtras(data, "entities", extras, &Extras::entities);
  AppendExtras(data, "nanos", extras, &Extras::nanos);
  data.Close();
}

}  // namespace

std::string EncodeJsonFrame(const CheckedFrame& frame) {
  // A guess: most values are numbers of a dozen digits. A wrong one costs a few copies.
  std::string out;
  out.reserve(512 + 256 * frame.frame().fields.size() + 12 * frame.frame().fields.size() * frame.rows());
  JsonObjectWriter object(out);
  AppendSchema(object.Key("schema"), frame.frame());
  AppendData(object.Key("data"), frame.frame());
  object.Close();
  return out;
}

}  // namespace bellwether

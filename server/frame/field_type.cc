#include "server/frame/field_type.h"

#include <array>
#include <cstddef>
#include <utility>

namespace bellwether {
namespace {

struct TypeNames {
  std::string_view name;
  std::string_view frontend;
};

// In the order of FieldType.
constexpr std::array<TypeNames, std::variant_size_v<Column>> kNames = {{
    {"int8", "number"},
    {"int16", "number"},
    {"int32", "number"},
    {"int64", "number"},
    {"uint8", "number"},
    {"uint16", "number"},
    {"uint32", "number"},
    {"uint64", "number"},
    {"float32", "number"},
    {"float64", "number"},
    {"bool", "boolean"},
    {"time", "time"},
    {"string", "string"},
    {"json", "other"},
    {"enum", "enum"},
}};

struct Alias {
  std::string_view name;
  FieldType type;
};

constexpr std::array<Alias, 6> kAliases = {{
    {"int", FieldType::kInt64},
    {"float", FieldType::kFloat64},
    {"double", FieldType::kFloat64},
    {"boolean", FieldType::kBool},
    {"time.Time", FieldType::kTime},
    {"json.RawMessage", FieldType::kJson},
}};

template <size_t... I>
Column EmptyColumnAt(size_t index, std::index_sequence<I...> /*all*/) {
  using Make = Column (*)();
  constexpr std::array<Make, sizeof...(I)> kMake = {+[] { return Column(std::in_place_index<I>); }...};
  return kMake[index]();
}

}  // namespace

std::string_view FieldTypeName(FieldType type) { return kNames[static_cast<size_t>(type)].name; }

std::optional<FieldType> FieldTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].name == name) {
      return static_cast<FieldType>(i);
    }
  }
  for (const Alias& alias : kAliases) {
    if (alias.name == name) {
      return alias.type;
    }
  }
  return std::nullopt;
}

std::string_view FrontendTypeName(FieldType type) { return kNames[static_cast<size_t>(type)].frontend; }

std::optional<FieldType> FieldTypeFromFrontendName(std::string_view name) {
  if (name == "number") {
    return FieldType::kFloat64;
  }
  if (name == "other") {
    return FieldType::kJson;
  }
  if (name == "time" || name == "string" || name == "boolean" || name == "enum") {
    return FieldTypeFromName(name);
  }
  return std::nullopt;
}

Column EmptyColumn(FieldType type) {
  return EmptyColumnAt(static_cast<size_t>(type), std::make_index_sequence<std::variant_size_v<Column>>());
}

}  // namespace bellwether

#pragma once

#include <optional>
#include <string_view>

#include "server/frame/column.h"

namespace bellwether {

/// The name of `type` in a JSON frame's typeInfo, as Grafana's plugin SDK writes it: int8 … float64, bool, time,
/// string, json, enum.
[[nodiscard]] std::string_view FieldTypeName(FieldType type);

/// The type called `name`; also the aliases that the SDK reads (int, float, double, boolean, time.Time,
/// json.RawMessage). Empty when there is none.
[[nodiscard]] std::optional<FieldType> FieldTypeFromName(std::string_view name);

/// The type as Grafana's frontend knows it: time, number, string, boolean, other or enum.
[[nodiscard]] std::string_view FrontendTypeName(FieldType type);

/// The backend type for a frontend type name: number is float64, other is json. Empty for an unknown name.
[[nodiscard]] std::optional<FieldType> FieldTypeFromFrontendName(std::string_view name);

/// An empty column of `type`.
[[nodiscard]] Column EmptyColumn(FieldType type);

}  // namespace bellwether

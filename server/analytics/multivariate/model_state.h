#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/analytics/anomaly/state_record.h"
#include "server/analytics/multivariate/feature_scale.h"
#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {

/// A model's members as a record with version and checksum. Model::Save appends them to a StateWriter.
template <typename Model>
[[nodiscard]] std::string SaveModel(std::string_view name, uint16_t version, const Model& model) {
  StateWriter writer;
  model.Save(writer);
  return WrapState(name, version, writer.bytes());
}

/// The model of a record. Model::Restore takes its members from a StateReader, and gives nothing where they make no
/// sense. INVALID_ARGUMENT (downstream) for what is no whole record of this name and version, and for that.
template <typename Model>
[[nodiscard]] absl::StatusOr<Model> RestoreModel(std::string_view name, uint16_t version, std::string_view record) {
  const absl::StatusOr<std::string_view> state = UnwrapState(name, version, record);
  if (!state.ok()) {
    return state.status();
  }
  StateReader reader(*state);
  std::optional<Model> model = Model::Restore(reader);
  if (!model.has_value() || !reader.Complete()) {
    return BadQueryError(
        Concat("The saved state of a detector makes no sense as ", name, ". Let the detector learn anew."));
  }
  return *std::move(model);
}

/// Appends numbers whose count is known to the reader.
template <typename Number>
void WriteAll(StateWriter& writer, std::span<const Number> numbers) {
  for (const Number& number : numbers) {
    writer(number);
  }
}

/// Takes `count` numbers.
template <typename Number>
[[nodiscard]] std::vector<Number> ReadAll(StateReader& reader, size_t count) {
  std::vector<Number> numbers(count);
  for (Number& number : numbers) {
    reader(number);
  }
  return numbers;
}

/// Appends the scales of features; their count is known to the reader.
inline void WriteScales(StateWriter& writer, std::span<const FeatureScale> scales) {
  for (const FeatureScale& scale : scales) {
    writer(scale.centre), writer(scale.inverse_scale);
  }
}

/// Takes the scales of `count` features; nothing where one makes no sense.
[[nodiscard]] inline std::optional<std::vector<FeatureScale>> ReadScales(StateReader& reader, size_t count) {
  std::vector<FeatureScale> scales(count);
  for (FeatureScale& scale : scales) {
    reader(scale.centre), reader(scale.inverse_scale);
    if (!(scale.inverse_scale > 0)) {
      return std::nullopt;
    }
  }
  return scales;
}

}  // namespace bellwether

#include "server/query/spec/migrate_query.h"

#include <array>
#include <cstdint>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"
#include "server/query/spec/json_reader.h"
#include "server/query/spec/query_spec.h"

namespace bellwether {
namespace {

using nlohmann::json;

// Step i turns version i + 1 into version i + 2. A new contract version adds its step here and never edits an old one.
using MigrationStep = void (*)(json& query);
constexpr std::array<MigrationStep, kContractVersion - 1> kSteps = {};

}  // namespace

absl::Status MigrateQuery(json& query) {
  int64_t version = 1;
  if (const auto found = query.find("version"); found != query.end() && !found->is_null()) {
    if (!found->is_number()) {
      return BadQueryError(Concat("version must be a number, not ", JsonTypeName(*found), "."));
    }
    if (!found->is_number_integer() || found->get<double>() < 1) {
      return BadQueryError("version must be a whole number from 1 on.");
    }
    version = found->is_number_unsigned() && found->get<uint64_t>() > INT32_MAX ? INT32_MAX : found->get<int64_t>();
  }
  if (version > kContractVersion) {
    return BadQueryError(Concat("version ", version, " is newer than this plugin understands (", kContractVersion,
                                "). Update the plugin, or save the query again with this one."));
  }
  for (size_t step = static_cast<size_t>(version) - 1; step < kSteps.size(); ++step) {
    kSteps[step](query);
  }
  query["version"] = kContractVersion;
  return absl::OkStatus();
}

}  // namespace bellwether

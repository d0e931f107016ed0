#include <array>

#include "server/analytics/forecast/forecast_member.h"
#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

std::vector<ForecastMethod> ForecastMethods() {
  std::vector<ForecastMethod> methods = {
      {"auto", "Automatic combination",
       "The series goes on as it did; members are weighted by how well they forecast its own past."}};
  for (const ForecastMemberEntry& member : ForecastMembers()) {
    methods.push_back({member.id, member.name, member.assumptions});
  }
  return methods;
}

}  // namespace bellwether

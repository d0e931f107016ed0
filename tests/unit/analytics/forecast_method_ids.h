#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/analytics/forecast/forecaster.h"

namespace bellwether {

/// All forecast methods, for suites that hold each of them to a law.
inline std::vector<std::string> MethodIds() {
  std::vector<std::string> ids;
  for (const ForecastMethod& method : ForecastMethods()) {
    ids.emplace_back(method.id);
  }
  return ids;
}

/// The name of the instance of such a suite.
inline std::string MethodTestName(const testing::TestParamInfo<std::string>& method) {
  std::string name = method.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace bellwether

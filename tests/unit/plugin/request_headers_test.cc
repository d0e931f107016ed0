#include "server/plugin/request/request_headers.h"

#include <gtest/gtest.h>

namespace bellwether {
namespace {

TEST(RequestHeadersTest, RecognisesAlertsAndExpressionsInEverySpelling) {
  const struct {
    const char* name;
    const char* value;
    bool want;
  } cases[] = {
      {"FromAlert", "true", true},
      {"fromalert", "TRUE", true},
      {"http_FromAlert", "true", true},
      {"http_X-Grafana-From-Expr", "true", true},
      {"HTTP_x-grafana-from-expr", "true", true},
      {"X-Grafana-From-Expr", "true", true},
      {"FromAlert", "false", false},
      {"FromAlert", "", false},
      {"http_http_FromAlert", "true", false},
      {"X-FromAlert", "true", false},
      {"http_X-Panel-Id", "true", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(AsksForAlert({{"Accept", "x"}, {c.name, c.value}}), c.want) << c.name << "=" << c.value;
  }
  EXPECT_FALSE(AsksForAlert({}));
}

}  // namespace
}  // namespace bellwether

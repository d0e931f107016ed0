// What a forecast query answers: thresholds, capacities, explaining variables, alert rules and words.

#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'760'000'400);
constexpr absl::Duration kStep = absl::Hours(1);
constexpr double kHour = 3600e9;

double Noise(int64_t unix_ns, uint64_t salt) {
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 3'600'000'000'000) + salt) * 0x9E3779B97F4A7C15ULL;
  hash ^= hash >> 31;
  hash *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

// Changes every six hours.
double Price(int64_t t) { return 10 + 4 * Noise(t / 6, 5); }

// A disk that fills by a tenth of a percent an hour from 20 % at kNow on.
double Disk(int64_t t) {
  return 20 + 0.1 * static_cast<double>(t - absl::ToUnixNanos(kNow)) / kHour + 0.2 * Noise(t, 1);
}

double Sales(int64_t t, double scale) {
  return scale * (100 + 20 * std::sin(2 * M_PI * static_cast<double>(t) / 86'400e9) + 2 * Noise(t, 2)) - 5 * Price(t);
}

class ForecastAnswersTest : public testing::Test {
 protected:
  ForecastAnswersTest() {
    // Points of the future come with the past ones: prices are planned ahead.
    registry_.Add(std::make_unique<FunctionConnector>(
        "demo", kStep,
        std::vector<FunctionConnector::Line>{
            {"sales", {{"shop", "a"}}, [](int64_t t) { return Sales(t, 1); }, "currencyUSD"},
            {"sales", {{"shop", "b"}}, [](int64_t t) { return Sales(t, 2); }, "currencyUSD"},
            {"price", {}, Price, ""}}));
    registry_.Add(std::make_unique<FunctionConnector>(
        "csv", kStep, std::vector<FunctionConnector::Line>{{"disk", {{"host", "web"}}, Disk, "percent"}}));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", "/data"}, {}, [](std::string_view path) {
      return path == "closed.ics" ? absl::StatusOr<std::string>(
                                        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20251001\n"
                                        "DTEND;VALUE=DATE:20251003\nSUMMARY:Closed\nEND:VEVENT\nEND:VCALENDAR\n")
                                  : WithOrigin(absl::NotFoundError("There is no file none.ics."), Origin::kDownstream);
    });
  }

  QueryAnswer Ask(const std::string& source, const std::string& forecast, const std::string& more = "",
                  bool from_alert = false) {
    QueryRequest request;
    request.ref_id = "A";
    request.json = R"({"analysis":"forecast","interval":"1h","history":"30d","source":{"kind":")" + source + "\"}" +
                   more + R"(,"forecast":)" + forecast + "}";
    request.range = {kNow - absl::Hours(72), kNow + absl::Hours(48)};
    request.max_data_points = 1000;
    request.from_alert = from_alert;
    return service_->Answer(request, {}, Cancellation());
  }

  // The facts of the first series of an answer.
  static json FactsOf(const QueryAnswer& answer, size_t series = 0) {
    return json::parse(answer.frames[0].frame().meta.custom_json)["series"][series];
  }

  static const Field* Named(const Frame& frame, std::string_view name) {
    for (const Field& field : frame.fields) {
      if (field.name == name) {
        return &field;
      }
    }
    return nullptr;
  }

  static const std::vector<double>& NumbersOf(const Field& field) {
    return std::get<Float64Column>(field.column).values;
  }

  static std::string NoticesOf(const QueryAnswer& answer) {
    std::string all;
    for (const Notice& notice : answer.frames[0].frame().meta.notices) {
      all += notice.text + "\n";
    }
    return all;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(ForecastAnswersTest, DrawsTheThresholdAndItsProbability) {
  const QueryAnswer answer =
      Ask("csv", R"({"horizon":"2d","threshold":{"value":22.5}})", R"(,"show":["value","band","probability"])");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_NE(Named(frame, "threshold"), nullptr);
  EXPECT_EQ(NumbersOf(*Named(frame, "threshold")).front(), 22.5);
  const std::vector<double>& probability = NumbersOf(*Named(frame, "probability"));
  EXPECT_NE(Named(frame, "probability")->config.fixed_color, Named(frame, "value")->config.fixed_color);
  double last = 0;
  for (const double value : probability) {
    if (std::isfinite(value)) {
      EXPECT_GE(value, last);
      last = value;
    }
  }
  EXPECT_GT(last, 0.9);  // 20 % and 48 steps of 0.1 make 24.8 %
  const std::vector<double>& single = NumbersOf(*Named(frame, "probability at the time"));
  ASSERT_EQ(single.size(), probability.size());
  for (size_t i = 0; i < single.size(); ++i) {
    EXPECT_TRUE(!std::isfinite(single[i]) || single[i] <= probability[i] + 1e-12);
  }
  const json threshold = FactsOf(answer)["threshold"];
  EXPECT_EQ(threshold["direction"], "above");
  EXPECT_EQ(threshold["bands"].size(), 2U);
  EXPECT_TRUE(threshold["median"].is_string());
  EXPECT_THAT(FactsOf(answer)["text"].get<std::string>(), HasSubstr("It reaches 22.5 % within"));
  EXPECT_THAT(NoticesOf(answer), HasSubstr("disk web is expected at"));
}

TEST_F(ForecastAnswersTest, GivesRulesTheProbabilityOfTheThresholdAsADenseSeries) {
  const QueryAnswer answer =
      Ask("demo", R"({"horizon":"6h","threshold":{"value":300,"direction":"above"}})", "", /*from_alert=*/true);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_EQ(frame.fields.size(), 4U);
  EXPECT_EQ(answer.frames[0].rows(), 6U);
  EXPECT_EQ(std::get<TimeColumn>(frame.fields[0].column).values.back(),
            absl::ToUnixNanos(kNow + absl::Hours(6)) / 3'600'000'000'000 * 3'600'000'000'000);
  std::set<Labels> labels;
  for (size_t i = 1; i < frame.fields.size(); ++i) {
    EXPECT_EQ(frame.fields[i].name, "probability");
    labels.insert(frame.fields[i].labels);
    for (const double value : NumbersOf(frame.fields[i])) {
      EXPECT_TRUE(value >= 0 && value <= 1);
    }
  }
  EXPECT_EQ(labels.size(), 3U);
}

TEST_F(ForecastAnswersTest, GivesRulesTheForecastWhereTheyAskForIt) {
  const QueryAnswer answer = Ask("csv", R"({"horizon":"6h","threshold":{"value":30},"alert":"forecast"})", "", true);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Field& field = answer.frames[0].frame().fields[1];
  EXPECT_EQ(field.name, "forecast");
  EXPECT_NEAR(NumbersOf(field).back(), 20.6, 1);
}

TEST_F(ForecastAnswersTest, TellsTheTimeUntilTheDiskIsFull) {
  const std::string query = R"({"horizon":"1d","capacity":{"value":100,"lookAhead":"90d"}})";
  const QueryAnswer rows = Ask("csv", query, R"(,"form":"rows")");
  ASSERT_TRUE(rows.status.ok()) << rows.status;
  const Frame& frame = rows.frames[0].frame();
  constexpr double kDay = 86'400;
  const double left = NumbersOf(*Named(frame, "time left")).front();
  EXPECT_NEAR(left / kDay, 800.0 / 24, 3);
  EXPECT_LT(NumbersOf(*Named(frame, "time left lower")).front(), left);
  EXPECT_GT(NumbersOf(*Named(frame, "time left upper")).front(), left);
  EXPECT_THAT(FactsOf(rows)["text"].get<std::string>(), HasSubstr("The limit of 100 % is reached in 3"));
  EXPECT_TRUE(FactsOf(rows)["capacity"]["restsOnDrift"].get<bool>());

  const QueryAnswer alert = Ask("csv", query, "", /*from_alert=*/true);
  ASSERT_TRUE(alert.status.ok()) << alert.status;
  EXPECT_EQ(alert.frames[0].frame().fields[1].name, "time_left");
  EXPECT_EQ(NumbersOf(alert.frames[0].frame().fields[1]).size(), 1U);
  EXPECT_NEAR(NumbersOf(alert.frames[0].frame().fields[1]).front(), left, 60);

  const QueryAnswer last = Ask("csv", query, R"(,"form":"last")");
  ASSERT_TRUE(last.status.ok()) << last.status;
  const FieldConfig& config = last.frames[0].frame().fields[0].config;
  EXPECT_EQ(config.unit, "s");
  ASSERT_FALSE(config.thresholds.empty());  // a panel's own would colour more time left as worse
  EXPECT_EQ(config.thresholds.front().color, "red");
  EXPECT_EQ(config.thresholds.back().color, "green");
}

TEST_F(ForecastAnswersTest, GivesTheWholeLookAheadWhereNothingFillsUp) {
  const QueryAnswer alert =
      Ask("csv", R"({"capacity":{"value":0,"direction":"below","lookAhead":"30d"}})", "", /*from_alert=*/true);
  ASSERT_TRUE(alert.status.ok()) << alert.status;
  EXPECT_EQ(NumbersOf(alert.frames[0].frame().fields[1]).front(), 30 * 86'400);
  const QueryAnswer said = Ask("csv", R"({"capacity":{"value":0,"direction":"below","lookAhead":"30d"}})");
  EXPECT_THAT(FactsOf(said)["text"].get<std::string>(), HasSubstr("is probably not reached within 30 days"));
  const QueryAnswer last =
      Ask("csv", R"({"capacity":{"value":0,"direction":"below","lookAhead":"30d"}})", R"(,"form":"last")");
  ASSERT_EQ(last.frames[0].frame().fields[0].config.mappings.size(), 1U);
  EXPECT_EQ(last.frames[0].frame().fields[0].config.mappings[0].value, "2592000");
  EXPECT_EQ(last.frames[0].frame().fields[0].config.mappings[0].text, "> 30 days");
  const QueryAnswer rows =
      Ask("csv", R"({"capacity":{"value":0,"direction":"below","lookAhead":"30d"}})", R"(,"form":"rows")");
  EXPECT_EQ(Named(rows.frames[0].frame(), "time left")->config.no_value, "> 30 days");
}

TEST_F(ForecastAnswersTest, ExplainsSalesByAPriceThatIsPlannedAhead) {
  const QueryAnswer answer = Ask("demo", R"({"horizon":"1d","regressors":["price"]})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  const json facts = json::parse(frame.meta.custom_json)["series"];
  ASSERT_EQ(facts.size(), 2U);  // the price itself is not forecast
  for (const json& series : facts) {
    const json& effect = series["effects"][0];
    EXPECT_EQ(effect["name"], "price");
    EXPECT_NEAR(effect["perUnit"].get<double>(), -5, 0.5);
    EXPECT_LE(effect["lower"].get<double>(), -4.5);
    EXPECT_TRUE(effect["used"].get<bool>());
    EXPECT_FALSE(effect["held"].get<bool>());
    EXPECT_THAT(series["text"].get<std::string>(), HasSubstr("One more of price changes it by -$"));
  }
  // It follows the planned prices: far closer than the spread that they make.
  const Field* forecast = Named(frame, "forecast");
  const std::vector<int64_t>& times = std::get<TimeColumn>(frame.fields[0].column).values;
  double error = 0;
  double count = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] >= absl::ToUnixNanos(kNow)) {
      error += std::abs(NumbersOf(*forecast)[i] - Sales(times[i], 1));
      ++count;
    }
  }
  ASSERT_GT(count, 20);
  EXPECT_LT(error / count, 2);
}

TEST_F(ForecastAnswersTest, HoldsWhatIsNotKnownAheadAndSaysSo) {
  static_cast<FunctionConnector*>(const_cast<Connector*>(registry_.Find("demo")))->EndAt(kNow);
  const QueryAnswer held = Ask("demo", R"({"horizon":"1d","regressors":["price"]})");
  ASSERT_TRUE(held.status.ok()) << held.status;
  EXPECT_TRUE(FactsOf(held)["effects"][0]["held"].get<bool>());
  EXPECT_THAT(NoticesOf(held), HasSubstr("Nothing is known of price ahead: its last value is taken to go on"));
  const QueryAnswer left_out = Ask("demo", R"({"horizon":"1d","regressors":["price"],"unknownFuture":"leaveOut"})");
  ASSERT_TRUE(left_out.status.ok()) << left_out.status;
  EXPECT_FALSE(FactsOf(left_out)["effects"][0]["used"].get<bool>());
  EXPECT_THAT(NoticesOf(left_out), HasSubstr("price is not known ahead, so the forecast does without it"));
}

TEST_F(ForecastAnswersTest, RefusesRegressorsThatAreNoSeriesOfTheQuery) {
  const QueryAnswer unknown = Ask("demo", R"({"regressors":["price","weather"]})");
  EXPECT_EQ(HttpStatusOf(unknown.status), 400);
  EXPECT_EQ(OriginOf(unknown.status), Origin::kDownstream);
  EXPECT_EQ(std::string(unknown.status.message()),
            "forecast.regressors[1] \"weather\" is no series of this query, which has: sales, price. Add it to the "
            "source, or name another.");
  const QueryAnswer all = Ask("demo", R"({"regressors":["price","sales"]})");
  EXPECT_EQ(HttpStatusOf(all.status), 400);
  EXPECT_THAT(std::string(all.status.message()), HasSubstr("none is left to forecast"));
}

TEST_F(ForecastAnswersTest, KnowsWeekdaysAndHolidays) {
  const QueryAnswer answer =
      Ask("csv", R"({"calendar":{"weekdays":true,"country":"DE","file":"closed.ics","timezone":"Europe/Berlin"}})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const json effects = FactsOf(answer)["effects"];
  ASSERT_EQ(effects.size(), 7U);
  EXPECT_EQ(effects[0]["name"], "Monday");
  EXPECT_EQ(effects[6]["name"], "holiday");
}

TEST_F(ForecastAnswersTest, RefusesCalendarsThatItDoesNotHave) {
  const QueryAnswer country = Ask("csv", R"({"calendar":{"country":"Atlantis"}})");
  EXPECT_EQ(HttpStatusOf(country.status), 400);
  EXPECT_THAT(std::string(country.status.message()),
              HasSubstr("forecast.calendar.country: The holidays of the country \"Atlantis\" are not known"));
  const QueryAnswer file = Ask("csv", R"({"calendar":{"file":"none.ics"}})");
  EXPECT_EQ(HttpStatusOf(file.status), 404);
  service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  const QueryAnswer folder = Ask("csv", R"({"calendar":{"file":"closed.ics"}})");
  EXPECT_EQ(HttpStatusOf(folder.status), 403);
  EXPECT_THAT(std::string(folder.status.message()), HasSubstr("csv_folder"));
}

TEST_F(ForecastAnswersTest, TellsReliabilityPatternsAndUncertaintyAsFactsAndInWords) {
  const QueryAnswer answer = Ask("demo", R"({"horizon":"7d","levels":[0.5,0.8,0.95]})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const json facts = FactsOf(answer);
  EXPECT_TRUE(facts["reliability"].is_number());
  EXPECT_TRUE(facts["reasons"].is_array());
  EXPECT_TRUE(facts["uncertainty"].is_array());
  EXPECT_THAT(facts["text"].get<std::string>(), HasSubstr("in 7 days, with 95 % between $"));
  EXPECT_THAT(facts["text"].get<std::string>(), HasSubstr("Reliability "));
  const QueryAnswer rows = Ask("demo", R"({"horizon":"7d"})", R"(,"form":"rows")");
  ASSERT_TRUE(rows.status.ok()) << rows.status;
  EXPECT_NE(Named(rows.frames[0].frame(), "explanation"), nullptr);
  EXPECT_EQ(NoticesOf(rows), "");
}

TEST_F(ForecastAnswersTest, KeepsWholeNumbersWholeWhereAsked) {
  const QueryAnswer answer = Ask("demo", R"({"horizon":"1d","wholeNumbers":true,"regressors":["price"]})", "", true);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  for (const double value : NumbersOf(answer.frames[0].frame().fields[1])) {
    EXPECT_EQ(value, std::round(value));
  }
}

TEST_F(ForecastAnswersTest, BoundsTheStepsOfAllSeriesTogether) {
  QueryLimits limits;
  limits.max_forecast_steps_total = 100;
  service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""}, limits);
  const QueryAnswer answer = Ask("demo", R"({"horizon":"2d"})");
  EXPECT_EQ(HttpStatusOf(answer.status), 400);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("The forecast of 3 series holds 48 steps of 1h each"));
  EXPECT_TRUE(Ask("demo", R"({"horizon":"1d"})").status.ok());
}

TEST_F(ForecastAnswersTest, AnswersEveryHorizonFromAnHourToAMonth) {
  for (const char* horizon : {"1h", "36h", "30d"}) {
    const QueryAnswer answer = Ask("demo", std::string(R"({"horizon":")") + horizon + R"("})", "", true);
    ASSERT_TRUE(answer.status.ok()) << horizon << answer.status;
    for (const double value : NumbersOf(answer.frames[0].frame().fields[1])) {
      EXPECT_TRUE(std::isfinite(value));
    }
  }
}

}  // namespace
}  // namespace bellwether

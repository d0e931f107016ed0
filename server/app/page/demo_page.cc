#include "server/app/page/demo_page.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/base/text/concat.h"
#include "server/frame/json/json_frame.h"

namespace bellwether {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

namespace {

using nlohmann::json;

// One card of the page: what is asked, and over which range around now.
struct Panel {
  const char* title;
  const char* note;
  const char* kind;  ///< graph | table
  bool wide;
  absl::Duration before_now;
  absl::Duration after_now;
  const char* query;
};

const std::array<Panel, 12>& Panels() {
  static constexpr absl::Duration kDay = absl::Hours(24);
  static const std::array<Panel, 12> panels = {{
      {"Revenue, books: anomalies of the last 7 days",
       "Measured value, expected line, band and anomalous points. Purple stretches are the demo's labelled incidents: "
       "the "
       "detector does not see them.",
       "graph", true, 7 * kDay, absl::ZeroDuration(),
       R"({"analysis":"anomalies","source":{"kind":"demo","series":"revenue","labels":{"category":"books"}},
           "show":["value","expected","band","points","labels"],"anomalies":{"sensitivity":"high"}})"},
      {"Orders, electronics: forecast of the next day",
       "Dashed median with 80, 95 and 99 % bands, from two weeks of history.", "graph", false, 3 * kDay, kDay,
       R"({"analysis":"forecast","source":{"kind":"demo","series":"orders","labels":{"category":"electronics"}},
           "forecast":{"horizon":"1d","levels":[0.8,0.95,0.99]}})"},
      {"CPU of web-1: forecast of the next 12 hours", "A percentage: the bands stay within 0 and 100.", "graph", false,
       2 * kDay, kDay / 2,
       R"({"analysis":"forecast","source":{"kind":"demo","series":"cpu","labels":{"host":"web-1"}},
           "forecast":{"horizon":"12h","levels":[0.8,0.95]}})"},
      {"Latency of web-1 (95th percentile): anomalies", "Heavy-tailed and noisy: the band is wide where the series is.",
       "graph", false, 3 * kDay, absl::ZeroDuration(),
       R"({"analysis":"anomalies","source":{"kind":"demo","series":"latency_p95","labels":{"host":"web-1"}},
           "show":["value","expected","band","points","labels"],"anomalies":{"sensitivity":"high"}})"},
      {"Payment failures: anomalies", "Small counts, one series a category.", "graph", false, 3 * kDay,
       absl::ZeroDuration(),
       R"({"analysis":"anomalies","source":{"kind":"demo","series":"payment_failures","labels":{"category":"*"}},"show":["value","points","labels"]})"},
      {"Sensors: temperature", "Every sensor of the fleet, with its labelled incidents.", "graph", false, 3 * kDay,
       absl::ZeroDuration(),
       R"({"analysis":"anomalies","source":{"kind":"demo","series":"temperature"},"show":["value","points","labels"]})"},
      {"Memory of all hosts: trend of the last 14 days",
       "Theil–Sen line; whether it means anything stands in the table below.", "graph", false, 14 * kDay,
       absl::ZeroDuration(), R"({"analysis":"trend","source":{"kind":"demo","series":"memory"},"interval":"1h"})"},
      {"What was found: shop, last 7 days", "One row an incident: what was seen, what was expected, how rare that is.",
       "table", true, 7 * kDay, absl::ZeroDuration(),
       R"({"analysis":"anomalies","form":"rows","source":{"kind":"demo","series":["revenue","orders","payment_failures"]}})"},
      {"Trends of the shop over 28 days", "Slope per day with its 95 % interval, and the Mann–Kendall test.", "table",
       true, 28 * kDay, absl::ZeroDuration(),
       R"({"analysis":"trend","form":"rows","source":{"kind":"demo","series":["revenue","orders"]},"interval":"1h"})"},
      {"This host: CPU", "Sampled from /proc while this page was made.", "graph", false, absl::Minutes(5),
       absl::ZeroDuration(), R"({"analysis":"raw","source":{"kind":"system","series":"cpu_total"}})"},
      {"This host: memory in use", "Sampled from /proc while this page was made.", "graph", false, absl::Minutes(5),
       absl::ZeroDuration(), R"({"analysis":"raw","source":{"kind":"system","series":"memory_used"}})"},
      {"This host: load", "Average number of runnable processes over one minute.", "graph", true, absl::Minutes(5),
       absl::ZeroDuration(), R"({"analysis":"raw","source":{"kind":"system","series":"load_1"}})"},
  }};
  return panels;
}

absl::StatusOr<json> AnswerPanel(const QueryService& service, const Panel& panel, absl::Time now) {
  QueryRequest request;
  request.ref_id = "A";
  request.json = panel.query;
  request.range = {now - panel.before_now, now + panel.after_now};
  request.max_data_points = panel.wide ? 1200 : 600;
  const QueryAnswer answer = service.Answer(request, DataSourceSettings(), Cancellation());
  if (!answer.status.ok()) {
    return absl::Status(answer.status.code(),
                        Concat("The panel \"", panel.title, "\" failed: ", std::string(answer.status.message())));
  }
  json frames = json::array();
  for (const CheckedFrame& frame : answer.frames) {
    frames.push_back(json::parse(EncodeJsonFrame(frame), nullptr, /*allow_exceptions=*/false));
  }
  return json{{"title", panel.title},
              {"note", panel.note},
              {"kind", panel.kind},
              {"wide", panel.wide},
              {"frames", std::move(frames)}};
}

std::string Fill(std::string_view text, std::vector<std::pair<std::string, std::string>> parts) {
  std::vector<std::pair<absl::string_view, absl::string_view>> views;
  views.reserve(parts.size());
  for (const auto& [key, value] : parts) {
    views.emplace_back(key, value);
  }
  return absl::StrReplaceAll(AbslView(text), views);
}

}  // namespace

absl::StatusOr<std::string> BuildDemoPage(const QueryService& service, const Clock& clock, std::string_view version,
                                          const std::function<void(std::string_view)>& progress) {
  const absl::Time start = clock.Now();
  json panels = json::array();
  for (const Panel& panel : Panels()) {
    progress(panel.title);
    absl::StatusOr<json> answer = AnswerPanel(service, panel, clock.Now());
    if (!answer.ok()) {
      return answer.status();
    }
    panels.push_back(*std::move(answer));
  }
  const double seconds = absl::ToDoubleSeconds(clock.Now() - start);
  // "</" would end the script element early.
  const std::string data =
      absl::StrReplaceAll(panels.dump(-1, ' ', false, json::error_handler_t::replace), {{"</", "<\\/"}});
  const std::string made = absl::FormatTime("%Y-%m-%d %H:%M UTC", start, absl::UTCTimeZone());
  return Fill(
      kPageHtml,
      {{"@@CSS@@", std::string(kPageCss)},
       {"@@JS@@", std::string(kPageJs)},
       {"@@PANELS@@", data},
       {"@@INTRO@@",
        "Anomalies, forecasts and trends for any series, next to the data. This page draws what the "
        "plugin answers to a Grafana panel: the same queries, the same frames, the same field settings."},
       {"@@FOOTER@@", Concat("Made ", made, " by bellwether ", version, "; ", panels.size(), " queries answered in ",
                             absl::StrCat(absl::SixDigits(seconds)),
                             " s. The shop, the hosts and the sensors are the built-in demo; their labelled "
                             "incidents are placed by a fixed rule. In Grafana the same panels are on the dashboard "
                             "<code>Bellwether overview</code>.")}});
}

}  // namespace bellwether

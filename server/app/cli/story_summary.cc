#include "server/app/cli/story_summary.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <tuple>

#include "nlohmann/json.hpp"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

constexpr size_t kFewSeries = 5;
constexpr size_t kMostNamed = 10;
constexpr double kStrongTrend = 0.8;
constexpr std::array<std::string_view, 5> kSeverities = {"none", "low", "medium", "high", "critical"};

std::string Counted(size_t count, std::string_view one) { return Concat(count, " ", one, count == 1 ? "" : "s"); }

}  // namespace

void StorySummary::Add(const std::string& name, const nlohmann::json& facts) {
  Line line;
  line.name = name;
  for (const nlohmann::json& anomaly : facts["anomalies"]) {
    const auto severity = std::find(kSeverities.begin(), kSeverities.end(), anomaly["severity"].get<std::string>());
    line.worst = std::max(line.worst, static_cast<size_t>(severity - kSeverities.begin()) % kSeverities.size());
    ++line.anomalies;
  }
  line.changes = facts["changes"].size();
  line.trend = facts["trend"]["direction"] == "none" ? 0 : facts["trend"]["strength"].get<double>();
  lines_.push_back(std::move(line));
}

std::string StorySummary::Text() const {
  if (lines_.size() < kFewSeries) {
    return "";
  }
  const auto count = [&](auto has) { return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), has)); };
  std::string text =
      Concat(lines_.size(), " series: ", count([](const Line& one) { return one.anomalies > 0; }), " with anomalies, ",
             count([](const Line& one) { return one.changes > 0; }), " with changes, ",
             count([](const Line& one) { return one.trend >= kStrongTrend; }), " with a strong trend.\n");
  std::vector<Line> worst;
  std::copy_if(lines_.begin(), lines_.end(), std::back_inserter(worst), [](const Line& one) { return one.worst > 0; });
  const auto key = [](const Line& one) { return std::tuple(one.worst, one.anomalies, one.changes); };
  std::stable_sort(worst.begin(), worst.end(), [&](const Line& a, const Line& b) { return key(a) > key(b); });
  worst.resize(std::min(worst.size(), kMostNamed));
  text += worst.empty() ? "" : "The worst first:\n";
  for (const Line& one : worst) {
    text += Concat("  ", one.name, ": ", one.anomalies == 1 ? "1 anomaly" : Concat(one.anomalies, " anomalies"),
                   ", the worst ", kSeverities[one.worst], "; ", Counted(one.changes, "change"), "\n");
  }
  return text + "\n";
}

}  // namespace bellwether

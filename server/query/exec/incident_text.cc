#include "server/query/exec/incident_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

double Seconds(int64_t from_ns, int64_t to_ns) { return static_cast<double>(to_ns - from_ns) / 1e9; }

constexpr double kTold = 0.05;  // of a scatter: what would be written as 1.0 times the usual

std::string Times(double ratio) {
  return ratio < 9.95 ? absl::StrFormat("%.1f times", ratio) : absl::StrFormat("%.0f times", ratio);
}

std::string Percent(double share) {
  const double percent = 100 * share;
  return std::abs(percent) < 9.95 ? absl::StrFormat("%.1f %%", percent) : absl::StrFormat("%.0f %%", percent);
}

// Writes the sentences of one incident.
class Story {
 public:
  Story(const IncidentFact& fact, const ModelSeries& series)
      : fact_(fact), series_(series), name_(series.display_name) {}

  std::string What() const {
    switch (fact_.type) {
      case AnomalyType::kMissingData:
        return Gap();
      case AnomalyType::kFlatline:
        return Still();
      case AnomalyType::kVarianceChange:
        return Scatter();
      case AnomalyType::kSeasonBreak:
        return Season();
      case AnomalyType::kDrift:
        return Drift();
      case AnomalyType::kLevelShift:
        return Level();
      default:
        return Point();
    }
  }

 private:
  std::string Quantity(double value) const {
    return QuantityText(value, series_.unit, std::isfinite(fact_.Deviation()) ? std::abs(fact_.Deviation()) : 0);
  }

  // " for 3 h so far": of what broke, from where it began.
  std::string Lasting() const {
    return Concat(" for ", TimeSpanText(Seconds(fact_.since_unix_ns, std::max(fact_.until_unix_ns, fact_.end_unix_ns))),
                  fact_.goes_on ? " so far" : "");
  }

  // "12.1 s where 4.2 s was expected (3.9 s to 4.6 s): 7.9 s above (+188 %, 20 spreads)".
  std::string AgainstExpected() const {
    std::string text = Quantity(fact_.peak_value);
    if (!std::isfinite(fact_.expected)) {
      return text;
    }
    text += Concat(" where ", Quantity(fact_.expected), " was expected");
    return text + Usually();
  }

  // The band; of a value within it, that it is not the value alone that is unusual.
  std::string Usually() const {
    if (!std::isfinite(fact_.lower) || !std::isfinite(fact_.upper) || !(fact_.upper > fact_.lower)) {
      return "";
    }
    const std::string band = Concat(Quantity(fact_.lower), " to ", Quantity(fact_.upper));
    if (fact_.peak_value < fact_.lower || fact_.peak_value > fact_.upper) {
      return Concat(" (usually ", band, ")");
    }
    const bool is_point = fact_.type == AnomalyType::kSpike || fact_.type == AnomalyType::kDrop;
    if (!is_point) {
      return Concat(" (by itself within the usual ", band, ")");
    }
    // A generous budget alarms on values within the band as well.
    const bool by_others = !fact_.views.empty() && fact_.views.front().view != "point";
    return by_others ? Concat(" (by itself within the usual ", band, ", unusual with the values before it)") : "";
  }

  std::string HowFar() const {
    const double deviation = fact_.Deviation();
    if (!std::isfinite(deviation) || deviation == 0) {
      return "";
    }
    std::string text =
        Concat(": ", QuantityText(std::abs(deviation), series_.unit), deviation > 0 ? " above" : " below");
    std::string detail;
    // A share of next to nothing, or of a temperature, says nothing.
    const double share = deviation / std::abs(fact_.expected);
    if (std::isfinite(share) && std::abs(share) < 100 && !series_.unit.starts_with("percent") &&
        series_.unit != "celsius" && series_.unit != "fahrenheit") {
      detail = absl::StrFormat("%+.0f %%", 100 * share);
    }
    const double spreads = std::abs(fact_.DeviationInSpreads());
    if (std::isfinite(spreads) && spreads >= 1 && spreads < 1000) {
      detail += Concat(detail.empty() ? "" : ", ", absl::StrFormat("%.*f", spreads < 9.95 ? 1 : 0, spreads),
                       " times its usual deviation");
    }
    return detail.empty() ? text : Concat(text, " (", detail, ")");
  }

  std::string Point() const {
    return Concat(name_, fact_.type == AnomalyType::kDrop ? " fell to " : " rose to ", AgainstExpected(), HowFar(), ",",
                  " for ", TimeSpanText(Seconds(fact_.start_unix_ns, fact_.end_unix_ns)),
                  fact_.goes_on ? " so far" : "", ".");
  }

  std::string Level() const {
    const double change = fact_.evidence.level_change;
    if (!std::isfinite(change) || change == 0) {
      return Point();
    }
    const double spreads = std::abs(change / fact_.evidence.spread);
    std::string text = Concat(name_, " moved ", change > 0 ? "up" : "down", " by ",
                              QuantityText(std::abs(change), series_.unit), " and stayed there,", Lasting());
    if (spreads >= 1 && spreads < 100) {
      text += absl::StrFormat(" (%.1f times its usual deviation)", spreads);
    }
    return Concat(text, ": ", AgainstExpected(), ".");
  }

  std::string Drift() const {
    const double an_hour = fact_.evidence.slope_per_row * 3.6e12 / static_cast<double>(fact_.step_ns);
    if (!std::isfinite(an_hour) || an_hour == 0) {
      return Point();
    }
    const bool slow = fact_.step_ns >= int64_t{3'600'000'000'000};
    return Concat(name_, an_hour > 0 ? " climbed by " : " sank by ",
                  QuantityText(std::abs(slow ? 24 * an_hour : an_hour), series_.unit), slow ? " a day" : " an hour",
                  Lasting(), ": ", AgainstExpected(), HowFar(), ".");
  }

  std::string Scatter() const {
    const double ratio = fact_.evidence.spread_ratio;
    std::string text = name_;
    if (!std::isfinite(ratio) || std::abs(ratio - 1) < kTold) {
      text += " scatters in another way than usual";
    } else if (ratio > 0 && ratio < 1) {
      text += ratio < 0.01 ? " hardly moves any more" : Concat(" moves ", Times(1 / ratio), " less than usual");
    } else {
      text += Concat(" scatters ", Times(ratio), " as widely as usual");
    }
    return Concat(text, ",", Lasting(), ": at its furthest ", AgainstExpected(), ".");
  }

  std::string Season() const {
    const IncidentEvidence& evidence = fact_.evidence;
    const double step = static_cast<double>(fact_.step_ns) / 1e9;
    const std::string rhythm = RhythmName(static_cast<double>(evidence.period) * step);
    const bool moved = evidence.season_move_rows != 0 &&
                       evidence.moved_season_agreement > std::max(0.7, evidence.season_agreement + 0.1);
    std::string text;
    if (moved) {
      const double by = static_cast<double>(std::abs(evidence.season_move_rows)) * step;
      text = Concat(name_, " follows its ", rhythm, " rhythm ", TimeSpanText(by),
                    evidence.season_move_rows > 0 ? " late" : " early");
    } else if (std::isfinite(evidence.season_gain) && evidence.season_gain > 1.4) {
      text =
          Concat(name_, " swings ", Times(evidence.season_gain), " as widely as its ", rhythm, " rhythm usually does");
    } else if (std::isfinite(evidence.season_gain) && evidence.season_gain > 0.85) {
      text = Concat(name_, " does not follow its ", rhythm, " rhythm");
    } else if (std::isfinite(evidence.season_gain) && evidence.season_gain > 0.15) {
      text = Concat(name_, " has only ", Percent(evidence.season_gain), " of its ", rhythm, " rhythm");
    } else {
      text = Concat(name_, " has lost its ", rhythm, " rhythm");
    }
    return Concat(text, ",", Lasting(), ": at its furthest ", AgainstExpected(), HowFar(), ".");
  }

  std::string Still() const {
    const size_t usual = fact_.evidence.usual_equal_run;
    return Concat(name_, " has stood still at ", Quantity(fact_.peak_value), Lasting(), ": ", fact_.evidence.equal_run,
                  " equal values in a row, where ",
                  usual > 1 ? Concat("there are usually at most ", usual) : std::string("usually no two are equal"),
                  ".");
  }

  std::string Gap() const {
    const size_t usual = fact_.evidence.usual_missing_rows;
    const double step = static_cast<double>(fact_.step_ns) / 1e9;
    return Concat(name_, " delivered no data", Lasting(), ", where ",
                  usual > 1 ? Concat("gaps usually last at most ", TimeSpanText(static_cast<double>(usual) * step))
                            : std::string("there are usually no gaps"),
                  ".");
  }

  static std::string RhythmName(double seconds) {
    if (std::abs(seconds - 86'400) < 600) {
      return "daily";
    }
    return std::abs(seconds - 7 * 86'400) < 4000 ? "weekly" : TimeSpanText(seconds);
  }

  const IncidentFact& fact_;
  const ModelSeries& series_;
  const std::string& name_;
};

std::string PastText(const IncidentFact& fact) {
  if (!fact.previous.has_value()) {
    return "";
  }
  return Concat("the last like it began ", TimeSpanText(Seconds(fact.previous->start_unix_ns, fact.start_unix_ns)),
                " before and lasted ", TimeSpanText(Seconds(fact.previous->start_unix_ns, fact.previous->end_unix_ns)));
}

std::string GroupText(const IncidentFact& fact) {
  if (!fact.group.has_value()) {
    return "";
  }
  const GroupFact& group = *fact.group;
  if (group.outside <= 1) {
    return Concat(" The other ", group.members - 1, " series of its kind are as usual.");
  }
  std::string text = Concat(group.outside == group.members ? Concat(" All ", group.members)
                                                           : Concat(" ", group.outside, " of the ", group.members),
                            " series of its kind are off at that time");
  if (!group.label.empty()) {
    text += Concat("; ", group.label, " carries ", absl::StrFormat("%.0f %%", 100 * group.share), " of it");
  }
  return text + ".";
}

}  // namespace

std::string RarityText(const IncidentFact& fact) {
  if (!(fact.p_value < 1) || !(fact.p_value >= 0)) {
    return "";
  }
  const Rarity rarity = fact.HowRare();
  if (std::string often = HowOften(rarity); !often.empty() || !(rarity.history_seconds > 0)) {
    return often;
  }
  // The history cannot tell how much rarer. One of the same kind, if perhaps smaller, may have been seen.
  const std::string seen = TimeSpanText(rarity.history_seconds);
  return fact.previous.has_value() || rarity.seconds_between_rows <= rarity.history_seconds
             ? Concat("less than once in ", seen)
             : Concat("not seen in the ", seen, " of history");
}

std::string ExplainIncident(const IncidentFact& fact, const ModelSeries& series) {
  std::string text = Story(fact, series).What();
  const std::string rarity = RarityText(fact);
  const std::string past = PastText(fact);
  if (!rarity.empty()) {
    text += rarity.starts_with("not") ? Concat(" Nothing as unusual was ", rarity.substr(4))
                                      : Concat(" By chance something as unusual comes ", rarity);
    text += past.empty() ? "." : Concat("; ", past, ".");
  } else if (!past.empty()) {
    text += Concat(" T", past.substr(1), ".");
  }
  return text + GroupText(fact);
}

}  // namespace bellwether

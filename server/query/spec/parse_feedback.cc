#include "server/query/spec/parse_feedback.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "nlohmann/json.hpp"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr int kMinutesPerDay = 1440;
constexpr absl::Duration kFarthestFromEpoch = absl::Seconds(9'200'000'000);
constexpr std::string_view kMomentForm = "a moment with its zone. Write it as 2026-11-20T12:00:00Z.";

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Whether `text` has a digit wherever `form` has a 0, and the same character elsewhere.
bool Matches(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char have, char want) {
           return want == '0' ? IsDigit(have) : have == want;
         });
}

// Minutes after midnight of a text such as 22:00; nothing for anything else. 24:00 is the end of a day alone.
std::optional<int> ParseTimeOfDay(std::string_view text, bool at_end) {
  if (!Matches(text, "00:00")) {
    return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  const bool valid = minutes < 60 && (hours < 24 || (at_end && hours == 24 && minutes == 0));
  return valid ? std::optional(hours * 60 + minutes) : std::nullopt;
}

// Hands each entry of the list `key`, which must be an object, to `read` with a reader of its own; stops at the first
// that is wrong.
template <typename Read>
void ReadEntries(JsonReader& reader, std::string_view key, size_t most, std::string_view remedy, const Read& read) {
  const json* list = reader.ReadList(key);
  if (list == nullptr) {
    return;
  }
  if (list->size() > most) {
    return reader.Fail(
        Concat(reader.PathOf(key), " has ", list->size(), " entries. At most ", most, " are allowed. ", remedy));
  }
  for (size_t i = 0; i < list->size() && reader.status().ok(); ++i) {
    const std::string path = Concat(reader.PathOf(key), "[", i, "]");
    if (!(*list)[i].is_object()) {
      return reader.Fail(Concat(path, " must be an object, not ", JsonTypeName((*list)[i]), "."));
    }
    JsonReader entry((*list)[i], path);
    read(entry);
    if (!entry.status().ok()) {
      reader.Fail(std::string(entry.status().message()));
    }
  }
}

// The member `key`, which must be there and a text; `what` says what to write.
std::string ReadRequired(JsonReader& reader, std::string_view key, std::string_view what) {
  std::string text;
  if (reader.status().ok() && reader.Find(key) == nullptr) {
    reader.Fail(Concat(reader.PathOf(key), " is missing. It must be ", what));
  }
  reader.Read(key, text);
  return text;
}

absl::Time ReadMoment(JsonReader& reader, std::string_view key) {
  const std::string text = ReadRequired(reader, key, kMomentForm);
  const std::optional<absl::Time> moment = ParseMoment(text);
  if (!moment.has_value()) {
    reader.Fail(Concat(reader.PathOf(key), " ", QuotedExcerpt(text), " is not ", kMomentForm));
  }
  return moment.value_or(absl::UnixEpoch());
}

FeedbackInterval ReadInterval(JsonReader& reader, FeedbackLabel label) {
  const absl::Time from = ReadMoment(reader, "from");
  const absl::Time to = ReadMoment(reader, "to");
  if (reader.status().ok() && from >= to) {
    reader.Fail(Concat(reader.PathOf("to"), " must lie after from."));
  }
  return {absl::ToUnixNanos(from), absl::ToUnixNanos(to), label};
}

void ReadDays(JsonReader& reader, std::array<bool, 7>& days) {
  const json* list = reader.ReadList("days");
  if (list == nullptr) {
    return;
  }
  if (list->empty() || list->size() > kDayNames.size()) {
    return reader.Fail(Concat(reader.PathOf("days"), " has ", list->size(),
                              " entries. Name 1 to 7 days, or leave it out for every day."));
  }
  days.fill(false);
  for (size_t i = 0; i < list->size(); ++i) {
    const std::string path = Concat(reader.PathOf("days"), "[", i, "]");
    if (!(*list)[i].is_string()) {
      return reader.Fail(Concat(path, " must be a text, not ", JsonTypeName((*list)[i]), "."));
    }
    const std::string& name = (*list)[i].get_ref<const std::string&>();
    const auto found = std::find(kDayNames.begin(), kDayNames.end(), name);
    if (found == kDayNames.end()) {
      return reader.Fail(UnknownChoiceMessage(path, name, kDayNames));
    }
    days[static_cast<size_t>(found - kDayNames.begin())] = true;
  }
}

int ReadTimeOfDay(JsonReader& reader, std::string_view key, bool at_end) {
  constexpr std::string_view kForm = "a time of day. Write it as 22:00.";
  const std::string text = ReadRequired(reader, key, kForm);
  const std::optional<int> minute = ParseTimeOfDay(text, at_end);
  if (!minute.has_value()) {
    reader.Fail(Concat(reader.PathOf(key), " ", QuotedExcerpt(text), " is not ", kForm));
  }
  return minute.value_or(0);
}

WeeklyBlackout ReadWeekly(JsonReader& reader) {
  WeeklyBlackout blackout;
  ReadDays(reader, blackout.days);
  blackout.from_minute = ReadTimeOfDay(reader, "from", /*at_end=*/false);
  blackout.to_minute = ReadTimeOfDay(reader, "to", /*at_end=*/true);
  if (blackout.to_minute <= blackout.from_minute) {
    blackout.to_minute += kMinutesPerDay;
  }
  std::string zone = "UTC";
  reader.Read("timezone", zone);
  if (const std::optional<absl::TimeZone> found = FindTimeZone(zone); found.has_value()) {
    blackout.zone = *found;
  } else {
    reader.Fail(Concat(reader.PathOf("timezone"), " ", QuotedExcerpt(zone),
                       " is not known here. Use an IANA name such as Europe/Berlin, or UTC."));
  }
  return blackout;
}

// A time of day has a colon where a moment has its year.
bool LooksLikeMoment(const JsonReader& reader) {
  const json* from = reader.Find("from");
  return from != nullptr && from->is_string() && from->get_ref<const std::string&>().find('-') != std::string::npos;
}

}  // namespace

void ReadBlackouts(JsonReader& reader, AnomalySpec& spec) {
  ReadEntries(reader, "blackouts", kMostBlackouts, "Merge some of them.", [&](JsonReader& entry) {
    if (LooksLikeMoment(entry)) {
      spec.single_blackouts.push_back(ReadInterval(entry, FeedbackLabel::kIgnore));
    } else {
      spec.weekly_blackouts.push_back(ReadWeekly(entry));
    }
  });
}

void ReadFeedback(JsonReader& reader, AnomalySpec& spec) {
  ReadEntries(reader, "feedback", kMostFeedback, "Remove those that lie before the history.", [&](JsonReader& entry) {
    size_t label = 0;
    entry.ReadChoice("label", kFeedbackNames, /*required=*/true, label);
    SeriesFeedback feedback;
    feedback.interval = ReadInterval(entry, static_cast<FeedbackLabel>(label));
    entry.Read("series", feedback.series);
    spec.feedback.push_back(std::move(feedback));
  });
}

std::optional<absl::Time> ParseMoment(std::string_view text) {
  // The forms first: absl::ParseTime would also take spaces, short numbers and a plain text such as infinite-past.
  const size_t zone = text.ends_with('Z') ? text.size() - 1 : text.size() - std::min<size_t>(text.size(), 6);
  std::string_view clock = text.substr(0, zone);
  const std::string_view offset = text.substr(zone);
  if (offset != "Z" && !Matches(offset, "+00:00") && !Matches(offset, "-00:00")) {
    return std::nullopt;
  }
  const bool has_seconds = clock.size() > 16;
  if (const size_t point = clock.find('.'); point != std::string_view::npos) {
    const std::string_view digits = clock.substr(point + 1);
    if (digits.empty() || digits.size() > 9 || !std::all_of(digits.begin(), digits.end(), IsDigit)) {
      return std::nullopt;
    }
    clock = clock.substr(0, point);
  }
  if (!Matches(clock, has_seconds ? "0000-00-00T00:00:00" : "0000-00-00T00:00")) {
    return std::nullopt;
  }
  absl::Time moment;
  const char* const format = has_seconds ? absl::RFC3339_full : "%Y-%m-%d%ET%H:%M%Ez";
  if (!absl::ParseTime(format, AbslView(text), &moment, nullptr) || moment < absl::UnixEpoch() - kFarthestFromEpoch ||
      moment > absl::UnixEpoch() + kFarthestFromEpoch) {
    return std::nullopt;
  }
  return moment;
}

std::optional<absl::TimeZone> FindTimeZone(std::string_view name) {
  // A zone is a file below the system's folder of zones: names that lead out of it are none.
  const bool is_name =
      !name.empty() && name.size() <= 64 && name.front() != '/' && name.find("..") == std::string_view::npos &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '+' || c == '-' || c == '/';
      });
  absl::TimeZone zone;
  return is_name && absl::LoadTimeZone(AbslView(name), &zone) ? std::optional(zone) : std::nullopt;
}

}  // namespace bellwether

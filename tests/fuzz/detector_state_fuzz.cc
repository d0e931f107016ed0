// Saved states: arbitrary bytes are refused or make a detector that answers soundly, and a state that a detector saved
// continues bit for bit. Input: one byte that chooses the method (bit 0) and what is done (bits 1 and 2), options, then
//   0: a record as it is;
//   1: the state within a record, whose frame is made here, so that the checksum fits;
//   2: changes to a true state: places and bytes, in a record whose frame fits, after the rows that follow them;
//   3: rows, with the state saved and restored in between.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "server/analytics/anomaly/detector.h"
#include "tests/fuzz/detector_rows.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/state_changes.h"

namespace {

using bellwether::Require;

constexpr size_t kRowsMax = 1000;

/// Rows after which it is warm, with a gap and a value out of range.
bellwether::FuzzRows UsualRows() {
  constexpr uint8_t kBytes[] = {3, 50, 12, 16, 60, 2, 5, 3, 12, 0, 60, 3, 20};
  bellwether::FuzzBytes bytes(kBytes);
  return bellwether::TakeRows(bytes, kRowsMax);
}

void Feed(bellwether::StreamingDetector& detector, const bellwether::FuzzRows& rows) {
  for (size_t i = 0; i < rows.values.size(); ++i) {
    bellwether::RequireSound(detector.Observe(rows.times[i], rows.values[i]));
    for (const bellwether::Contribution& contribution : detector.Contributions()) {
      Require(contribution.surprise >= 0 && contribution.surprise <= 6);
    }
  }
  for (const bellwether::Period& period : detector.Periods()) {
    Require(period.steps >= 2 && period.strength >= 0 && period.strength <= 1);
  }
}

/// Whatever a record holds: it is refused, or what comes of it is sound and can be saved.
void RestoreAndFeed(std::string_view method, const bellwether::DetectorOptions& options, const std::string& record) {
  const auto detector = bellwether::RestoreStreamingDetector(method, options, record);
  if (!detector.ok()) {
    Require(!detector.status().message().empty());
    return;
  }
  Require((*detector)->SaveState() == record, "what was restored is saved as it was");
  Feed(**detector, UsualRows());
  Require(bellwether::RestoreStreamingDetector(method, options, (*detector)->SaveState()).ok(),
          "what a detector saves can be restored");
}

std::string TrueState(std::string_view method, const bellwether::DetectorOptions& options,
                      const bellwether::FuzzRows& rows) {
  const auto detector = bellwether::MakeStreamingDetector(method, options);
  Feed(**detector, rows);
  return (*detector)->SaveState();
}

void ContinueBitForBit(std::string_view method, const bellwether::DetectorOptions& options,
                       const bellwether::FuzzRows& rows, size_t every) {
  const auto straight = bellwether::MakeStreamingDetector(method, options);
  auto restored = bellwether::MakeStreamingDetector(method, options);
  for (size_t i = 0; i < rows.values.size(); ++i) {
    if (i % every == 0) {
      restored = bellwether::RestoreStreamingDetector(method, options, (*restored)->SaveState());
      Require(restored.ok(), "what a detector saves can be restored");
    }
    Require(bellwether::SameVerdict((*straight)->Observe(rows.times[i], rows.values[i]),
                                    (*restored)->Observe(rows.times[i], rows.values[i])),
            "a restored detector continues bit for bit");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bellwether::FuzzBytes bytes(std::span(data, size));
  const auto choice = bytes.Take<uint8_t>();
  const auto methods = bellwether::DetectorMethods();
  const std::string_view method = methods[choice % 2 % methods.size()].id;
  const bellwether::DetectorOptions options = bellwether::TakeOptions(bytes);
  if (!bellwether::CheckOptions(options).ok()) {
    Require(!bellwether::RestoreStreamingDetector(method, options, "").ok());
    return 0;
  }
  switch (choice / 2 % 4) {
    case 0: {
      const std::span<const uint8_t> rest = bytes.rest();
      RestoreAndFeed(method, options, std::string(rest.begin(), rest.end()));
      break;
    }
    case 1: {
      std::string state(bytes.rest().begin(), bytes.rest().end());
      const std::string whole = TrueState(method, options, {});
      // As long as a true one, so that a fuzzer need not find the length.
      state.resize(bellwether::StateOf(method, whole).size());
      RestoreAndFeed(method, options, bellwether::FramedState(method, whole, state));
      break;
    }
    case 2: {
      const bellwether::StateChanges changes(bytes, 1 + choice / 8 % 4);
      const std::string whole = TrueState(method, options, bellwether::TakeRows(bytes, kRowsMax));
      std::string state = bellwether::StateOf(method, whole);
      changes.Apply(state);
      RestoreAndFeed(method, options, bellwether::FramedState(method, whole, state));
      break;
    }
    default:
      ContinueBitForBit(method, options, bellwether::TakeRows(bytes, kRowsMax), 1 + choice / 8);
  }
  return 0;
}

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/types/span.h"

namespace bellwether {

/// Levels of the plugin host, ascending.
enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError };

/// The value of a log attribute: text, a number or a truth value. Text is borrowed, so a LogValue must not outlive the
/// call it is passed to.
class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor): attributes are written as {"rows", rows}.
  LogValue(std::string_view text) : value_(text) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}
  LogValue(bool value) : value_(value) {}
  LogValue(double value) : value_(value) {}
  template <std::signed_integral T>
  LogValue(T value) : value_(int64_t{value}) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) LogValue(T value) : value_(uint64_t{value}) {}
  // NOLINTEND(google-explicit-constructor)

  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  Value value_;
};

/// A named value that accompanies a log message.
struct LogAttribute {
  std::string_view key;
  LogValue value;
};

/// Where log messages go. Messages are sentences in English; what varies goes into attributes. Secrets do not belong in
/// either. Implementations are safe to call from any thread and never throw.
class Logger {
 public:
  virtual ~Logger() = default;

  /// Whether a message of `level` would be kept; ask before building a costly one.
  [[nodiscard]] virtual bool Enabled(LogLevel level) const = 0;

  virtual void Log(LogLevel level, std::string_view message, absl::Span<const LogAttribute> attributes) = 0;

  void Debug(std::string_view message, absl::Span<const LogAttribute> attributes = {}) {
    Log(LogLevel::kDebug, message, attributes);
  }
  void Info(std::string_view message, absl::Span<const LogAttribute> attributes = {}) {
    Log(LogLevel::kInfo, message, attributes);
  }
  void Warn(std::string_view message, absl::Span<const LogAttribute> attributes = {}) {
    Log(LogLevel::kWarn, message, attributes);
  }
  void Error(std::string_view message, absl::Span<const LogAttribute> attributes = {}) {
    Log(LogLevel::kError, message, attributes);
  }
};

/// Drops everything.
class NullLogger final : public Logger {
 public:
  [[nodiscard]] bool Enabled(LogLevel) const override { return false; }
  void Log(LogLevel, std::string_view, absl::Span<const LogAttribute>) override {}
};

}  // namespace bellwether

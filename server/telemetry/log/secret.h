#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace bellwether {

/// A password, token or key. Printing it gives "[secret]"; the text itself is reached through `Reveal` alone, so that a
/// search for that word finds every place where a secret leaves this type.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// The text. For the place that sends it to its owner, never for a log or an error message.
  [[nodiscard]] const std::string& Reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[secret]"; }

 private:
  std::string text_;
};

}  // namespace bellwether

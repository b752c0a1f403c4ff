#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/live/journal.h"

namespace shaketable::proxy::live {

class JournalReader;

/// What replaying a journal has shown.
struct ReplayReport {
  enum class End : std::uint8_t {
    kComplete,  ///< As it was closed.
    kCutOff,    ///< The proxy was killed or its disk was full; what is there was replayed.
    kDamaged,   ///< `problem` says how; what is in front of it was replayed.
  };
  /// The first input that the fresh core answered in another way; nothing was replayed behind it.
  struct Difference {
    std::uint64_t number = 0;           ///< Of the input, from 1.
    std::string input;                  ///< In words.
    std::vector<std::string> before;    ///< The last few inputs in front of it, the oldest first.
    std::vector<std::string> recorded;  ///< Actions of then.
    std::vector<std::string> replayed;  ///< Actions of now.
  };

  std::string program;  ///< That wrote the journal.
  std::uint32_t worker = 0;
  std::uint64_t inputs = 0;  ///< Replayed.
  std::uint64_t actions = 0;
  std::array<std::uint64_t, kInputKinds> inputs_by_kind{};
  Duration covered{0};  ///< From the start of the worker to the last input.
  End end = End::kComplete;
  std::string problem;
  std::optional<Difference> difference;

  /// The core did again what it did then, as far as the journal goes.
  [[nodiscard]] bool is_same() const { return !difference.has_value() && end != End::kDamaged; }
};

/// Feeds a journal to a fresh core. An error means that there was nothing to replay: no such file,
/// no journal, another version, a damaged beginning.
[[nodiscard]] Result<ReplayReport> replay(const std::string& path);
[[nodiscard]] Result<ReplayReport> replay(JournalReader reader);

/// A few lines for people, ending with a line break.
[[nodiscard]] std::string render(const ReplayReport& report);

}  // namespace shaketable::proxy::live

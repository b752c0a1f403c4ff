#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/config/proxy_config.h"
#include "proxy/core/action.h"
#include "proxy/core/types.h"
#include "proxy/live/journal.h"

namespace shaketable::proxy::live {

/// What a journal begins with.
struct JournalHeader {
  std::string program;  ///< "shaketable-proxy 0.1.0".
  std::uint32_t worker = 0;
  std::uint64_t seed = 0;
  Instant start{};
  ProxyConfig config;
};

/// One input, and what the core answered. Only the members of its kind are set. Views live until
/// the next one is read.
struct JournalInput {
  InputKind kind = InputKind::kEnd;
  Instant now{};
  std::uint64_t handle = 0;  ///< Stream, attempt or connection; kRequest: the stream's new id.
  std::uint64_t value = 0;   ///< Token, ResetReason, cluster; kEnd: the number of inputs.
  Direction direction = Direction::kOutbound;
  RequestHead request;
  std::vector<Header> headers;
  ResponseHead response;
  ProxyConfig config;
  HostSet hosts;
  ActionList actions;
};

/// Reads a journal, one input at a time: files may be larger than the memory. Believes nothing:
/// checksums, ranges and the form of every frame are checked.
class JournalReader {
 public:
  enum class Step : std::uint8_t {
    kInput,
    kEnd,      ///< The end frame, and nothing behind it.
    kCutOff,   ///< The file ends before its end frame.
    kDamaged,  ///< Not what was written; `problem()` says what.
  };

  /// A journal in memory.
  explicit JournalReader(std::string bytes);
  static Result<JournalReader> open(const std::string& path);
  ~JournalReader();
  JournalReader(JournalReader&& other) noexcept;
  JournalReader& operator=(JournalReader&&) = delete;

  /// To be called first, once.
  Result<JournalHeader> read_header();
  /// The next one. After anything but kInput it must not be called again.
  Step next(JournalInput& input);

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  enum class Frame : std::uint8_t { kWhole, kNone, kPart, kBad };
  bool fill(std::size_t bytes);
  Frame next_frame(std::string_view& body);
  bool read_input(std::string_view body, JournalInput& input);
  Step damaged(std::string what);

  int fd_ = -1;
  std::string buffer_;  ///< Read ahead; `begin_` of it is used up.
  std::size_t begin_ = 0;
  std::uint32_t checksum_ = 0;
  std::uint64_t inputs_ = 0;
  Instant last_{};
  std::string problem_;
};

/// "POST shop.test/cart, token 7", "attempt 4294967297, status 503": an input in words, with its
/// time since `start`.
[[nodiscard]] std::string describe(const JournalInput& input, Instant start);
/// "send_request host 3 token 7 attempt ... on connection ...".
[[nodiscard]] std::string describe(const Action& action);

}  // namespace shaketable::proxy::live

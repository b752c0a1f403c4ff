#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The proxy's own log: what an operator should know, one line each.
namespace shaketable::proxy::live {

enum class LogLevel : std::uint8_t { kOff, kError, kWarning, kInfo, kDebug };

[[nodiscard]] std::string_view level_name(LogLevel level);
/// "error", "warning" or "warn", "info", "debug", "off".
[[nodiscard]] std::optional<LogLevel> read_level(std::string_view text);

/// A name and a value behind the message. Values are escaped and cut; those of names that smell of
/// secrets (token, password, key, cookie, authorization, ...) are never written.
struct LogField {
  enum class Shape : std::uint8_t {
    kWord,   ///< `name="value"`, at most 1 KiB.
    kLines,  ///< As text, its lines below the message, indented and escaped one by one; at most
             ///< 16 KiB. For what has lines of its own: the mistakes of a file. JSON stays one
             ///< line.
  };
  std::string_view name;
  std::string_view value;
  Shape shape = Shape::kWord;
};

/// Parts of names whose values nobody may read.
inline constexpr std::array<std::string_view, 8> kSecretWords = {
    "authorization", "cookie", "password", "passwd", "secret", "token", "api-key", "private_key"};
/// Whether a header, field or option of this name holds a secret, any case.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// Writes lines to a descriptor (standard error), as text or JSON. Thread-safe. Every message has a
/// kind, a fixed word such as "accept_failed": of one kind at most `burst` lines are written at
/// once and one a second after that; the next line says how many were held back.
///
///     [2026-11-21T03:33:26.123Z] [warning] accept_failed: no descriptors left listener="in"
class Logger {
 public:
  enum class Format : std::uint8_t { kText, kJson };
  struct Options {
    LogLevel level = LogLevel::kInfo;
    Format format = Format::kText;
    int descriptor = 2;
    std::uint32_t burst = 10;
    std::string node;  ///< Written with every JSON line.
    /// Nanoseconds since 1970; null = the system's clock.
    std::int64_t (*clock)() = nullptr;
  };

  explicit Logger(Options options);
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  /// Whether a message of this level would be written: ask before building expensive values.
  [[nodiscard]] bool is_on(LogLevel level) const {
    return level <= level_.load(std::memory_order_relaxed) && level != LogLevel::kOff;
  }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  [[nodiscard]] LogLevel level() const { return level_.load(std::memory_order_relaxed); }

  /// `kind` must be a literal: it is kept. A line that cannot be written is lost.
  void write(LogLevel level, std::string_view kind, std::string_view message,
             std::initializer_list<LogField> fields = {});
  void error(std::string_view kind, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, kind, message, fields);
  }
  void warning(std::string_view kind, std::string_view message,
               std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, kind, message, fields);
  }
  void info(std::string_view kind, std::string_view message,
            std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, kind, message, fields);
  }
  void debug(std::string_view kind, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, kind, message, fields);
  }

  /// Messages held back by the rate so far.
  [[nodiscard]] std::uint64_t suppressed() const {
    return suppressed_total_.load(std::memory_order_relaxed);
  }

 private:
  /// A bucket of lines for one kind of message.
  struct Kind {
    std::string_view name;
    std::int64_t filled_at_ns = 0;
    std::uint32_t tokens = 0;
    std::uint64_t suppressed = 0;  ///< Since the last line of this kind.
  };
  std::optional<std::uint64_t> take_token(std::string_view kind, std::int64_t now_ns);
  void format_text(LogLevel level, std::string_view kind, std::string_view message,
                   std::initializer_list<LogField> fields, std::uint64_t suppressed,
                   std::int64_t now_ns);
  void append_lines(std::string_view text);
  void format_json(LogLevel level, std::string_view kind, std::string_view message,
                   std::initializer_list<LogField> fields, std::uint64_t suppressed,
                   std::int64_t now_ns);

  Options options_;
  std::atomic<LogLevel> level_;
  std::atomic<std::uint64_t> suppressed_total_{0};
  std::mutex mutex_;  // guards the rest
  std::vector<Kind> kinds_;
  std::string line_;
};

}  // namespace shaketable::proxy::live

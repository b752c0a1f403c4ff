#include "proxy/live/log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <unistd.h>

#include "proxy/http/text.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kMostOfAValue = 1024;
constexpr std::size_t kMaxLines = 16 * 1024;
constexpr std::size_t kMaxKinds = 256;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::string_view kRedacted = "[redacted]";

std::int64_t system_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Where `word` begins in `text`, any case; npos if it does not.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  if (from > text.size()) {
    return std::string_view::npos;
  }
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  const auto at = std::search(begin, text.end(), word.begin(), word.end(),
                              [](char a, char b) { return http::lower(a) == http::lower(b); });
  return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

/// Texts of libraries and peers go into messages too: credentials in them are cut out.
std::string without_secrets(std::string_view text, std::size_t limit = kMostOfAValue) {
  std::string result(text.substr(0, limit * 2));
  if (find_word(result, "PRIVATE KEY") != std::string_view::npos) {
    return std::string(kRedacted);
  }
  for (const std::string_view scheme : {"bearer ", "basic "}) {
    std::size_t at = 0;
    while ((at = find_word(result, scheme, at)) != std::string_view::npos) {
      const std::size_t begin = at + scheme.size();
      const std::size_t end = std::min(result.find_first_of(" ,;\"'\r\n", begin), result.size());
      result.replace(begin, end - begin, kRedacted);
      at = begin + kRedacted.size();
    }
  }
  return result;
}

std::size_t limit_of(const LogField& field) {
  return field.shape == LogField::Shape::kLines ? kMaxLines : kMostOfAValue;
}

std::string value_of(const LogField& field) {
  return is_secret_name(field.name) ? std::string(kRedacted)
                                    : without_secrets(field.value, limit_of(field));
}

}  // namespace

bool is_secret_name(std::string_view name) {
  return std::any_of(kSecretWords.begin(), kSecretWords.end(), [name](std::string_view word) {
    return find_word(name, word) != std::string_view::npos;
  });
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kOff:
      return "off";
  }
  return "off";
}

std::optional<LogLevel> read_level(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo, LogLevel::kDebug, LogLevel::kOff}) {
    if (text == level_name(level)) {
      return level;
    }
  }
  return text == "warn" ? std::optional(LogLevel::kWarning) : std::nullopt;
}

Logger::Logger(Options options) : options_(std::move(options)), level_(options_.level) {
  if (options_.clock == nullptr) {
    options_.clock = system_clock_ns;
  }
}

/// Takes the place of one line; the value is how many were held back before it.
std::optional<std::uint64_t> Logger::take_token(std::string_view kind, std::int64_t now_ns) {
  auto found = std::find_if(kinds_.begin(), kinds_.end(),
                            [kind](const Kind& entry) { return entry.name == kind; });
  if (found == kinds_.end()) {
    if (kinds_.size() == kMaxKinds) {
      found = kinds_.end() - 1;  // Kinds beyond share the last one's places.
    } else {
      kinds_.push_back({kind, now_ns, options_.burst, 0});
      found = kinds_.end() - 1;
    }
  }
  // The clock may have jumped back: then nothing is gained, and counting begins anew.
  const std::int64_t gained = std::max<std::int64_t>(now_ns - found->filled_at_ns, 0) / kSecond;
  if (now_ns < found->filled_at_ns) {
    found->filled_at_ns = now_ns;
  }
  found->filled_at_ns += gained * kSecond;
  found->tokens = static_cast<std::uint32_t>(std::min<std::int64_t>(
      found->tokens + std::min<std::int64_t>(gained, options_.burst), options_.burst));
  if (found->tokens == 0) {
    ++found->suppressed;
    suppressed_total_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  --found->tokens;
  return std::exchange(found->suppressed, 0);
}

void Logger::write(LogLevel level, std::string_view kind, std::string_view message,
                   std::initializer_list<LogField> fields) {
  if (!is_on(level)) {
    return;
  }
  const std::int64_t now_ns = options_.clock();
  const std::lock_guard lock(mutex_);
  const std::optional<std::uint64_t> suppressed = take_token(kind, now_ns);
  if (!suppressed.has_value()) {
    return;
  }
  line_.clear();
  if (options_.format == Format::kJson) {
    format_json(level, kind, message, fields, *suppressed, now_ns);
  } else {
    format_text(level, kind, message, fields, *suppressed, now_ns);
  }
  line_ += '\n';
  // One call, so that lines of several processes on one terminal stay whole.
  [[maybe_unused]] const auto written = ::write(options_.descriptor, line_.data(), line_.size());
}

void Logger::format_text(LogLevel level, std::string_view kind, std::string_view message,
                         std::initializer_list<LogField> fields, std::uint64_t suppressed,
                         std::int64_t now_ns) {
  line_ += '[';
  append_utc(now_ns, line_);
  line_ += "] [";
  line_ += level_name(level);
  line_ += "] ";
  append_escaped(kind, line_, kMostOfAValue);
  line_ += ": ";
  append_escaped(without_secrets(message), line_, kMostOfAValue);
  for (const LogField& field : fields) {
    if (field.shape == LogField::Shape::kLines) {
      continue;
    }
    line_ += ' ';
    append_escaped(field.name, line_, kMostOfAValue);
    line_ += "=\"";
    append_escaped(value_of(field), line_, kMostOfAValue);
    line_ += '"';
  }
  if (suppressed > 0) {
    line_ += " (";
    append_number(suppressed, line_);
    line_ += " such messages were held back)";
  }
  for (const LogField& field : fields) {
    if (field.shape == LogField::Shape::kLines) {
      append_lines(value_of(field));
    }
  }
}

/// Each line behind an indentation, so that none can be taken for a message of its own.
void Logger::append_lines(std::string_view text) {
  const bool is_cut = text.size() > kMaxLines;
  text = text.substr(0, kMaxLines);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line_ += "\n    ";
    // A quotation mark is harmless where the value is not between two of them.
    while (!line.empty()) {
      const std::size_t quote = std::min(line.find('"'), line.size());
      append_escaped(line.substr(0, quote), line_);
      line_ += quote < line.size() ? "\"" : "";
      line.remove_prefix(std::min(quote + 1, line.size()));
    }
  }
  line_ += is_cut ? "..." : "";
}

void Logger::format_json(LogLevel level, std::string_view kind, std::string_view message,
                         std::initializer_list<LogField> fields, std::uint64_t suppressed,
                         std::int64_t now_ns) {
  line_ += "{\"time\":\"";
  append_utc(now_ns, line_);
  line_ += "\",\"level\":";
  append_json(level_name(level), line_);
  if (!options_.node.empty()) {
    line_ += ",\"node\":";
    append_json(options_.node, line_, kMostOfAValue);
  }
  line_ += ",\"kind\":";
  append_json(kind, line_, kMostOfAValue);
  line_ += ",\"message\":";
  append_json(without_secrets(message), line_, kMostOfAValue);
  for (const LogField& field : fields) {
    line_ += ',';
    append_json(field.name, line_, kMostOfAValue);
    line_ += ':';
    append_json(value_of(field), line_, limit_of(field));
  }
  if (suppressed > 0) {
    line_ += ",\"suppressed\":";
    append_number(suppressed, line_);
  }
  line_ += '}';
}

}  // namespace shaketable::proxy::live

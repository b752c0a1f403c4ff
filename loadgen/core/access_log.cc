#include "loadgen/core/access_log.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "proxy/base/bits.h"

namespace shaketable::loadgen {
namespace {

using proxy::Duration;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPpmOne = 1'000'000;

/// Days since 1970-01-01 of a date of the Gregorian calendar (years count from March).
constexpr std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

constexpr int days_in(std::int64_t year, std::int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

/// Takes a text apart from the left; after the first mistake nothing fits any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char c) {
    is_ok_ = is_ok_ && !text_.empty() && text_.front() == c;
    if (is_ok_) {
      text_.remove_prefix(1);
    }
    return is_ok_;
  }
  bool take_one_of(std::string_view marks) {
    is_ok_ = is_ok_ && !text_.empty() && marks.find(text_.front()) != std::string_view::npos;
    if (is_ok_) {
      text_.remove_prefix(1);
    }
    return is_ok_;
  }
  /// Exactly `digits` of them.
  std::int64_t number(std::size_t digits) {
    std::int64_t value = 0;
    is_ok_ = is_ok_ && text_.size() >= digits;
    for (std::size_t i = 0; is_ok_ && i < digits; ++i) {
      const char c = text_[i];
      is_ok_ = c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(is_ok_ ? digits : 0);
    return is_ok_ ? value : 0;
  }
  /// Up to nine digits as nanoseconds.
  std::int64_t fraction() {
    std::int64_t value = 0;
    std::int64_t unit = kSecond;
    while (is_ok_ && unit > 1 && !text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      unit /= 10;
      value += (text_.front() - '0') * unit;
      text_.remove_prefix(1);
    }
    is_ok_ = is_ok_ && unit < kSecond;
    return value;
  }
  /// `Z`, `+02:00`, `-0700` as nanoseconds east of Greenwich.
  std::int64_t zone() {
    if (next() == 'Z' || next() == 'z') {
      text_.remove_prefix(1);
      return 0;
    }
    const bool west = next() == '-';
    take_one_of("+-");
    const std::int64_t hours = number(2);
    if (next() == ':') {
      text_.remove_prefix(1);
    }
    const std::int64_t minutes = number(2);
    is_ok_ = is_ok_ && hours <= 14 && minutes < 60;
    const std::int64_t offset = (hours * 60 + minutes) * 60 * kSecond;
    return west ? -offset : offset;
  }
  std::string_view word(std::size_t length) {
    is_ok_ = is_ok_ && text_.size() >= length;
    const std::string_view taken = text_.substr(0, is_ok_ ? length : 0);
    text_.remove_prefix(taken.size());
    return taken;
  }
  [[nodiscard]] char next() const { return text_.empty() ? '\0' : text_.front(); }
  [[nodiscard]] bool is_over() const { return is_ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool is_ok_ = true;
};

struct Calendar {
  std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<std::int64_t> time_of(const Calendar& at, std::int64_t fraction, std::int64_t zone) {
  if (at.year < 1970 || at.year > 2261 || at.month < 1 || at.month > 12 || at.day < 1 ||
      at.day > days_in(at.year, at.month) || at.hour > 23 || at.minute > 59 || at.second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = days_of(at.year, at.month, at.day);
  return (((days * 24 + at.hour) * 60 + at.minute) * 60 + at.second) * kSecond + fraction - zone;
}

/// `"GET /path HTTP/1.1"`, without the quotes.
void read_request(std::string_view request, LogEntry& entry) {
  const std::size_t first = request.find(' ');
  const std::size_t last = request.rfind(' ');
  if (first == std::string_view::npos || last == first) {
    return;  // garbage that a client sent; the arrival counts all the same
  }
  entry.method = request.substr(0, first);
  entry.path = request.substr(first + 1, last - first - 1);
}

/// The text between the quotes that begin at `place`; backslashes escape.
std::optional<std::string_view> quoted_at(std::string_view line, std::size_t place) {
  if (place >= line.size() || line[place] != '"') {
    return std::nullopt;
  }
  for (std::size_t i = place + 1; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      return line.substr(place + 1, i - place - 1);
    }
  }
  return std::nullopt;
}

/// What follows a time in brackets: the request in quotes, then the status.
std::optional<LogEntry> read_tail(std::string_view line, std::size_t place, std::int64_t time) {
  while (place < line.size() && line[place] == ' ') {
    ++place;
  }
  const auto request = quoted_at(line, place);
  if (!request) {
    return std::nullopt;
  }
  LogEntry entry;
  entry.time_ns = time;
  read_request(*request, entry);
  Scanner rest(line.substr(std::min(place + request->size() + 2, line.size())));
  if (rest.take(' ')) {
    entry.status = static_cast<std::uint16_t>(rest.number(3));
  }
  return entry;
}

std::optional<LogEntry> parse_bracketed(std::string_view line, bool is_envoy) {
  const std::size_t open = line.find('[');
  const std::size_t close = line.find(']', open == std::string_view::npos ? 0 : open);
  if (close == std::string_view::npos || open == std::string_view::npos ||
      (is_envoy && open != 0)) {
    return std::nullopt;
  }
  const std::string_view text = line.substr(open + 1, close - open - 1);
  const auto time = is_envoy ? parse_iso_time(text) : parse_clf_time(text);
  return time ? read_tail(line, close + 1, *time) : std::nullopt;
}

/// Spreads entries of whole seconds evenly over their second.
void spread(std::vector<std::int64_t>& times) {
  const bool is_whole = std::all_of(times.begin(), times.end(),
                                    [](std::int64_t time) { return time % kSecond == 0; });
  for (std::size_t begin = 0; is_whole && begin < times.size();) {
    std::size_t end = begin;
    while (end < times.size() && times[end] == times[begin]) {
      ++end;
    }
    const auto count = static_cast<std::int64_t>(end - begin);
    for (std::int64_t i = 1; i < count; ++i) {
      times[begin + static_cast<std::size_t>(i)] += kSecond / count * i;
    }
    begin = end;
  }
}

}  // namespace

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  Scanner scan(text);
  Calendar at;
  at.year = scan.number(4);
  scan.take('-');
  at.month = scan.number(2);
  scan.take('-');
  at.day = scan.number(2);
  scan.take_one_of("Tt ");
  at.hour = scan.number(2);
  scan.take(':');
  at.minute = scan.number(2);
  scan.take(':');
  at.second = scan.number(2);
  std::int64_t fraction = 0;
  if (scan.next() == '.' || scan.next() == ',') {
    scan.take_one_of(".,");
    fraction = scan.fraction();
  }
  const std::int64_t zone = scan.zone();
  return scan.is_over() ? time_of(at, fraction, zone) : std::nullopt;
}

std::optional<std::int64_t> parse_clf_time(std::string_view text) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Scanner scan(text);
  Calendar at;
  at.day = scan.number(2);
  scan.take('/');
  const std::string_view month = scan.word(3);
  const auto found = std::find(std::begin(kMonths), std::end(kMonths), month);
  at.month = found == std::end(kMonths) ? 0 : found - std::begin(kMonths) + 1;
  scan.take('/');
  at.year = scan.number(4);
  scan.take(':');
  at.hour = scan.number(2);
  scan.take(':');
  at.minute = scan.number(2);
  scan.take(':');
  at.second = scan.number(2);
  scan.take(' ');
  const std::int64_t zone = scan.zone();
  return scan.is_over() ? time_of(at, 0, zone) : std::nullopt;
}

std::optional<LogEntry> parse_log_line(std::string_view line, LogFormat format) {
  switch (format) {
    case LogFormat::kEnvoy:
      return parse_bracketed(line, true);
    case LogFormat::kCommon:
    case LogFormat::kCombined:
      return parse_bracketed(line, false);
    case LogFormat::kAuto: {
      const auto entry = parse_bracketed(line, true);
      return entry ? entry : parse_bracketed(line, false);
    }
  }
  return std::nullopt;
}

namespace {

/// What can be sent again: a word, and a path from the root.
bool is_request(const LogEntry& entry) {
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  return !entry.method.empty() && entry.path.starts_with('/') &&
         std::none_of(entry.method.begin(), entry.method.end(), is_bad) &&
         std::none_of(entry.path.begin(), entry.path.end(), is_bad);
}

/// Both in order of time, those of one moment in that of the log. `lines` may be empty.
void sort_by_time(std::vector<std::int64_t>& times, std::vector<std::string>& lines) {
  if (lines.empty()) {
    std::sort(times.begin(), times.end());
    return;
  }
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  std::vector<std::int64_t> sorted_times;
  std::vector<std::string> sorted_lines;
  for (const std::size_t place : order) {
    sorted_times.push_back(times[place]);
    sorted_lines.push_back(std::move(lines[place]));
  }
  times = std::move(sorted_times);
  lines = std::move(sorted_lines);
}

/// Each as often as `scale_ppm` says: the n-th leads to round(n * scale) of them.
template <class T>
std::vector<T> repeated(std::vector<T> all, std::uint32_t scale_ppm) {
  if (scale_ppm == kPpmOne) {
    return all;
  }
  const std::size_t limit = LogLimits{}.max_entries * 10;
  std::vector<T> result;
  std::int64_t owed = kPpmOne / 2;
  for (const T& each : all) {
    for (owed += scale_ppm; owed >= kPpmOne && result.size() < limit; owed -= kPpmOne) {
      result.push_back(each);
    }
  }
  return result;
}

}  // namespace

proxy::Result<RecordedArrivals> read_access_log(std::string_view text, LogFormat format,
                                                const LogLimits& limits) {
  RecordedArrivals result;
  std::vector<std::int64_t> times;
  const std::size_t most =
      limits.keeps_lines ? std::min(limits.max_entries, limits.max_kept_lines) : limits.max_entries;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const auto entry = line.size() <= limits.max_line_bytes ? parse_log_line(line, format)
                                                            : std::optional<LogEntry>();
    if (!entry || (limits.keeps_lines && !is_request(*entry))) {
      ++result.unreadable;
      result.first_unreadable = result.first_unreadable == 0 ? number : result.first_unreadable;
      continue;
    }
    if (times.size() == most) {
      return proxy::fail("the log has too many requests", "line " + std::to_string(number),
                         "at most " + std::to_string(most));
    }
    result.reordered += !times.empty() && entry->time_ns < times.back() ? 1U : 0U;
    times.push_back(entry->time_ns);
    if (limits.keeps_lines) {
      result.lines.push_back(std::string(entry->method) + ' ' + std::string(entry->path));
    }
  }
  if (times.empty()) {
    return proxy::fail("no line is a request", "", "an access log: common, combined or Envoy's");
  }
  sort_by_time(times, result.lines);
  spread(times);
  result.moments.reserve(times.size());
  for (const std::int64_t time : times) {
    result.moments.emplace_back(time - times.front());
  }
  return result;
}

std::vector<Duration> scaled(std::vector<Duration> moments, std::uint32_t speed_ppm,
                             std::uint32_t scale_ppm) {
  std::vector<Duration> result = repeated(std::move(moments), scale_ppm);
  for (Duration& moment : result) {
    const auto nanoseconds = static_cast<proxy::Int128>(moment.count()) * kPpmOne / speed_ppm;
    moment = Duration(static_cast<std::int64_t>(nanoseconds));
  }
  return result;
}

std::vector<std::string> scaled_lines(std::vector<std::string> lines, std::uint32_t scale_ppm) {
  return repeated(std::move(lines), scale_ppm);
}

}  // namespace shaketable::loadgen

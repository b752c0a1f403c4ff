#include "loadgen/app/live_console.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;

constexpr Duration kSecond = std::chrono::seconds(1);
/// A rate over less is chance.
constexpr Duration kShortestForRate = std::chrono::milliseconds(100);
constexpr std::size_t kMostSeconds = 120;
constexpr std::size_t kLeastCurve = 8;  ///< Columns; below it there is none.
constexpr std::size_t kNameColumns = 12;

std::string name_of_row(const char* name) {
  return fmt::format("  {:<{}}", name, kNameColumns - 2);
}

/// Columns of a text of ASCII and block signs, without escapes.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string bar(double share, std::size_t columns) {
  const auto full =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns));
  std::string text;
  for (std::size_t i = 0; i < columns; ++i) {
    text += i < full ? "\u2588" : "\u2591";
  }
  return text;
}

}  // namespace

std::string spark_text(const std::vector<std::uint64_t>& values, std::size_t columns) {
  constexpr std::array<const char*, 8> kBlocks = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                  "\u2585", "\u2586", "\u2587", "\u2588"};
  const std::size_t count = std::min(values.size(), columns);
  const auto first = values.end() - static_cast<std::ptrdiff_t>(count);
  const std::uint64_t most = count == 0 ? 0 : *std::max_element(first, values.end());
  std::string text;
  for (auto it = first; it != values.end(); ++it) {
    const std::uint64_t level =
        most == 0 ? 0
                  : static_cast<std::uint64_t>(
                        static_cast<double>(*it) / static_cast<double>(most) * 7.0 + 0.5);
    text += *it == 0 ? " " : kBlocks[std::min<std::uint64_t>(level, 7)];
  }
  return text;
}

std::string LiveConsole::paint(const char* code, const std::string& text) const {
  return color_ ? std::string("\033[") + code + 'm' + text + "\033[0m" : text;
}

void LiveConsole::add(const live::LiveProgress& progress) {
  now_.merge(progress.news);
  elapsed_ = progress.elapsed;
  users_ = progress.users;
  in_flight_ = progress.in_flight;
  connections_ = progress.connections;
  requests_ += progress.news.requests;
  failed_ += progress.news.failed;
  dropped_ += progress.news.dropped;
  errors_.merge(progress.news.errors);
  if (elapsed_ - second_began_ >= kSecond) {
    close_second();
  }
}

LiveConsole::Second LiveConsole::second_of(const live::LiveCounts& counts) const {
  return {.requests = counts.requests,
          .failed = counts.failed,
          .p99 = counts.latency.percentile(990'000),
          .length = elapsed_ - second_began_};
}

void LiveConsole::close_second() {
  last_second_ = second_of(now_);
  last_ = std::exchange(now_, {});
  second_began_ = elapsed_;
  history_.push_back(last_second_);
  if (history_.size() > kMostSeconds) {
    history_.pop_front();
  }
}

std::string LiveConsole::progress_line(std::size_t width) const {
  const auto whole = std::chrono::floor<std::chrono::seconds>(std::max(elapsed_, Duration::zero()));
  if (duration_ <= Duration::zero()) {
    return fmt::format("  {} s", whole.count());
  }
  const double share = proxy::to_seconds(elapsed_) / proxy::to_seconds(duration_);
  const std::string text = fmt::format("  {} of {} s", whole.count(),
                                       std::chrono::ceil<std::chrono::seconds>(duration_).count());
  const std::size_t taken = text.size() + 2;
  return width < taken + kLeastCurve
             ? text
             : text + "  " + paint("36", bar(share, std::min<std::size_t>(width - taken, 60)));
}

std::string LiveConsole::rate_line(std::size_t width) const {
  const Second second = history_.empty() ? second_of(now_) : last_second_;
  std::string text =
      name_of_row("rate") +
      fmt::format("{:>10}/s  ",
                  rate_text(second.requests, std::max(second.length, kShortestForRate)));
  std::vector<std::uint64_t> rates;
  for (const Second& it : history_) {
    rates.push_back(it.requests);
  }
  const std::size_t taken = columns_of(text);
  if (width >= taken + kLeastCurve) {
    text += paint("36", spark_text(rates, std::min<std::size_t>(width - taken, 60)));
  }
  return text;
}

std::string LiveConsole::latency_line(std::size_t width) const {
  std::string text = name_of_row("latency");
  const auto add = [&](const char* name, std::int64_t value) {
    const std::string one = fmt::format("{} {:<8} ", name, duration_text(Duration(value)));
    text += columns_of(text) + columns_of(one) <= width ? one : "";
  };
  add("p50", shown().latency.percentile(500'000));
  add("p90", shown().latency.percentile(900'000));
  add("p99", shown().latency.percentile(990'000));
  add("max", shown().latency.max());
  std::vector<std::uint64_t> tails;
  for (const Second& it : history_) {
    tails.push_back(static_cast<std::uint64_t>(it.p99));
  }
  const std::size_t taken = columns_of(text) + 4;
  if (width >= taken + kLeastCurve) {
    text += paint("2", "p99 ") +
            paint("35", spark_text(tails, std::min<std::size_t>(width - taken, 40)));
  }
  return text;
}

std::string LiveConsole::errors_line(std::size_t width) const {
  std::string text;
  for (const auto& [what, count] : errors_.sorted()) {
    const std::string one = plain_text(what, 60) + " x " + count_text(count);
    if (kNameColumns + text.size() + one.size() + 3 > width) {
      break;
    }
    text += (text.empty() ? "" : ",  ") + one;
  }
  return name_of_row("errors") + paint("31", text);
}

std::vector<std::string> LiveConsole::lines(std::size_t width) const {
  std::vector<std::string> all = {progress_line(width), rate_line(width), latency_line(width)};
  const std::string state =
      name_of_row("now") + fmt::format("{} users, {} in flight, {} connections", count_text(users_),
                                       count_text(in_flight_), count_text(connections_));
  all.push_back(state.substr(0, width));
  const std::string requests = name_of_row("done") + count_text(requests_) + " requests, ";
  const std::string failed =
      count_text(failed_) + " failed" +
      (failed_ > 0 ? " (" + share_text(failed_, requests_) + ')' : std::string());
  const std::string dropped = dropped_ > 0 ? count_text(dropped_) + " dropped" : std::string();
  const std::string comma = dropped_ > 0 ? ", " : "";
  const std::string plain = requests + failed + comma + dropped;
  all.push_back(plain.size() > width ? plain.substr(0, width)
                                     : requests + (failed_ > 0 ? paint("31", failed) : failed) +
                                           comma + paint("33", dropped));
  if (!errors_.all().empty()) {
    all.push_back(errors_line(width));
  }
  return all;
}

}  // namespace shaketable::loadgen::app

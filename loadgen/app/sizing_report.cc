#include "loadgen/app/sizing_report.h"

#include <algorithm>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "engine/cli/capacity_report.h"
#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {
namespace {

namespace json = boost::json;

/// Kinds of errors that the failing level shows.
constexpr std::size_t kMostErrors = 3;

std::uint64_t knee_of(const SizingResult& result) {
  std::vector<engine::CapacityPoint> points;
  for (const SizingPoint& it : result.points) {
    engine::CapacityPoint point;
    point.level = it.level;
    point.figures.p99 = it.p99.count();
    points.push_back(std::move(point));
  }
  return engine::knee_of(points);
}

std::string bar(proxy::Duration value, proxy::Duration most) {
  constexpr std::int64_t kColumns = 20;
  const std::int64_t columns =
      most.count() > 0 ? std::max<std::int64_t>(
                             value.count() / std::max<std::int64_t>(most.count() / kColumns, 1), 1)
                       : 0;
  std::string text;
  for (std::int64_t i = 0; i < std::min(columns, kColumns); ++i) {
    text += "\u2588";
  }
  return text;
}

std::string headline(const SizingResult& result) {
  if (result.was_interrupted) {
    return "interrupted before the search was over";
  }
  if (result.level == 0) {
    return "no load meets the objectives, however low";
  }
  std::string text = "holds up to " + level_text(result.kind, result.level);
  text += result.fails == 0 ? ", the most that was tried"
                            : "; " + level_text(result.kind, result.fails) + " failed";
  return text + fmt::format(" ({} trial{} of it held)", result.confirmations + 1,
                            result.confirmations == 0 ? "" : "s");
}

}  // namespace

std::string trial_text(LevelKind kind, const SizingPoint& point, bool holds) {
  return fmt::format("{}: {}, {}/s, {} failed, p99 {}", level_text(kind, point.level),
                     holds ? "holds" : "fails", rate_text(point.requests, point.time),
                     share_text(point.failed, point.requests), duration_text(point.p99));
}

std::string sizing_text(const SizingResult& result, bool color) {
  const char* const good = color ? "\033[32m" : "";
  const char* const bad = color ? "\033[31m" : "";
  const char* const bold = color ? "\033[1m" : "";
  const char* const plain = color ? "\033[0m" : "";
  std::string text =
      fmt::format("\n{}{}{}  {}\n", bold, plain_text(result.target, 100), plain, headline(result));
  text += "  objectives: ";
  for (std::size_t i = 0; i < result.objectives.size(); ++i) {
    text += (i == 0 ? "" : ", ") + plain_text(result.objectives[i], 60);
  }
  text += fmt::format("\n\n  {:>18}  {:>11}  {:>9}  {:>9}  {:>9}  held\n", "level", "requests",
                      "failed", "p50", "p99");
  proxy::Duration most{};
  for (const SizingPoint& it : result.points) {
    most = std::max(most, it.p99);
  }
  const std::uint64_t knee = knee_of(result);
  for (const SizingPoint& it : result.points) {
    text += fmt::format("  {:>18}  {:>9}/s  {:>9}  {:>9}  {:>9}  {}{}/{}{}  {}{}\n",
                        level_text(result.kind, it.level), rate_text(it.requests, it.time),
                        share_text(it.failed, it.requests), duration_text(it.p50),
                        duration_text(it.p99), it.held == it.trials ? good : bad, it.held,
                        it.trials, plain, bar(it.p99, most), it.level == knee ? " <- knee" : "");
    if (it.level == result.fails) {
      for (const std::string& broken : it.broken) {
        text += fmt::format("  {:>18}  {}broken:{} {}\n", "", bad, plain, plain_text(broken, 100));
      }
      const auto errors = it.errors.sorted();
      for (std::size_t i = 0; i < std::min(errors.size(), kMostErrors); ++i) {
        text += fmt::format("  {:>18}  {}{}{} {}\n", "", bad, count_text(errors[i].second), plain,
                            plain_text(errors[i].first, 100));
      }
    }
  }
  return text;
}

std::string sizing_json(const SizingResult& result) {
  json::array points;
  for (const SizingPoint& it : result.points) {
    json::array errors;
    for (const auto& [what, count] : it.errors.sorted()) {
      errors.push_back(json::object{{"what", what}, {"count", count}});
    }
    points.push_back(json::object{
        {"level", it.level},
        {"trials", it.trials},
        {"held", it.held},
        {"requests", it.requests},
        {"failed", it.failed},
        {"time_ns", it.time.count()},
        {"p50_ns", it.p50.count()},
        {"p99_ns", it.p99.count()},
        {"broken", json::array(it.broken.begin(), it.broken.end())},
        {"errors", std::move(errors)},
    });
  }
  const json::object root{
      {"shaketable_sizing", 1},
      {"target", result.target},
      {"unit", result.kind == LevelKind::kWorkers ? "workers"
               : result.kind == LevelKind::kRate  ? "requests_per_second"
                                                  : "thousandths_of_the_load"},
      {"objectives", json::array(result.objectives.begin(), result.objectives.end())},
      {"level", result.level},
      {"fails_at", result.fails},
      {"confirmations", result.confirmations},
      {"knee", knee_of(result)},
      {"interrupted", result.was_interrupted},
      {"points", std::move(points)},
  };
  return json::serialize(root) + '\n';
}

}  // namespace shaketable::loadgen::app

#include "engine/cli/capacity_report.h"

#include <algorithm>
#include <span>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "engine/formats/printable.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

namespace json = boost::json;

std::string factor_text(LoadLevel level) {
  return format_millionths(static_cast<std::int64_t>(level * kWholeLoad), 3) + "x";
}

/// What a load is at a level, in its own unit: "120 workers", "400/s at its end".
std::string amount_of(const Load& load, LoadLevel level) {
  if (load.workers > 0) {
    const std::uint64_t workers = std::max<std::uint64_t>(
        (std::uint64_t{load.workers} * level + kWholeLoad / 2) / kWholeLoad, 1);
    return format_count(workers) + (workers == 1 ? " worker" : " workers");
  }
  if (!load.recorded.empty()) {
    return "the recorded arrivals " + factor_text(level);
  }
  std::uint64_t most = 0;
  for (const RateStage& stage : load.stages) {
    most = std::max({most, stage.from_ups, stage.to_ups});
  }
  const std::uint64_t scaled = most / kWholeLoad * level;
  return (load.stages.size() > 1 ? "at most " : "") +
         format_rate(static_cast<std::int64_t>(scaled));
}

std::string bar(std::int64_t value, std::int64_t most) {
  constexpr std::int64_t kColumns = 24;
  const std::int64_t columns = most > 0 ? std::max<std::int64_t>(value * kColumns / most, 1) : 0;
  std::string text;
  for (std::int64_t i = 0; i < columns; ++i) {
    text += "\u2588";
  }
  return text;
}

std::string headline(const Scenario& scenario, const CapacityResult& result) {
  const std::string name = printable(scenario.name, 60);
  if (result.interrupted) {
    return name + ": interrupted before the search was over\n";
  }
  if (result.level == 0) {
    return name + ": no load meets the objectives, however low\n";
  }
  std::string text = name + ": holds up to " + factor_text(result.level) + " of its load";
  if (result.fails == 0) {
    text += ", the most that was tried";
  }
  text += '\n';
  for (std::uint32_t l = 0; l < scenario.loads.size(); ++l) {
    if (result.load == kNone || result.load == l) {
      text += "  " + printable(scenario.loads[l].name, 40) + ": " +
              amount_of(scenario.loads[l], result.level) + '\n';
    }
  }
  text += fmt::format("  held for {} seed{}", result.confirmations + 1,
                      result.confirmations == 0 ? "" : "s");
  text += result.fails > 0 ? "; " + factor_text(result.fails) + " failed\n" : "\n";
  return text;
}

/// A p99 that grows by less has no knee.
constexpr std::int64_t kLeastClimb = 2;
/// Nor has one that climbs so evenly: how far below the straight line, of its height.
constexpr double kLeastBend = 0.1;

}  // namespace

LoadLevel knee_of(const std::vector<CapacityPoint>& all) {
  // Behind the slowest one, load is refused or lost: no part of the climb.
  const auto slowest = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.figures.p99 < b.figures.p99;
  });
  const std::span<const CapacityPoint> points(all.begin(),
                                              slowest == all.end() ? slowest : slowest + 1);
  if (points.size() < 3) {
    return 0;
  }
  const auto x_of = [&](const CapacityPoint& point) {
    return static_cast<double>(point.level - points.front().level) /
           static_cast<double>(points.back().level - points.front().level);
  };
  const std::int64_t low = points.front().figures.p99;
  const std::int64_t high = points.back().figures.p99;
  if (high <= low || high / kLeastClimb < low || points.back().level == points.front().level) {
    return 0;  // flat: what differs is noise
  }
  double most = kLeastBend;
  LoadLevel knee = 0;
  for (const CapacityPoint& point : points) {
    const double y = static_cast<double>(point.figures.p99 - low) / static_cast<double>(high - low);
    const double below = x_of(point) - y;
    if (below > most) {
      most = below;
      knee = point.level;
    }
  }
  return knee;
}

std::string capacity_text(const Scenario& scenario, const CapacityResult& result, bool color) {
  const char* const good = color ? "\x1b[32m" : "";
  const char* const bad = color ? "\x1b[31m" : "";
  const char* const plain = color ? "\x1b[0m" : "";
  std::string text = headline(scenario, result);
  text += "  objectives: ";
  if (result.objectives.empty()) {
    text += "what the scenario expects";
  }
  for (std::size_t i = 0; i < result.objectives.size(); ++i) {
    text += (i == 0 ? "" : ", ") + printable(result.objectives[i], 60);
  }
  text += "\n\n    load      answers     errors        p50        p99  held\n";
  std::int64_t most = 0;
  for (const CapacityPoint& point : result.points) {
    most = std::max(most, point.figures.p99);
  }
  const LoadLevel knee = knee_of(result.points);
  for (const CapacityPoint& point : result.points) {
    const bool holds = point.held == point.trials;
    text += fmt::format("{:>8}  {:>11}  {:>9} {:>10} {:>10}  {}{}/{}{}  {}",
                        factor_text(point.level), format_rate(point.figures.rate),
                        format_ppm(point.figures.errors_ppm), format_duration(point.figures.p50),
                        format_duration(point.figures.p99), holds ? good : bad, point.held,
                        point.trials, plain, bar(point.figures.p99, most));
    text += point.level == knee ? " <- knee" : "";
    text += '\n';
    if (!point.broken.empty() && point.level == result.fails) {
      for (const std::string& broken : point.broken) {
        text += fmt::format("          {}broken:{} {}\n", bad, plain, printable(broken, 100));
      }
    }
  }
  return text;
}

std::string capacity_json(const Scenario& scenario, const CapacityResult& result) {
  json::object root;
  root["scenario"] = scenario.name;
  root["file"] = scenario.file;
  root["objectives"] = json::array(result.objectives.begin(), result.objectives.end());
  root["load"] = result.load == kNone ? json::value(nullptr)
                                      : json::value(json::string(scenario.loads[result.load].name));
  root["factor_thousandths"] = result.level;
  root["fails_at_thousandths"] = result.fails;
  root["seeds"] = result.confirmations + 1;
  root["interrupted"] = result.interrupted;
  root["knee_thousandths"] = knee_of(result.points);
  json::array points;
  for (const CapacityPoint& point : result.points) {
    json::object each;
    each["factor_thousandths"] = point.level;
    each["trials"] = point.trials;
    each["held"] = point.held;
    each["rate_micro_per_second"] = point.figures.rate;
    each["goodput_micro_per_second"] = point.figures.goodput;
    each["errors_ppm"] = point.figures.errors_ppm;
    each["p50_ns"] = point.figures.p50;
    each["p99_ns"] = point.figures.p99;
    each["broken"] = json::array(point.broken.begin(), point.broken.end());
    points.push_back(std::move(each));
  }
  root["points"] = std::move(points);
  return json::serialize(root) + "\n";
}

}  // namespace shaketable::engine

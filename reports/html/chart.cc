#include "reports/html/chart.h"

#include <algorithm>

#include "engine/judge/decimal.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/markup.h"

namespace shaketable::reports {

Thinned thin_out(const ChartValues& values, std::size_t most) {
  most = std::max<std::size_t>(most, 2);
  if (values.size() <= most) {
    return {.values = values, .group = 1};
  }
  const std::size_t groups = most / 2;
  const std::size_t group = (values.size() + groups - 1) / groups;
  Thinned result{.values = {}, .group = group};
  for (std::size_t begin = 0; begin < values.size(); begin += group) {
    const std::size_t end = std::min(begin + group, values.size());
    std::size_t least = end;
    std::size_t greatest = end;
    for (std::size_t i = begin; i < end; ++i) {
      if (!values[i]) {
        continue;
      }
      least = least == end || *values[i] < *values[least] ? i : least;
      greatest = greatest == end || *values[i] > *values[greatest] ? i : greatest;
    }
    if (least == end) {
      result.values.insert(result.values.end(), 2, std::nullopt);
    } else {
      result.values.push_back(values[std::min(least, greatest)]);
      result.values.push_back(values[std::max(least, greatest)]);
    }
  }
  return result;
}

void thin_out(Chart& chart, std::size_t most) {
  std::size_t group = 1;
  for (ChartLine& line : chart.lines) {
    Thinned thinned = thin_out(line.values, most);
    line.values = std::move(thinned.values);
    group = std::max(group, thinned.group);
  }
  if (group > 1) {
    chart.step_ns = chart.step_ns * static_cast<std::int64_t>(group) / 2;
  }
}

std::string format_value(ChartUnit unit, std::int64_t value) {
  switch (unit) {
    case ChartUnit::kRate:
      return engine::format_rate(value * 100'000);
    case ChartUnit::kTime:
      return engine::format_duration(value * 1'000);
    case ChartUnit::kCount:
      return engine::format_decimal(value * 10'000, 2);
    case ChartUnit::kPercent:
      return engine::format_ppm(value * 100);
  }
  return {};
}

std::int64_t nice_above(std::int64_t value) {
  std::int64_t power = 1;
  while (power < (std::int64_t{1} << 60) / 10 && power * 10 <= value) {
    power *= 10;
  }
  for (const std::int64_t factor : {1, 2, 5}) {
    if (power * factor >= value) {
      return power * factor;
    }
  }
  return power * 10;
}

std::int64_t tick_step(std::int64_t end_ns, std::int64_t ticks) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t wanted = std::max<std::int64_t>(end_ns / std::max<std::int64_t>(ticks, 1), 1);
  // Of minutes, too: 15, 30 and 60 seconds are round where seconds are counted.
  for (const std::int64_t seconds : {15, 30, 60, 120, 300, 600, 1'800, 3'600}) {
    if (wanted > 10 * kSecond && wanted <= seconds * kSecond) {
      return seconds * kSecond;
    }
  }
  return nice_above(wanted);
}

std::string drawn_tick(const TimeTick& tick) {
  const bool last = tick.end_ns - tick.at_ns < tick.step_ns / 4;
  const char* const anchor = tick.at_ns == 0 ? "start" : last ? "end" : "middle";
  return drawn_text(tick.x, tick.y, engine::format_decimal(tick.at_ns / 1000, 2) + " s", anchor,
                    "d", 10);
}

std::vector<ChartBand> bands_of(const engine::Scenario& scenario, const engine::RunRecord& record) {
  constexpr std::size_t kMostBands = 16;
  const std::int64_t end = proxy::nanoseconds_of(record.ended);
  std::vector<ChartBand> bands;
  for (std::uint32_t i = 0; i < scenario.faults.size() && bands.size() < kMostBands; ++i) {
    const std::int64_t from = proxy::nanoseconds_of(scenario.faults[i].at);
    const std::int64_t to = proxy::nanoseconds_of(engine::end_of_fault(scenario.faults[i]));
    if (from < end) {
      bands.push_back({.name = engine::fault_name(scenario, i),
                       .from_ns = from,
                       .to_ns = std::min(std::max(to, from), end)});
    }
  }
  return bands;
}

}  // namespace shaketable::reports

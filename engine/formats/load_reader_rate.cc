#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/data_file.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"
#include "loadgen/core/access_log.h"
#include "loadgen/core/rate_shapes.h"

// `rate:` of an open loop.
namespace shaketable::engine {
namespace {

constexpr Bounds<std::int64_t> kRates{0, 100'000'000'000'000};  // 100 million a second.
constexpr Bounds<Duration> kSomeTime{Duration(1), kMaxReadDuration};
constexpr std::size_t kMaxLogBytes = std::size_t{2} << 30;
constexpr std::uint32_t kOne = 1'000'000;
constexpr std::uint32_t kMaxScale = 100 * kOne;
constexpr std::size_t kMostLines = 1'000'000;

class RateReader {
 public:
  explicit RateReader(LoadContext& context)
      : load_(*context.load), context_(context), diagnostics_(context.diagnostics) {}

  void read(const Node* node) {
    if (node == nullptr || !node->is_map()) {
      if (const auto rate = read_rate_value(node)) {
        load_.stages.push_back({*rate, *rate, Duration::zero()});
      }
      return;
    }
    ObjectReader map(node, spec::kRate, diagnostics_);
    const Node* const stages = map.get("stages");
    const Node* const repeat = map.get("repeat");
    const Node* const steps = map.get("steps");
    const Node* const spikes = map.get("spikes");
    const Node* const sine = map.get("sine");
    const Node* const recorded = map.get("recorded");
    read_stages(stages);
    assign(load_.repeats, read_bool(repeat, diagnostics_));
    read_steps(steps);
    read_spikes(spikes);
    read_sine(sine);
    read_recorded(recorded);
    map.finish();
    const int shapes = (stages != nullptr) + (steps != nullptr) + (spikes != nullptr) +
                       (sine != nullptr) + (recorded != nullptr);
    if (map.ok() && shapes != 1) {
      context_.names.error(*node, code::kBadLoad,
                           shapes == 0 ? "the rate has no shape" : "the rate has several shapes",
                           "one of stages, steps, spikes, sine, recorded");
    } else if (repeat != nullptr && stages == nullptr) {
      context_.names.error(*repeat, code::kBadLoad, "only stages are repeated", "`stages`");
    }
    check_repeat(repeat);
  }

 private:
  std::optional<std::uint64_t> read_rate_value(const Node* node) {
    const auto rate = engine::read_rate(node, diagnostics_, kRates);
    return rate ? std::optional(static_cast<std::uint64_t>(*rate)) : std::nullopt;
  }

  void check_repeat(const Node* repeat) {
    if (!load_.repeats || repeat == nullptr || load_.stages.empty()) {
      return;  // without a stage, something else is wrong and was said
    }
    Duration length{0};
    for (const RateStage& stage : load_.stages) {
      length += stage.length;
    }
    if (length < std::chrono::milliseconds(1)) {
      context_.names.error(*repeat, code::kBadLoad, "the stages together are too short to repeat",
                           "at least 1ms");
      load_.repeats = false;
    }
  }

  void read_stages(const Node* stages) {
    const auto items = read_sequence(stages, diagnostics_, "a list of stages");
    if (stages != nullptr && stages->is_sequence() &&
        (items.empty() || items.size() > kMaxStages)) {
      context_.names.error(*stages, code::kTooMany,
                           "a rate has " + std::to_string(items.size()) + " stages", "1 to 10,000");
      return;
    }
    std::uint64_t current = 0;
    for (const Node* item : items) {
      read_stage(*item, current);
    }
  }

  void read_stage(const Node& node, std::uint64_t& current) {
    ObjectReader map(&node, spec::kRateStage, diagnostics_);
    const Node* const to_node = map.get("to");
    const Node* const over_node = map.get("over");
    const Node* const hold_node = map.get("hold");
    const Node* const rate_node = map.get("rate");
    const Node* const for_node = map.get("for");
    const auto to = read_rate_value(to_node);
    const auto over = read_duration(over_node, diagnostics_, kSomeTime);
    const auto hold = read_duration(hold_node, diagnostics_, kSomeTime);
    const auto rate = read_rate_value(rate_node);
    const auto length = read_duration(for_node, diagnostics_, kSomeTime);
    map.finish();
    const bool ramp = to_node && over_node && !hold_node && !rate_node && !for_node;
    const bool flat = hold_node && !to_node && !over_node && !rate_node && !for_node;
    const bool jump = rate_node && for_node && !to_node && !over_node && !hold_node;
    if (map.ok() && !ramp && !flat && !jump) {
      context_.names.error(node, code::kBadLoad, "these keys make no stage",
                           "{to, over}, {hold} or {rate, for}");
      return;
    }
    if (ramp && to && over) {
      load_.stages.push_back({current, *to, *over});
    } else if (flat && hold) {
      load_.stages.push_back({current, current, *hold});
    } else if (jump && rate && length) {
      load_.stages.push_back({*rate, *rate, *length});
    }
    if (!load_.stages.empty()) {
      current = load_.stages.back().to_ups;
    }
  }

  void read_steps(const Node* node) {
    if (node == nullptr) {
      return;
    }
    ObjectReader map(node, spec::kRateSteps, diagnostics_);
    const auto from = read_rate_value(map.get("from"));
    const auto to = read_rate_value(map.get("to"));
    const Node* const by_node = map.get("by");
    const auto by = read_rate_value(by_node);
    const auto every = read_duration(map.get("every"), diagnostics_, kSomeTime);
    map.finish();
    if (!from || !to || !by || !every) {
      return;
    }
    const std::uint64_t way = *from < *to ? *to - *from : *from - *to;
    if (*by == 0) {
      context_.names.error(*by_node, code::kOutOfRange, "steps of nothing lead nowhere",
                           "more than 0/s");
      return;
    }
    if (way / *by >= loadgen::kMaxStairs) {
      context_.names.error(*by_node, code::kOutOfRange, "these steps are too many",
                           "at most 10,000 steps");
      return;
    }
    load_.stages = loadgen::stair_stages(*from, *to, *by, *every);
  }

  void read_spikes(const Node* node) {
    if (node == nullptr) {
      return;
    }
    ObjectReader map(node, spec::kRateSpikes, diagnostics_);
    const auto base = read_rate_value(map.get("base"));
    const auto peak = read_rate_value(map.get("peak"));
    const auto every = read_duration(map.get("every"), diagnostics_, kSomeTime);
    const Node* const length_node = map.get("for");
    const auto length = read_duration(length_node, diagnostics_, kSomeTime);
    map.finish();
    if (!base || !peak || !every || !length) {
      return;
    }
    if (*length >= *every) {
      context_.names.error(*length_node, code::kOutOfRange, "a peak is as long as its period",
                           "less than `every`");
      return;
    }
    load_.stages = loadgen::spike_stages(*base, *peak, *every, *length);
    load_.repeats = true;
  }

  void read_sine(const Node* node) {
    if (node == nullptr) {
      return;
    }
    ObjectReader map(node, spec::kRateSine, diagnostics_);
    const auto mean = read_rate_value(map.get("mean"));
    const Node* const amplitude_node = map.get("amplitude");
    const auto amplitude = read_rate_value(amplitude_node);
    const auto period = read_duration(map.get("period"), diagnostics_,
                                      {std::chrono::milliseconds(1), kMaxReadDuration});
    map.finish();
    if (!mean || !amplitude || !period) {
      return;
    }
    if (*amplitude > *mean) {
      context_.names.error(*amplitude_node, code::kOutOfRange, "the rate would be below zero",
                           "at most the mean");
      return;
    }
    load_.stages = loadgen::sine_stages(*mean, *amplitude, *period);
    load_.repeats = true;
  }

  void read_recorded(const Node* node) {
    if (node == nullptr) {
      return;
    }
    const Node* file = node;
    auto format = loadgen::LogFormat::kAuto;
    std::uint32_t speed = kOne;
    std::uint32_t scale = kOne;
    std::optional<std::string> variable;
    if (node->is_map()) {
      ObjectReader map(node, spec::kRecorded, diagnostics_);
      file = map.get("file");
      assign(format, read_enum(map.get("format"), diagnostics_, words::kLogFormat,
                               "a format of access logs"));
      const Node* const speed_node = map.get("speed");
      assign(speed, read_factor(speed_node, diagnostics_));
      assign(scale, read_percent(map.get("scale"), diagnostics_, {1, kMaxScale}));
      const Node* const as = map.get("as");
      variable = read_name(as, diagnostics_);
      if (as != nullptr) {
        context_.live_only.emplace_back(*as, "the lines of recorded requests");
      }
      map.finish();
      if (speed == 0 && speed_node != nullptr) {
        context_.names.error(*speed_node, code::kOutOfRange, "time would stand still",
                             "more than 0");
        return;
      }
    }
    replay(file, format, speed, scale, variable);
  }

  void replay(const Node* file, loadgen::LogFormat format, std::uint32_t speed, std::uint32_t scale,
              const std::optional<std::string>& variable) {
    const auto path = read_string(file, diagnostics_, 4'096);
    if (!path || path->empty()) {
      return;
    }
    const auto text = read_data_file(in_folder(context_.folder, *path), kMaxLogBytes, diagnostics_);
    if (!text) {
      context_.names.error(*file, code::kNoFile,
                           "the log " + quoted(*path, 200) + " cannot be used",
                           "an access log, relative to this file");
      return;
    }
    auto arrivals = loadgen::read_access_log(*text, format, {.keeps_lines = variable.has_value()});
    if (!arrivals) {
      context_.names.error(*file, code::kMalformed,
                           quoted(*path, 200) + ": " + arrivals.error().message,
                           arrivals.error().expected);
      return;
    }
    if (arrivals->unreadable > 0) {
      context_.names.warn(*file, code::kMalformed,
                          std::to_string(arrivals->unreadable) + " lines of " + quoted(*path, 200) +
                              " are no requests, the first of them line " +
                              std::to_string(arrivals->first_unreadable));
    }
    load_.recorded = loadgen::scaled(std::move(arrivals->moments), speed, scale);
    if (variable) {
      add_lines(*file, *variable, loadgen::scaled_lines(std::move(arrivals->lines), scale));
    }
  }

  /// The recorded requests as a variable: each run takes the next one.
  void add_lines(const Node& file, const std::string& name, std::vector<std::string> lines) {
    if (lines.size() > kMostLines) {
      context_.names.error(file, code::kTooMany, "that are too many requests to keep",
                           "at most 1,000,000 with `as`, after `scale`");
      return;
    }
    loadgen::VariableSource source;
    source.name = name;
    source.columns.push_back(context_.give(name));
    for (std::string& line : lines) {
      source.rows.push_back({std::move(line)});
    }
    load_.variables.push_back(std::move(source));
  }

  Load& load_;
  LoadContext& context_;
  Diagnostics& diagnostics_;
};

}  // namespace

void read_rate(const Node* node, LoadContext& context) { RateReader(context).read(node); }

}  // namespace shaketable::engine

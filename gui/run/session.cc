#include "gui/run/session.h"

#include <algorithm>
#include <utility>

#include "engine/cli/run_batch.h"
#include "engine/formats/scenario_loader.h"
#include "engine/judge/judge.h"
#include "engine/judge/names.h"
#include "engine/record/windows.h"
#include "gui/document/mesh_edits.h"
#include "reports/command_line.h"

namespace shaketable::gui {
namespace {

using engine::Fault;
using engine::LoadedScenario;
using engine::ScenarioSource;

std::string in_nanoseconds(std::int64_t nanoseconds) { return std::to_string(nanoseconds) + "ns"; }

proxy::Result<std::shared_ptr<const LoadedScenario>> load(ScenarioSource source) {
  engine::Diagnostics diagnostics;
  auto scenario = engine::load_scenario(source, diagnostics);
  if (!scenario) {
    for (const engine::Diagnostic& it : diagnostics.sorted()) {
      if (it.severity == engine::Severity::kError) {
        return proxy::fail(it.message, it.file + ":" + std::to_string(it.line), it.expected);
      }
    }
    return proxy::fail("the scenario cannot be read");
  }
  return std::make_shared<const LoadedScenario>(
      LoadedScenario{std::move(*scenario), std::move(source)});
}

const Fault* find_fault(const engine::Scenario& scenario, const std::string& name) {
  const auto found = std::find_if(scenario.faults.begin(), scenario.faults.end(),
                                  [&](const Fault& fault) { return fault.name == name; });
  return found == scenario.faults.end() ? nullptr : &*found;
}

proxy::Result<ScenarioSource> with_fault(const ScenarioSource& source, const Act& act,
                                         engine::Instant at) {
  const std::string entry =
      "{at: " + in_nanoseconds(proxy::nanoseconds_of(at)) + ", " + act.what + "}";
  auto edit = set_value(source, {"faults", act.name}, entry);
  if (!edit) {
    return tl::unexpected(edit.error());
  }
  return with_edit(source, *edit);
}

bool is_on(const Fault& fault, engine::Instant now) {
  return fault.at <= now && engine::end_of_fault(fault) > now;
}

}  // namespace

Session::Session(std::shared_ptr<const LoadedScenario> scenario)
    : first_(std::move(scenario)), now_(first_) {
  begin();
}

Session::~Session() = default;

engine::Duration Session::bucket() const {
  return engine::bucket_for(first_->scenario.run.duration);
}

void Session::begin() {
  const engine::Scenario& scenario = first_->scenario;
  engine::SimulationOptions options{
      .seed = scenario.run.seed, .bucket = bucket(), .windows = engine::windows_of(scenario)};
  options.traces.sample_ppm = 1'000'000;  // As `shaketable run --html`: the page shows examples.
  simulation_ = std::make_unique<engine::Simulation>(scenario, std::move(options));
}

proxy::Result<void> Session::act(const Act& wanted) {
  // Whoever asked did not know yet what was asked just before.
  const Act act{.name = free_name(now_->source, "faults", wanted.name), .what = wanted.what};
  const auto planned = with_fault(now_->source, act, simulation_->now());
  if (!planned) {
    return tl::unexpected(planned.error());
  }
  auto loaded = load(*planned);
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  const Fault* const fault = find_fault((*loaded)->scenario, act.name);
  if (fault == nullptr) {
    return proxy::fail("the fault is not there");
  }
  simulation_->inject(*fault);
  // The simulator gave it a moment of its own; the scenario must say that very moment.
  const auto journaled = with_fault(now_->source, act, simulation_->journal().back().at);
  loaded = load(*journaled);
  now_ = *loaded;
  return {};
}

proxy::Result<std::uint32_t> Session::stop_faults(const BucketEnd& at_bucket) {
  const engine::Instant now = simulation_->now();
  const engine::Instant stop = now + engine::Duration(1);
  ScenarioSource source = now_->source;
  std::uint32_t stopped = 0;
  for (const Fault& fault : now_->scenario.faults) {
    const bool is_death = engine::is_death(fault.kind);
    const bool comes_back = fault.restart_after > engine::Duration::zero();
    const bool is_dead =
        is_death && fault.at <= now && (!comes_back || fault.at + fault.restart_after > stop);
    if (is_death ? !is_dead : !is_on(fault, now)) {
      continue;
    }
    for (const char* other : {"until", "restart_after"}) {  // `for` takes their place.
      if (!is_death && std::string_view(other) == "restart_after") {
        continue;
      }
      if (const auto edit = remove_value(source, {"faults", fault.name, other})) {
        source = with_edit(std::move(source), *edit);
      }
    }
    const auto edit =
        set_value(source, {"faults", fault.name, "for"}, in_nanoseconds((stop - fault.at).count()));
    if (!edit) {
      return tl::unexpected(edit.error());
    }
    source = with_edit(std::move(source), *edit);
    ++stopped;
  }
  if (stopped > 0) {
    if (auto taken = take_over(std::move(source)); !taken) {
      return tl::unexpected(taken.error());
    }
    run_again(now, at_bucket);
  }
  return stopped;
}

void Session::run_again(engine::Instant now, const BucketEnd& at_bucket) {
  for (std::size_t next = 0; at_bucket; ++next) {
    const engine::Instant end(bucket() * static_cast<std::int64_t>(next + 1));
    if (end > now) {
      break;
    }
    simulation_->run_until(end);
    at_bucket(next, simulation_->breakers());
  }
  simulation_->run_until(now);
}

proxy::Result<void> Session::take_over(ScenarioSource source) {
  auto loaded = load(std::move(source));
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  simulation_.reset();
  first_ = *loaded;
  now_ = first_;
  begin();
  return {};
}

namespace {

std::shared_ptr<const RunResult> judged(const LoadedScenario& scenario, engine::RunRecord record,
                                        bool interrupted) {
  auto result = std::make_shared<RunResult>();
  result->scenario = scenario;
  engine::FinishedRun& run = result->run;
  run.record = std::move(record);
  run.record.interrupted = interrupted;
  run.scenario = &result->scenario.scenario;
  run.source = &result->scenario.source;
  run.verdict = engine::judge(*run.scenario, run.record);
  run.command = reports::run_command(*run.source, run.record.seed);
  return result;
}

}  // namespace

std::shared_ptr<const RunResult> Session::preview() const {
  return judged(*now_, simulation_->peek_record(), true);
}

std::shared_ptr<const RunResult> Session::finish() {
  const bool interrupted = !simulation_->finished();
  return judged(*now_, simulation_->take_record(), interrupted);
}

}  // namespace shaketable::gui

#include "loadgen/app/load_source.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>

#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/nearest_name.h"
#include "loadgen/app/report.h"
#include "loadgen/app/url_load.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;
using proxy::fail;
using proxy::Result;

/// What a threshold is about is there, so that a long run is not in vain.
Result<void> check_name(const Threshold& threshold, const std::vector<LoadPlan>& loads) {
  std::vector<std::string_view> names;
  for (const LoadPlan& plan : loads) {
    names.push_back(plan.name);
    for (const Journey& journey : plan.journeys) {
      names.push_back(journey.name);
    }
    for (const Request& request : plan.requests) {
      names.push_back(request.name);
      names.insert(names.end(), request.tags.begin(), request.tags.end());
    }
  }
  if (threshold.of.empty() || std::find(names.begin(), names.end(), threshold.of) != names.end()) {
    return {};
  }
  const std::string nearest = engine::nearest_name(threshold.of, names);
  return fail("nothing of the load is named '" + threshold.of + "'", threshold.source,
              nearest.empty() ? "a load, journey, step or tag of the file" : "'" + nearest + "'");
}

/// One journey alone (Molotov's single mode).
Result<void> keep_journey(const std::string& name, std::vector<LoadPlan>& loads) {
  std::vector<std::string> names;
  for (LoadPlan& plan : loads) {
    for (Journey& journey : plan.journeys) {
      names.push_back(journey.name);
    }
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string nearest = engine::nearest_name(name, views);
    return fail("--single-mode: no journey is named '" + name + "'", "",
                nearest.empty() ? "the name of a journey of the file" : nearest);
  }
  std::erase_if(loads, [&](const LoadPlan& plan) {
    return std::none_of(plan.journeys.begin(), plan.journeys.end(),
                        [&](const Journey& journey) { return journey.name == name; });
  });
  for (LoadPlan& plan : loads) {
    for (Journey& journey : plan.journeys) {
      journey.weight = journey.name == name ? std::max(journey.weight, 1U) : 0;
    }
  }
  return {};
}

/// What options say of a load, beats what its file says.
void apply_amount(const RunArguments& it, LoadPlan& plan) {
  if (it.workers) {
    plan.workers = *it.workers;
    plan.stages.clear();
  }
  if (it.rate_ups) {
    plan.workers = 0;
    plan.stages = {{*it.rate_ups, *it.rate_ups, Duration::zero()}};
    plan.recorded.clear();
  }
  plan.processes = it.processes > 1 ? it.processes : plan.processes;
  plan.ramp_up = it.ramp_up.value_or(plan.ramp_up);
  plan.max_runs = it.max_runs.value_or(plan.max_runs);
  // A server that never answers is a failure that is counted: no load waits for ever.
  plan.timeout =
      it.timeout.value_or(plan.timeout > Duration::zero() ? plan.timeout : kRequestTimeout);
  if (it.delay) {
    plan.run_delay = proxy::Distribution::constant(*it.delay);
  }
  if (!it.arrivals.empty()) {
    plan.arrivals = it.arrivals == "poisson" ? Arrivals::kPoisson : Arrivals::kConstant;
  }
  if (!it.when_full.empty()) {
    plan.when_full = it.when_full == "wait" ? WhenFull::kWait : WhenFull::kDrop;
  }
  plan.max_in_flight = it.max_in_flight > 0 ? it.max_in_flight : plan.max_in_flight;
  plan.picker = it.single_run ? Picker::kSingleRun : plan.picker;
  plan.stop_on_failure = plan.stop_on_failure || it.stop_on_failure;
}

/// Something ends the run: its time, or the runs.
bool has_end(const LoadFile& file) {
  return file.duration > Duration::zero() ||
         std::all_of(file.loads.begin(), file.loads.end(), [](const LoadPlan& plan) {
           return plan.stop != proxy::kNever || plan.max_runs > 0 || !plan.recorded.empty() ||
                  plan.worker_duration > Duration::zero() || plan.picker == Picker::kSingleRun;
         });
}

/// What a test of molotov.json says.
Result<void> apply_config(const RunArguments& it, LoadFile& file) {
  if (!it.molotov) {
    return {};
  }
  file.duration = Duration::zero();  // workers have their own
  for (LoadPlan& plan : file.loads) {
    plan.stop = proxy::kNever;
    if (const auto applied = engine::apply_molotov(*it.molotov, plan); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  return {};
}

Result<LoadSource> source_of_file(LoadFile file, const RunArguments& it) {
  const std::string url = it.target.empty() ? file.target.url : it.target;
  if (url.empty()) {
    return fail("the file names no target", it.what, "`target: {url: ...}`, or --target URL");
  }
  auto target = live::parse_target(url);
  if (!target) {
    return tl::unexpected(target.error());
  }
  if (auto applied = apply_config(it, file); !applied) {
    return tl::unexpected(applied.error());
  }
  file.duration = it.duration.value_or(file.duration);
  file.seed = it.seed.value_or(file.seed);
  for (LoadPlan& plan : file.loads) {
    apply_amount(it, plan);
    if (it.duration) {
      plan.stop = proxy::kNever;
    }
  }
  if (!it.single_mode.empty()) {
    if (const auto kept = keep_journey(it.single_mode, file.loads); !kept) {
      return tl::unexpected(kept.error());
    }
  }
  if (!has_end(file)) {
    return fail("nothing ends this load", it.what,
                "`run: {duration: ...}`, --duration or --max-runs");
  }
  return LoadSource{std::move(file), std::move(*target), {}};
}

Result<LoadSource> source_of_url(const RunArguments& it) {
  auto target = live::parse_target(it.what);
  if (!target) {
    return tl::unexpected(target.error());
  }
  if (!it.single_mode.empty()) {
    return fail("--single-mode belongs to a file with journeys");
  }
  auto file = load_of_url(it);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (auto applied = apply_config(it, *file); !applied) {
    return tl::unexpected(applied.error());
  }
  target->path.clear();  // the request has it
  return LoadSource{std::move(*file), std::move(*target), {}};
}

}  // namespace

bool is_load_file_name(const std::string& what) {
  return what.find("://") == std::string::npos &&
         (what.ends_with(".yaml") || what.ends_with(".yml") || what.ends_with(".json"));
}

std::optional<LoadSource> find_load(const RunArguments& arguments, const engine::Streams& streams) {
  const bool color = engine::wants_color(arguments.color, streams.err_is_terminal, streams);
  engine::Diagnostics diagnostics;
  std::optional<LoadFile> file;
  if (is_load_file_name(arguments.what)) {
    file = engine::load_load_file(arguments.what, arguments.overrides, diagnostics);
  }
  std::vector<Threshold> thresholds =
      engine::parse_thresholds("--threshold", arguments.thresholds, diagnostics);
  for (Threshold& it :
       engine::parse_thresholds("--abort-unless", arguments.abort_thresholds, diagnostics)) {
    it.aborts = true;
    thresholds.push_back(std::move(it));
  }
  streams.err << engine::render(diagnostics, color);
  if (diagnostics.has_errors()) {
    return std::nullopt;
  }
  auto source = file ? source_of_file(std::move(*file), arguments) : source_of_url(arguments);
  if (!source) {
    complain(streams, source.error());
    return std::nullopt;
  }
  for (const Threshold& threshold : thresholds) {
    if (const auto known = check_name(threshold, source->file.loads); !known) {
      complain(streams, known.error());
      return std::nullopt;
    }
  }
  source->thresholds = std::move(thresholds);
  return std::move(*source);
}

void apply_target(const Target& target, live::TransportConfig& transport) {
  const auto fill = [](std::string& into, const std::string& from) {
    into = into.empty() ? from : into;
  };
  fill(transport.tls.certificate_chain, target.certificate);
  fill(transport.tls.private_key, target.private_key);
  fill(transport.tls.trusted_ca, target.authorities);
  fill(transport.tls.server_name, target.server_name);
  transport.tls.accepts_any_certificate = transport.tls.accepts_any_certificate || !target.verify;
  if (transport.http == live::HttpChoice::kAny && target.http != Target::Http::kAny) {
    transport.http =
        target.http == Target::Http::kHttp2 ? live::HttpChoice::kHttp2 : live::HttpChoice::kHttp1;
  }
  transport.streams = transport.streams > 1 ? transport.streams : target.streams;
  transport.max_requests =
      transport.max_requests > 0 ? transport.max_requests : target.requests_per_connection;
}

}  // namespace shaketable::loadgen::app

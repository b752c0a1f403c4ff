#include <string>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxWorkers = 100'000;
constexpr std::uint32_t kMaxQueue = 10'000'000;
constexpr std::uint32_t kMaxCpus = 4'096;

/// Refuses a setting that the runtime does not have.
void refuse(const Node* node, bool allowed, const std::string& runtime, const char* where,
            LoaderContext& context) {
  if (node != nullptr && !allowed) {
    context.error(*node, code::kWrongRuntimeKey,
                  "this setting means nothing for the runtime " + quoted(runtime), where);
  }
}

Runtime defaults_of(std::string_view name) {
  Runtime runtime;
  runtime.name = name;
  for (const auto& known : words::kRuntime) {
    if (known.word == name) {
      runtime.model = known.value.model;
      runtime.workers = known.value.workers;
      runtime.queue = known.value.queue;
      runtime.refuse_connection = known.value.refuse;
      runtime.cancel = known.value.cancel;
    }
  }
  return runtime;
}

void read_pauses(const Node* node, Runtime& runtime, LoaderContext& context) {
  constexpr Bounds<Duration> kAny{Duration(1), kMaxReadDuration};
  if (node == nullptr) {
    return;
  }
  ObjectReader map(node, spec::kPauses, context.diagnostics);
  const Node* const length = map.get("for");
  assign(runtime.pause_every, read_duration(map.get("every"), context.diagnostics, kAny));
  assign(runtime.pause_for, read_duration(length, context.diagnostics, kAny));
  map.finish();
  if (runtime.pause_for >= runtime.pause_every && length != nullptr) {
    context.error(*length, code::kContradiction, "a pause is as long as the time between two",
                  "a `for` below `every`");
  }
}

void read_settings(const Node* node, Runtime& runtime, LoaderContext& context) {
  if (node->is_null()) {
    return;
  }
  Diagnostics& diagnostics = context.diagnostics;
  ObjectReader map(node, spec::kRuntimeSettings, diagnostics);
  const bool threads = runtime.name == "threads";
  const bool shared = runtime.model == RuntimeModel::kShared;
  const Node* const workers = map.get("workers");
  const Node* const pool = map.get("pool");
  const Node* const queue = map.get("queue");
  const Node* const when_full = map.get("when_full");
  const Node* const gil = map.get("gil");
  const Node* const limit = map.get("max_in_flight");
  const Node* const cpus = map.get("cpus");
  refuse(workers, !shared && !threads, runtime.name,
         threads ? "`pool`" : "`cpus`, and `max_in_flight` for a limit", context);
  refuse(pool, threads, runtime.name, "`workers`, or the runtime threads", context);
  refuse(queue, !shared, runtime.name, "`max_in_flight` for a limit", context);
  refuse(when_full, !shared, runtime.name, "a runtime with a queue", context);
  refuse(gil, threads, runtime.name, "the runtime threads", context);
  refuse(limit, shared, runtime.name, "go, jvm or envoy; `queue` elsewhere", context);

  assign(runtime.workers, read_count(workers, diagnostics, 1, kMaxWorkers));
  assign(runtime.workers, read_count(pool, diagnostics, 1, kMaxWorkers));
  assign(runtime.queue, read_count(queue, diagnostics, 0, kMaxQueue));
  if (const auto word = read_enum(when_full, diagnostics, words::kWhenFull, "refuse or reject")) {
    runtime.refuse_connection = *word == words::WhenFull::kRefuse;
  }
  assign(runtime.cpus, read_count(cpus, diagnostics, 1, kMaxCpus));
  assign(runtime.speed_ppm, read_decimal(map.get("speed"), diagnostics, {1'000, 1'000'000'000}));
  if (read_bool(gil, diagnostics).value_or(false)) {
    if (cpus != nullptr && runtime.cpus != 1) {
      context.error(*cpus, code::kContradiction, "under a GIL an instance has one CPU of work",
                    "no `cpus`, or 1");
    }
    runtime.cpus = 1;
  }
  assign(runtime.max_in_flight, read_count(limit, diagnostics, 0, kMaxQueue));
  assign(runtime.cancel, read_bool(map.get("cancel"), diagnostics));
  read_pauses(map.get("gc"), runtime, context);
  map.finish();
}

}  // namespace

void read_runtime(const Node* node, Runtime& runtime, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  if (!node->is_map()) {
    static constexpr auto kNames = words::words_of(words::kRuntime);
    if (const auto index = read_word(node, context.diagnostics, kNames, "a runtime")) {
      runtime = defaults_of(kNames[*index]);
    }
    return;
  }
  ObjectReader map(node, spec::kRuntime, context.diagnostics);
  for (const KeySpec& key : spec::kRuntime.keys) {
    if (const Node* settings = map.get(key.key)) {
      runtime = defaults_of(key.key);
      read_settings(settings, runtime, context);
    }
  }
  map.finish();
}

}  // namespace shaketable::engine

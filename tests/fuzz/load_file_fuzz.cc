#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/formats/load_file.h"
#include "engine/formats/molotov_config.h"
#include "loadgen/core/pacer.h"
#include "loadgen/journey/session.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as a load file and as a molotov.json, and carries out what was read for a
// few steps. What must hold: no crash, no endless loop; a file that is refused has a reason; what
// is written to fill in can be read.
namespace shaketable::engine {
namespace {

void carry_out(const loadgen::LoadPlan& plan) {
  const auto load = loadgen::CompiledLoad::compile(plan);
  if (!load || plan.workers > 1'000) {
    return;
  }
  loadgen::Pacer pacer(plan, proxy::Rng(1));
  loadgen::Session session(**load, 0, proxy::Rng(2));
  proxy::Instant now = proxy::kStart;
  for (int i = 0; i < 50; ++i) {
    const auto run = pacer.next_run(now);
    if (!run) {
      if (pacer.next_deadline() == proxy::kNever) {
        return;
      }
      now = std::max(now, pacer.next_deadline());
      continue;
    }
    session.begin(*run);
    bool is_over = false;
    for (int step = 0; step < 50 && !is_over; ++step) {
      const loadgen::SessionAction action = session.next(now);
      is_over = action.kind == loadgen::SessionAction::Kind::kDone;
      if (action.kind == loadgen::SessionAction::Kind::kSend) {
        require(session.request().path.starts_with('/') || !session.request().origin.empty());
        session.on_response({.status = 200, .body = "{\"a\": 1}", .body_size = 8, .ended = now});
      } else if (action.kind == loadgen::SessionAction::Kind::kWait &&
                 action.until != proxy::kNever) {
        now = action.until;
      } else if (action.kind == loadgen::SessionAction::Kind::kClose) {
        session.on_closed(now);
      } else if (action.kind == loadgen::SessionAction::Kind::kAwaitFrame) {
        session.on_failure(now, loadgen::FailureKind::kTimeout);
      }
    }
    pacer.on_run_finished(now, run->user, session.run_succeeded());
  }
}

void read_load(const std::string& text) {
  Diagnostics diagnostics;
  const auto file = parse_load_file("load.yaml", text, {}, diagnostics);
  require(file.has_value() != diagnostics.has_errors());
  if (file) {
    for (const loadgen::LoadPlan& plan : file->loads) {
      carry_out(plan);
    }
  }
}

void read_molotov(const std::string& text) {
  Diagnostics diagnostics;
  const auto config = parse_molotov_config("molotov.json", text, diagnostics);
  require(config.has_value() != diagnostics.has_errors());
  for (std::size_t i = 0; config && i < config->tests.size(); ++i) {
    Diagnostics again;
    const auto written =
        parse_load_file("filled.yaml", molotov_load_file(config->tests[i]), {}, again);
    require(written.has_value());
  }
}

}  // namespace
}  // namespace shaketable::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Other files would make a finding depend on the machine.
  for (const char* word : {"file", "csv", "json:", "recorded", "mesh", "descriptors", "policies"}) {
    if (text.find(word) != std::string::npos) {
      return 0;
    }
  }
  shaketable::engine::read_load(text);
  shaketable::engine::read_molotov(text);
  return 0;
}

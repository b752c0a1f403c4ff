#pragma once

#include <QString>
#include <optional>
#include <string>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "proxy/base/result.h"

namespace shaketable::gui {

/// An error as a sentence: what, where, and what was expected.
[[nodiscard]] QString words_of(const proxy::Error& error);

/// An event in words: "checkout -> payment: circuit open (max_requests = 10)".
[[nodiscard]] QString words_of(const engine::Scenario& scenario, const engine::RunEvent& event);

/// Whether something began or ended that a person wants to jump to.
[[nodiscard]] bool is_turning_point(engine::EventKind kind);

/// A duration as scenario files write it, in the largest unit that is exact: "1.5s", "250ms".
[[nodiscard]] std::string duration_yaml(engine::Duration duration);

/// A moment as a person writes it: "44s", "250ms", "1.5m", or as a clock, "1:30", "0:44.2".
[[nodiscard]] std::optional<engine::Instant> moment_from(const QString& text);

/// "0:44.2": minutes, seconds and tenths of a run.
[[nodiscard]] QString clock_text(engine::Instant instant);

}  // namespace shaketable::gui

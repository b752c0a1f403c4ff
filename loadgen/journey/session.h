#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/core/journey_program.h"
#include "loadgen/core/run_start.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/journey/exchange.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// One user on their way through journeys: renders requests, takes captures, asks checks, keeps
/// variables and cookies. No sockets, no clock: the owner moves the bytes and says when.
///
///     begin(run) -> next -> kSend --on_response / on_failure--> next -> ... -> kDone
///                        -> kWait --at `until`-----------------> next
///
///     while (const auto run = pacer.next_run(now)) { sessions[run->user].begin(*run); drive(...);
///     } drive: switch (session.next(now).kind) { kSend: send session.request() ... kDone:
///            pacer.on_run_finished(now, user, session.run_succeeded()); }
///
/// After kDone the session is idle until the next `begin`. Inputs that are not awaited (late ones)
/// are ignored. Not thread-safe; about 200 bytes while nothing is captured. A constant request
/// costs no allocation and no rendering.
class Session {
 public:
  /// `load` must outlive the session. `rng` gives think times and random values; `worker` is the
  /// number that `${worker}` stands for.
  Session(const CompiledLoad& load, std::uint32_t worker, proxy::Rng rng);

  /// Begins a run; its first step is due at `run.intended`. Ends whatever was under way.
  void begin(const RunStart& run);

  /// What has to be done now.
  SessionAction next(proxy::Instant now);

  /// Of the last kSend. Views into the session, until its next input.
  [[nodiscard]] const RenderedRequest& request() const { return request_; }
  /// Whether the sender has to keep the body of the answer to the last kSend.
  [[nodiscard]] bool wants_body() const;

  /// The answer to the last kSend; `now` is its end.
  Verdict on_response(const Response& response);
  /// There is no answer to the last kSend, or no frame.
  Verdict on_failure(proxy::Instant now, FailureKind kind);

  /// Of the run that is over.
  [[nodiscard]] bool run_succeeded() const { return first_failure_ == FailureKind::kNone; }
  /// The first failure of the run.
  [[nodiscard]] FailureKind run_failure() const { return first_failure_; }
  [[nodiscard]] std::uint32_t journey() const { return run_.journey; }
  [[nodiscard]] std::uint64_t draws() const { return rng_.draws(); }

 private:
  enum class State : std::uint8_t { kIdle, kReady, kWaiting, kSending };

  void render(std::uint32_t request);
  void fail(FailureKind kind);
  [[nodiscard]] bool holds(std::span<const Condition> conditions);

  const CompiledLoad& load_;
  std::uint32_t worker_;
  proxy::Rng rng_;
  State state_ = State::kIdle;
  RunStart run_;
  JourneyCursor cursor_;
  proxy::Instant due_{};   ///< When the next step is due.
  bool has_sent_ = false;  ///< In this run: the next request follows a delay.
  FailureKind first_failure_ = FailureKind::kNone;
  bool is_failed_ = false;  ///< The run ends.
  bool last_ok_ = true;
  std::uint16_t last_status_ = 0;
  proxy::Duration last_latency_{};
  RenderedRequest request_;
  std::vector<std::string> values_;  ///< By variable.
  std::string path_, body_;
  std::vector<std::string> header_values_;
  std::vector<HeaderField> header_fields_;
};

}  // namespace shaketable::loadgen

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loadgen/core/journey_program.h"
#include "loadgen/core/run_start.h"
#include "loadgen/journey/answer.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/journey/cookie_jar.h"
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
/// A run that begins a new session (`RunStart::new_session`) carries out the set-up of worker and
/// session first; `phase()` says what a request belongs to, and the run is due when the set-up is
/// over. If that fails the run fails, and `setup_failed()` is true: the load should end.
///
/// A WebSocket: kSend, then on_response with the answer to the handshake, then kSendFrame,
/// kAwaitFrame and kWait as the conversation goes, kClose at its end, on_closed. A stream of
/// events: on_stream_data for what comes, until it says that it is enough; then on_response.
///
/// After kDone the session is idle until the next `begin`. Inputs that are not awaited (late ones)
/// are ignored. Not thread-safe; about 400 bytes while nothing is captured. A constant request
/// costs no allocation and no rendering.
class Session {
 public:
  /// `load` must outlive the session. `rng` gives think times and random values; `worker` is the
  /// number that `${worker}` stands for.
  Session(const CompiledLoad& load, std::uint32_t worker, proxy::Rng rng);

  /// Begins a run; its first step is due at `run.intended`. Ends whatever was under way.
  void begin(const RunStart& run);
  /// Begins the steps of a set-up or tear-down by itself: the global ones, and the tear-downs.
  void begin(Phase phase, proxy::Instant now);
  /// Values of another session's global set-up, as the beginning of this one's.
  void adopt(std::vector<std::string> values) { initial_ = std::move(values); }
  /// What `adopt` of others takes.
  [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

  /// What has to be done now.
  SessionAction next(proxy::Instant now);

  /// Of the last kSend. Views into the session, until its next input.
  [[nodiscard]] const RenderedRequest& request() const { return request_; }
  /// Of the last kSendFrame.
  [[nodiscard]] std::string_view frame() const { return frame_; }
  /// Whether the sender has to keep the body of the answer to the last kSend.
  [[nodiscard]] bool wants_body() const;

  /// The answer to the last kSend; `response.ended` is now.
  Verdict on_response(const Response& response);
  /// There is no answer to the last kSend, or the conversation broke.
  Verdict on_failure(proxy::Instant now, FailureKind kind);
  /// A message of the WebSocket.
  void on_message(proxy::Instant now, std::string_view message);
  /// The WebSocket is closed, by whomever. The verdict on the whole conversation.
  Verdict on_closed(proxy::Instant now);
  /// Bytes of a stream of events. True when it is enough.
  bool on_stream_data(std::string_view bytes);

  [[nodiscard]] Phase phase() const { return phase_; }
  /// Of the run that is over.
  [[nodiscard]] bool run_succeeded() const { return first_failure_ == FailureKind::kNone; }
  /// The first failure of the run.
  [[nodiscard]] FailureKind run_failure() const { return first_failure_; }
  /// Its `fail` step's words, if it was one.
  [[nodiscard]] std::string_view failure_text() const { return failure_text_; }
  /// Of the last answer to a gRPC request.
  [[nodiscard]] std::uint32_t last_grpc_status() const { return answer_.grpc_status; }
  [[nodiscard]] bool setup_failed() const { return setup_failed_; }
  /// A variable whose rows are used once has run out: the load should end for this worker.
  [[nodiscard]] bool is_exhausted() const { return is_exhausted_; }
  [[nodiscard]] std::uint32_t journey() const { return run_.journey; }
  [[nodiscard]] std::uint64_t draws() const { return rng_.draws(); }

 private:
  enum class State : std::uint8_t { kIdle, kReady, kWaiting, kSending, kTalking, kExpecting };

  [[nodiscard]] const std::vector<Op>& program() const;
  [[nodiscard]] bool next_phase();
  SessionAction next_step(proxy::Instant now);
  SessionAction next_of_conversation(proxy::Instant now);
  void take_message(proxy::Instant now, std::string_view message);
  bool finds_in_unread(proxy::Instant now);
  SessionAction send(proxy::Instant now);
  SessionAction wait_until(proxy::Instant until);
  void start(Phase phase);
  void reset_session();
  [[nodiscard]] Taker taker() const;
  void render(std::uint32_t request, proxy::Instant now);
  bool take_line(const Request& request);
  void render_headers(const CompiledLoad::Prepared& prepared, proxy::Instant now);
  bool render_messages(const Request& request, const CompiledLoad::Prepared& prepared);
  bool follow_redirect(const Response& response);
  void take_cookies(const Response& response);
  Verdict judge(const Response& response);
  Verdict finish(const Verdict& verdict, proxy::Instant now);
  [[nodiscard]] Verdict check_all(const Request& request);
  [[nodiscard]] Verdict capture_all(std::span<const Capture> captures);
  void fail(FailureKind kind);
  [[nodiscard]] bool holds(std::span<const Condition> conditions);
  [[nodiscard]] bool holds(const Condition& condition);
  [[nodiscard]] bool text_fits(const std::optional<std::string>& text,
                               const Condition& condition) const;

  const CompiledLoad& load_;
  std::uint32_t worker_;
  State state_ = State::kIdle;
  Phase phase_ = Phase::kRun;
  bool is_failed_ = false;  ///< The current phase ends.
  bool setup_failed_ = false;
  bool is_exhausted_ = false;
  FailureKind first_failure_ = FailureKind::kNone;
  proxy::Rng rng_;
  RunStart run_;
  JourneyCursor cursor_;
  proxy::Instant due_{};    ///< When the next step is due.
  proxy::Duration owed_{};  ///< Of `delay`, if another request comes: only asking will tell.
  Answer answer_;           ///< The last one.
  CookieJar cookies_;
  RenderedRequest request_;
  std::vector<std::string> values_, initial_;  ///< By variable.
  std::string path_, method_, body_, cookie_, basic_, frame_, origin_, failure_text_;
  std::vector<std::string> header_values_;
  std::vector<HeaderField> header_fields_;
  std::uint32_t redirects_ = 0;      ///< Followed so far.
  std::uint32_t talk_ = 0;           ///< The next step of the conversation.
  proxy::Instant talk_until_{};      ///< Of its current step.
  Verdict talk_failure_;             ///< A capture that was not there.
  std::vector<std::string> unread_;  ///< Messages that came while nobody expected any.
  std::size_t unread_bytes_ = 0;
  EventStream events_;
};

}  // namespace shaketable::loadgen

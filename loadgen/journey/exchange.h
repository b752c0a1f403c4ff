#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "loadgen/core/load_plan.h"
#include "proxy/base/time.h"

/// What passes between a session and whoever moves its bytes.
namespace shaketable::loadgen {

struct HeaderField {
  std::string_view name;  ///< Lower case.
  std::string_view value;
};

/// A request, ready to be sent. The views live until the session's next input.
///
/// The sender adds what belongs to the connection: authority (`host`), content-length, framing.
struct RenderedRequest {
  std::uint32_t request = 0;  ///< Index into LoadPlan::requests.
  std::string_view method;
  std::string_view origin;  ///< "https://other:8443"; empty = the target's.
  std::string_view path;    ///< With its query; begins with `/`.
  std::span<const HeaderField> headers;
  std::string_view body;
  proxy::Duration listen{};  ///< kEventStream: enough after it, from the answer's start; 0 = none.
  Request::Protocol protocol = Request::Protocol::kHttp;
  proxy::Duration timeout{};  ///< For the whole answer, from the actual start; 0 = none.
  /// The bytes are the same each time for this `request`: the sender may keep them encoded.
  bool is_constant = false;
};

/// Why a request failed. Everything but kNone makes the run of the journey a failure.
enum class FailureKind : std::uint8_t {
  kNone,
  kStatus,   ///< Answered from 400 on, and no check allows it.
  kCheck,    ///< A check does not hold.
  kCapture,  ///< Something to capture is not there.
  kTimeout,
  kRefused,      ///< No connection: refused.
  kUnreachable,  ///< No connection: no route, no such host, or any other reason.
  kTls,
  kReset,        ///< The connection or stream ended before the answer did.
  kProtocol,     ///< What came is not the protocol.
  kTooLarge,     ///< The answer goes beyond the limits.
  kRedirects,    ///< More of them than allowed, or in a circle.
  kStep,         ///< A `fail` step, a journey that spins, variables that ran out.
  kInterrupted,  ///< The program ended first.
};
inline constexpr std::size_t kFailureKinds = 14;
/// "timeout", "reset": one word for reports.
[[nodiscard]] std::string_view name_of(FailureKind kind);

/// An answer that has come in completely.
struct Response {
  std::uint16_t status = 0;
  std::span<const HeaderField> headers;
  std::span<const HeaderField> trailers;
  /// Empty unless `Session::wants_body` says so for the request (and then all of it).
  std::string_view body;
  std::uint64_t body_size = 0;  ///< Bytes that came, kept or not.
  bool is_upgraded = false;     ///< WebSocket: the handshake went well, the conversation begins.
  proxy::Instant sent{};        ///< The actual start.
  proxy::Instant ended{};
};

/// What became of a request, for statistics.
struct Verdict {
  FailureKind failure = FailureKind::kNone;
  std::uint32_t check = kNoIndex;  ///< kCheck, kCapture: which one of the request.
  /// A redirect is followed: the request is not over, `next` sends it on.
  bool continues = false;
  [[nodiscard]] bool ok() const { return failure == FailureKind::kNone; }
};

/// What a session wants done next.
struct SessionAction {
  enum class Kind : std::uint8_t {
    kSend,        ///< `Session::request()`; then on_response or on_failure.
    kSendFrame,   ///< WebSocket: `Session::frame()` as text or `binary`; then call next again.
    kAwaitFrame,  ///< WebSocket: on_frame for what comes, on_failure(kTimeout) at `until`.
    kClose,       ///< WebSocket: close it; then on_closed.
    kWait,        ///< Call next again at `until`.
    kDone,        ///< The run is over: `Session::run_succeeded()`.
  };
  Kind kind = Kind::kDone;
  proxy::Instant until{};     ///< kWait, kAwaitFrame (kNever = no limit).
  proxy::Instant intended{};  ///< kSend: when it was due; latency counts from here.
  bool binary = false;        ///< kSendFrame.
};

}  // namespace shaketable::loadgen

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "engine/formats/reader.h"
#include "engine/scenario/model.h"
#include "loadgen/core/access_log.h"
#include "proxy/config/policy.h"

/// The words of the file formats and what they stand for: one table for readers and schema.
namespace shaketable::engine::words {

inline constexpr EnumWord<proxy::LbPolicy> kLbPolicy[] = {
    {"round_robin", proxy::LbPolicy::kRoundRobin},
    {"least_request", proxy::LbPolicy::kLeastRequest},
    {"random", proxy::LbPolicy::kRandom},
};

inline constexpr EnumWord<proxy::UpstreamProtocol> kProtocol[] = {
    {"http1", proxy::UpstreamProtocol::kHttp1},
    {"http2", proxy::UpstreamProtocol::kHttp2},
    {"grpc", proxy::UpstreamProtocol::kHttp2},
};

inline constexpr EnumWord<proxy::RetryOn> kRetryOn[] = {
    {"5xx", proxy::kRetryOn5xx},
    {"gateway-error", proxy::kRetryOnGatewayError},
    {"reset", proxy::kRetryOnReset},
    {"connect-failure", proxy::kRetryOnConnectFailure},
    {"retriable-4xx", proxy::kRetryOnRetriable4xx},
    {"refused-stream", proxy::kRetryOnRefusedStream},
    {"retriable-status-codes", proxy::kRetryOnStatusCodes},
    {"envoy-ratelimited", proxy::kRetryOnRateLimited},
    {"cancelled", proxy::kRetryOnCancelled},
    {"deadline-exceeded", proxy::kRetryOnDeadlineExceeded},
    {"resource-exhausted", proxy::kRetryOnResourceExhausted},
    {"internal", proxy::kRetryOnInternal},
    {"unavailable", proxy::kRetryOnUnavailable},
};

enum class Mtls : std::uint8_t { kOn, kOff };
inline constexpr EnumWord<Mtls> kMtls[] = {
    {"strict", Mtls::kOn}, {"permissive", Mtls::kOn}, {"disable", Mtls::kOff}};

enum class CanaryMetric : std::uint8_t { kErrors, kLatency };
inline constexpr EnumWord<CanaryMetric> kCanaryMetric[] = {{"errors", CanaryMetric::kErrors},
                                                           {"latency", CanaryMetric::kLatency}};

enum class WhenFull : std::uint8_t { kRefuse, kReject };
inline constexpr EnumWord<WhenFull> kWhenFull[] = {{"refuse", WhenFull::kRefuse},
                                                   {"reject", WhenFull::kReject}};

inline constexpr EnumWord<Arrivals> kArrivals[] = {{"poisson", Arrivals::kPoisson},
                                                   {"constant", Arrivals::kConstant}};

inline constexpr EnumWord<loadgen::WhenFull> kWhenFullLoad[] = {{"drop", loadgen::WhenFull::kDrop},
                                                                {"wait", loadgen::WhenFull::kWait}};

inline constexpr EnumWord<loadgen::Picker> kPicker[] = {
    {"weighted", loadgen::Picker::kWeighted},
    {"single_run", loadgen::Picker::kSingleRun},
    {"in_turn", loadgen::Picker::kInTurn},
};

enum class OnFailure : std::uint8_t { kEndRun, kContinue };
inline constexpr EnumWord<OnFailure> kOnFailure[] = {{"end_run", OnFailure::kEndRun},
                                                     {"continue", OnFailure::kContinue}};

inline constexpr EnumWord<loadgen::LogFormat> kLogFormat[] = {
    {"auto", loadgen::LogFormat::kAuto},         {"common", loadgen::LogFormat::kCommon},
    {"combined", loadgen::LogFormat::kCombined}, {"nginx", loadgen::LogFormat::kCombined},
    {"envoy", loadgen::LogFormat::kEnvoy},
};

inline constexpr EnumWord<loadgen::VariableSource::Order> kRowOrder[] = {
    {"in_order", loadgen::VariableSource::Order::kInOrder},
    {"random", loadgen::VariableSource::Order::kRandom},
    {"shuffled", loadgen::VariableSource::Order::kShuffled},
    {"once", loadgen::VariableSource::Order::kOnce},
    {"by_worker", loadgen::VariableSource::Order::kByWorker},
};

inline constexpr EnumWord<loadgen::VariableSource::Renewal> kRenewal[] = {
    {"run", loadgen::VariableSource::Renewal::kRun},
    {"session", loadgen::VariableSource::Renewal::kSession},
    {"request", loadgen::VariableSource::Renewal::kRequest},
};

inline constexpr EnumWord<loadgen::Target::Http> kHttpVersion[] = {
    {"auto", loadgen::Target::Http::kAny},
    {"http1", loadgen::Target::Http::kHttp1},
    {"http2", loadgen::Target::Http::kHttp2},
};

enum class Ways : std::uint8_t { kBoth, kOne };
inline constexpr EnumWord<Ways> kPartition[] = {{"both_ways", Ways::kBoth},
                                                {"one_way", Ways::kOne}};

inline constexpr EnumWord<int> kAll[] = {{"all", 0}};

inline constexpr EnumWord<Metric> kMetric[] = {
    {"success_rate", Metric::kSuccessRate},
    {"error_rate", Metric::kErrorRate},
    {"rps", Metric::kRps},
    {"goodput", Metric::kGoodput},
    {"mean", Metric::kMean},
    {"p50", Metric::kP50},
    {"p90", Metric::kP90},
    {"p95", Metric::kP95},
    {"p99", Metric::kP99},
    {"p99.9", Metric::kP999},
    {"max", Metric::kMax},
    {"retries", Metric::kRetryRatio},
    {"utilisation", Metric::kUtilisation},
    {"utilization", Metric::kUtilisation},
    {"queue", Metric::kQueue},
    {"requests", Metric::kRequests},
    {"share", Metric::kShare},
};

inline constexpr EnumWord<EventKind> kEvent[] = {
    {"circuit_open", EventKind::kCircuitOpen},
    {"circuit_close", EventKind::kCircuitClose},
    {"ejection", EventKind::kEjection},
    {"unejection", EventKind::kUnejection},
    {"overflow", EventKind::kOverflow},
    {"panic", EventKind::kPanic},
    {"queue_full", EventKind::kQueueFull},
    {"fault_start", EventKind::kFaultStart},
    {"fault_end", EventKind::kFaultEnd},
    {"instance_down", EventKind::kInstanceDown},
    {"instance_up", EventKind::kInstanceUp},
    {"config_push", EventKind::kConfigPush},
    {"degraded", EventKind::kDegraded},
    {"recovered", EventKind::kRecovered},
    {"scaled", EventKind::kScaled},
};

/// What the loader knows about a runtime.
struct RuntimeDefaults {
  RuntimeModel model;
  std::uint32_t workers;
  std::uint32_t queue;
  bool refuse;
  bool cancel;
};
inline constexpr EnumWord<RuntimeDefaults> kRuntime[] = {
    {"gunicorn", {RuntimeModel::kWorkers, 1, 2048, true, false}},
    {"uwsgi", {RuntimeModel::kWorkers, 1, 100, true, false}},
    {"django", {RuntimeModel::kWorkers, 1, 2048, true, false}},
    {"threads", {RuntimeModel::kWorkers, 200, 100, false, false}},
    {"gevent", {RuntimeModel::kEventLoop, 1, 2048, true, false}},
    {"uvicorn", {RuntimeModel::kEventLoop, 1, 2048, true, false}},
    {"aiohttp", {RuntimeModel::kEventLoop, 1, 128, true, false}},
    {"tornado", {RuntimeModel::kEventLoop, 1, 128, true, false}},
    {"node", {RuntimeModel::kEventLoop, 1, 511, true, false}},
    {"go", {RuntimeModel::kShared, 0, 0, true, true}},
    {"jvm", {RuntimeModel::kShared, 0, 0, true, false}},
    {"envoy", {RuntimeModel::kShared, 0, 0, true, true}},
};

/// The words of a table alone.
template <typename E, std::size_t N>
[[nodiscard]] constexpr std::array<std::string_view, N> words_of(const EnumWord<E> (&table)[N]) {
  std::array<std::string_view, N> words{};
  for (std::size_t i = 0; i < N; ++i) {
    words[i] = table[i].word;
  }
  return words;
}

}  // namespace shaketable::engine::words

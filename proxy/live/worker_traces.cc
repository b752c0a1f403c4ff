#include <utility>

#include "proxy/live/wall_clock.h"
#include "proxy/live/worker.h"

// Spans of requests and attempts, and their way to the collector.
namespace shaketable::proxy::live {
namespace {

/// A batch that is not full leaves after this time.
constexpr Duration kExportDelay = std::chrono::seconds(1);

}  // namespace

void LiveWorker::begin_trace(Stream& stream) {
  stream.trace = tracer_.begin(stream.request.headers, rng_);
}

/// The upstream gets the attempt's span as its parent.
void LiveWorker::begin_attempt_span(Stream& stream, http::RequestMessage& outgoing) {
  stream.attempt_span = new_span_id(rng_);
  tracer_.inject(stream.trace, stream.attempt_span, outgoing.headers);
}

void LiveWorker::end_attempt_span(Stream& stream, std::string_view failure) {
  const SpanId span = std::exchange(stream.attempt_span, 0);
  if (span == 0 || !stream.trace.is_sampled) {
    return;
  }
  AttemptRecord attempt;
  attempt.span = span;
  attempt.number = stream.attempts;
  attempt.duration = now() - stream.sent_upstream;
  attempt.start_unix_ns = unix_nanoseconds() - attempt.duration.count();
  attempt.status = failure.empty() ? stream.response.status : std::uint16_t{0};
  attempt.flags = failure.empty() ? 0 : stream.flags;
  attempt.method = stream.request.method;
  attempt.authority = stream.request.authority;
  attempt.path = stream.request.path;
  attempt.scheme = stream.request.scheme;
  attempt.failure = failure;
  if (stream.host < config().hosts.size()) {
    attempt.upstream_host = config().hosts[stream.host].address;
  }
  if (stream.cluster < config().core.clusters.size()) {
    attempt.upstream_cluster = config().core.clusters[stream.cluster].name;
  }
  tracer_.add_attempt(stream.trace, attempt);
}

void LiveWorker::end_request_span(const Stream& stream, const AccessRecord& record) {
  RequestSpanRecord span;
  span.direction = stream.direction;
  span.scheme = stream.request.scheme;
  span.access = &record;
  tracer_.add_request(stream.trace, span);
  if (export_at_ == kNever) {
    export_at_ = after(now(), kExportDelay);
  }
}

/// Sends what waits, one batch at a time.
void LiveWorker::export_spans() {
  const bool is_due = tracer_.has_full_batch() || export_at_ <= now();
  if (!is_due || export_ != nullptr) {
    return;
  }
  export_at_ = kNever;
  auto batch = tracer_.take_batch();
  if (!batch.has_value()) {
    return;
  }
  const auto collector = parse_address(config().tracing.collector);
  if (!collector.has_value()) {
    ++export_counts_.errors;
    export_counts_.failed += batch->spans;
    return;
  }
  export_ = std::make_unique<SpanExport>(*this, std::move(*batch), config().tracing);
  export_->start(*collector);
}

void LiveWorker::on_spans_exported(SpanExport& done, std::uint64_t spans, bool taken) {
  (taken ? export_counts_.exported : export_counts_.failed) += spans;
  export_counts_.errors += taken ? 0 : 1;
  if (!taken) {
    shared_.log->warning("span_export_failed", "the collector did not take a batch of spans",
                         {{"collector", config().tracing.collector}});
  }
  if (export_.get() == &done) {
    graveyard_.push_back(std::move(export_));
  }
  if (tracer_.queued() > 0) {
    export_at_ = after(now(), kExportDelay);
  }
}

}  // namespace shaketable::proxy::live

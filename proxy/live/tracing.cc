#include "proxy/live/tracing.h"

#include <algorithm>
#include <charconv>

#include "proxy/live/text_output.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kMaxTag = 256;  // as Envoy cuts http.url

/// A span before it has a form.
struct SpanHead {
  const TraceContext* context = nullptr;
  SpanId id = 0;
  SpanId parent = 0;
  bool is_server = true;
  bool is_error = false;
  std::string_view name;
  std::int64_t start_unix_ns = 0;
  Duration duration{0};
  std::string_view remote;  ///< "10.0.0.7:8080" of the other side, or empty.
};

std::string hex_of(SpanId id) {
  std::string text;
  append_hex(id, 16, text);
  return text;
}

/// OTLP wants 32 digits always, Zipkin has them as they came.
std::string long_trace_id(const TraceContext& context) {
  std::string text;
  append_hex(context.trace.high, 16, text);
  append_hex(context.trace.low, 16, text);
  return text;
}

std::uint64_t positive(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

/// Writes tags in the form of the exporter.
class Tags {
 public:
  Tags(JsonWriter& json, std::string& out, bool is_otlp)
      : json_(json), out_(out), is_otlp_(is_otlp) {}

  void add(std::string_view name, std::string_view value) {
    if (value.empty()) {
      return;
    }
    open(name);
    append_json(value, out_, kMaxTag);
    close();
  }
  void add(std::string_view name, std::uint64_t value) {
    open(name);
    out_ += '"';
    append_number(value, out_);
    out_ += '"';
    close();
  }

 private:
  void open(std::string_view name) {
    if (is_otlp_) {
      json_.begin_object().member("key", name).key("value").begin_object();
      json_.key("stringValue").raw("");
    } else {
      json_.key(name).raw("");
    }
  }
  void close() {
    if (is_otlp_) {
      json_.end_object().end_object();
    }
  }

  JsonWriter& json_;
  std::string& out_;
  bool is_otlp_;
};

/// {"ipv4": ..., "port": ...}; names are left out, the tag peer.address has them.
void write_endpoint(std::string_view address, JsonWriter& json) {
  const std::size_t colon = address.rfind(':');
  std::string_view host = address.substr(0, colon);
  json.begin_object();
  if (host.starts_with('[') && host.ends_with(']')) {
    json.member("ipv6", host.substr(1, host.size() - 2));
  } else if (!host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos) {
    json.member("ipv4", host);
  }
  unsigned port = 0;
  if (colon != std::string_view::npos) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  }
  if (port > 0 && port < 65'536) {
    json.member("port", port);
  }
  json.end_object();
}

/// One span as OTLP/JSON. `add_tags(Tags&)` gives its tags.
template <class AddTags>
void write_otlp(const SpanHead& span, std::span<const SpanEvent> events, const AddTags& add_tags,
                std::string& out) {
  JsonWriter json(out);
  json.begin_object().member("traceId", std::string_view(long_trace_id(*span.context)));
  json.member("spanId", std::string_view(hex_of(span.id)));
  if (span.parent != 0) {
    json.member("parentSpanId", std::string_view(hex_of(span.parent)));
  }
  json.key("name").raw("");
  append_json(span.name.empty() ? "request" : span.name, out, kMaxTag);
  json.member("kind", span.is_server ? 2 : 3);
  const std::uint64_t end = positive(span.start_unix_ns) + positive(span.duration.count());
  json.member("startTimeUnixNano", std::string_view(std::to_string(positive(span.start_unix_ns))));
  json.member("endTimeUnixNano", std::string_view(std::to_string(end)));
  json.key("attributes").begin_array();
  Tags tags(json, out, true);
  add_tags(tags);
  json.end_array();
  if (!events.empty()) {
    json.key("events").begin_array();
    for (const SpanEvent& event : events) {
      json.begin_object();
      json.member("timeUnixNano", std::string_view(std::to_string(positive(event.unix_ns))));
      json.member("name", event.name).key("attributes").begin_array();
      Tags(json, out, true).add("detail", event.detail);
      json.end_array().end_object();
    }
    json.end_array();
  }
  json.key("status").begin_object();
  if (span.is_error) {
    json.member("code", 2);
  }
  json.end_object().end_object();
}

/// One span as Zipkin v2.
template <class AddTags>
void write_zipkin(const SpanHead& span, std::string_view node, std::span<const SpanEvent> events,
                  const AddTags& add_tags, std::string& out) {
  JsonWriter json(out);
  json.begin_object().member("traceId", std::string_view(trace_id_text(*span.context)));
  json.member("id", std::string_view(hex_of(span.id)));
  if (span.parent != 0) {
    json.member("parentId", std::string_view(hex_of(span.parent)));
  }
  json.member("kind", span.is_server ? "SERVER" : "CLIENT").key("name").raw("");
  append_json(span.name, out, kMaxTag);
  json.member("timestamp", positive(span.start_unix_ns) / 1000);
  json.member("duration", std::max<std::uint64_t>(positive(span.duration.count()) / 1000, 1));
  json.key("localEndpoint").begin_object().member("serviceName", node).end_object();
  if (!span.remote.empty()) {
    json.key("remoteEndpoint");
    write_endpoint(span.remote, json);
  }
  if (!events.empty()) {
    json.key("annotations").begin_array();
    for (const SpanEvent& event : events) {
      std::string text(event.name);
      text += event.detail.empty() ? "" : ": ";
      text += event.detail;
      json.begin_object().member("timestamp", positive(event.unix_ns) / 1000);
      json.key("value").raw("");
      append_json(text, out, kMaxTag);
      json.end_object();
    }
    json.end_array();
  }
  json.key("tags").begin_object();
  Tags tags(json, out, false);
  add_tags(tags);
  json.end_object().end_object();
}

std::string url_of(std::string_view scheme, std::string_view authority, std::string_view path) {
  std::string url(scheme);
  url += "://";
  url += authority.substr(0, kMaxTag);
  url += path.substr(0, kMaxTag);
  return url;
}

void add_result_tags(Tags& tags, std::uint16_t status, std::uint32_t flags, bool is_error) {
  tags.add("http.status_code", std::uint64_t{status});
  tags.add("response_flags", std::string_view(response_flags_text(flags)));
  if (is_error) {
    tags.add("error", "true");
  }
}

/// Envoy's rule: a 5xx, or no response at all.
bool is_failed(std::uint16_t status) { return status == 0 || status >= 500; }

void add_request_tags(Tags& tags, const RequestSpanRecord& request, const AccessRecord& access,
                      std::string_view node, bool is_error) {
  tags.add("component", "proxy");
  tags.add("node_id", node);
  tags.add("guid:x-request-id", access.request_id);
  tags.add("http.method", access.method);
  tags.add("http.url", std::string_view(url_of(request.scheme, access.authority, access.path)));
  tags.add("http.protocol", http::version_name(access.version));
  add_result_tags(tags, access.status, access.flags, is_error);
  tags.add("user_agent", access.user_agent);
  tags.add("upstream_cluster", access.upstream_cluster);
  tags.add("upstream_cluster.name", access.upstream_cluster);
  tags.add("upstream_address", access.upstream_host);
  tags.add("peer.address", access.downstream_address);
  tags.add("peer.id", access.tls_peer_id);
  tags.add("route", access.route);
  tags.add("request_size", access.bytes_received);
  tags.add("response_size", access.bytes_sent);
  if (access.attempts > 1) {
    tags.add("retries", std::uint64_t{access.attempts} - 1);
  }
}

void add_attempt_tags(Tags& tags, const AttemptRecord& attempt, std::string_view node,
                      bool is_error) {
  tags.add("component", "proxy");
  tags.add("node_id", node);
  tags.add("http.method", attempt.method);
  tags.add("http.url", std::string_view(url_of(attempt.scheme, attempt.authority, attempt.path)));
  add_result_tags(tags, attempt.status, attempt.flags, is_error);
  tags.add("upstream_cluster", attempt.upstream_cluster);
  tags.add("upstream_cluster.name", attempt.upstream_cluster);
  tags.add("upstream_address", attempt.upstream_host);
  tags.add("peer.address", attempt.upstream_host);
  tags.add("failure", attempt.failure);
  tags.add("retry.attempt", std::uint64_t{std::max(attempt.number, 1U)} - 1);
}

}  // namespace

Tracer::Tracer(const TracingConfig& config, std::string_view node, Limits limits)
    : config_(config), node_(node), limits_(limits) {}

void Tracer::set_config(const TracingConfig& config, std::string_view node) {
  if (config.exporter != config_.exporter) {
    dropped_ += queued_;
    queued_ = 0;
    queue_.clear();
  }
  config_ = config;
  node_ = node;
}

RequestTrace Tracer::begin(const http::HeaderList& headers, Rng& rng) const {
  RequestTrace trace;
  if (!is_on()) {
    return trace;
  }
  trace.is_on = true;
  trace.incoming = read_trace(headers);
  TraceContext& context = trace.incoming;
  if (!context.trace.is_valid()) {
    context.trace = new_trace_id(rng);
    context.is_random = true;
    context.keeps_tracestate = false;
    if (context.headers == 0) {
      // What the collector's own world speaks, and the standard.
      context.headers = config_.exporter == TracingConfig::Exporter::kZipkin
                            ? kTraceW3c | kTraceB3Multi
                            : kTraceW3c;
    }
  }
  if (context.sampling == Sampling::kUndecided) {
    context.sampling =
        live::is_sampled(context.trace, config_.sampling_ppm) ? Sampling::kYes : Sampling::kNo;
  }
  trace.is_sampled = context.sampling != Sampling::kNo;
  trace.server_span = new_span_id(rng);
  return trace;
}

void Tracer::inject(const RequestTrace& trace, SpanId span, http::HeaderList& headers) const {
  if (!trace.is_on) {
    return;
  }
  TraceContext context = trace.incoming;
  context.parent = trace.server_span;
  context.span = span;
  write_trace(context, headers);
}

void Tracer::add_attempt(const RequestTrace& trace, const AttemptRecord& attempt) {
  if (!trace.is_sampled || !is_on()) {
    return;
  }
  SpanHead head;
  head.context = &trace.incoming;
  head.id = attempt.span;
  head.parent = trace.server_span;
  head.is_server = false;
  head.is_error = is_failed(attempt.status);
  head.name = attempt.upstream_cluster;
  head.start_unix_ns = attempt.start_unix_ns;
  head.duration = attempt.duration;
  head.remote = attempt.upstream_host;
  const auto tags = [&](Tags& list) { add_attempt_tags(list, attempt, node_, head.is_error); };
  if (config_.exporter == TracingConfig::Exporter::kOtlpHttp) {
    write_otlp(head, attempt.events, tags, span_);
  } else {
    write_zipkin(head, node_, attempt.events, tags, span_);
  }
  commit();
}

void Tracer::add_request(const RequestTrace& trace, const RequestSpanRecord& request) {
  if (!trace.is_sampled || !is_on()) {
    return;
  }
  const AccessRecord& access = *request.access;
  std::string name = request.direction == Direction::kInbound ? "ingress " : "egress ";
  name += access.route.empty() ? access.authority.substr(0, kMaxTag) : access.route;
  SpanHead head;
  head.context = &trace.incoming;
  head.id = trace.server_span;
  head.parent = trace.incoming.span;
  head.is_error = is_failed(access.status);
  head.name = name;
  head.start_unix_ns = access.start_unix_ns;
  head.duration = access.duration;
  head.remote = access.downstream_address;
  const auto tags = [&](Tags& list) {
    add_request_tags(list, request, access, node_, head.is_error);
  };
  if (config_.exporter == TracingConfig::Exporter::kOtlpHttp) {
    write_otlp(head, request.events, tags, span_);
  } else {
    write_zipkin(head, node_, request.events, tags, span_);
  }
  commit();
}

/// Moves the written span into the queue, or drops it.
void Tracer::commit() {
  if (queue_.size() + span_.size() + 1 > limits_.max_queued_bytes) {
    ++dropped_;
  } else {
    queue_ += queue_.empty() ? "" : ",";
    queue_ += span_;
    ++queued_;
  }
  span_.clear();
}

std::optional<ExportBatch> Tracer::take_batch() {
  if (queued_ == 0) {
    return std::nullopt;
  }
  ExportBatch batch;
  batch.content_type = "application/json";
  batch.spans = queued_;
  if (config_.exporter == TracingConfig::Exporter::kOtlpHttp) {
    JsonWriter json(batch.body);
    json.begin_object().key("resourceSpans").begin_array().begin_object();
    json.key("resource").begin_object().key("attributes").begin_array();
    Tags tags(json, batch.body, true);
    tags.add("service.name", node_);
    tags.add("telemetry.sdk.name", "shaketable-proxy");
    json.end_array().end_object().key("scopeSpans").begin_array().begin_object();
    json.key("scope").begin_object().member("name", "shaketable-proxy").end_object();
    json.key("spans").begin_array().raw(queue_).end_array();
    json.end_object().end_array().end_object().end_array().end_object();
  } else {
    batch.body = "[" + queue_ + "]";
  }
  queue_.clear();
  queued_ = 0;
  return batch;
}

}  // namespace shaketable::proxy::live

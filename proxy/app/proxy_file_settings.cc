#include <limits>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/source_text.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"
#include "proxy/http/text.h"

// `admin`, `dns_server`, `access_log`, `tracing`, `timeouts` and `limits`.
namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

constexpr std::size_t kMaxToken = 1'024;

/// A token goes into a header: visible ASCII.
bool is_token_text(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') {
      return false;
    }
  }
  return !text.empty() && text.size() <= kMaxToken;
}

void read_token(const Node* written, const Node* file, FileContext& context) {
  std::string& token = context.config.admin.token;
  const Node* at = written;
  if (written != nullptr && file != nullptr) {
    context.error(*file, code::kContradiction, "two tokens", "one of token and token_file");
    return;
  }
  if (written != nullptr) {
    token = engine::read_string(written, context.diagnostics, kMaxToken).value_or("");
  } else if (const auto path = context.path(file)) {
    at = file;
    if (!context.options.open_files) {
      return;
    }
    const auto text = engine::read_regular_file(*path, kMaxToken, context.diagnostics);
    std::string_view bare = text ? std::string_view(*text) : std::string_view();
    while (!bare.empty() && (bare.back() == '\n' || bare.back() == '\r')) {
      bare.remove_suffix(1);
    }
    token = std::string(http::trimmed(bare));
  }
  if (at != nullptr && !is_token_text(token)) {
    context.error(*at, code::kMalformed, "not a token",
                  "1 to 1,024 visible characters without spaces");
  }
}

}  // namespace

void read_admin(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  live::AdminConfig& admin = context.config.admin;
  const Node* address = node;
  if (node->is_map()) {
    ObjectReader map(node, spec::kAdmin, context.diagnostics);
    address = map.get("address");
    const Node* const token = map.get("token");
    read_token(token, map.get("token_file"), context);
    map.finish();
  }
  assign(admin.address, read_address(address, AddressUse::kListen, context.diagnostics));
  const auto parsed = parse_address(admin.address);
  const bool has_token =
      node->is_map() && (node->find("token") != nullptr || node->find("token_file") != nullptr);
  if (parsed && !is_loopback(*parsed) && !has_token) {
    context.error(*address, code::kNeedsToken, "the admin port is not on loopback and has no token",
                  "an address such as 127.0.0.1:9901, or `admin: {address: ..., token_file: ...}`");
  }
}

void read_dns_server(const Node* node, FileContext& context) {
  const auto text = read_address(node, AddressUse::kConnect, context.diagnostics);
  if (!text) {
    return;
  }
  if (!is_name_server(*text)) {
    context.error(*node, code::kBadAddress, engine::quoted(*text) + " is no name server",
                  "an IPv4 address and a port, such as 127.0.0.1:8600");
    return;
  }
  context.config.dns_server = *text;
}

void read_access_log(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  using Format = live::AccessLogConfig::Format;
  live::AccessLogConfig& log = context.config.access_log;
  Diagnostics& diagnostics = context.diagnostics;
  if (!node->is_map()) {
    assign(log.format, engine::read_enum(node, diagnostics, words::kAccessLog, "a format"));
    return;
  }
  log.format = Format::kText;
  ObjectReader map(node, spec::kAccessLog, diagnostics);
  assign(log.format,
         engine::read_enum(map.get("format"), diagnostics, words::kAccessLog, "a format"));
  const Node* const path = map.get("path");
  if (const auto text = engine::read_string(path, diagnostics, 4'095)) {
    log.path = engine::in_folder(context.folder, *text);
    if (text->empty() || text->find('\0') != std::string::npos) {
      context.error(*path, code::kNoFile, "not the path of a file", "a path");
    }
  }
  assign(log.max_bytes, engine::read_bytes(map.get("max_size"), diagnostics,
                                           {std::int64_t{4} << 10, std::int64_t{1} << 40}));
  assign(log.keep, engine::read_count(map.get("keep"), diagnostics, 0, 1'000));
  map.finish();
}

void read_tracing(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  using Exporter = live::TracingConfig::Exporter;
  live::TracingConfig& tracing = context.config.tracing;
  ObjectReader map(node, spec::kTracing, context.diagnostics);
  const Node* const otlp = map.get("otlp");
  const Node* const zipkin = map.get("zipkin");
  const Node* const path = map.get("path");
  if (map.ok() && (otlp != nullptr) == (zipkin != nullptr)) {
    context.error(*node, code::kOneKey, "spans go to one collector", "one of otlp and zipkin");
  }
  tracing.exporter = zipkin != nullptr ? Exporter::kZipkin : Exporter::kOtlpHttp;
  tracing.path = zipkin != nullptr ? "/api/v2/spans" : "/v1/traces";
  assign(tracing.collector, read_address(zipkin != nullptr ? zipkin : otlp, AddressUse::kConnect,
                                         context.diagnostics));
  assign(tracing.path, engine::read_string(path, context.diagnostics, 1'024));
  if (path != nullptr && !is_token_text(tracing.path)) {
    context.error(*path, code::kMalformed, "not the path of a URL", "a path such as /v1/traces");
  } else if (path != nullptr && !tracing.path.starts_with('/')) {
    context.error(*path, code::kMalformed, "a path begins with \"/\"",
                  engine::quoted("/" + tracing.path));
  }
  assign(tracing.sampling_ppm, engine::read_ppm(map.get("sampling"), context.diagnostics));
  map.finish();
}

void read_timeouts(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  live::ConnectionTimeouts& timeouts = context.config.timeouts;
  ObjectReader map(node, spec::kTimeouts, context.diagnostics);
  const auto read = [&](const char* key, Duration& target) {
    assign(target, engine::read_duration(map.get(key), context.diagnostics));
  };
  read("handshake", timeouts.handshake);
  read("headers", timeouts.head);
  read("body", timeouts.body);
  read("idle", timeouts.idle);
  read("tunnel_idle", timeouts.tunnel_idle);
  map.finish();
}

void read_limits(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  constexpr std::int64_t kKiB = 1'024;
  constexpr std::int64_t kMiB = 1'024 * kKiB;
  constexpr std::int64_t kMaxWindow = 0x7fff'ffff;  // RFC 9113, 6.9.1.
  live::LiveLimits& limits = context.config.limits;
  http::CodecLimits& codec = limits.codec;
  ObjectReader map(node, spec::kLimits, context.diagnostics);
  const auto bytes = [&](const char* key, auto& target, std::int64_t min, std::int64_t max) {
    assign(target, engine::read_bytes(map.get(key), context.diagnostics, {min, max}));
  };
  const auto count = [&](const char* key, auto& target, std::uint32_t min, std::uint32_t max) {
    assign(target, engine::read_count(map.get(key), context.diagnostics, min, max));
  };
  count("max_connections", limits.max_connections, 1, 10'000'000);
  count("slow_heads", limits.slow_heads, 0, 10'000'000);
  bytes("replay_buffer", limits.max_replay_bytes, 0, 64 * kMiB);
  bytes("buffer", limits.buffer_high_water, kKiB, 64 * kMiB);
  codec.high_water = limits.buffer_high_water;
  bytes("control_buffer", codec.max_output, 64 * kKiB, 64 * kMiB);
  bytes("head_bytes", codec.max_head_bytes, kKiB, kMiB);
  bytes("target_bytes", codec.max_target_bytes, 256, kMiB);
  count("headers", codec.max_headers, 10, 10'000);
  bytes("chunk_extension_bytes", codec.max_chunk_extension_bytes, 0, kMiB);
  count("max_concurrent_streams", codec.max_concurrent_streams, 1, 100'000);
  bytes("stream_window", codec.stream_window, 65'535, kMaxWindow);
  bytes("connection_window", codec.connection_window, 65'535, kMaxWindow);
  count("resets_per_second", codec.resets_a_second, 1, 1'000'000);
  count("reset_burst", codec.reset_burst, 1, 1'000'000);
  count("frame_budget", codec.frame_budget, 100, 100'000'000);
  map.finish();
}

}  // namespace shaketable::proxy::app

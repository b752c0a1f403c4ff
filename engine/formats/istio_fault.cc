#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"
#include "loadgen/core/grpc_status.h"
#include "proxy/base/grpc_status.h"

namespace shaketable::engine::istio {
namespace {

using proxy::FaultPolicy;

// Share of requests in ppm. Written by `percentage`, or by the old `percent`; nothing = none.
std::uint32_t read_share(FieldReader& fields) {
  Diagnostics& diagnostics = fields.diagnostics();
  const auto percentage =
      read_percentage(fields.take("percentage"), fields.path("percentage"), diagnostics);
  const auto percent = read_uint32(fields.take("percent"), diagnostics, 100);
  if (percent) {
    fields.warn("percent", code::kIstioDeprecated,
                fields.path("percent") + " is deprecated" +
                    (percentage ? " and ignored beside percentage" : ""),
                "percentage: {value: " + std::to_string(*percent) + "}");
  }
  if (percentage) {
    return *percentage;
  }
  if (!percent && fields.node() != nullptr) {
    fields.warn({}, code::kIstioNoEffect,
                fields.path() + " has no percentage, which Istio reads as 0 %: it never fires",
                "percentage: {value: 100}");
  }
  return percent.value_or(0) * 10'000;
}

void read_delay(const Node* node, const std::string& path, FaultPolicy& fault,
                Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  const Node* fixed = fields.take("fixedDelay");
  const Node* exponential = fields.take("exponentialDelay");
  const auto time = read_istio_duration(fixed, diagnostics);
  if (exponential != nullptr) {
    fields.warn("exponentialDelay", code::kIstioNoEffect,
                fields.path("exponentialDelay") + " is ignored by Istio: nothing is delayed",
                "fixedDelay");
  } else if (fixed == nullptr && fields.node() != nullptr) {
    fields.reject({}, fields.path("fixedDelay") + " is required");
  }
  const std::uint32_t share = read_share(fields);
  fields.finish();
  if (time) {
    fault.fixed_delay = *time;
    fault.delay_ppm = share;
  }
}

std::optional<std::uint16_t> read_grpc_status(FieldReader& fields) {
  const std::optional<std::string> name =
      read_string(fields.take("grpcStatus"), fields.diagnostics());
  if (!name) {
    return std::nullopt;
  }
  const auto number = loadgen::grpc_status_of(*name);
  if (number && loadgen::grpc_status_name(*number) == *name) {  // Istio takes names alone.
    const std::uint16_t http = proxy::http_status_of_grpc(*number);
    fields.warn("grpcStatus", code::kIstioNotModelled,
                fields.path("grpcStatus") + " is modelled as HTTP status " + std::to_string(http) +
                    ": requests are plain HTTP, without grpc-status");
    return http;
  }
  fields.reject("grpcStatus", quoted(*name) + " is no status of gRPC", "UNAVAILABLE");
  return std::nullopt;
}

void read_abort(const Node* node, const std::string& path, FaultPolicy& fault,
                Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  const Node* http = fields.take("httpStatus");
  const auto grpc = read_grpc_status(fields);
  const bool has_http2 = fields.take("http2Error") != nullptr;
  if (has_http2) {
    fields.warn("http2Error", code::kIstioNoEffect,
                fields.path("http2Error") + " is ignored by Istio: nothing is aborted",
                "httpStatus");
  }
  if (http != nullptr && fields.has("grpcStatus")) {
    fields.reject({}, path + " may have one of httpStatus and grpcStatus");
  } else if (http == nullptr && !fields.has("grpcStatus") && !has_http2 &&
             fields.node() != nullptr) {
    fields.warn({}, code::kIstioNoEffect, path + " has no status: nothing is aborted",
                "httpStatus: 503");
  }
  std::optional<std::int64_t> status = read_integer(http, diagnostics, {200, 599});
  if (!status && grpc) {
    status = *grpc;
  }
  const std::uint32_t share = read_share(fields);
  fields.finish();
  if (status) {
    fault.abort_status = static_cast<std::uint16_t>(*status);
    fault.abort_ppm = share;
  }
}

}  // namespace

std::optional<FaultPolicy> read_fault(const Node* node, const std::string& path,
                                      Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  FaultPolicy fault;
  const Node* delay = fields.take("delay");
  const Node* abort = fields.take("abort");
  fields.finish();
  if (delay == nullptr && abort == nullptr) {
    if (fields.node() != nullptr) {
      fields.reject({}, path + " needs delay or abort");
    }
    return std::nullopt;
  }
  read_delay(delay, fields.path("delay"), fault, diagnostics);
  read_abort(abort, fields.path("abort"), fault, diagnostics);
  return fault;
}

}  // namespace shaketable::engine::istio

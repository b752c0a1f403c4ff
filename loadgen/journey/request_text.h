#pragma once

#include <span>
#include <string>

#include "loadgen/core/load_plan.h"

/// The texts of a request with its values filled in.
namespace shaketable::loadgen {

/// Separates the parts of multipart/form-data; no file holds it by accident.
inline constexpr char kBoundary[] = "shaketable-7f3a9c2e51d8b604";

/// Path and query: values are percent-encoded, the user's own text stays as it is.
void render_path(const Request& request, const Authentication& authentication,
                 std::span<const std::string> values, std::string& out);
/// The body of an HTTP request: text, JSON, form, multipart. gRPC's is MessageCodec's.
void render_body(const Request& request, std::span<const std::string> values, std::string& out);
/// What `content-type` the body has by itself; empty = none.
[[nodiscard]] std::string content_type_of(const Request& request);

}  // namespace shaketable::loadgen

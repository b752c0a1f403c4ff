#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"

namespace shaketable::engine::istio {
namespace {

void read_redirect_port(FieldReader& fields, proxy::Redirect& redirect) {
  const Node* port = fields.take("port");
  const Node* derive = fields.take("derivePort");
  if (port != nullptr && derive != nullptr) {
    fields.reject({}, fields.path() + " may have one of port and derivePort");
  }
  redirect.port =
      static_cast<std::uint16_t>(read_uint32(port, fields.diagnostics(), 65'535).value_or(0));
  constexpr std::string_view kWords[] = {"FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"};
  const auto word = read_word(derive, fields.diagnostics(), kWords, "a way to derive a port");
  if (word == 0U) {
    fields.warn("derivePort", code::kIstioNotModelled,
                fields.path("derivePort") + " is not modelled: the port stays as it is");
  }
}

}  // namespace

proxy::Redirect read_redirect(const Node* node, const std::string& path, Diagnostics& diagnostics) {
  proxy::Redirect redirect;
  FieldReader fields(node, path, diagnostics);
  redirect.path = read_string(fields.take("uri"), diagnostics).value_or("");
  redirect.authority = read_string(fields.take("authority"), diagnostics).value_or("");
  redirect.scheme = read_string(fields.take("scheme"), diagnostics).value_or("");
  redirect.prefix_rewrite = read_string(fields.take("prefixRewrite"), diagnostics).value_or("");
  read_redirect_port(fields, redirect);
  const Node* status = fields.take("redirectCode");
  const std::int64_t value = read_integer(status, diagnostics, {0, 599}).value_or(0);
  fields.finish();
  constexpr std::int64_t kAllowed[] = {0, 301, 302, 303, 307, 308};
  if (std::find(std::begin(kAllowed), std::end(kAllowed), value) == std::end(kAllowed)) {
    fields.reject("redirectCode",
                  fields.path("redirectCode") + " may be 301, 302, 303, 307 or 308");
  } else if (value != 0) {
    redirect.status = static_cast<std::uint16_t>(value);
  }
  if (!redirect.path.empty() && !redirect.prefix_rewrite.empty()) {
    fields.reject({}, path + " may have one of uri and prefixRewrite");
  }
  if (redirect.path.empty() && redirect.prefix_rewrite.empty() && redirect.authority.empty() &&
      redirect.scheme.empty() && !fields.has("port") && !fields.has("derivePort")) {
    fields.reject({}, path + " needs uri, prefixRewrite, authority, scheme or port");
  }
  return redirect;
}

proxy::DirectResponse read_direct_response(const Node* node, const std::string& path,
                                           Diagnostics& diagnostics) {
  proxy::DirectResponse response;
  FieldReader fields(node, path, diagnostics);
  const auto status = read_integer(fields.require("status"), diagnostics, {200, 599});
  response.status = static_cast<std::uint16_t>(status.value_or(200));
  FieldReader body(fields.take("body"), fields.path("body"), diagnostics);
  response.body = read_string(body.take("string"), diagnostics, std::size_t{1} << 20).value_or("");
  body.not_modelled("bytes", "the answer has no body");
  body.finish();
  fields.finish();
  return response;
}

std::optional<proxy::Rewrite> read_rewrite(const Node* node, const std::string& path,
                                           Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  if (fields.node() == nullptr) {
    return std::nullopt;
  }
  proxy::Rewrite rewrite;
  rewrite.prefix = read_string(fields.take("uri"), diagnostics).value_or("");
  rewrite.authority = read_string(fields.take("authority"), diagnostics).value_or("");
  if (const Node* regex = fields.take("uriRegexRewrite")) {
    FieldReader parts(regex, fields.path("uriRegexRewrite"), diagnostics);
    const Node* match = parts.require("match");
    rewrite.regex = read_string(match, diagnostics).value_or("");
    rewrite.substitution = read_string(parts.require("rewrite"), diagnostics).value_or("");
    parts.finish();
    if (match != nullptr && !check_regex(*match, rewrite.regex, parts.path("match"), diagnostics)) {
      rewrite.regex.clear();
    }
    if (!rewrite.prefix.empty()) {
      fields.reject({}, path + " may have one of uri and uriRegexRewrite");
    }
  } else if (rewrite.prefix.empty() && rewrite.authority.empty()) {
    fields.reject({}, path + " needs uri, uriRegexRewrite or authority");
  }
  fields.finish();
  return rewrite;
}

void check_cors(const Node* node, const std::string& path, Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  FieldReader fields(node, path, diagnostics);
  if (const Node* origins = fields.take("allowOrigins")) {
    std::size_t index = 0;
    for (const Node* origin : read_sequence(origins, diagnostics, "a list of origins")) {
      const std::string item = item_path(fields.path("allowOrigins"), index++);
      const auto match = read_string_match(origin, item, diagnostics);
      if (match && match->text.empty() && !origin->entries().empty()) {
        const std::string_view written = origin->entries().front().value->text();
        if (written.empty()) {
          say(*origin, Severity::kError, code::kIstioRejected,
              "Istio refuses this: " + item + " matches an empty text", {}, diagnostics);
        }
      }
    }
  }
  for (const std::string_view field : {"allowMethods", "allowHeaders", "exposeHeaders"}) {
    for (const Host& text : read_texts(fields.take(field), diagnostics, "a list of names")) {
      if (text.text.empty()) {
        fields.reject(field, fields.path(field) + " holds an empty name");
      }
    }
  }
  const Node* age = fields.take("maxAge");
  const auto max_age = read_duration(age, diagnostics);
  if (max_age && *max_age % std::chrono::seconds(1) != proxy::Duration::zero()) {
    fields.reject("maxAge", fields.path("maxAge") + " must be whole seconds");
  }
  fields.ignore({"allowCredentials", "unmatchedPreflights", "allowOrigin"});
  fields.finish();
  fields.warn({}, code::kIstioNotModelled,
              path + " is not modelled: preflight requests go to the service");
}

}  // namespace shaketable::engine::istio

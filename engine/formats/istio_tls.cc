#include <string>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"

namespace shaketable::engine::istio {
namespace {

enum class Mode { kDisable, kSimple, kMutual, kIstioMutual };

constexpr EnumWord<Mode> kModes[] = {{"DISABLE", Mode::kDisable},
                                     {"SIMPLE", Mode::kSimple},
                                     {"MUTUAL", Mode::kMutual},
                                     {"ISTIO_MUTUAL", Mode::kIstioMutual}};

constexpr std::string_view kCertificates[] = {"clientCertificate", "privateKey", "caCertificates",
                                              "credentialName", "caCrl"};

void check_certificates(FieldReader& fields, Mode mode) {
  const bool credential = fields.has("credentialName");
  if (credential && mode != Mode::kDisable &&
      (fields.has("clientCertificate") || fields.has("privateKey") ||
       fields.has("caCertificates"))) {
    fields.reject("credentialName",
                  fields.path() + " may have either credentialName or files of certificates");
  }
  if (mode == Mode::kMutual && !credential) {
    if (!fields.has("clientCertificate")) {
      fields.reject({}, fields.path("clientCertificate") + " is required for MUTUAL");
    }
    if (!fields.has("privateKey")) {
      fields.reject({}, fields.path("privateKey") + " is required for MUTUAL");
    }
  }
  if (mode == Mode::kIstioMutual) {
    for (const std::string_view field : kCertificates) {
      if (fields.has(field)) {
        fields.reject(field, fields.path(field) + " may not be set for ISTIO_MUTUAL");
      }
    }
  }
}

void check_skip(FieldReader& fields, Mode mode, bool skip) {
  if (!skip) {
    return;
  }
  if (mode == Mode::kSimple && (fields.has("caCertificates") || fields.has("credentialName"))) {
    fields.reject("insecureSkipVerify",
                  fields.path() + " may not have both insecureSkipVerify and a CA certificate");
  } else if (mode == Mode::kMutual && fields.has("caCertificates")) {
    fields.reject("insecureSkipVerify",
                  fields.path() + " may not have both insecureSkipVerify and caCertificates");
  }
  if (fields.has("subjectAltNames")) {
    fields.reject("insecureSkipVerify",
                  fields.path() + " may not have both insecureSkipVerify and subjectAltNames");
  }
}

}  // namespace

void check_tls(const Node* node, const std::string& path, Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  FieldReader fields(node, path, diagnostics);
  const Mode mode =
      read_enum(fields.take("mode"), diagnostics, kModes, "a TLS mode").value_or(Mode::kDisable);
  const bool skip = read_bool(fields.take("insecureSkipVerify"), diagnostics).value_or(false);
  check_certificates(fields, mode);
  check_skip(fields, mode, skip);
  fields.ignore({"clientCertificate", "privateKey", "caCertificates", "credentialName", "caCrl",
                 "subjectAltNames", "sni"});
  fields.finish();
  if (mode != Mode::kIstioMutual && fields.node() != nullptr) {
    fields.warn("mode", code::kIstioNotModelled,
                fields.path("mode") +
                    " is not modelled: calls within the mesh use mTLS as its network says, and no "
                    "server refuses a connection for its TLS mode");
  }
}

}  // namespace shaketable::engine::istio

#include "proxy/app/certs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include "proxy/app/certs_revocation.h"
#include "proxy/app/secure_file.h"
#include "proxy/http/certificate_maker.h"
#include "proxy/http/client_hello.h"
#include "proxy/http/spiffe_id.h"
#include "proxy/http/svid.h"

namespace shaketable::proxy::app {
namespace {

using http::CertificatePtr;
using http::KeyPtr;
using http::Validity;

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::int64_t kClockSkew = 300;  // Machines of one mesh may differ by that much.
constexpr std::uint32_t kMaxDays = 36'500;
constexpr char kScheme[] = "spiffe://";

std::string date_text(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm fields{};
  char text[32];
  gmtime_r(&time, &fields);
  std::strftime(text, sizeof text, "%Y-%m-%d", &fields);
  return text;
}

// The SPIFFE trust domain that a certificate of an authority names; empty without one.
std::string trust_domain_of(const X509* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string domain;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_URI) {
      const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
      const auto id =
          http::parse_spiffe_id({reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                 static_cast<std::size_t>(ASN1_STRING_length(uri))});
      domain = id ? std::string(id->trust_domain) : domain;
    }
  }
  GENERAL_NAMES_free(names);
  return domain;
}

bool is_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

// One workload as it will be: who, in which files.
struct Workload {
  std::string file;
  http::WorkloadNames names;
};

// A file that waits to be written.
struct Output {
  std::string path;
  std::string content;
  FileRights rights = FileRights::kEveryone;
  Overwrite overwrite = Overwrite::kNo;
};

class Maker {
 public:
  Maker(const CertsRequest& request, std::int64_t now) : request_(request), now_(now) {}

  Result<std::vector<std::string>> make() {
    return check()
        .and_then([this] { return open_authority(); })
        .and_then([this] { return name_workloads(); })
        .and_then([this] { return revoke(); })
        .and_then([this] { return issue(); })
        .and_then([this] { return write(); })
        .map([this] { return std::move(told_); });
  }

 private:
  [[nodiscard]] std::string in_folder(const std::string& name) const {
    return (std::filesystem::path(request_.out) / name).lexically_normal().string();
  }

  Result<void> check() const {
    if (request_.out.empty()) {
      return fail("there is no folder to write to", "--out", "the name of a folder");
    }
    for (const auto& [option, days] :
         {std::pair("--days", request_.days), std::pair("--ca-days", request_.ca_days)}) {
      if (days == 0 || days > kMaxDays) {
        return fail("certificates live 1 to " + std::to_string(kMaxDays) + " days", option);
      }
    }
    if (!request_.trust_domain.empty() && !http::is_trust_domain(request_.trust_domain)) {
      return fail("invalid trust domain", request_.trust_domain, "a-z, 0-9, '.', '-' and '_'");
    }
    return {};
  }

  // --- the authority --------------------------------------------------------------------------

  Result<void> open_authority() {
    const std::string key_path = request_.ca_key.empty() ? in_folder("ca.key") : request_.ca_key;
    const bool has_certificate = is_there(in_folder("ca.pem"));
    const bool has_key = !request_.ca_key.empty() || is_there(key_path);
    if (has_certificate && !has_key) {
      return fail("the authority's key is not there", key_path, "--ca-key with its file");
    }
    auto key = has_key ? http::read_private_key(key_path) : http::make_key();
    if (!key) {
      return tl::unexpected(key.error());
    }
    authority_key_ = std::move(*key);
    if (!has_key) {
      outputs_.push_back({key_path, http::to_pem(authority_key_.get()), FileRights::kOwner});
    }
    return has_certificate ? read_authority() : make_authority();
  }

  Result<void> read_authority() {
    const std::string path = in_folder("ca.pem");
    auto certificates = http::read_certificates(path);
    if (!certificates) {
      return tl::unexpected(certificates.error());
    }
    authority_ = std::move(certificates->front());
    if (X509_check_private_key(authority_.get(), authority_key_.get()) != 1) {
      return fail("the authority's certificate and key do not belong together", path);
    }
    if (X509_check_ca(authority_.get()) == 0) {
      return fail("this is no authority's certificate", path);
    }
    if (http::expiry_of(authority_.get()) <= now_) {
      return fail("the authority has expired on " + date_text(http::expiry_of(authority_.get())),
                  path, "another folder, or none of its files");
    }
    domain_ = trust_domain_of(authority_.get());
    if (domain_.empty()) {
      domain_ = request_.trust_domain;
    }
    if (domain_.empty()) {
      return fail("the authority names no trust domain", path, "--trust-domain");
    }
    if (!request_.trust_domain.empty() && request_.trust_domain != domain_) {
      return fail("the authority is that of trust domain " + domain_, path,
                  "another folder for " + request_.trust_domain);
    }
    return {};
  }

  Result<void> make_authority() {
    domain_ = request_.trust_domain;
    if (domain_.empty()) {
      return fail("a new authority needs a trust domain", "--trust-domain", "mesh.test, say");
    }
    const Validity validity{now_ - kClockSkew, now_ + request_.ca_days * kDaySeconds};
    auto made = http::make_certificate(http::authority_spec(domain_, validity),
                                       authority_key_.get(), {nullptr, authority_key_.get()});
    if (!made) {
      return tl::unexpected(made.error());
    }
    authority_ = std::move(*made);
    outputs_.push_back({in_folder("ca.pem"), http::to_pem(authority_.get())});
    told_.push_back(in_folder("ca.pem") + ": authority of " + domain_ + ", until " +
                    date_text(validity.not_after));
    return {};
  }

  [[nodiscard]] http::Signer signer() const { return {authority_.get(), authority_key_.get()}; }

  // --- workloads ------------------------------------------------------------------------------

  Result<void> name_workloads() {
    for (const std::string& text : request_.workloads) {
      auto workload = name_workload(text);
      if (!workload) {
        return tl::unexpected(workload.error());
      }
      const auto same = [&](const Workload& it) { return it.file == workload->file; };
      if (std::any_of(workloads_.begin(), workloads_.end(), same)) {
        return fail("two workloads would have the files of one", workload->file,
                    "one call and folder for each");
      }
      workloads_.push_back(std::move(*workload));
    }
    return {};
  }

  [[nodiscard]] std::string id_of(const std::string& text) const {
    if (text.starts_with(kScheme)) {
      return text;
    }
    if (text.starts_with('/')) {
      return kScheme + domain_ + text;
    }
    const std::size_t slash = text.find('/');
    const std::string space = slash == std::string::npos ? "default" : text.substr(0, slash);
    const std::string name = slash == std::string::npos ? text : text.substr(slash + 1);
    return kScheme + domain_ + "/ns/" + space + "/sa/" + name;
  }

  Result<Workload> name_workload(const std::string& text) const {
    Workload workload;
    workload.names.spiffe_id = id_of(text);
    const auto id = http::parse_spiffe_id(workload.names.spiffe_id);
    if (!id || id->path.empty()) {
      return fail("the SPIFFE id " + std::string(id ? "has no path" : id.error()), text,
                  "cart, shop/cart, /any/path or spiffe://" + domain_ + "/any/path");
    }
    if (id->trust_domain != domain_) {
      return fail("the authority's trust domain is " + domain_, text);
    }
    workload.file = id->path.substr(id->path.rfind('/') + 1);
    if (workload.file.starts_with('.') || workload.file == "ca" || workload.file == "crl") {
      return fail("its files cannot have that name", workload.file);
    }
    add_names(std::string(id->path), workload);
    return workload;
  }

  void add_names(const std::string& path, Workload& workload) const {
    std::vector<std::string> all{workload.file};
    constexpr std::string_view kNamespace = "/ns/";
    if (path.starts_with(kNamespace)) {
      const std::size_t end = path.find('/', kNamespace.size());
      all.push_back(workload.file + "." + path.substr(kNamespace.size(), end - kNamespace.size()) +
                    ".svc.cluster.local");
    }
    all.insert(all.end(), {"localhost", "127.0.0.1", "::1"});
    all.insert(all.end(), request_.names.begin(), request_.names.end());
    for (const std::string& name : all) {
      auto& list = is_address(name) ? workload.names.ips : workload.names.dns;
      if (std::find(list.begin(), list.end(), name) == list.end()) {
        list.push_back(name);
      }
    }
  }

  Result<void> issue() {
    const Validity validity{now_ - kClockSkew, now_ + request_.days * kDaySeconds};
    const std::int64_t last = http::expiry_of(authority_.get());
    if (!workloads_.empty() && validity.not_after > last) {
      return fail("the authority expires before, on " + date_text(last), "--days",
                  "at most " + std::to_string((last - now_) / kDaySeconds));
    }
    for (const Workload& workload : workloads_) {
      const auto key = http::make_key();
      if (!key) {
        return tl::unexpected(key.error());
      }
      const auto made = http::make_certificate(http::workload_spec(workload.names, validity),
                                               key->get(), signer());
      if (!made) {
        return tl::unexpected(made.error());
      }
      const Overwrite overwrite = request_.force ? Overwrite::kYes : Overwrite::kNo;
      const std::string base = in_folder(workload.file);
      outputs_.push_back({base + ".key", http::to_pem(key->get()), FileRights::kOwner, overwrite});
      outputs_.push_back(
          {base + ".pem", http::to_pem(made->get()), FileRights::kEveryone, overwrite});
      told_.push_back(base + ".pem, " + base + ".key: " + workload.names.spiffe_id + ", until " +
                      date_text(validity.not_after));
    }
    return {};
  }

  // --- revocations ----------------------------------------------------------------------------

  Result<void> revoke() {
    if (request_.revoke.empty() && !request_.write_crl) {
      return {};
    }
    RevocationOrder order{in_folder("crl.pem"), {}, signer(), now_, {}};
    order.validity = {now_ - kClockSkew, now_ + request_.days * kDaySeconds};
    for (const std::string& name : request_.revoke) {
      const bool is_file = name.find('/') != std::string::npos || name.ends_with(".pem");
      order.certificates.push_back(is_file ? name : in_folder(name + ".pem"));
    }
    auto extended = extend_revocation_list(order);
    if (!extended) {
      return tl::unexpected(extended.error());
    }
    outputs_.push_back(
        {order.list, std::move(extended->pem), FileRights::kEveryone, Overwrite::kYes});
    told_.push_back(order.list + ": revokes " + std::to_string(extended->count) +
                    (extended->count == 1 ? " certificate" : " certificates") + ", until " +
                    date_text(order.validity.not_after));
    return {};
  }

  // --- files ----------------------------------------------------------------------------------

  Result<void> write() {
    for (const Output& output : outputs_) {
      if (output.content.empty()) {
        return fail("cannot write PEM", output.path);
      }
      if (output.overwrite == Overwrite::kNo && is_there(output.path)) {
        return fail("there is such a file already; nothing was written", output.path, "--force");
      }
    }
    std::error_code error;
    std::filesystem::create_directories(request_.out, error);
    if (error) {
      return fail("cannot make the folder: " + error.message(), request_.out);
    }
    for (Output& output : outputs_) {
      auto written =
          write_secure_file(output.path, output.content, output.rights, output.overwrite);
      if (output.rights == FileRights::kOwner) {
        OPENSSL_cleanse(output.content.data(), output.content.size());
      }
      if (!written) {
        return written;
      }
    }
    return {};
  }

  const CertsRequest& request_;
  std::int64_t now_;
  std::string domain_;
  CertificatePtr authority_;
  KeyPtr authority_key_;
  std::vector<Workload> workloads_;
  std::vector<Output> outputs_;
  std::vector<std::string> told_;
};

}  // namespace

Result<std::vector<std::string>> make_certs(const CertsRequest& request, std::int64_t now) {
  for (const std::string& name : request.names) {
    if (!is_address(name) && !http::is_host_name(name)) {
      return fail("this is neither a host name nor an address", name);
    }
  }
  return Maker(request, now).make();
}

}  // namespace shaketable::proxy::app

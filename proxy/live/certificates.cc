#include "proxy/live/certificates.h"

#include <ctime>
#include <memory>

#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

constexpr int kMaxRoots = 50;
constexpr std::size_t kMaxNames = 20;

std::int64_t unix_seconds(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

std::string serial_of(const X509* certificate) {
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free);
  if (number == nullptr) {
    return {};
  }
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  std::string text;
  for (const unsigned char byte : bytes) {
    append_hex(byte, 2, text);
  }
  return text;
}

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_text(const ASN1_STRING* bytes) {
  const unsigned char* data = ASN1_STRING_get0_data(bytes);
  const int length = ASN1_STRING_length(bytes);
  std::string text;
  for (int i = 0; i < length; ++i) {
    const bool is_v4 = length == 4;
    text += i == 0 ? "" : is_v4 ? "." : i % 2 == 0 ? ":" : "";
    if (is_v4) {
      append_number(unsigned{data[i]}, text);
    } else {
      append_hex(data[i], 2, text);
    }
  }
  return text;
}

void add_names(const X509* certificate, CertificateInfo& info) {
  const auto free_names = [](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free_names);
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (info.names.size() == kMaxNames) {
      return;
    }
    if (name->type == GEN_URI) {
      info.names.push_back("URI:" + text_of(name->d.uniformResourceIdentifier));
    } else if (name->type == GEN_DNS) {
      info.names.push_back("DNS:" + text_of(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      info.names.push_back("IP:" + address_text(name->d.iPAddress));
    }
  }
}

CertificateInfo info_of(const X509* certificate, std::string_view used_by,
                        const std::string& path) {
  CertificateInfo info;
  info.used_by = used_by;
  info.path = path;
  info.serial = serial_of(certificate);
  info.valid_from = unix_seconds(X509_get0_notBefore(certificate));
  info.expires_at = unix_seconds(X509_get0_notAfter(certificate));
  add_names(certificate, info);
  return info;
}

/// The own certificate of a context, and its issuers.
void describe_chain(const http::TlsContext& context, std::string_view used_by,
                    std::vector<CertificateInfo>& result) {
  SSL_CTX* native = context.native();
  if (const X509* own = SSL_CTX_get0_certificate(native); own != nullptr) {
    result.push_back(info_of(own, used_by, context.config().certificate_chain));
    result.back().spiffe_id = context.own_id();
  }
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(native, &chain);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    result.push_back(info_of(sk_X509_value(chain, i), used_by, context.config().certificate_chain));
  }
}

}  // namespace

std::vector<CertificateInfo> describe_certificates(const http::TlsContext& context,
                                                   std::string_view used_by) {
  std::vector<CertificateInfo> result;
  describe_chain(context, used_by, result);
  for (const auto& more : context.more()) {
    describe_chain(*more, used_by, result);
  }
  SSL_CTX* native = context.native();
  const STACK_OF(X509_OBJECT)* roots = X509_STORE_get0_objects(SSL_CTX_get_cert_store(native));
  int count = 0;
  for (int i = 0; roots != nullptr && i < sk_X509_OBJECT_num(roots) && count < kMaxRoots; ++i) {
    const X509* root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(roots, i));
    if (root != nullptr) {
      result.push_back(info_of(root, used_by, context.config().trusted_ca));
      result.back().is_authority = true;
      ++count;
    }
  }
  return result;
}

}  // namespace shaketable::proxy::live

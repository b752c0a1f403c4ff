#include "proxy/http/tls_files.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/base/hash.h"
#include "proxy/http/tls.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;

struct Descriptor {
  int number;
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) {
      ::close(number);
    }
  }
};

tl::unexpected<Error> cannot_read(const std::string& path) {
  return fail("cannot read: " + std::generic_category().message(errno), path);
}

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO, BIO_free_all>>;

BioPtr memory_bio(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to type a passphrase; asking for one shows that the key is encrypted.
int note_question(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// Reads objects until there is no further PEM header; any other end is a broken object.
template <class Pointer, class Read>
Result<std::vector<Pointer>> read_all(const std::string& path, const char* what, Read read) {
  const auto text = read_small_file(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const BioPtr bio = memory_bio(*text);
  std::vector<Pointer> objects;
  ERR_clear_error();
  while (auto* object = read(bio.get())) {
    objects.emplace_back(object);
  }
  const unsigned long error = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return fail(std::string(what) + " " + std::to_string(objects.size() + 1) +
                    " is broken: " + openssl_reason(),
                path);
  }
  ERR_clear_error();
  if (objects.empty()) {
    return fail("holds no " + std::string(what), path, "PEM");
  }
  return objects;
}

}  // namespace

std::string openssl_reason() {
  const unsigned long error = ERR_get_error();  // NOLINT(google-runtime-int): OpenSSL's
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "no reason given" : reason;
}

Result<std::string> read_small_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    return cannot_read(path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail("is not a regular file", path);
  }
  std::string text;
  while (text.size() <= kMaxFileBytes) {
    char buffer[16 * 1024];
    const ssize_t got = ::read(file.number, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return cannot_read(path);
    }
    if (got == 0) {
      return text;
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return fail("is larger than 4 MiB", path);
}

Result<std::vector<CertificatePtr>> read_certificates(const std::string& path) {
  return read_all<CertificatePtr>(path, "certificate", [](BIO* bio) {
    return PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  });
}

Result<std::vector<RevocationListPtr>> read_revocation_lists(const std::string& path) {
  return read_all<RevocationListPtr>(path, "revocation list", [](BIO* bio) {
    return PEM_read_bio_X509_CRL(bio, nullptr, nullptr, nullptr);
  });
}

Result<KeyPtr> read_private_key(const std::string& path) {
  auto text = read_small_file(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const BioPtr bio = memory_bio(*text);
  bool asked = false;
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, note_question, &asked));
  OPENSSL_cleanse(text->data(), text->size());
  if (key == nullptr) {
    std::string reason = openssl_reason();
    return asked ? fail("the private key is encrypted", path, "a key without a passphrase")
                 : fail("holds no usable private key: " + reason, path, "PEM");
  }
  return key;
}

std::uint64_t files_stamp(const TlsConfig& config) {
  StableHash hash;
  std::vector<const std::string*> paths{&config.certificate_chain, &config.private_key,
                                        &config.trusted_ca, &config.crl};
  for (const NamedCertificate& named : config.more_certificates) {
    paths.insert(paths.end(), {&named.certificate_chain, &named.private_key});
  }
  for (const std::string* path : paths) {
    struct stat status {};
    if (path->empty() || ::stat(path->c_str(), &status) != 0) {
      hash.add(0);
      continue;
    }
    hash.add(static_cast<std::uint64_t>(status.st_ino));
    hash.add(static_cast<std::uint64_t>(status.st_size));
    hash.add(static_cast<std::uint64_t>(status.st_mtim.tv_sec));
    hash.add(static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  }
  return hash.value();
}

}  // namespace shaketable::proxy::http

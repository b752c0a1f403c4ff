// What TLS costs without sockets: two sessions in memory, CPU time of this process.
//
//   tls_bench [HANDSHAKES [IDLE [MEGABYTES]]]
//
// Handshakes are with P-256 and SVIDs, each side's share measured apart. Idle sessions are those of
// servers, counted by the allocator. Bulk figures stand beside a plain copy of the same bytes
// and beside the cipher alone.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <malloc.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "proxy/http/certificate_maker.h"
#include "proxy/http/tls.h"

namespace {

using namespace shaketable::proxy::http;  // NOLINT(google-build-using-namespace)
using Context = std::shared_ptr<const TlsContext>;

double cpu_us() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// A folder with an authority and one workload.
class Files {
 public:
  Files() {
    char name[] = "/tmp/tls-bench-XXXXXX";
    folder_ = mkdtemp(name);
    const std::int64_t now = std::time(nullptr);
    const Validity validity{now - 3600, now + 86400};
    const KeyPtr authority_key = make_key().value();
    const CertificatePtr authority =
        make_certificate(authority_spec("mesh.test", validity), authority_key.get(),
                         {nullptr, authority_key.get()})
            .value();
    const KeyPtr key = make_key().value();
    const CertificatePtr leaf =
        make_certificate(workload_spec({"spiffe://mesh.test/ns/a/sa/b", {"b"}, {}}, validity),
                         key.get(), {authority.get(), authority_key.get()})
            .value();
    write("ca.pem", to_pem(authority.get()));
    write("b.pem", to_pem(leaf.get()));
    write("b.key", to_pem(key.get()));
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] Context context(TlsContext::Role role, bool mutual = true) const {
    TlsConfig config;
    config.certificate_chain = folder_ + "/b.pem";
    config.private_key = folder_ + "/b.key";
    if (mutual || role == TlsContext::Role::kClient) {
      config.trusted_ca = folder_ + "/ca.pem";
      config.require_peer_certificate = mutual;
      config.trust_domains = {"mesh.test"};
    }
    return TlsContext::make(role, config).value();
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string folder_;
};

struct Pair {
  Pair(const Context& of_client, const Context& of_server, const char* peer = "")
      : client(of_client, peer), server(of_server) {}

  // Returns whether both are open; adds each side's time.
  bool shake_hands(double& client_us, double& server_us) {
    double at = cpu_us();
    const auto lap = [&at](double& sum) {
      const double now = cpu_us();
      sum += now - at;
      at = now;
    };
    client.start();
    lap(client_us);
    while (!client.output().empty() || !server.output().empty()) {
      carry(client, server);
      lap(server_us);
      carry(server, client);
      lap(client_us);
    }
    return client.state() == TlsSession::State::kOpen && server.state() == TlsSession::State::kOpen;
  }
  static void carry(TlsSession& from, TlsSession& to) {
    std::string bytes;
    bytes.swap(from.output());
    std::string plain;
    to.receive(bytes, plain);
  }

  TlsSession client;
  TlsSession server;
};

void handshakes(const Context& client, const Context& server, int count, const char* peer,
                const char* name) {
  double client_us = 0;
  double server_us = 0;
  int resumed = 0;
  for (int i = 0; i < count; ++i) {
    Pair pair(client, server, peer);
    if (!pair.shake_hands(client_us, server_us)) {
      std::printf("%s: %s%s\n", name, pair.client.error().c_str(), pair.server.error().c_str());
      std::exit(1);
    }
    resumed += pair.server.was_resumed() ? 1 : 0;
  }
  std::printf("%-28s server %7.1f us   client %7.1f us   (%d of %d resumed)\n", name,
              server_us / count, client_us / count, resumed, count);
}

void idle(const Context& client, const Context& server, std::size_t count, const char* peer,
          const char* name) {
  std::vector<std::unique_ptr<TlsSession>> kept;
  kept.reserve(count);
  const auto in_use = [] { return mallinfo2().uordblks; };
  std::size_t before = in_use();
  for (std::size_t i = 0; i < count; ++i) {
    // Both sides of a handshake in turn, so that only servers stay; a request and its answer have
    // gone over each.
    auto it = std::make_unique<TlsSession>(server);
    TlsSession other(client, peer);
    std::string plain;
    other.start();
    while (!other.output().empty() || !it->output().empty()) {
      std::string bytes;
      bytes.swap(other.output());
      it->receive(bytes, plain);
      bytes.clear();
      bytes.swap(it->output());
      other.receive(bytes, plain);
    }
    other.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    it->receive(other.output(), plain);
    it->send(std::string(1024, 'x'));
    std::string().swap(it->output());
    kept.push_back(std::move(it));
    if (i == count / 2 - 1) {
      before = in_use();  // The first half filled the library's own caches.
    }
  }
  std::printf(
      "%-28s %7.1f KB\n", name,
      static_cast<double>(in_use() - before) / static_cast<double>(count - count / 2) / 1024);
}

void bulk(const Context& client, const Context& server, std::size_t megabytes,
          std::size_t write_bytes) {
  Pair pair(client, server);
  double ignored = 0;
  pair.shake_hands(ignored, ignored);
  const std::string block(write_bytes, 'b');
  // Several writes between two looks at the clock, which costs a system call.
  const std::size_t batch = std::max<std::size_t>((std::size_t{256} << 10U) / write_bytes, 1);
  const std::size_t rounds = (megabytes << 20U) / (write_bytes * batch);
  std::string plain;
  double send_us = 0;
  double receive_us = 0;
  std::size_t got = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    const double start = cpu_us();
    for (std::size_t n = 0; n < batch; ++n) {
      pair.server.send(block);
    }
    const double sent = cpu_us();
    pair.client.receive(pair.server.output(), plain);
    const double received = cpu_us();
    send_us += sent - start;
    receive_us += received - sent;
    pair.server.output().clear();
    got += plain.size();
    plain.clear();
  }
  const double bytes = static_cast<double>(got);
  std::printf("writes of %6zu bytes         seal %6.0f MB/s  open %6.0f MB/s\n", write_bytes,
              bytes / send_us, bytes / receive_us);
}

// The floor: AES-128-GCM over 16 KiB blocks, and a copy of them.
void floor_of_bulk(std::size_t megabytes) {
  constexpr std::size_t kBlock = 16 * 1024;
  const std::size_t rounds = (megabytes << 20U) / kBlock;
  std::vector<unsigned char> from(kBlock, 'b');
  std::vector<unsigned char> to(kBlock + 16);
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  unsigned char key[16] = {1};
  unsigned char nonce[12] = {2};
  EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), nullptr, key, nonce);
  double start = cpu_us();
  for (std::size_t i = 0; i < rounds; ++i) {
    int size = 0;
    EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce);
    EVP_EncryptUpdate(cipher, to.data(), &size, from.data(), kBlock);
    EVP_EncryptFinal_ex(cipher, to.data() + size, &size);
  }
  const double sealed = cpu_us() - start;
  EVP_CIPHER_CTX_free(cipher);
  start = cpu_us();
  unsigned sum = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    from[0] = static_cast<unsigned char>(i);
    std::memcpy(to.data(), from.data(), kBlock);
    sum += to[i % kBlock];
  }
  const double copied = cpu_us() - start;
  const double bytes = static_cast<double>(rounds * kBlock);
  std::printf("the cipher alone             seal %6.0f MB/s  a copy %5.0f MB/s (%u)\n",
              bytes / sealed, bytes / copied, sum & 1U);
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) {
    return argc > i ? std::atoi(argv[i]) : otherwise;  // NOLINT(cert-err34-c): a benchmark
  };
  const int count = std::max(argument(1, 500), 1);
  const auto sessions = static_cast<std::size_t>(std::max(argument(2, 2000), 2));
  const auto megabytes = static_cast<std::size_t>(std::max(argument(3, 500), 1));
  const Files files;
  const Context client = files.context(TlsContext::Role::kClient);
  const Context server = files.context(TlsContext::Role::kServer);

  const Context open = files.context(TlsContext::Role::kServer, /*mutual=*/false);

  handshakes(client, open, count, "", "handshake, server only");
  handshakes(client, open, count, "open", "the same, resumed");
  handshakes(client, server, count, "", "handshake, mutual");
  handshakes(client, server, count, "peer", "the same, resumed");
  idle(client, open, sessions, "", "idle, server only");
  idle(client, server, sessions, "", "idle, mutual");
  idle(client, server, sessions, "peer", "idle, mutual, resumed");
  floor_of_bulk(megabytes);
  for (const std::size_t bytes :
       {std::size_t{1024}, std::size_t{16} << 10U, std::size_t{256} << 10U}) {
    bulk(client, server, megabytes, bytes);
  }
  return 0;
}

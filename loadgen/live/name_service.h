#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "loadgen/live/event_loop.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/net/address.h"
#include "proxy/net/dns_lookup.h"

namespace shaketable::loadgen::live {

/// What a name stands for.
struct NameAnswer {
  std::vector<proxy::net::SocketAddress> addresses;  ///< At least one.
  proxy::Duration ttl{};
};

/// A look-up that somebody waits for.
struct NameTicket {
  std::string host;
  std::uint16_t port = 0;
  const EventLoop* loop = nullptr;   ///< Woken when `is_done`; null: nobody waits any more.
  std::atomic<bool> is_done{false};  ///< `answer` is there, and does not change any more.
  proxy::Result<NameAnswer> answer;
};

/// Looks names up, in a thread that begins with the first question. Thread-safe.
class NameService {
 public:
  explicit NameService(proxy::net::DnsOptions options = {}) : options_(std::move(options)) {}
  /// Waits for a look-up under way.
  ~NameService();
  NameService(const NameService&) = delete;
  NameService& operator=(const NameService&) = delete;

  /// Always answers `host` (in lower case) with this: what was looked up before the run, or what
  /// the user says (`--resolve`).
  void set(const std::string& host, std::vector<std::string> ips);
  /// At once: numbers, "localhost" and names that were set; the others block.
  [[nodiscard]] proxy::Result<NameAnswer> look_up(const std::string& host, std::uint16_t port);
  /// The answer without a look-up, if it takes none.
  [[nodiscard]] bool knows(const std::string& host, std::uint16_t port, NameAnswer& answer);
  /// Asks in the background; `loop` is woken when the ticket is done. Call `forget` before it dies.
  [[nodiscard]] std::shared_ptr<NameTicket> ask(const std::string& host, std::uint16_t port,
                                                const EventLoop& loop);
  void forget(NameTicket& ticket);

 private:
  void work();

  proxy::net::DnsOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::vector<std::string>> set_;
  std::deque<std::shared_ptr<NameTicket>> queue_;
  std::thread thread_;
  bool stops_ = false;
};

}  // namespace shaketable::loadgen::live

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace shaketable::loadgen::live {

/// A server on 127.0.0.1 whose manners a test chooses: it hands each connection to a function that
/// reads and writes it, in a thread of its own. Ends all of them when it is destroyed.
class TestServer {
 public:
  /// A connection that was accepted, blocking.
  class Peer {
   public:
    explicit Peer(int fd) : fd_(fd) {}
    /// Reads until the end of a request head and its body by content-length; false when the client
    /// has gone. `head()` is the last one.
    bool read_request();
    [[nodiscard]] const std::string& head() const { return head_; }
    /// Up to `size` bytes as they come; empty when the client has gone.
    std::string read_some(std::size_t size = 65536);
    /// False when the client has gone.
    bool write(const std::string& bytes);
    /// Closes with a reset.
    void reset();
    [[nodiscard]] int fd() const { return fd_; }

   private:
    int fd_;
    std::string buffer_, head_;
  };

  using Manners = std::function<void(Peer&)>;

  explicit TestServer(Manners manners);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT"
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::size_t connections() const { return connections_.load(); }

  /// Answers every request of every connection with this status and body.
  static Manners answers(std::uint16_t status, std::string body);
  /// A whole response with a content-length.
  static std::string response(std::uint16_t status, const std::string& body,
                              const std::string& fields = "");

 private:
  void accept_all();

  Manners manners_;
  std::uint16_t port_ = 0;  // before the socket, which fills it
  int listener_ = -1;
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  bool stops_ = false;
  std::thread acceptor_;
};

/// A port of 127.0.0.1 on which nobody listens for as long as the object lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;  // before the socket, which fills it
  int fd_ = -1;
};

}  // namespace shaketable::loadgen::live

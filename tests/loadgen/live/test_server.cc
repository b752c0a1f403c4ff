#include "tests/loadgen/live/test_server.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace shaketable::loadgen::live {
namespace {

/// A TCP socket bound to a port of 127.0.0.1 that the kernel chooses.
int bound_socket(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port = ntohs(address.sin_port);
  return fd;
}

std::size_t content_length(const std::string& head) {
  std::string lowered = head;
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t at = lowered.find("content-length:");
  return at == std::string::npos ? 0 : std::strtoull(lowered.c_str() + at + 15, nullptr, 10);
}

}  // namespace

std::string TestServer::Peer::read_some(std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t count = ::recv(fd_, bytes.data(), size, 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

bool TestServer::Peer::read_request() {
  std::size_t end = buffer_.find("\r\n\r\n");
  while (end == std::string::npos) {
    const std::string more = read_some();
    if (more.empty()) {
      return false;
    }
    buffer_ += more;
    end = buffer_.find("\r\n\r\n");
  }
  const std::size_t whole = end + 4 + content_length(buffer_.substr(0, end));
  while (buffer_.size() < whole) {
    const std::string more = read_some();
    if (more.empty()) {
      return false;
    }
    buffer_ += more;
  }
  head_ = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  return true;
}

bool TestServer::Peer::write(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    done += static_cast<std::size_t>(count);
  }
  return true;
}

void TestServer::Peer::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

TestServer::TestServer(Manners manners)
    : manners_(std::move(manners)), listener_(bound_socket(port_)) {
  if (::listen(listener_, 1024) != 0) {
    std::abort();
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

TestServer::~TestServer() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::string TestServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void TestServer::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stops_) {
      if (fd >= 0) {
        ::close(fd);
      }
      return;
    }
    connections_.fetch_add(1);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] {
      Peer peer(fd);
      manners_(peer);
      const std::lock_guard inner(mutex_);
      std::erase(open_, fd);
      ::close(fd);
    });
  }
}

std::string TestServer::response(std::uint16_t status, const std::string& body,
                                 const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + fields +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TestServer::Manners TestServer::answers(std::uint16_t status, std::string body) {
  return [text = response(status, body)](Peer& peer) {
    while (peer.read_request() && peer.write(text)) {
    }
  };
}

ClosedPort::ClosedPort() : fd_(bound_socket(port_)) {}
ClosedPort::~ClosedPort() { ::close(fd_); }

}  // namespace shaketable::loadgen::live

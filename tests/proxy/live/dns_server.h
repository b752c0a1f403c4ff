#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/live/address.h"

namespace shaketable::proxy::live {

/// A name server on 127.0.0.1 for tests: answers what it was told, "no such name" for the rest.
class DnsServer {
 public:
  static constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28, kSrv = 33;
  static constexpr std::uint8_t kNoSuchName = 3, kServerFailure = 2;
  struct Record {
    std::uint16_t type = kA;
    std::uint32_t ttl = 60;
    std::string data;
  };

  DnsServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), stop_(::eventfd(0, 0)) {
    address_ = *parse_address("127.0.0.1:0");
    (void)::bind(socket_, address_.get(), address_.length);
    socklen_t length = sizeof address_.storage;
    (void)::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_.storage), &length);
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    (void)::eventfd_write(stop_, 1);
    thread_.join();
    ::close(socket_);
    ::close(stop_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] const SocketAddress& address() const { return address_; }

  void set(const std::string& name, std::uint16_t type, std::vector<Record> records) {
    const std::lock_guard lock(mutex_);
    zone_[{name, type}] = std::move(records);
  }
  /// What it was asked so far, answered or not.
  [[nodiscard]] std::size_t questions() const { return questions_.load(); }
  /// From now on every answer has this code (0 = as told by `set`).
  void fail_with(std::uint8_t code) {
    const std::lock_guard lock(mutex_);
    code_ = code;
  }
  /// From now on it is silent.
  void fall_silent() {
    const std::lock_guard lock(mutex_);
    is_silent_ = true;
  }

  static Record a(const char* ip, std::uint32_t ttl = 60) {
    in_addr address{};
    inet_pton(AF_INET, ip, &address);
    return {kA, ttl, std::string(reinterpret_cast<const char*>(&address), sizeof address)};
  }
  static Record aaaa(const char* ip, std::uint32_t ttl = 60) {
    in6_addr address{};
    inet_pton(AF_INET6, ip, &address);
    return {kAaaa, ttl, std::string(reinterpret_cast<const char*>(&address), sizeof address)};
  }
  static Record cname(std::string_view target, std::uint32_t ttl = 60) {
    return {kCname, ttl, encode(target)};
  }
  static Record srv(std::uint16_t priority, std::uint16_t weight, std::uint16_t port,
                    std::string_view target, std::uint32_t ttl = 60) {
    std::string data;
    put16(data, priority);
    put16(data, weight);
    put16(data, port);
    return {kSrv, ttl, data + encode(target)};
  }

 private:
  static void put16(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>(value >> 8U));
    out.push_back(static_cast<char>(value));
  }
  static std::string encode(std::string_view name) {
    std::string result;
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      result.push_back(static_cast<char>(label.size()));
      result += label;
      name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    result.push_back('\0');
    return result;
  }

  void serve() {
    while (true) {
      pollfd waits[] = {{socket_, POLLIN, 0}, {stop_, POLLIN, 0}};
      (void)::poll(waits, 2, -1);
      if (waits[1].revents != 0) {
        return;
      }
      sockaddr_in peer{};
      socklen_t length = sizeof peer;
      char buffer[1500];
      const ssize_t size = ::recvfrom(socket_, buffer, sizeof buffer, 0,
                                      reinterpret_cast<sockaddr*>(&peer), &length);
      if (size > 12) {
        ++questions_;
        const std::string reply = answer({buffer, static_cast<std::size_t>(size)});
        if (!reply.empty()) {
          (void)::sendto(socket_, reply.data(), reply.size(), 0,
                         reinterpret_cast<const sockaddr*>(&peer), length);
        }
      }
    }
  }

  std::string answer(std::string_view query) {
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != '\0') {
      const auto size = static_cast<std::size_t>(query[at]);
      name += (name.empty() ? "" : ".") + std::string(query.substr(at + 1, size));
      at += size + 1;
    }
    const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 2]));
    const std::lock_guard lock(mutex_);
    if (is_silent_) {
      return {};
    }
    const auto found = zone_.find({name, type});
    const std::size_t count = found == zone_.end() || code_ != 0 ? 0 : found->second.size();
    const std::uint8_t code = code_ != 0             ? code_
                              : found == zone_.end() ? kNoSuchName
                                                     : std::uint8_t{0};
    std::string reply(query.substr(0, 2));
    put16(reply, 0x8180U | code);
    put16(reply, 1);
    put16(reply, count);
    put16(reply, 0);
    put16(reply, 0);
    reply += query.substr(12, at + 5 - 12);
    for (std::size_t i = 0; i < count; ++i) {
      const Record& record = found->second[i];
      put16(reply, 0xc00c);  // the name of the question
      put16(reply, record.type);
      put16(reply, 1);
      put16(reply, record.ttl >> 16U);
      put16(reply, record.ttl & 0xffffU);
      put16(reply, record.data.size());
      reply += record.data;
    }
    return reply;
  }

  int socket_;
  int stop_;
  SocketAddress address_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::uint16_t>, std::vector<Record>> zone_;
  std::uint8_t code_ = 0;
  bool is_silent_ = false;
  std::atomic<std::size_t> questions_{0};
  std::thread thread_;
};

}  // namespace shaketable::proxy::live

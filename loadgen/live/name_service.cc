#include "loadgen/live/name_service.h"

#include <utility>

#include "proxy/http/text.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::Result;
using proxy::net::SocketAddress;

constexpr proxy::Duration kForGood = std::chrono::hours(24);

std::string lower_case(const std::string& host) {
  std::string result = host;
  for (char& c : result) {
    c = proxy::http::lower(c);
  }
  return result;
}

Result<SocketAddress> address_of(const std::string& ip, std::uint16_t port) {
  const bool is_v6 = ip.find(':') != std::string::npos;
  return proxy::net::parse_address((is_v6 ? '[' + ip + ']' : ip) + ':' + std::to_string(port));
}

Result<NameAnswer> ask_system(const std::string& host, std::uint16_t port,
                              const proxy::net::DnsOptions& options) {
  const auto found =
      proxy::net::look_up({proxy::net::DnsQuery::Kind::kAddresses, host, port}, options);
  if (!found) {
    return tl::unexpected(found.error());
  }
  NameAnswer answer;
  answer.ttl = found->ttl;
  for (const auto& one : found->hosts) {
    if (const auto address = proxy::net::parse_address(one.address)) {
      answer.addresses.push_back(*address);
    }
  }
  return answer;
}

}  // namespace

NameService::~NameService() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void NameService::set(const std::string& host, std::vector<std::string> ips) {
  const std::lock_guard lock(mutex_);
  set_[lower_case(host)] = std::move(ips);
}

bool NameService::knows(const std::string& host, std::uint16_t port, NameAnswer& answer) {
  answer = {{}, kForGood};
  if (const auto number = address_of(host, port)) {
    answer.addresses.push_back(*number);
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto found = set_.find(lower_case(host));
  if (found == set_.end()) {
    return false;
  }
  for (const std::string& ip : found->second) {
    if (const auto address = address_of(ip, port)) {
      answer.addresses.push_back(*address);
    }
  }
  return !answer.addresses.empty();
}

Result<NameAnswer> NameService::look_up(const std::string& host, std::uint16_t port) {
  NameAnswer answer;
  return knows(host, port, answer) ? Result<NameAnswer>(std::move(answer))
                                   : ask_system(host, port, options_);
}

std::shared_ptr<NameTicket> NameService::ask(const std::string& host, std::uint16_t port,
                                             const EventLoop& loop) {
  auto ticket = std::make_shared<NameTicket>();
  ticket->host = host;
  ticket->port = port;
  ticket->loop = &loop;
  const std::lock_guard lock(mutex_);
  queue_.push_back(ticket);
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { work(); });
  }
  wake_.notify_one();
  return ticket;
}

void NameService::forget(NameTicket& ticket) {
  const std::lock_guard lock(mutex_);
  ticket.loop = nullptr;
}

void NameService::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stops_ || !queue_.empty(); });
    if (stops_) {
      return;
    }
    const std::shared_ptr<NameTicket> ticket = std::move(queue_.front());
    queue_.pop_front();
    if (ticket->loop == nullptr) {
      continue;
    }
    lock.unlock();
    ticket->answer = ask_system(ticket->host, ticket->port, options_);
    ticket->is_done.store(true, std::memory_order_release);
    lock.lock();
    if (ticket->loop != nullptr) {
      ticket->loop->wake();
    }
  }
}

}  // namespace shaketable::loadgen::live

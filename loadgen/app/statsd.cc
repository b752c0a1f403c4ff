#include "loadgen/app/statsd.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/address.h"

namespace shaketable::loadgen::app {
namespace {

/// What fits into a datagram on every network.
constexpr std::size_t kMostOfADatagram = 1'400;

}  // namespace

std::string statsd_part(std::string_view name) {
  std::string part;
  for (const char c : name) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    part += is_plain ? c : '_';
  }
  return part.empty() ? "_" : part;
}

Statsd::~Statsd() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

proxy::Result<void> Statsd::open(const std::string& address, const std::string& prefix,
                                 live::NameService& names) {
  constexpr std::string_view kScheme = "udp://";
  constexpr char kExpected[] = "host:port, such as 127.0.0.1:8125";
  if (address.empty()) {
    return {};
  }
  prefix_ = prefix;
  const std::string place = address.starts_with(kScheme) ? address.substr(kScheme.size()) : address;
  const auto parts = proxy::net::split_host_port(place);
  if (!parts || place.find("//") != std::string::npos) {
    return proxy::fail("--statsd: '" + address + "' is no address", "", kExpected);
  }
  const auto found = names.look_up(parts->first, parts->second);
  if (!found) {
    return proxy::fail("--statsd: " + found.error().message, address, kExpected);
  }
  const proxy::net::SocketAddress& to = found->addresses.front();
  fd_ = ::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::connect(fd_, to.get(), to.length) != 0) {
    return proxy::fail(std::string("--statsd: ") + std::strerror(errno), address);
  }
  return {};
}

void Statsd::update(const live::LiveProgress& progress) {
  if (fd_ < 0) {
    return;
  }
  const live::LiveCounts& it = progress.news;
  counts(prefix_, it.requests, it.failed, it.latency);
  line(fmt::format("{}.runs:{}|c", prefix_, it.runs));
  line(fmt::format("{}.failed_runs:{}|c", prefix_, it.failed_runs));
  line(fmt::format("{}.dropped:{}|c", prefix_, it.dropped));
  line(fmt::format("{}.users:{}|g", prefix_, progress.users));
  line(fmt::format("{}.in_flight:{}|g", prefix_, progress.in_flight));
  line(fmt::format("{}.connections:{}|g", prefix_, progress.connections));
  for (const WatchedCounts& step : it.watched) {
    if (!step.of.empty()) {
      counts(prefix_ + '.' + statsd_part(step.load) + '.' + statsd_part(step.of), step.requests,
             step.failed, step.latency);
    }
  }
  flush();
}

void Statsd::counts(const std::string& name, std::uint64_t requests, std::uint64_t failed,
                    const proxy::BasicHistogram<6>& latency) {
  if (requests == 0) {
    return;
  }
  line(fmt::format("{}.requests:{}|c", name, requests));
  line(fmt::format("{}.failed:{}|c", name, failed));
  latency.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
    const double ms = static_cast<double>(low + (high - low) / 2) / 1e6;
    line(count == 1 ? fmt::format("{}.latency:{:.4g}|ms", name, ms)
                    : fmt::format("{}.latency:{:.4g}|ms|@{:.6g}", name, ms,
                                  1.0 / static_cast<double>(count)));
  });
}

void Statsd::line(const std::string& text) {
  if (datagram_.size() + text.size() + 1 > kMostOfADatagram) {
    flush();
  }
  datagram_ += (datagram_.empty() ? "" : "\n") + text;
}

void Statsd::flush() {
  if (!datagram_.empty()) {
    // Refused or full: nobody listens, and the load goes on.
    [[maybe_unused]] const auto sent =
        ::send(fd_, datagram_.data(), datagram_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    datagram_.clear();
  }
}

}  // namespace shaketable::loadgen::app

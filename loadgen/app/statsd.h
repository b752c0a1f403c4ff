#pragma once

#include <string>
#include <string_view>

#include "loadgen/live/live_run.h"
#include "loadgen/live/name_service.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// `--statsd`: what happens, as datagrams of the statsd protocol, at every tick:
///
///     PREFIX.requests:120|c  PREFIX.failed:2|c  PREFIX.users:10|g  PREFIX.latency:1.53|ms|@0.125
///
/// and the same of each step, as PREFIX.LOAD.STEP.requests and so on. A latency with a sample rate
/// stands for so many requests, so that the server's own quantiles are right. What is lost is lost:
/// UDP is never waited for.
class Statsd {
 public:
  Statsd() = default;
  ~Statsd();
  Statsd(const Statsd&) = delete;
  Statsd& operator=(const Statsd&) = delete;

  /// `address`: "host:port", "udp://host:port"; empty = nothing is sent.
  [[nodiscard]] proxy::Result<void> open(const std::string& address, const std::string& prefix,
                                         live::NameService& names);
  void update(const live::LiveProgress& progress);

 private:
  void line(const std::string& text);
  void counts(const std::string& name, std::uint64_t requests, std::uint64_t failed,
              const proxy::BasicHistogram<6>& latency);
  void flush();

  int fd_ = -1;
  std::string prefix_;
  std::string datagram_;
};

/// A name as a part of a key: letters, digits, `-` and `_` stay, the rest becomes `_`.
[[nodiscard]] std::string statsd_part(std::string_view name);

}  // namespace shaketable::loadgen::app

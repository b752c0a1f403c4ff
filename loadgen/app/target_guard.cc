#include "loadgen/app/target_guard.h"

#include <algorithm>
#include <vector>

#include "loadgen/results/text.h"
#include "proxy/net/address.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Result;

/// The greatest rate that the open loops ask for together, requests a second.
std::uint64_t greatest_rate(const LoadFile& file) {
  std::uint64_t sum = 0;
  for (const LoadPlan& plan : file.loads) {
    std::uint64_t greatest = 0;
    for (const RateStage& stage : plan.stages) {
      greatest = std::max({greatest, stage.from_ups, stage.to_ups});
    }
    sum += plan.workers > 0 ? 0 : greatest;
  }
  return sum / 1'000'000;
}

std::uint64_t workers_of(const LoadFile& file) {
  std::uint64_t sum = 0;
  for (const LoadPlan& plan : file.loads) {
    sum += plan.workers;
  }
  return sum;
}

std::string amount_of(const LoadFile& file, proxy::Duration duration) {
  std::string text;
  if (const std::uint64_t rate = greatest_rate(file); rate > 0) {
    text += "up to " + count_text(rate) + " runs/s";
  }
  if (const std::uint64_t workers = workers_of(file); workers > 0) {
    text += (text.empty() ? "" : " and ") + count_text(workers) + " workers";
  }
  return text + (duration > proxy::Duration::zero() ? " for " + duration_text(duration) : "");
}

Result<void> look_up(const std::string& host, std::uint16_t port, bool keep,
                     live::NameService& names, std::vector<proxy::net::SocketAddress>& addresses) {
  live::NameAnswer known;
  const bool is_known = names.knows(host, port, known);
  auto answer = is_known ? Result<live::NameAnswer>(std::move(known)) : names.look_up(host, port);
  if (!answer) {
    return proxy::fail("the target's name has no address: " + answer.error().message, host);
  }
  std::vector<std::string> ips;
  for (const auto& address : answer->addresses) {
    const auto parts = proxy::net::split_host_port(proxy::net::address_text(address));
    if (parts) {
      ips.push_back(parts->first);
    }
    addresses.push_back(address);
  }
  if (keep && !is_known) {
    names.set(host, std::move(ips));
  }
  return {};
}

}  // namespace

Result<TargetCheck> check_target(const LoadFile& file, const live::LiveRunOptions& options,
                                 bool yes, live::NameService& names) {
  std::string host = options.target.origin.host;
  std::uint16_t port = options.target.origin.port;
  TargetCheck check;
  if (!options.transport.proxy_address.empty()) {
    const auto parts = proxy::net::split_host_port(options.transport.proxy_address);
    if (!parts) {
      return proxy::fail("--proxy: " + parts.error().message, options.transport.proxy_address,
                         "HOST:PORT");
    }
    host = parts->first;
    port = parts->second;
  } else if (!options.target.origin.unix_path.empty()) {
    return check;
  }
  std::vector<proxy::net::SocketAddress> addresses;
  const bool keep = options.transport.look_up == live::LookUp::kOnce;
  if (const auto found = look_up(host, port, keep, names, addresses); !found) {
    return tl::unexpected(found.error());
  }
  check.is_local = std::all_of(addresses.begin(), addresses.end(),
                               [](const auto& address) { return address.is_loopback(); });
  if (check.is_local) {
    return check;
  }
  const std::string amount = amount_of(file, options.stop);
  check.sentence = "puts " + amount + " on " + host + " (" +
                   proxy::net::address_text(addresses.front()) +
                   (addresses.size() > 1 ? ", ..." : "") + "), which is not this machine";
  if (!yes && greatest_rate(file) > kMostWithoutYes) {
    return proxy::fail("this " + check.sentence + "; say --yes if that is what you want");
  }
  return check;
}

bool RateGuard::is_too_much(const live::LiveProgress& progress) {
  if (!is_on_) {
    return false;
  }
  requests_ += progress.news.requests;
  const proxy::Duration time = progress.elapsed - since_;
  if (time < std::chrono::seconds(1)) {
    return false;
  }
  const bool result = static_cast<double>(requests_) >
                      static_cast<double>(kMostWithoutYes) * proxy::to_seconds(time);
  since_ = progress.elapsed;
  requests_ = 0;
  return result;
}

}  // namespace shaketable::loadgen::app

#include "loadgen/app/target_guard.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "loadgen/live/target_url.h"
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

/// A host that gets load, with the address that people are told.
struct Place {
  std::string host;
  std::string address;  ///< Empty: a proxy knows it.
  bool is_local = true;
  std::size_t others = 0;  ///< Further addresses.
};

Result<Place> look_up(const std::string& host, std::uint16_t port, bool keep,
                      live::NameService& names) {
  live::NameAnswer known;
  const bool is_known = names.knows(host, port, known);
  auto answer = is_known ? Result<live::NameAnswer>(std::move(known)) : names.look_up(host, port);
  if (!answer) {
    return proxy::fail("the target's name has no address: " + answer.error().message, host);
  }
  Place place{.host = host,
              .address = proxy::net::address_text(answer->addresses.front()),
              .is_local = true,
              .others = answer->addresses.size() - 1};
  std::vector<std::string> ips;
  for (const auto& address : answer->addresses) {
    const auto parts = proxy::net::split_host_port(proxy::net::address_text(address));
    if (parts) {
      ips.push_back(parts->first);
    }
    place.is_local = place.is_local && address.is_loopback();
  }
  if (keep && !is_known) {
    names.set(host, std::move(ips));
  }
  return place;
}

/// A host that a proxy looks up, as its name tells.
Place behind_proxy(const live::Origin& origin) {
  const auto address = proxy::net::parse_address(
      (origin.host.find(':') == std::string::npos ? origin.host : '[' + origin.host + ']') + ":1");
  return {.host = origin.host,
          .address = "",
          .is_local = address ? address->is_loopback() : origin.host == "localhost",
          .others = 0};
}

/// The origins of a load: its target's, and those that requests name.
Result<std::vector<live::Origin>> origins_of(const LoadFile& file, const live::Origin& target) {
  std::vector<live::Origin> origins = {target};
  for (const LoadPlan& plan : file.loads) {
    for (const Request& request : plan.requests) {
      if (request.origin.empty()) {
        continue;
      }
      const auto url = live::parse_target(request.origin);
      if (!url) {
        return tl::unexpected(url.error());
      }
      if (std::find(origins.begin(), origins.end(), url->origin) == origins.end()) {
        origins.push_back(url->origin);
      }
    }
  }
  return origins;
}

/// Everything that gets load, the proxy first.
Result<std::vector<Place>> places_of(const LoadFile& file, const live::LiveRunOptions& options,
                                     live::NameService& names) {
  const auto origins = origins_of(file, options.target.origin);
  if (!origins) {
    return tl::unexpected(origins.error());
  }
  const std::string& proxy_address = options.transport.proxy_address;
  const bool keep = options.transport.look_up == live::LookUp::kOnce;
  std::vector<Place> places;
  if (!proxy_address.empty()) {
    const auto parts = proxy::net::split_host_port(proxy_address);
    if (!parts) {
      return proxy::fail("--proxy: " + parts.error().message, proxy_address, "HOST:PORT");
    }
    auto place = look_up(parts->first, parts->second, keep, names);
    if (!place) {
      return tl::unexpected(place.error());
    }
    places.push_back(std::move(*place));
  }
  for (const live::Origin& origin : *origins) {
    if (!origin.unix_path.empty()) {
      continue;
    }
    auto place = proxy_address.empty() ? look_up(origin.host, origin.port, keep, names)
                                       : Result<Place>(behind_proxy(origin));
    if (!place) {
      return tl::unexpected(place.error());
    }
    places.push_back(std::move(*place));
  }
  return places;
}

std::string sentence_of(const std::string& amount, const std::vector<Place>& far) {
  const Place& first = far.front();
  std::string text = "puts " + amount + " on " + first.host;
  if (!first.address.empty()) {
    text += " (" + first.address + (first.others > 0 ? ", ..." : "") + ")";
  }
  for (std::size_t i = 1; i < far.size(); ++i) {
    text += (i + 1 == far.size() ? " and " : ", ") + far[i].host;
  }
  return text + (far.size() == 1 ? ", which is not this machine" : ", which are not this machine");
}

}  // namespace

Result<TargetCheck> check_target(const LoadFile& file, const live::LiveRunOptions& options,
                                 bool yes, live::NameService& names) {
  auto places = places_of(file, options, names);
  if (!places) {
    return tl::unexpected(places.error());
  }
  std::erase_if(*places, [](const Place& place) { return place.is_local; });
  if (places->empty()) {
    return TargetCheck{};
  }
  TargetCheck check{.is_local = false,
                    .sentence = sentence_of(amount_of(file, options.stop), *places)};
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

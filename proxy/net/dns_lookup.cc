#include "proxy/net/dns_lookup.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <unistd.h>

namespace shaketable::proxy::net {
namespace {

constexpr Duration kFixedTtl = std::chrono::hours(24);
constexpr std::uint32_t kMaxWeight = 128;
constexpr std::size_t kMaxTargets = 100;
constexpr std::size_t kMaxHostsFile = 4U << 20U;

/// An IP address without a port, as text.
using Ip = std::string;

struct SrvTarget {
  std::string name;
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
};

bool is_number(int family, const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(family, name.c_str(), ignored.data()) == 1;
}

bool is_ip(const std::string& name) {
  return is_number(AF_INET, name) || is_number(AF_INET6, name);
}

std::string with_port(const Ip& ip, std::uint16_t port) {
  const bool is_v6 = ip.find(':') != Ip::npos;
  return (is_v6 ? '[' + ip + ']' : ip) + ':' + std::to_string(port);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text;
}

/// Whether packets could be sent there: asked of the routing table, nothing is sent.
bool has_route(const Ip& ip) {
  const auto address = parse_address(with_port(ip, 9));
  if (!address.has_value()) {
    return false;
  }
  const int fd = ::socket(address->family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool result = fd >= 0 && ::connect(fd, address->get(), address->length) == 0;
  if (fd >= 0) {
    ::close(fd);
  }
  return result;
}

std::vector<Ip> from_hosts_file(const std::string& path, const std::string& name) {
  std::vector<Ip> result;
  std::ifstream file(path);
  std::string line;
  std::size_t size = 0;
  while (std::getline(file, line) && (size += line.size()) < kMaxHostsFile) {
    std::istringstream words(line.substr(0, line.find('#')));
    Ip ip;
    std::string alias;
    if (!(words >> ip) || !is_ip(ip)) {
      continue;
    }
    while (words >> alias) {
      if (lower_case(alias) == name) {
        result.push_back(ip);
        break;
      }
    }
  }
  return result;
}

/// One conversation with the C library's resolver.
class Asker {
 public:
  explicit Asker(const DnsOptions& options) {
    if (res_ninit(&state_) != 0) {
      error_ = "resolv.conf cannot be read";
      return;
    }
    is_ready_ = true;
    state_.retrans = static_cast<int>(options.timeout_seconds);
    state_.retry = static_cast<int>(options.tries);
    state_.options |= RES_USE_EDNS0;
    if (options.nameserver.has_value() && options.nameserver->family() == AF_INET) {
      state_.nscount = 1;
      state_.nsaddr_list[0] = *reinterpret_cast<const sockaddr_in*>(&options.nameserver->storage);
    }
    buffer_.resize(NS_MAXMSG);
  }
  ~Asker() {
    if (is_ready_) {
      res_nclose(&state_);
    }
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  /// Calls `take(message, record)` for every answer; false when there is no usable message.
  template <class Take>
  bool ask(const std::string& name, int type, Take take) {
    if (!is_ready_) {
      return false;
    }
    const int size = res_nsearch(&state_, name.c_str(), ns_c_in, type, buffer_.data(),
                                 static_cast<int>(buffer_.size()));
    if (size < 0) {
      error_ = hstrerror(state_.res_h_errno);
      return false;
    }
    ns_msg message;
    if (ns_initparse(buffer_.data(), std::min(size, static_cast<int>(buffer_.size())), &message) !=
        0) {
      error_ = "the answer is broken";
      return false;
    }
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
      ns_rr record;
      if (ns_parserr(&message, ns_s_an, i, &record) != 0) {
        error_ = "the answer is broken";
        return false;
      }
      ttl_ = std::min(ttl_, Duration(std::chrono::seconds(ns_rr_ttl(record))));
      if (ns_rr_type(record) == type) {
        take(message, record);
      }
    }
    return true;
  }

  /// Appends the addresses of a name.
  void addresses(const std::string& name, std::vector<Ip>& out) {
    const auto take = [&out](int family, std::size_t size) {
      return [&out, family, size](const ns_msg&, const ns_rr& record) {
        char text[INET6_ADDRSTRLEN] = {};
        if (ns_rr_rdlen(record) == size && out.size() < kMaxResolvedHosts) {
          inet_ntop(family, ns_rr_rdata(record), text, sizeof text);
          out.emplace_back(text);
        }
      };
    };
    ask(name, ns_t_a, take(AF_INET, sizeof(in_addr)));
    ask(name, ns_t_aaaa, take(AF_INET6, sizeof(in6_addr)));
  }

  std::vector<SrvTarget> targets(const std::string& name) {
    std::vector<SrvTarget> result;
    ask(name, ns_t_srv, [&result](const ns_msg& message, const ns_rr& record) {
      const unsigned char* const data = ns_rr_rdata(record);
      char target[NS_MAXDNAME] = {};
      if (ns_rr_rdlen(record) < 7 || result.size() == kMaxTargets ||
          dn_expand(ns_msg_base(message), ns_msg_end(message), data + 6, target, sizeof target) <
              0) {
        return;
      }
      result.push_back({target, static_cast<std::uint16_t>(ns_get16(data + 4)),
                        static_cast<std::uint16_t>(ns_get16(data)),
                        static_cast<std::uint16_t>(ns_get16(data + 2))});
    });
    return result;
  }

  [[nodiscard]] Duration ttl() const { return ttl_; }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct __res_state state_ {};
  std::vector<unsigned char> buffer_;
  bool is_ready_ = false;
  Duration ttl_ = kFixedTtl;
  std::string error_ = "no such record";
};

/// The addresses of a name, by whichever way there is.
std::vector<Ip> addresses_of(const std::string& name, const DnsOptions& options, Asker& asker) {
  if (is_ip(name)) {
    return {name};
  }
  const std::string canonical = lower_case(name);
  std::vector<Ip> result = from_hosts_file(options.hosts_file, canonical);
  if (result.empty() && (canonical == "localhost" || canonical.ends_with(".localhost"))) {
    result = {"127.0.0.1", "::1"};  // RFC 6761: never asked of a name server
  }
  if (result.empty()) {
    asker.addresses(name, result);
  }
  const auto is_useless = [](const Ip& ip) { return ip.find(':') != Ip::npos && !has_route(ip); };
  if (!std::all_of(result.begin(), result.end(), is_useless)) {
    std::erase_if(result, is_useless);
  }
  return result;
}

/// Sorted, so that a name server that turns its answers around changes nothing.
void tidy(std::vector<ResolvedHost>& hosts) {
  std::sort(hosts.begin(), hosts.end(), [](const ResolvedHost& a, const ResolvedHost& b) {
    return a.address != b.address ? a.address < b.address : a.weight > b.weight;
  });
  const auto same = [](const ResolvedHost& a, const ResolvedHost& b) {
    return a.address == b.address;
  };
  hosts.erase(std::unique(hosts.begin(), hosts.end(), same), hosts.end());
  hosts.resize(std::min(hosts.size(), kMaxResolvedHosts));
}

void resolve_targets(std::vector<SrvTarget> targets, const DnsOptions& options, Asker& asker,
                     std::vector<ResolvedHost>& out) {
  std::erase_if(targets, [](const SrvTarget& target) {
    return target.name.empty() || target.name == ".";  // RFC 2782: decidedly no service here
  });
  std::uint32_t heaviest = 0;
  std::uint16_t best = 0xffff;
  for (const SrvTarget& target : targets) {
    best = std::min(best, target.priority);
  }
  std::erase_if(targets, [best](const SrvTarget& target) { return target.priority != best; });
  for (const SrvTarget& target : targets) {
    heaviest = std::max<std::uint32_t>(heaviest, target.weight);
  }
  for (const SrvTarget& target : targets) {
    // As they are when they fit; in proportion when they do not.
    const std::uint32_t scaled =
        heaviest <= kMaxWeight ? target.weight : target.weight * kMaxWeight / heaviest;
    for (const Ip& ip : addresses_of(target.name, options, asker)) {
      out.push_back({with_port(ip, target.port), std::max(scaled, 1U)});
    }
  }
}

}  // namespace

Result<DnsAnswer> look_up(const DnsQuery& query, const DnsOptions& options) {
  Asker asker(options);
  DnsAnswer answer;
  switch (query.kind) {
    case DnsQuery::Kind::kAddresses:
      for (const Ip& ip : addresses_of(query.name, options, asker)) {
        answer.hosts.push_back({with_port(ip, query.port), 1});
      }
      break;
    case DnsQuery::Kind::kSrv:
      resolve_targets(asker.targets(query.name), options, asker, answer.hosts);
      break;
  }
  tidy(answer.hosts);
  if (answer.hosts.empty()) {
    return fail(asker.error(), query.name);
  }
  answer.ttl = asker.ttl();
  return answer;
}

}  // namespace shaketable::proxy::net

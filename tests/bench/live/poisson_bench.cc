// poisson_bench PORT RATE SECONDS plain|tls: GET /k at Poisson arrivals over 64 kept connections,
// on time whatever the answers do. Latency runs from the moment at which a request was due, so that
// a proxy that stalls cannot hide it. Prints "p50 p99 requests failures", the first two in
// microseconds.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t kConnections = 64;
constexpr double kWarmUp = 0.5;              // seconds
constexpr double kPatience = 3;              // seconds, for what is under way at the end
constexpr unsigned long kTimerSlack = 1000;  // ns
constexpr std::size_t kBodyBytes = 1024;
constexpr std::string_view kRequest = "GET /k HTTP/1.1\r\nHost: localhost\r\n\r\n";

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int fd = -1;
  SSL* tls = nullptr;
  double due = 0;
  std::string answer;

  void send() const {
    const auto size = static_cast<int>(kRequest.size());
    const auto sent = tls != nullptr
                          ? SSL_write(tls, kRequest.data(), size)
                          : static_cast<int>(::write(fd, kRequest.data(), kRequest.size()));
    if (sent != size) {
      die("write");
    }
  }
  /// Whether the answer is whole.
  bool receive() {
    std::array<char, 16384> buffer;
    for (;;) {
      const auto got = tls != nullptr
                           ? SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()))
                           : static_cast<int>(::read(fd, buffer.data(), buffer.size()));
      if (got == 0 || (got < 0 && tls == nullptr && errno != EAGAIN)) {
        die("read");
      }
      if (got < 0) {
        break;
      }
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::size_t head = answer.find("\r\n\r\n");
    return head != std::string::npos && answer.size() >= head + 4 + kBodyBytes;
  }
};

void open(Connection& connection, std::uint16_t port, SSL_CTX* context) {
  connection.fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die("connect");
  }
  const int on = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (context != nullptr) {
    connection.tls = SSL_new(context);
    SSL_set_fd(connection.tls, connection.fd);
    SSL_set_tlsext_host_name(connection.tls, "localhost");
    if (SSL_connect(connection.tls) != 1) {
      die("TLS");
    }
  }
  ::fcntl(connection.fd, F_SETFL, O_NONBLOCK);
}

struct Load {
  Load(std::uint16_t port, double rate, SSL_CTX* context) : gap(rate) {
    for (std::size_t i = 0; i < connections.size(); ++i) {
      open(connections[i], port, context);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event);
      idle.push_back(i);
    }
  }

  void run(double seconds) {
    double due = now() + 0.01;
    const double measured_from = due + kWarmUp;
    const double end = measured_from + seconds;
    for (double time = now(); time < end + kPatience; time = now()) {
      for (; due <= time && due < end; due += gap(random)) {
        waiting.push_back(due);
      }
      send_waiting();
      if (due >= end && waiting.empty() && idle.size() == connections.size()) {
        break;
      }
      receive(std::max(std::min(due, end + kPatience) - now(), 0.0), measured_from);
    }
    failures += waiting.size() + connections.size() - idle.size();
  }

  void send_waiting() {
    while (!waiting.empty() && !idle.empty()) {
      Connection& connection = connections[idle.back()];
      idle.pop_back();
      connection.due = waiting.front();
      waiting.pop_front();
      connection.answer.clear();
      connection.send();
    }
  }

  void receive(double patience, double measured_from) {
    std::array<epoll_event, kConnections> events;
    const timespec time{static_cast<time_t>(patience),
                        static_cast<long>((patience - std::floor(patience)) * 1e9)};
    const int count = ::epoll_pwait2(epoll, events.data(), kConnections, &time, nullptr);
    for (int i = 0; i < count; ++i) {
      const std::size_t number = events[static_cast<std::size_t>(i)].data.u64;
      Connection& connection = connections[number];
      if (!connection.receive()) {
        continue;
      }
      idle.push_back(number);
      failures += connection.answer.compare(9, 3, "200") == 0 ? 0U : 1U;
      if (connection.due >= measured_from) {
        latencies.push_back((now() - connection.due) * 1e6);
      }
    }
  }

  double quantile(double q) {
    std::sort(latencies.begin(), latencies.end());
    const auto at = static_cast<std::size_t>(q * static_cast<double>(latencies.size()));
    return latencies.empty() ? 0 : latencies[std::min(at, latencies.size() - 1)];
  }

  std::exponential_distribution<double> gap;
  std::mt19937_64 random{42};
  const int epoll = ::epoll_create1(0);
  std::array<Connection, kConnections> connections;
  std::vector<std::size_t> idle;
  std::deque<double> waiting;
  std::vector<double> latencies;
  std::size_t failures = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: poisson_bench PORT RATE SECONDS plain|tls\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_TIMERSLACK, kTimerSlack);
  SSL_CTX* const context =
      std::string_view(arguments[4]) == "tls" ? SSL_CTX_new(TLS_client_method()) : nullptr;
  Load load(static_cast<std::uint16_t>(std::atoi(arguments[1])), std::atof(arguments[2]), context);
  load.run(std::atof(arguments[3]));
  std::printf("%.1f %.1f %zu %zu\n", load.quantile(0.5), load.quantile(0.99), load.latencies.size(),
              load.failures);
  return 0;
}

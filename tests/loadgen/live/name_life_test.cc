#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "loadgen/live/target_url.h"
#include "loadgen/live/transport.h"
#include "tests/loadgen/live/test_server.h"
#include "tests/proxy/live/dns_server.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::live::DnsServer;

/// Requests on connections of their own to a name of a name server of the test.
class NameLifeTest : public testing::Test {
 protected:
  void use(LookUp look_up, std::uint32_t ttl) {
    names_server_.set("shop.test", DnsServer::kA, {DnsServer::a("127.0.0.1", ttl)});
    TransportConfig config;
    config.connect_timeout = std::chrono::seconds(60);
    config.reuse = Reuse::kNever;
    config.look_up = look_up;
    transport_ = std::make_unique<Transport>(loop_, names_, config);
  }
  /// How often the name server was asked for it.
  std::size_t questions_of_a_request() {
    const std::size_t before = names_server_.questions();
    const auto target = parse_target("http://shop.test:" + std::to_string(server_.port()));
    proxy::http::RequestMessage message;
    message.method = "GET";
    message.authority = target->origin.authority();
    message.path = "/";
    Exchange exchange;
    exchange.origin = *transport_->add_origin(target->origin);
    exchange.request = &message;
    exchange.timeout = std::chrono::seconds(60);
    transport_->start(exchange);
    while (!exchange.is_over) {
      transport_->turn();
      while (transport_->take_done() != nullptr) {
      }
      if (!exchange.is_over) {
        transport_->flush();
        loop_.wait(transport_->next_deadline());
      }
    }
    while (transport_->take_done() != nullptr) {
    }
    transport_->flush();
    EXPECT_EQ(exchange.status, 200) << failure_name(exchange.failure);
    return names_server_.questions() - before;
  }

  TestServer server_{TestServer::answers(200, "x")};
  DnsServer names_server_;
  NameService names_{
      proxy::net::DnsOptions{.nameserver = names_server_.address(), .hosts_file = "/dev/null"}};
  EventLoop loop_;
  std::unique_ptr<Transport> transport_;
};

TEST_F(NameLifeTest, ANameIsLookedUpOnce) {
  use(LookUp::kOnce, 0);

  EXPECT_GE(questions_of_a_request(), 1U);
  EXPECT_EQ(questions_of_a_request(), 0U);
  EXPECT_EQ(questions_of_a_request(), 0U);
}

TEST_F(NameLifeTest, ANameIsLookedUpForEachConnection) {
  use(LookUp::kEachConnection, 3'600);

  EXPECT_GE(questions_of_a_request(), 1U);
  EXPECT_GE(questions_of_a_request(), 1U);
}

TEST_F(NameLifeTest, ANameLivesAsLongAsItsTtl) {
  use(LookUp::kByTtl, 3'600);

  EXPECT_GE(questions_of_a_request(), 1U);
  EXPECT_EQ(questions_of_a_request(), 0U);
}

TEST_F(NameLifeTest, ANameWithoutALifeIsLookedUpAgain) {
  use(LookUp::kByTtl, 0);

  EXPECT_GE(questions_of_a_request(), 1U);
  EXPECT_GE(questions_of_a_request(), 1U);
}

}  // namespace
}  // namespace shaketable::loadgen::live

#include "proxy/live/dns_lookup.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/proxy/live/dns_server.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

using Hosts = std::vector<ResolvedHost>;

class DnsLookUpTest : public testing::Test {
 protected:
  Result<DnsAnswer> look_up_name(std::string name, std::uint16_t port = 80) {
    return look_up(
        DnsCluster{.kind = DnsCluster::Kind::kAddresses, .name = std::move(name), .port = port},
        options());
  }
  Result<DnsAnswer> look_up_srv(std::string name) {
    return look_up(DnsCluster{.kind = DnsCluster::Kind::kSrv, .name = std::move(name)}, options());
  }
  DnsOptions options() {
    return {.nameserver = server_.address(), .hosts_file = hosts_file_, .tries = 1};
  }

  TemporaryFolder folder_;
  std::string hosts_file_ = folder_.write("hosts",
                                          "# comment\n"
                                          "10.9.8.7 printer.test printer\n"
                                          "fd00::1 other.test # printer.test\n"
                                          "10.9.8.8 PRINTER.test\n"
                                          "not-an-address printer.test\n");
  DnsServer server_;
};

TEST_F(DnsLookUpTest, FindsAddressesSortedAndOnce) {
  server_.set("cart.test", DnsServer::kA,
              {DnsServer::a("127.0.0.9", 30), DnsServer::a("127.0.0.2", 50),
               DnsServer::a("127.0.0.9", 40)});

  const auto answer = look_up_name("cart.test", 8080);

  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->hosts, (Hosts{{"127.0.0.2:8080", 1}, {"127.0.0.9:8080", 1}}));
  EXPECT_EQ(answer->ttl, 30s) << "the shortest";
}

TEST_F(DnsLookUpTest, TakesBothFamiliesWhereTheMachineHasBoth) {
  server_.set("both.test", DnsServer::kA, {DnsServer::a("127.0.0.2")});
  server_.set("both.test", DnsServer::kAaaa, {DnsServer::aaaa("2001:db8::5", 7)});
  server_.set("six.test", DnsServer::kAaaa, {DnsServer::aaaa("2001:db8::5")});

  const auto both = look_up_name("both.test");
  const auto six = look_up_name("six.test");

  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(both->hosts[0].address, "127.0.0.2:80");
  EXPECT_LE(both->hosts.size(), 2U) << "one without a route to the world's IPv6";
  ASSERT_TRUE(six.has_value()) << "better than nothing";
  EXPECT_EQ(six->hosts, (Hosts{{"[2001:db8::5]:80", 1}}));
}

TEST_F(DnsLookUpTest, AnAliasShortensTheTime) {
  server_.set("alias.test", DnsServer::kA,
              {DnsServer::cname("real.test", 5), DnsServer::a("127.0.0.3", 60)});

  const auto answer = look_up_name("alias.test");

  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->hosts, (Hosts{{"127.0.0.3:80", 1}}));
  EXPECT_EQ(answer->ttl, 5s);
}

TEST_F(DnsLookUpTest, NumbersTheHostsFileAndLocalhostNeedNoServer) {
  server_.fall_silent();

  EXPECT_EQ(look_up_name("192.0.2.7")->hosts, (Hosts{{"192.0.2.7:80", 1}}));
  EXPECT_EQ(look_up_name("::1")->hosts, (Hosts{{"[::1]:80", 1}}));
  EXPECT_EQ(look_up_name("Printer.Test.")->hosts, (Hosts{{"10.9.8.7:80", 1}, {"10.9.8.8:80", 1}}));
  EXPECT_EQ(look_up_name("localhost")->hosts[0].address, "127.0.0.1:80");
  EXPECT_EQ(look_up_name("a.localhost")->ttl, std::chrono::hours(24));
}

TEST_F(DnsLookUpTest, SrvTargetsHaveTheirOwnPortsAndWeights) {
  server_.set(
      "_http._tcp.shop.test", DnsServer::kSrv,
      {DnsServer::srv(10, 30, 8001, "one.test", 20), DnsServer::srv(10, 0, 8002, "two.test"),
       DnsServer::srv(20, 99, 8003, "spare.test")});
  server_.set("one.test", DnsServer::kA, {DnsServer::a("127.0.0.4")});
  server_.set("two.test", DnsServer::kA, {DnsServer::a("127.0.0.5", 3)});
  server_.set("spare.test", DnsServer::kA, {DnsServer::a("127.0.0.6")});

  const auto answer = look_up_srv("_http._tcp.shop.test");

  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->hosts, (Hosts{{"127.0.0.4:8001", 30}, {"127.0.0.5:8002", 1}}));
  EXPECT_EQ(answer->ttl, 3s);
}

TEST_F(DnsLookUpTest, ScalesLargeWeightsAndLeavesDeadTargetsOut) {
  server_.set("big.test", DnsServer::kSrv,
              {DnsServer::srv(1, 60'000, 1, "one.test"), DnsServer::srv(1, 30'000, 2, "two.test"),
               DnsServer::srv(1, 10, 3, "gone.test")});
  server_.set("one.test", DnsServer::kA, {DnsServer::a("127.0.0.4")});
  server_.set("two.test", DnsServer::kA, {DnsServer::a("127.0.0.5")});

  EXPECT_EQ(look_up_srv("big.test")->hosts, (Hosts{{"127.0.0.4:1", 128}, {"127.0.0.5:2", 64}}));
}

TEST_F(DnsLookUpTest, AServiceThatIsDecidedlyNotThereIsAnError) {
  server_.set("none.test", DnsServer::kSrv, {DnsServer::srv(0, 0, 0, "")});

  EXPECT_FALSE(look_up_srv("none.test").has_value());
}

TEST_F(DnsLookUpTest, SaysWhyThereIsNothing) {
  const auto unknown = look_up_name("unknown.test");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().where, "unknown.test");
  EXPECT_EQ(unknown.error().message, "Unknown host");

  server_.fail_with(DnsServer::kServerFailure);
  EXPECT_EQ(look_up_name("unknown.test").error().message, "Host name lookup failure");
}

TEST_F(DnsLookUpTest, RecordsOfAWrongSizeAreNoAddresses) {
  server_.set("bad.test", DnsServer::kA,
              {{DnsServer::kA, 60, "abc"}, {DnsServer::kA, 60, "abcde"}});
  server_.set("bad.test", DnsServer::kSrv, {{DnsServer::kSrv, 60, "abc"}});

  EXPECT_FALSE(look_up_name("bad.test").has_value());
  EXPECT_FALSE(look_up_srv("bad.test").has_value());
}

}  // namespace
}  // namespace shaketable::proxy::live

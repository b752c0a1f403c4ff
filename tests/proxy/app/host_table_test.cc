#include "proxy/app/host_table.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/proxy/app/proxy_file_fixture.h"

namespace shaketable::proxy::app {
namespace {

std::string address_of(const live::LiveConfig& config, std::size_t cluster, std::size_t host) {
  return config.hosts[(*config.core.clusters[cluster].hosts)[host].id].address;
}

const std::string kListen = "listen: 127.0.0.1:1\n";

TEST(HostTableTest, KeepsIdsAcrossAReload) {
  const live::LiveConfig before =
      config_of(kListen + "clusters: {a: [10.0.0.1:80, 10.0.0.2:80], b: 10.0.0.3:80}\n");
  live::LiveConfig after =
      config_of(kListen + "clusters: {b: [10.0.0.4:80, 10.0.0.3:80], c: 10.0.0.2:80}\n");

  keep_host_ids(before, after);

  ASSERT_EQ(after.hosts.size(), 4U);
  for (std::size_t id = 0; id < before.hosts.size(); ++id) {
    EXPECT_EQ(after.hosts[id].address, before.hosts[id].address);
  }
  EXPECT_EQ(address_of(after, 0, 0), "10.0.0.4:80");
  EXPECT_EQ(address_of(after, 0, 1), "10.0.0.3:80");
  EXPECT_EQ((*after.core.clusters[1].hosts)[0].id, 1U);
}

TEST(HostTableTest, SharesHostsThatDidNotChange) {
  const std::string text = kListen + "clusters: {a: [10.0.0.1:80], b: 10.0.0.3:80}\n";
  const live::LiveConfig before = config_of(text);
  live::LiveConfig after =
      config_of(kListen + "clusters: {b: [{address: 10.0.0.3:80, weight: 2}], a: 10.0.0.1:80}\n");

  keep_host_ids(before, after);

  EXPECT_EQ(after.core.clusters[1].hosts, before.core.clusters[0].hosts);
  EXPECT_NE(after.core.clusters[0].hosts, before.core.clusters[1].hosts) << "another weight";
}

TEST(HostTableTest, CountsOnBehindWhatTheResolverAppended) {
  live::LiveConfig before = config_of(kListen + "clusters: {a: a.test:80}\n");
  before.hosts.push_back({"10.0.0.7:80"});
  live::LiveConfig after = config_of(kListen + "clusters: {a: a.test:80, b: 10.0.0.8:80}\n");

  keep_host_ids(before, after);

  ASSERT_EQ(after.hosts.size(), 2U);
  EXPECT_EQ(after.hosts[0].address, "10.0.0.7:80");
  EXPECT_EQ((*after.core.clusters[1].hosts)[0].id, 1U);
}

}  // namespace
}  // namespace shaketable::proxy::app

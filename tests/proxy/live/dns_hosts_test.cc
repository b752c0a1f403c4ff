#include "proxy/live/dns_hosts.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy::live {
namespace {

DnsCluster query_for(ClusterIndex cluster, std::string name) {
  DnsCluster query;
  query.cluster = cluster;
  query.name = std::move(name);
  query.port = 80;
  return query;
}

/// Two clusters that look up one name, one that looks up another, and one with an address.
LiveConfig four_clusters() {
  LiveConfig config;
  config.hosts = {{"10.0.0.1:80"}};
  for (const char* name : {"a", "b", "c", "fixed"}) {
    config.core.clusters.emplace_back().name = name;
    config.core.clusters.back().hosts = std::make_shared<const HostSet>();
  }
  config.core.clusters[3].hosts = std::make_shared<const HostSet>(HostSet{{0, 1}});
  config.clusters.resize(4);
  config.dns = {query_for(0, "one.test"), query_for(1, "one.test"), query_for(2, "two.test")};
  return config;
}

std::vector<std::uint32_t> ids_of(const LiveConfig& config, ClusterIndex cluster) {
  std::vector<std::uint32_t> result;
  for (const HostConfig& host : *config.core.clusters[cluster].hosts) {
    result.push_back(host.id);
  }
  return result;
}

using Ids = std::vector<std::uint32_t>;

TEST(ApplyAnswerTest, GivesNewAddressesNewIdsAndKnownOnesTheirOwn) {
  LiveConfig config = four_clusters();

  const auto changed =
      apply_answer(config, config.dns[0], {{{"10.0.0.1:80", 1}, {"10.0.0.2:80", 1}}, 60s});

  EXPECT_EQ(changed, (std::vector<ClusterIndex>{0, 1}));
  EXPECT_EQ(ids_of(config, 0), (Ids{0, 1}));
  EXPECT_EQ(ids_of(config, 1), (Ids{0, 1}));
  EXPECT_EQ(ids_of(config, 2), Ids{});
  ASSERT_EQ(config.hosts.size(), 2U);
  EXPECT_EQ(config.hosts[1].address, "10.0.0.2:80");
}

TEST(ApplyAnswerTest, AnswersThatAreTheSameChangeNothing) {
  LiveConfig config = four_clusters();
  (void)apply_answer(config, config.dns[2], {{{"10.0.0.5:80", 3}}, 60s});
  const auto before = config.core.clusters[2].hosts;

  EXPECT_TRUE(apply_answer(config, config.dns[2], {{{"10.0.0.5:80", 3}}, 5s}).empty());
  EXPECT_EQ(config.core.clusters[2].hosts, before) << "not even another set";
  EXPECT_EQ(apply_answer(config, config.dns[2], {{{"10.0.0.5:80", 4}}, 5s}).size(), 1U)
      << "another weight";
}

TEST(ApplyAnswerTest, NewsOfANameThatIsGoneConcernNobody) {
  LiveConfig config = four_clusters();

  EXPECT_TRUE(apply_answer(config, query_for(0, "gone.test"), {{{"10.0.0.5:80", 1}}, 5s}).empty());
}

TEST(KeepFoundHostsTest, AReloadBeginsWithWhatWasFound) {
  LiveConfig old = four_clusters();
  (void)apply_answer(old, old.dns[0], {{{"10.0.0.2:80", 1}}, 60s});
  LiveConfig reloaded = four_clusters();
  reloaded.hosts = old.hosts;
  reloaded.dns = {query_for(2, "one.test"), query_for(1, "three.test")};

  keep_found_hosts(old, reloaded);

  EXPECT_EQ(ids_of(reloaded, 2), Ids{1});
  EXPECT_EQ(ids_of(reloaded, 1), Ids{}) << "another name than before";
}

TEST(WithEndpointsTest, SharesEverythingButTheEndpoints) {
  LiveConfig config = four_clusters();
  const auto before = make_snapshot(config, 7, nullptr);
  ASSERT_TRUE(before.has_value()) << before.error().message;
  const auto changed = apply_answer(config, config.dns[2], {{{"[::1]:80", 1}}, 60s});

  const auto after = with_endpoints(**before, config, changed);

  EXPECT_EQ(after->version, 7U);
  ASSERT_EQ(after->hosts.size(), 2U);
  EXPECT_EQ(address_text(after->hosts[1]), "[::1]:80");
  EXPECT_EQ(ids_of(after->config, 2), Ids{1});
  EXPECT_EQ(ids_of((*before)->config, 2), Ids{}) << "the one of before is as it was";
  EXPECT_EQ(after->clusters[2], (*before)->clusters[2]) << "shared";
}

}  // namespace
}  // namespace shaketable::proxy::live

#include "proxy/app/load_config.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/base/rng.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::app {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr char kGood[] =
    "node: shop\n"
    "listen: 127.0.0.1:15001\n"
    "clusters:\n"
    "  a: [10.0.0.1:80, 10.0.0.2:80]\n"
    "  b: {endpoints_file: b.yaml, outlier_detection: {consecutive_5xx: 3}}\n"
    "routes:\n"
    "  - {match: {prefix: /b}, to: b, retries: {attempts: 2, retry_on: [5xx]}}\n"
    "  - {split: {a: 80%, b: 20%}}\n";

class LoadConfigTest : public testing::Test {
 protected:
  LoadConfigTest() {
    (void)folder_.write("b.yaml", "[10.0.0.3:80]\n");
    request_.config = folder_.write("proxy.yaml", kGood);
  }

  TemporaryFolder folder_;
  LoadRequest request_;
};

TEST_F(LoadConfigTest, CountsVersionsAndKeepsIds) {
  const LoadResult first = load_config(request_, nullptr);
  ASSERT_TRUE(first.has_value()) << first.error();
  (void)folder_.write("b.yaml", "[10.0.0.4:80, 10.0.0.3:80]\n");
  const LoadResult second = load_config(request_, &first->config);
  ASSERT_TRUE(second.has_value()) << second.error();

  EXPECT_EQ(first->config.core.version, 1U);
  EXPECT_EQ(second->config.core.version, 2U);
  EXPECT_EQ(second->config.hosts.size(), 4U);
  EXPECT_EQ((*second->config.core.clusters[1].hosts)[1].id,
            (*first->config.core.clusters[1].hosts)[0].id);
}

TEST_F(LoadConfigTest, LetsOptionsBeatTheFile) {
  request_.node = "cart-1";
  request_.concurrency = 3;
  request_.drain_time = seconds(1);
  request_.admin = "127.0.0.1:9901";
  request_.dns_server = "127.0.0.1:8600";
  request_.access_log = live::AccessLogConfig::Format::kJson;
  const LoadResult result = load_config(request_, nullptr);

  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->config.node, "cart-1");
  EXPECT_EQ(result->config.concurrency, 3U);
  EXPECT_EQ(result->config.drain_time, seconds(1));
  EXPECT_EQ(result->config.admin.address, "127.0.0.1:9901");
  EXPECT_EQ(result->config.dns_server, "127.0.0.1:8600");
  EXPECT_EQ(result->config.access_log.format, live::AccessLogConfig::Format::kJson);
}

TEST_F(LoadConfigTest, RefusesAnAdminPortForEverybody) {
  request_.admin = "0.0.0.0:9901";
  const LoadResult open = load_config(request_, nullptr);
  request_.admin = "9901";
  const LoadResult wrong = load_config(request_, nullptr);

  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error(), HasSubstr("error[ST1409]"));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error(), HasSubstr("error[ST1401]"));
}

TEST_F(LoadConfigTest, RefusesANameServerThatCannotBeAsked) {
  for (const char* wrong : {"127.0.0.1", "ns.test:53", "[::1]:53", "unix:/run/dns", "0.0.0.0:53"}) {
    request_.dns_server = wrong;
    const LoadResult result = load_config(request_, nullptr);
    ASSERT_FALSE(result.has_value()) << wrong;
    EXPECT_THAT(result.error(), HasSubstr("--dns-server with an IPv4 address")) << wrong;
  }
}

TEST_F(LoadConfigTest, NamesEveryFileThatItRead) {
  const LoadResult result = load_config(request_, nullptr);

  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(result->config.files, testing::ElementsAre(request_.config, folder_ / "b.yaml"));
}

TEST_F(LoadConfigTest, SaysThatAFileIsMissing) {
  request_.config = folder_ / "none.yaml";
  const LoadResult result = load_config(request_, nullptr);

  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error(), HasSubstr("none.yaml"));
  EXPECT_THAT(result.error(), HasSubstr("error[ST1001]"));
}

/// A file with some of its bytes changed.
std::string broken(const std::string& text, Rng& rng) {
  constexpr std::string_view kBytes = "{}[]:,- \n\"'&*%a1#\t\0\xff/@";
  std::string result = text;
  for (std::uint64_t i = 0, changes = 1 + rng.below(4); i < changes && !result.empty(); ++i) {
    const auto at = static_cast<std::size_t>(rng.below(result.size()));
    const char byte = kBytes[static_cast<std::size_t>(rng.below(kBytes.size()))];
    switch (rng.below(3)) {
      case 0:
        result[at] = byte;
        break;
      case 1:
        result.insert(at, 1, byte);
        break;
      default:
        result.erase(at, 1 + static_cast<std::size_t>(rng.below(5)));
    }
  }
  return result;
}

// Whatever is written while the proxy runs: a refusal says why and changes nothing, and what is
// taken is whole.
TEST_F(LoadConfigTest, NeverAppliesHalfAFile) {
  const LoadResult running = load_config(request_, nullptr);
  ASSERT_TRUE(running.has_value());
  const std::vector<live::HostAddress> hosts = running->config.hosts;
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    request_.config = folder_.write("proxy.yaml", broken(kGood, rng));
    const LoadResult result = load_config(request_, &running->config);
    if (!result) {
      ++refused;
      EXPECT_THAT(result.error(), HasSubstr("error[ST"));
      EXPECT_EQ(result.error().back(), '\n');
      continue;
    }
    const live::LiveConfig& config = result->config;
    ASSERT_EQ(config.clusters.size(), config.core.clusters.size());
    ASSERT_GE(config.hosts.size(), hosts.size());
    for (std::size_t id = 0; id < hosts.size(); ++id) {
      ASSERT_EQ(config.hosts[id].address, hosts[id].address);
    }
    for (const ClusterConfig& cluster : config.core.clusters) {
      ASSERT_NE(cluster.hosts, nullptr);
      for (const HostConfig& host : *cluster.hosts) {
        ASSERT_LT(host.id, config.hosts.size());
      }
    }
  }
  EXPECT_GT(refused, 500U);
  EXPECT_LT(refused, 1'000U);
}

}  // namespace
}  // namespace shaketable::proxy::app

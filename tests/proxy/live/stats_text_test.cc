#include "proxy/live/stats_text.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/proxy/live/sample_stats.h"
#include "tests/support/golden.h"
#include "tests/support/hostile_names.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

std::string text(const StatsSnapshot& stats, const StatsOptions& options = {}) {
  return stats_as_text(stats, sample_server(), options).value();
}
std::string prometheus(const StatsSnapshot& stats, const StatsOptions& options = {}) {
  return stats_as_prometheus(stats, sample_server(), options).value();
}

StatsSnapshot hostile_stats() {
  StatsSnapshot stats;
  for (const std::string& name : hostile_names()) {
    ClusterSnapshot cluster;
    cluster.name = name;
    cluster.metrics.on_response(200, 1ms);
    stats.clusters.push_back(cluster);
    stats.listeners.push_back({name, {}});
  }
  // Names that only differ in what statistics cannot show.
  for (const char* name : {"a:b", "a_b", "a_b#2"}) {
    ClusterSnapshot cluster;
    cluster.name = name;
    stats.clusters.push_back(cluster);
  }
  return stats;
}

TEST(StatsTextTest, TextHasEnvoysNames) {
  const std::string actual = text(sample_stats(), {"", true});
  EXPECT_EQ(actual, golden("live/stats.txt", actual));
}

TEST(StatsTextTest, PrometheusHasEnvoysNamesAndLabels) {
  const std::string actual = prometheus(sample_stats(), {"", true});
  EXPECT_EQ(actual, golden("live/stats.prom", actual));
}

TEST(StatsTextTest, JsonHasEnvoysShape) {
  const std::string actual =
      stats_as_json(sample_stats(), sample_server(), {"upstream", true}).value();
  EXPECT_EQ(actual, golden("live/stats.json", actual));
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(actual, error);
  ASSERT_FALSE(error) << error.message();
  const boost::json::array& stats = value.at("stats").as_array();
  EXPECT_EQ(stats.back().at("histograms").at("supported_quantiles").as_array().size(), 10U);
}

TEST(StatsTextTest, ZerosAreToldUnlessOnlyUsedOnesAreWanted) {
  EXPECT_EQ(lines_with(text(sample_stats()), "cluster.pay.upstream_rq_total").front(),
            "cluster.pay.upstream_rq_total: 0");
  EXPECT_EQ(lines_with(text(sample_stats()), "cluster.pay.upstream_rq_time").front(),
            "cluster.pay.upstream_rq_time: No recorded values");
  EXPECT_TRUE(lines_with(text(sample_stats(), {"", true}), "cluster.pay.").empty());
}

TEST(StatsTextTest, TheFilterChoosesByNameInEveryForm) {
  const StatsOptions options{"^cluster\\.cart\\.upstream_rq_2", false};
  EXPECT_EQ(text(sample_stats(), options),
            "cluster.cart.upstream_rq_200: 2\ncluster.cart.upstream_rq_2xx: 2\n");
  EXPECT_EQ(prometheus(sample_stats(), options),
            "# TYPE envoy_cluster_upstream_rq counter\n"
            "envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"cart\"} 2\n"
            "# TYPE envoy_cluster_upstream_rq_xx counter\n"
            "envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\","
            "envoy_cluster_name=\"cart\"} 2\n");
}

TEST(StatsTextTest, ABadFilterIsAnErrorThatSaysWhy) {
  const auto result = stats_as_text(sample_stats(), sample_server(), {"(", false});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message.find("missing )"), std::string::npos);
  EXPECT_FALSE(stats_as_json(sample_stats(), sample_server(), {std::string(2000, 'a'), false}));
}

TEST(StatsTextTest, BucketsOfHistogramsAreCumulativeAndInMilliseconds) {
  const std::string all = prometheus(sample_stats());
  const auto line = [&all](const std::string& name) {
    return lines_with(all, "envoy_cluster_upstream_rq_time" + name).front();
  };
  EXPECT_EQ(line("_bucket{envoy_cluster_name=\"cart\",le=\"0.5\"}").back(), '0');
  EXPECT_EQ(line("_bucket{envoy_cluster_name=\"cart\",le=\"1\"}").back(), '1');
  EXPECT_EQ(line("_bucket{envoy_cluster_name=\"cart\",le=\"5\"}").back(), '2');
  EXPECT_EQ(line("_bucket{envoy_cluster_name=\"cart\",le=\"50\"}").back(), '3');
  EXPECT_EQ(line("_bucket{envoy_cluster_name=\"cart\",le=\"+Inf\"}").back(), '3');
  EXPECT_EQ(line("_sum{envoy_cluster_name=\"cart\"}"),
            "envoy_cluster_upstream_rq_time_sum{envoy_cluster_name=\"cart\"} 42.4");
  EXPECT_EQ(line("_count{envoy_cluster_name=\"cart\"}").back(), '3');
}

TEST(StatsTextTest, NoSeriesComesTwiceWhateverTheNames) {
  std::set<std::string> seen;
  std::string family;
  std::set<std::string> families;
  for (const std::string& line : lines_with(prometheus(hostile_stats()), "")) {
    if (line.starts_with("# TYPE ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family << " stands in two places";
      continue;
    }
    EXPECT_TRUE(line.starts_with(family)) << line.substr(0, 200);
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line.substr(0, 200);
  }
}

TEST(StatsTextTest, HostileNamesDoNotBreakALine) {
  for (const std::string& all : {text(hostile_stats()), prometheus(hostile_stats())}) {
    for (const char c : all) {
      ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
    }
    EXPECT_TRUE(lines_with(all, "lines").empty());
    EXPECT_TRUE(lines_with(all, "return").empty());
  }
  boost::json::error_code error;
  boost::json::parse(stats_as_json(hostile_stats(), sample_server(), {}).value(), error);
  EXPECT_FALSE(error) << error.message();
}

/// Exit status of `promtool check metrics`; its notes in `notes`.
int promtool(const std::string& metrics, std::string& notes) {
  const TemporaryFolder folder;
  const std::string input = folder.write("metrics", metrics);
  const std::string output = folder / "notes";
  const int status =
      std::system(("promtool check metrics <" + input + " >" + output + " 2>&1").c_str());
  notes = TemporaryFolder::read(output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StatsTextTest, PromtoolAcceptsWhatIsTold) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool (Debian's prometheus) is not installed";
  }
  for (const StatsSnapshot& stats : {sample_stats(), hostile_stats(), StatsSnapshot()}) {
    std::string notes;
    // 3 = notes about names, which are Envoy's and not to be changed; 1 = cannot be read.
    const int status = promtool(prometheus(stats), notes);
    EXPECT_TRUE(status == 0 || status == 3) << notes;
    EXPECT_EQ(notes.find("error while linting"), std::string::npos) << notes;
  }
}

}  // namespace
}  // namespace shaketable::proxy::live

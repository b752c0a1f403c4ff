#include <string>

#include <gmock/gmock.h>

#include "engine/judge/names.h"
#include "tests/engine/formats/loader_fixture.h"

// Faults of the platform: rollouts, machines, leaks, caches, links, names, certificates, clocks.
namespace shaketable::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kMeshOnNodes = kTwoServices + "zones: [eu-a, eu-b]\nnodes: 6\n";
const std::string kLoad = "load: {users: {workers: 1, steps: [GET /]}}\n";

Fault fault_of(const std::string& text) {
  const Scenario scenario = scenario_of(kMeshOnNodes + kLoad + "faults: {it: {" + text + "}}\n");
  return scenario.faults.empty() ? Fault{} : scenario.faults[0];
}

std::string words_of(const std::string& text) {
  return fault_words(scenario_of(kMeshOnNodes + kLoad + "faults: {it: {" + text + "}}\n"), 0);
}

/// What is said about a fault beside that nothing is expected.
std::string complaint(const std::string& text, const std::string& mesh = kMeshOnNodes) {
  return report_of(mesh + kLoad + "faults: {it: {" + text +
                   "}}\nexpect: [{metric: rps, must: '> 0/s'}]\n");
}

TEST(PlatformFaultTest, ADeploymentHasKubernetesLimitsUnlessItSaysOthers) {
  const Fault usual = fault_of("at: 5s, on: payment v1, deploy: true");
  EXPECT_EQ(usual.kind, FaultKind::kDeploy);
  EXPECT_EQ(usual.to, kNone);
  EXPECT_EQ(rollout_step(usual, 4).surge, 1U);
  EXPECT_EQ(rollout_step(usual, 4).unavailable, 1U);
  EXPECT_EQ(usual.amount, seconds(30)) << "three instances, one at a time, 10 s each";
  EXPECT_EQ(end_of_fault(usual), Instant(seconds(35)));

  const Fault other = fault_of("on: payment v1, deploy: {to: v2, surge: 2, unavailable: 0}");
  EXPECT_EQ(other.to, 1U);
  EXPECT_EQ(rollout_step(other, 3).surge, 2U);
  EXPECT_EQ(rollout_step(other, 3).unavailable, 0U);
  EXPECT_EQ(other.amount, seconds(20));
  EXPECT_EQ(words_of("on: payment v1, deploy: {to: v2, surge: 2, unavailable: 10%}"),
            "rolling update of payment v1 to v2, at most 2 of the instances too many and 10 % "
            "missing at a time");
}

TEST(PlatformFaultTest, ADeploymentIsOfOneVersion) {
  EXPECT_THAT(complaint("on: payment, deploy: true"), HasSubstr("has several versions"));
  EXPECT_THAT(complaint("on: payment-1, deploy: true"), HasSubstr("can be deployed"));
  EXPECT_THAT(complaint("on: eu-a, deploy: true"), HasSubstr("a zone has no number of instances"));
  EXPECT_THAT(complaint("on: payment v1, deploy: {to: v3}"), HasSubstr("runs no version \"v3\""));
  EXPECT_THAT(complaint("deploy: true"), HasSubstr("hits nothing"));
}

TEST(PlatformFaultTest, AMachineIsOneOfTheMesh) {
  const Fault loss = fault_of("at: 1s, for: 9s, node_loss: node-6");
  EXPECT_EQ(loss.kind, FaultKind::kNodeLoss);
  EXPECT_EQ(loss.node, 5U);
  EXPECT_EQ(loss.amount, seconds(40));
  EXPECT_EQ(loss.restart_after, seconds(9));
  EXPECT_EQ(end_of_fault(loss), Instant(seconds(10)));
  EXPECT_EQ(fault_of("node_loss: {node: node-1, noticed_after: 3s}").amount, seconds(3));

  EXPECT_THAT(complaint("node_loss: node-7"), HasSubstr("one of node-1 to node-6"));
  EXPECT_THAT(complaint("node_loss: node-01"), HasSubstr("no node of the mesh"));
  EXPECT_THAT(complaint("node_loss: eu-a"), HasSubstr("no node of the mesh"));
  EXPECT_THAT(complaint("on: payment, node_loss: node-1"), HasSubstr("names what is lost"));
  EXPECT_THAT(complaint("node_loss: node-1", kTwoServices), HasSubstr("on which machines"));
  EXPECT_THAT(complaint("node_loss: node-1", kTwoServices + "zones: [a, b, c]\nnodes: 2\n"),
              HasSubstr("there are 3 zones"));
}

TEST(PlatformFaultTest, SlotsLeakFromThoseThatHaveThem) {
  const std::string mesh =
      "services: {api: {entry: true, runtime: {gunicorn: {workers: 4}}, endpoints: {GET /: "
      "5ms}}}\n";
  EXPECT_THAT(complaint("on: api, leak: {every: 5s}", mesh), IsEmpty());
  EXPECT_THAT(complaint("on: payment, leak: {every: 5s}"), HasSubstr("no slots to lose"));
  EXPECT_THAT(complaint("on: api, leak: {}", mesh), HasSubstr("slots or memory"));
  EXPECT_THAT(complaint("on: api, leak: {every: 5s, memory: 1KiB}", mesh),
              HasSubstr("slots or memory"));
  EXPECT_THAT(complaint("on: api, leak: {every: 5s, limit: 1KiB}", mesh),
              HasSubstr("nobody is killed for lost slots"));
}

TEST(PlatformFaultTest, MemoryLeaksUpToALimit) {
  const Fault leak = fault_of("on: payment, leak: {memory: 64KiB}");
  EXPECT_EQ(leak.kind, FaultKind::kLeak);
  EXPECT_EQ(leak.bytes, 65'536U);
  EXPECT_EQ(leak.limit_bytes, 512U << 20U);
  EXPECT_EQ(leak.restart_after, seconds(10));
  EXPECT_EQ(end_of_fault(leak), proxy::kNever);
  EXPECT_EQ(
      fault_of("on: payment, restart_after: 3s, leak: {memory: 1KiB, limit: 1MiB}").restart_after,
      seconds(3));
  EXPECT_EQ(words_of("on: payment, instances: 2, leak: {memory: 1536B, limit: 1MiB}"),
            "2 instances of payment loses 1.5 KiB of memory with each request, of 1 MiB");
}

TEST(PlatformFaultTest, AFlushIsAMomentUnlessItLasts) {
  EXPECT_EQ(end_of_fault(fault_of("at: 5s, on: payment, cache_flush: true")), Instant(seconds(5)));
  EXPECT_EQ(end_of_fault(fault_of("at: 5s, for: 9s, cache_flush: true")), Instant(seconds(14)));
  EXPECT_THAT(complaint("on: payment, cache_flush: false"), HasSubstr("is `true`"));
}

TEST(PlatformFaultTest, ALinkIsNarrowedAtOneEndOrBetweenTwo) {
  const Fault narrow = fault_of("on: payment, bandwidth: 1.5MB/s");
  EXPECT_EQ(narrow.kind, FaultKind::kBandwidth);
  EXPECT_EQ(narrow.bytes, 1'500'000U);
  const Fault between = fault_of("between: [gateway, payment], bandwidth: 64KiB/s");
  EXPECT_EQ(between.other.service, 1U);
  EXPECT_THAT(complaint("on: payment, bandwidth: 1MiB"), HasSubstr("64KiB/s"));
  EXPECT_THAT(complaint("bandwidth: 1MiB/s"), HasSubstr("or `between`"));
}

TEST(PlatformFaultTest, NamesGoStaleForThoseWhoAskForThem) {
  EXPECT_EQ(fault_of("on: gateway, dns_stale: true").kind, FaultKind::kDnsStale);
  EXPECT_THAT(complaint("on: payment, dns_stale: true"),
              HasSubstr("sidecars do not ask for names"));
  EXPECT_THAT(complaint("on: gateway-1, dns_stale: true"), HasSubstr("of a whole service"));
  EXPECT_EQ(fault_of("on: payment, discovery_delay: 30s").amount, seconds(30));
  EXPECT_EQ(fault_of("discovery_delay: 30s").target.service, kNone);
  EXPECT_THAT(complaint("on: payment v1, discovery_delay: 30s"), HasSubstr("of a whole service"));
}

TEST(PlatformFaultTest, CertificatesAndClocksNeedMtls) {
  EXPECT_EQ(fault_of("on: payment, cert_expire: true").kind, FaultKind::kCertExpire);
  EXPECT_EQ(fault_of("on: payment, clock_skew: 13h").amount, hours(13));
  EXPECT_EQ(fault_of("on: payment, clock_skew: {behind: 5m}").amount, -minutes(5));
  EXPECT_EQ(words_of("on: payment, instances: 1, clock_skew: {behind: 5m}"),
            "clocks of 1 instance of payment are 300 s behind");
  EXPECT_THAT(complaint("on: payment, clock_skew: {}"), HasSubstr("how wrong are the clocks"));
  const std::string plain = kTwoServices + "network: {tls: false}\n";
  EXPECT_THAT(complaint("on: payment, cert_expire: true", plain), HasSubstr("without mTLS"));
  EXPECT_THAT(complaint("on: payment, clock_skew: 1h", plain), HasSubstr("without mTLS"));
}

TEST(PlatformFaultTest, OnlyRequestsAreThoseOfAnEndpoint) {
  EXPECT_THAT(complaint("on: payment POST /charge, slow: 3x"),
              HasSubstr("only requests are those of one endpoint"));
}

TEST(PlatformFaultTest, SizesAndTheLifeOfEntriesAreRead) {
  const Mesh mesh = mesh_of(
      "services:\n"
      "  api:\n"
      "    entry: true\n    cache: {hit_ratio: 80%, ttl: 30s}\n"
      "    endpoints: {GET /: {work: 1ms, request_size: 200B, response_size: 2MiB}, GET /x: 1ms}\n"
      "network: {cross_zone: {latency: 2ms, bandwidth: 10MiB/s}}\n"
      "zones: [a, b]\n"
      "nodes: 3\n");
  const std::vector<Endpoint>& endpoints = mesh.services[0].versions[0].endpoints;
  EXPECT_EQ(endpoints[0].request_bytes, 200U);
  EXPECT_EQ(endpoints[0].response_bytes, 2U << 20U);
  EXPECT_EQ(endpoints[1].request_bytes, 1'024U);
  EXPECT_EQ(endpoints[1].response_bytes, 4'096U);
  EXPECT_EQ(endpoints[0].cache_ttl, seconds(30));
  EXPECT_EQ(mesh.network.cross_zone.bandwidth, 10U << 20U);
  EXPECT_EQ(mesh.network.same_zone.bandwidth, 0U);
  EXPECT_EQ(mesh.nodes, 3U);
}

}  // namespace
}  // namespace shaketable::engine

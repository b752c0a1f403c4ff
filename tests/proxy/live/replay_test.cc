#include "proxy/live/replay.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"
#include "proxy/config/wire.h"
#include "proxy/live/journal_reader.h"
#include "proxy/telemetry/response_flags.h"
#include "tests/proxy/live/recorded_host.h"
#include "tests/support/core_fixture.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

using Kind = RecordedHost::Answer::Kind;
using support::cluster_with;
using support::config_with;
using support::route_to;

/// A journal made by a story, and its replay.
class ReplayTest : public testing::Test {
 protected:
  template <class Story>
  std::string record(ProxyConfig config, Story story, std::uint64_t seed = 42) {
    RecordedHost host(std::move(config), path(), seed);
    story(host);
    return path();
  }
  [[nodiscard]] std::string path() const { return folder_ / "journal"; }
  [[nodiscard]] std::string bytes() const { return TemporaryFolder::read(path()); }

  /// Replays it; it must be complete and the same.
  ReplayReport expect_same() {
    const Result<ReplayReport> report = replay(path());
    EXPECT_TRUE(report.has_value()) << report.error().message;
    if (!report.has_value()) {
      return {};
    }
    EXPECT_TRUE(report->is_same()) << render(*report);
    EXPECT_EQ(report->end, ReplayReport::End::kComplete);
    return *report;
  }
  static std::uint64_t count(const ReplayReport& report, InputKind kind) {
    return report.inputs_by_kind[static_cast<std::size_t>(kind)];
  }

  TemporaryFolder folder_;
};

Route with_retries(Route route, std::uint32_t retries) {
  route.retry.emplace();
  route.retry->retry_on = kRetryOn5xx;
  route.retry->num_retries = retries;
  route.retry->previous_hosts = true;
  return route;
}

// ---- one for each family of scenarios -----------------------------------------------------------

TEST_F(ReplayTest, OfRetriesWithTheirBackoff) {
  record(config_with({cluster_with(3)}, {with_retries(route_to(), 3)}), [](RecordedHost& host) {
    int turn = 0;
    host.server = [&turn](const Action&) {
      ++turn;
      return RecordedHost::Answer{turn % 3 == 0 ? Kind::kReset : Kind::kResponse,
                                  turn % 4 == 0 ? std::uint16_t{200} : std::uint16_t{503}, 2ms};
    };
    for (int i = 0; i < 50; ++i) {
      host.request();
      host.run_for(7ms);
    }
    host.run_for(1s);
    EXPECT_GT(host.count(ActionKind::kSendRequest), 60U);
  });

  const ReplayReport report = expect_same();
  EXPECT_EQ(count(report, InputKind::kRequest), 50U);
  EXPECT_GT(count(report, InputKind::kUpstreamReset), 10U);
  EXPECT_GT(count(report, InputKind::kDeadline), 20U);
}

TEST_F(ReplayTest, OfABreakerThatOverflows) {
  ClusterConfig cluster = cluster_with(2);
  cluster.circuit_breakers.max_connections = 2;
  cluster.circuit_breakers.max_pending_requests = 1;
  cluster.circuit_breakers.max_retries = 1;
  record(config_with({cluster}, {with_retries(route_to(), 2)}), [](RecordedHost& host) {
    host.server = [](const Action&) { return RecordedHost::Answer{Kind::kResponse, 200, 50ms}; };
    for (int i = 0; i < 40; ++i) {
      host.request();
      host.run_for(3ms);
    }
    host.run_for(1s);
    EXPECT_GT(host.replies_with(kFlagUpstreamOverflow), 5U);
  });

  expect_same();
}

TEST_F(ReplayTest, OfOutliersThatAreEjectedAndComeBack) {
  ClusterConfig cluster = cluster_with(4);
  cluster.outlier_detection.emplace();
  cluster.outlier_detection->consecutive_5xx = 3;
  cluster.outlier_detection->enforcing_consecutive_5xx = 70;
  cluster.outlier_detection->max_ejection_percent = 50;
  cluster.outlier_detection->max_ejection_time_jitter = 2s;
  record(config_with({cluster}, {route_to()}), [](RecordedHost& host) {
    host.server = [](const Action& sent) {
      return RecordedHost::Answer{Kind::kResponse,
                                  sent.host == 1 ? std::uint16_t{500} : std::uint16_t{200}, 1ms};
    };
    for (int i = 0; i < 400; ++i) {
      host.request();
      host.run_for(200ms);
    }
  });

  EXPECT_GT(count(expect_same(), InputKind::kDeadline), 5U);
}

TEST_F(ReplayTest, OfTimeoutsOfEveryKind) {
  Route slow = with_retries(route_to(), 1);
  slow.timeout = 300ms;
  slow.retry->per_try_timeout = 100ms;
  Route idle = route_to();
  idle.match.path = {PathMatch::Kind::kPrefix, "/idle", false};
  idle.timeout = 0s;
  idle.idle_timeout = 50ms;
  ClusterConfig cluster = cluster_with(2);
  cluster.pool_idle_timeout = 400ms;
  record(config_with({cluster}, {idle, slow}), [](RecordedHost& host) {
    int turn = 0;
    host.server = [&turn](const Action&) {
      ++turn;
      return RecordedHost::Answer{turn % 2 == 0 ? Kind::kSilence : Kind::kResponse, 200, 1ms};
    };
    for (int i = 0; i < 30; ++i) {
      host.request(i % 3 == 0 ? "/idle" : "/");
      host.run_for(170ms);
    }
    host.run_for(2s);
    EXPECT_GT(host.count(ActionKind::kCancelAttempt), 5U);
    EXPECT_GT(host.count(ActionKind::kCloseConnection), 1U);
  });

  expect_same();
}

TEST_F(ReplayTest, OfFaultsThatAreInjected) {
  Route route = route_to();
  route.fault = FaultPolicy{300'000, 20ms, 400'000, 418, 3};
  record(config_with({cluster_with(2)}, {route}), [](RecordedHost& host) {
    for (int i = 0; i < 200; ++i) {
      host.request();
      host.run_for(4ms);
    }
    EXPECT_GT(host.replies_with(kFlagFaultInjected), 20U);
  });

  expect_same();
}

TEST_F(ReplayTest, OfMirrorsAndWeightedClusters) {
  Route route = route_to();
  route.clusters = {{0, 80}, {1, 20}};
  route.mirrors = {{2, 500'000}};
  record(
      config_with({cluster_with(2, "a"), cluster_with(2, "b"), cluster_with(1, "shadow")}, {route}),
      [](RecordedHost& host) {
        host.server = [](const Action& sent) {
          return RecordedHost::Answer{
              (sent.flags & kSendMirror) != 0 ? Kind::kStreamed : Kind::kResponse, 200, 2ms};
        };
        for (int i = 0; i < 100; ++i) {
          host.request();
          host.run_for(1ms);
        }
        host.run_for(1s);
        EXPECT_GT(host.count(ActionKind::kSendRequest), 120U);
      });

  expect_same();
}

TEST_F(ReplayTest, OfConfigurationsThatArePushedAndHostsThatChange) {
  ProxyConfig first = config_with({cluster_with(2, "a")}, {route_to()});
  record(first, [&first](RecordedHost& host) {
    host.server = [](const Action&) { return RecordedHost::Answer{Kind::kStreamed, 200, 30ms}; };
    for (std::uint32_t i = 0; i < 30; ++i) {
      host.request();
      host.run_for(10ms);
      if (i % 7 == 0) {
        ProxyConfig next = first;
        next.version = i + 1;
        next.clusters.push_back(cluster_with(1 + i % 3, "b" + std::to_string(i)));
        next.outbound[0].routes[0].clusters = {{0, 1}, {1, 1}};
        host.push(next);
      }
      if (i % 5 == 0) {
        host.core().set_hosts(0, support::hosts_of({1, i + 2}));
      }
    }
    host.run_for(1s);
  });

  const ReplayReport report = expect_same();
  EXPECT_EQ(count(report, InputKind::kConfig), 5U);
  EXPECT_EQ(count(report, InputKind::kHosts), 6U);
}

TEST_F(ReplayTest, OfEveryKindOfInput) {
  ClusterConfig cluster = cluster_with(3);
  cluster.protocol = UpstreamProtocol::kHttp2;
  record(config_with({cluster}, {with_retries(route_to(), 2)}), [](RecordedHost& host) {
    Rng rng(11);
    host.accepts = [&rng](const Action&) { return !rng.chance_ppm(200'000); };
    host.server = [&rng](const Action&) {
      return RecordedHost::Answer{static_cast<Kind>(rng.below(4)), 200,
                                  Duration(std::chrono::milliseconds(rng.below(20)))};
    };
    for (std::uint64_t i = 0; i < 300; ++i) {
      const StreamId stream = host.request();
      RecordedCore& core = host.core();
      const auto& connections = host.connections();
      const ConnectionId some = connections[rng.below(connections.size())];
      switch (rng.below(8)) {
        case 0:
          core.on_downstream_reset(host.now(), stream);
          break;
        case 1:
          core.on_not_replayable(stream);
          break;
        case 2:
          core.on_connection_closed(host.now(), some);
          break;
        case 3:
          core.on_connection_draining(host.now(), some);
          break;
        case 4:
          core.on_tunnel(host.now(), stream);
          break;
        case 5:
          core.set_hosts(0, support::hosts_of({0, 1, static_cast<std::uint32_t>(i)}));
          break;
        default:
          break;
      }
      host.carry_out();
      host.run_for(5ms);
    }
    host.push(config_with({cluster_with(1)}, {route_to()}));
  });

  const ReplayReport report = expect_same();
  for (std::size_t kind = 1; kind < kInputKinds; ++kind) {
    EXPECT_GT(report.inputs_by_kind[kind], 0U) << input_name(static_cast<InputKind>(kind));
  }
  EXPECT_EQ(report.program, "test 1");
  EXPECT_EQ(report.worker, 3U);
}

// ---- what must not go unnoticed
// ------------------------------------------------------------------

void serve_some(RecordedHost& host) {
  for (int i = 0; i < 5; ++i) {
    host.request("/cart", {{"x-a", "b"}});
    host.run_for(10ms);
  }
}

TEST_F(ReplayTest, NoticesEveryByteThatWasChanged) {
  record(config_with({cluster_with(2)}, {route_to()}), serve_some);
  const std::string good = bytes();

  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    const auto report = replay(JournalReader(bad));
    EXPECT_TRUE(!report.has_value() || report->end != ReplayReport::End::kComplete)
        << "byte " << i << " of " << good.size();
  }
}

TEST_F(ReplayTest, ReplaysWhatIsThereOfAJournalThatWasCutOff) {
  record(config_with({cluster_with(2)}, {route_to()}), serve_some);
  const std::string good = bytes();

  std::uint64_t most = 0;
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto report = replay(JournalReader(good.substr(0, size)));
    if (!report.has_value()) {
      EXPECT_EQ(most, 0U) << "the header is whole, or nothing is";
      continue;
    }
    EXPECT_EQ(report->end, ReplayReport::End::kCutOff) << size;
    EXPECT_TRUE(report->is_same());
    EXPECT_GE(report->inputs, most);
    most = report->inputs;
  }
  EXPECT_EQ(most, replay(path())->inputs) << "all but the end frame";
}

TEST_F(ReplayTest, NoticesAFrameThatIsMissingOrDoubled) {
  record(config_with({cluster_with(2)}, {route_to()}), serve_some);
  const std::string good = bytes();
  // The last frame is the end: size 2, kind, number of inputs, checksum.
  const std::string end = good.substr(good.size() - 7);

  EXPECT_EQ(replay(JournalReader(good + end))->end, ReplayReport::End::kDamaged);
  EXPECT_EQ(replay(JournalReader(good + 'x'))->end, ReplayReport::End::kDamaged);
}

/// The same story as if the core had been another one: a journal whose seed is not its own.
TEST_F(ReplayTest, ShowsTheFirstInputThatIsAnsweredDifferently) {
  Route route = route_to();
  route.fault = FaultPolicy{0, {}, 500'000, 418, kUnlimited};
  const ProxyConfig config = config_with({cluster_with(1)}, {route});
  record(config, [](RecordedHost& host) {
    for (int i = 0; i < 40; ++i) {
      host.request();
      host.run_for(5ms);
    }
  });
  std::string forged = bytes();
  // Behind the magic: the size of the header, its version, program (6 letters), worker, seed.
  ByteReader front(std::string_view(forged).substr(kJournalMagic.size()));
  (void)front.number();
  const std::size_t seed = forged.size() - front.remaining() + 1 + 7 + 1;
  ASSERT_EQ(forged[seed], 42);
  forged[seed] = 43;
  // All checksums again.
  std::string resealed(kJournalMagic);
  std::uint32_t checksum = 0;
  for (std::size_t at = kJournalMagic.size(); at < forged.size();) {
    ByteReader in(std::string_view(forged).substr(at));
    const std::string_view body = in.text(kMaxFrame);
    checksum = frame_checksum(checksum, body);
    ByteWriter out(resealed);
    out.text(body);
    for (unsigned shift = 0; shift < 32; shift += 8) {
      out.byte(static_cast<std::uint8_t>(checksum >> shift));
    }
    at = forged.size() - in.remaining() + 4;
  }

  const auto report = replay(JournalReader(resealed));

  ASSERT_TRUE(report.has_value());
  ASSERT_TRUE(report->difference.has_value());
  EXPECT_FALSE(report->is_same());
  const ReplayReport::Difference& difference = *report->difference;
  EXPECT_EQ(difference.number, report->inputs + 1);
  EXPECT_NE(difference.input.find("on_request (GET shop.test/"), std::string::npos);
  EXPECT_NE(difference.recorded, difference.replayed);
  const std::string text = render(*report);
  EXPECT_NE(text.find("was answered differently"), std::string::npos) << text;
  EXPECT_NE(text.find("local_reply 418"), std::string::npos) << text;
}

TEST_F(ReplayTest, SaysWhyAFileIsNoJournal) {
  EXPECT_EQ(replay(folder_ / "nothing").error().where, folder_ / "nothing");
  EXPECT_EQ(replay(folder_.write("text", "hello, I am a text")).error().message, "not a journal");
  EXPECT_EQ(replay(folder_.write("empty", "")).error().message, "not a journal");
  EXPECT_EQ(replay(folder_.write("short", std::string(kJournalMagic))).error().message,
            "the beginning of the journal is damaged or missing");
}

TEST_F(ReplayTest, SecretsAreNotInTheJournalUnlessARouteLooksAtThem) {
  Route route = route_to();
  route.match.headers = {{"x-api-key", {StringMatch::Kind::kExact, "looked-at", false}, false}};
  const ProxyConfig config = config_with({cluster_with(1)}, {route, route_to()});

  record(config, [](RecordedHost& host) {
    host.request("/", {{"authorization", "Bearer hidden"},
                       {"cookie", "hidden too"},
                       {"x-api-key", "looked-at"},
                       {"accept", "shown"}});
    host.run_for(1s);
  });

  expect_same();
  const std::string all = bytes();
  EXPECT_EQ(all.find("hidden"), std::string::npos);
  EXPECT_NE(all.find("looked-at"), std::string::npos);
  EXPECT_NE(all.find("shown"), std::string::npos);
}

}  // namespace
}  // namespace shaketable::proxy::live

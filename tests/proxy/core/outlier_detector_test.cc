#include "proxy/core/outlier_detector.h"

#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

using LocalOrigin = OutlierDetector::LocalOrigin;

/// A detector over hosts 0 to n - 1 whose ticks are delivered as a cluster would.
struct Detected {
  explicit Detected(const OutlierDetection& config, std::uint32_t hosts)
      : detector(config, kStart) {
    set_hosts(std::vector<bool>(hosts, true));
  }
  void set_hosts(const std::vector<bool>& present) {
    std::vector<std::uint32_t> ids(present.size());
    std::iota(ids.begin(), ids.end(), 0U);
    detector.set_hosts(ids, present);
  }
  /// Answers and returns whether the set of ejected hosts changed.
  bool respond(std::uint32_t slot, std::uint16_t status, int times = 1) {
    bool changed = false;
    for (int i = 0; i < times; ++i) {
      changed |= detector.on_response(now, slot, status, rng, reporter);
    }
    return changed;
  }
  bool local(std::uint32_t slot, LocalOrigin what, int times = 1) {
    bool changed = false;
    for (int i = 0; i < times; ++i) {
      changed |= detector.on_local_origin(now, slot, what, rng, reporter);
    }
    return changed;
  }
  void run_until(Instant end) {
    while (detector.next_tick(now) <= end) {
      now = detector.next_tick(now);
      static_cast<void>(detector.on_tick(now, rng, reporter));
    }
    now = end;
  }
  /// Records of a kind; those that one record stands for are counted.
  [[nodiscard]] std::size_t records(RecordKind kind) const {
    std::size_t total = 0;
    for (const TelemetryRecord& record : telemetry.records()) {
      total += record.kind == kind ? record.count : 0;
    }
    return total;
  }

  OutlierDetector detector;
  Instant now = kStart;
  Rng rng{1};
  TelemetryBuffer telemetry;
  OutlierDetector::Reporter reporter{&telemetry, 3, 9};
};

OutlierDetection all_allowed() {
  OutlierDetection config;
  config.max_ejection_percent = 100;
  return config;
}

TEST(OutlierDetectorTest, EjectsAfterFiveErrorsInARow) {
  Detected detected(all_allowed(), 10);

  EXPECT_FALSE(detected.respond(2, 500, 4));
  EXPECT_TRUE(detected.respond(2, 599));

  EXPECT_TRUE(detected.detector.is_ejected(2));
  EXPECT_EQ(detected.detector.ejected_count(), 1U);
  const TelemetryRecord& record = detected.telemetry.records().back();
  EXPECT_EQ(record.kind, RecordKind::kEjected);
  EXPECT_EQ(record.reason, static_cast<std::uint8_t>(EjectionCause::kConsecutive5xx));
  EXPECT_EQ(record.host, 2U);
  EXPECT_EQ(record.proxy, 3U);
  EXPECT_EQ(record.tag, 9U);
  EXPECT_EQ(record.a, 5U);
}

TEST(OutlierDetectorTest, StartsCountingAnewAfterAnythingBelow500) {
  Detected detected(all_allowed(), 10);

  detected.respond(0, 503, 4);
  detected.respond(0, 404);
  EXPECT_FALSE(detected.respond(0, 503, 4));

  EXPECT_TRUE(detected.respond(0, 503));
}

TEST(OutlierDetectorTest, CountsGatewayFailuresApartAndResetsThemByOther5xx) {
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = 100;
  config.enforcing_consecutive_gateway_failure = 100;
  Detected detected(config, 10);

  for (const std::uint16_t status : std::vector<std::uint16_t>{502, 503, 504, 503}) {
    EXPECT_FALSE(detected.respond(0, status));
  }
  EXPECT_FALSE(detected.respond(0, 500));
  EXPECT_FALSE(detected.respond(0, 503, 4));
  EXPECT_TRUE(detected.respond(0, 502));

  EXPECT_EQ(detected.telemetry.records().back().reason,
            static_cast<std::uint8_t>(EjectionCause::kConsecutiveGatewayFailure));
}

TEST(OutlierDetectorTest, DoesNotEnforceGatewayFailuresByDefault) {
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = 0;
  Detected detected(config, 10);

  EXPECT_FALSE(detected.respond(0, 503, 50));

  EXPECT_EQ(detected.records(RecordKind::kNotEjected), 10U) << "one for each 5 failures";
  EXPECT_EQ(detected.telemetry.records().back().reason,
            static_cast<std::uint8_t>(NotEjectedCause::kNotEnforced));
}

TEST(OutlierDetectorTest, NeedsAsManyErrorsAgainAfterAnAttemptThatWasNotAllowed) {
  Detected detected(OutlierDetection{}, 5);  // 10 % of 5 hosts is less than one

  detected.respond(0, 500, 9);
  EXPECT_EQ(detected.records(RecordKind::kNotEjected), 1U);
  detected.respond(0, 500);

  EXPECT_EQ(detected.records(RecordKind::kNotEjected), 2U);
  const TelemetryRecord& record = detected.telemetry.records().back();
  EXPECT_EQ(record.reason, static_cast<std::uint8_t>(NotEjectedCause::kMaxEjectionPercent));
  EXPECT_EQ(record.a, 10U);
  EXPECT_EQ(record.b, 5U);
}

TEST(OutlierDetectorTest, EjectsAsManyHostsAsThePercentageAllows) {
  // Rows OD-MAXEJ: hosts that all fail, max_ejection_percent, always_eject_one_host -> ejected.
  struct Row {
    std::uint32_t hosts, percent;
    bool always_one;
    std::uint32_t ejected;
  };
  for (const Row& row : {Row{10, 10, false, 1}, Row{5, 10, false, 0}, Row{4, 50, false, 2},
                         Row{7, 30, false, 2}, Row{5, 10, true, 1}, Row{9, 10, true, 1},
                         Row{3, 100, false, 3}, Row{3, 0, false, 0}, Row{3, 0, true, 1}}) {
    OutlierDetection config;
    config.max_ejection_percent = row.percent;
    config.always_eject_one_host = row.always_one;
    Detected detected(config, row.hosts);

    for (std::uint32_t slot = 0; slot < row.hosts; ++slot) {
      detected.respond(slot, 503, 20);
    }

    EXPECT_EQ(detected.detector.ejected_count(), row.ejected) << row.hosts << " " << row.percent;
  }
}

TEST(OutlierDetectorTest, EnforcesAPartOfTheEjections) {
  OutlierDetection config = all_allowed();
  config.enforcing_consecutive_5xx = 30;
  int ejected = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Detected detected(config, 10);
    detected.rng = Rng(seed);
    ejected += detected.respond(0, 500, 5) ? 1 : 0;
  }

  EXPECT_NEAR(ejected, 300, 60);
}

TEST(OutlierDetectorTest, ReturnsAHostOnlyAtTheIntervalTick) {
  Detected detected(all_allowed(), 10);
  detected.run_until(kStart + 3s);
  detected.respond(0, 500, 5);

  detected.run_until(kStart + 39s);
  EXPECT_TRUE(detected.detector.is_ejected(0)) << "30 s were over at 33 s, between two ticks";
  detected.run_until(kStart + 40s);

  EXPECT_FALSE(detected.detector.is_ejected(0));
  EXPECT_EQ(detected.telemetry.records().back().kind, RecordKind::kUnejected);
  EXPECT_EQ(detected.telemetry.records().back().a, 37'000'000'000U);
}

TEST(OutlierDetectorTest, EjectsForLongerEachTimeUpToTheMaximum) {
  // Row OD-TIMELINE-EJ: ten hosts at 100 requests/s, one of which always fails: it gets a request
  // every 100 ms while it is in, the first at 10 ms.
  Detected detected(OutlierDetection{}, 10);
  std::vector<double> ejections;
  for (int tick = 0; tick < 36'000; ++tick) {
    detected.run_until(kStart + 10ms + tick * 100ms);
    if (!detected.detector.is_ejected(0) && detected.respond(0, 503)) {
      ejections.push_back(to_seconds(detected.now - kStart));
    }
  }

  const std::vector<double> wanted = {0.41,    40.41,   110.41,  210.41,  340.41,  500.41,
                                      690.41,  910.41,  1160.41, 1440.41, 1750.41, 2060.41,
                                      2370.41, 2680.41, 2990.41, 3300.41};
  ASSERT_EQ(ejections.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(ejections[i], wanted[i], 0.01) << i;
  }
}

TEST(OutlierDetectorTest, ForgetsOneStepOfBackoffPerHealthyInterval) {
  // Row OD-EJBACKOFFCAP: 13 ejections take the multiplier to 11; 11 healthy intervals take it to 0.
  for (const int healthy : {10, 11}) {
    Detected detected(all_allowed(), 10);
    for (int i = 0; i < 13; ++i) {
      detected.respond(0, 500, 5);
      while (detected.detector.is_ejected(0)) {
        detected.run_until(detected.now + 10s);
      }
    }
    detected.run_until(detected.now + healthy * 10s);
    detected.respond(0, 500, 5);
    const Instant again = detected.now;
    while (detected.detector.is_ejected(0)) {
      detected.run_until(detected.now + 10s);
    }

    // One step left makes the next ejection the second one: 60 s instead of 30 s.
    EXPECT_EQ(detected.now - again, healthy == 11 ? 30s : 60s) << healthy;
  }
}

TEST(OutlierDetectorTest, DoesNotFireAgainWhileAnEjectedHostKeepsFailing) {
  // As in Envoy: the counter passes the threshold while the host is out and is compared with ==.
  Detected detected(all_allowed(), 10);
  detected.respond(0, 500, 5);
  detected.respond(0, 500, 50);
  EXPECT_EQ(detected.records(RecordKind::kEjected), 1U);

  detected.run_until(kStart + 40s);
  ASSERT_FALSE(detected.detector.is_ejected(0));

  EXPECT_TRUE(detected.respond(0, 500, 5)) << "its return has reset the counter";
}

TEST(OutlierDetectorTest, AddsJitterToTheEjection) {
  OutlierDetection config = all_allowed();
  config.max_ejection_time_jitter = 60s;
  std::set<std::int64_t> lengths;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Detected detected(config, 10);
    detected.rng = Rng(seed);
    detected.respond(0, 500, 5);
    while (detected.detector.is_ejected(0)) {
      detected.run_until(detected.now + 10s);
    }
    lengths.insert((detected.now - kStart) / 10s);
  }

  EXPECT_EQ(*lengths.begin(), 4) << "30 s and a little, rounded up to the tick";
  EXPECT_EQ(*lengths.rbegin(), 9);
}

TEST(OutlierDetectorTest, CountsLocalFailuresAs503And504WhenNotSplit) {
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = 0;
  config.enforcing_consecutive_gateway_failure = 100;
  Detected detected(config, 10);

  detected.local(0, LocalOrigin::kConnectFailure, 2);
  detected.local(0, LocalOrigin::kConnectSuccess);
  detected.respond(0, 502);
  EXPECT_FALSE(detected.local(0, LocalOrigin::kTimeout));

  EXPECT_TRUE(detected.local(0, LocalOrigin::kTimeout)) << "5 gateway failures of three kinds";
}

TEST(OutlierDetectorTest, CountsLocalFailuresApartWhenSplit) {
  OutlierDetection config = all_allowed();
  config.split_external_local_origin_errors = true;
  Detected detected(config, 10);

  detected.respond(0, 500, 4);
  EXPECT_FALSE(detected.local(0, LocalOrigin::kConnectFailure, 4)) << "4 of each kind";
  EXPECT_TRUE(detected.respond(0, 500)) << "failures to connect do not touch the others";

  detected.local(1, LocalOrigin::kTimeout, 4);
  detected.local(1, LocalOrigin::kConnectSuccess);
  EXPECT_FALSE(detected.local(1, LocalOrigin::kConnectFailure, 4));
  EXPECT_TRUE(detected.local(1, LocalOrigin::kConnectFailure));
  EXPECT_EQ(detected.telemetry.records().back().reason,
            static_cast<std::uint8_t>(EjectionCause::kConsecutiveLocalOriginFailure));
}

struct RatesRow {
  const char* name;
  std::vector<int> per_mille;  ///< Success of 1000 requests, by host.
  std::uint32_t factor;
  std::set<std::uint32_t> ejected;
};

class SuccessRateTest : public testing::TestWithParam<RatesRow> {};

TEST_P(SuccessRateTest, EjectsHostsBelowTheMeanMinusTheFactorTimesTheDeviation) {
  const RatesRow& row = GetParam();
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = 0;
  config.consecutive_gateway_failure = 0;
  config.enforcing_success_rate = 100;
  config.success_rate_stdev_factor = row.factor;
  const auto count = static_cast<std::uint32_t>(row.per_mille.size());
  Detected detected(config, count);
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    detected.respond(slot, 200, row.per_mille[slot]);
    detected.respond(slot, 500, 1000 - row.per_mille[slot]);
  }

  detected.run_until(kStart + 10s);

  std::set<std::uint32_t> ejected;
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    if (detected.detector.is_ejected(slot)) {
      ejected.insert(slot);
    }
  }
  EXPECT_EQ(ejected, row.ejected);
}

/// `bad` hosts of `count` fail alike: OD-SRMAX asks how many of them the rule can see.
RatesRow equally_bad(const char* name, std::size_t count, std::size_t bad, bool seen) {
  RatesRow row{name, std::vector<int>(count, 1000), 1900, {}};
  for (std::uint32_t slot = 0; slot < bad; ++slot) {
    row.per_mille[slot] = 100;
    if (seen) {
      row.ejected.insert(slot);
    }
  }
  return row;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SuccessRateTest,
    testing::Values(RatesRow{"DocsExample", {500, 1000, 1000, 1000, 1000}, 1900, {0}},
                    RatesRow{
                        "OdSr4", {0, 0, 0, 1000, 1000, 1000, 1000, 1000, 1000, 1000}, 1900, {}},
                    RatesRow{"OdSr6", {980, 990, 995, 999, 1000, 970}, 1900, {}},
                    RatesRow{"OdSr7", {500, 1000, 1000, 1000, 1000}, 3000, {}},
                    RatesRow{"OdSr8", {0, 0, 1000, 1000, 1000, 1000, 1000, 1000, 1000}, 1900, {}},
                    RatesRow{"FourHostsAreTooFew", {500, 1000, 1000, 1000}, 100, {}},
                    equally_bad("OdSrMax5", 5, 1, true), equally_bad("OdSrMax5Two", 5, 2, false),
                    equally_bad("OdSrMax8", 8, 1, true), equally_bad("OdSrMax8Two", 8, 2, false),
                    equally_bad("OdSrMax50", 50, 10, true),
                    equally_bad("OdSrMax50Eleven", 50, 11, false)),
    [](const auto& param) { return std::string(param.param.name); });

TEST(OutlierDetectorTest, RatesCountTheLastIntervalAndItsVolumeOnly) {
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = config.consecutive_gateway_failure = 0;
  config.enforcing_success_rate = 100;
  Detected detected(config, 6);
  const auto fill = [&](int bad) {
    for (std::uint32_t slot = 0; slot < 6; ++slot) {
      detected.respond(slot, slot == 0 ? 500 : 200, slot == 0 ? bad : 100);
    }
  };

  fill(99);
  detected.run_until(kStart + 10s);
  EXPECT_EQ(detected.detector.ejected_count(), 0U) << "99 answers are below the volume";
  fill(50);
  detected.run_until(kStart + 20s);
  EXPECT_EQ(detected.detector.ejected_count(), 0U) << "the first 99 are forgotten";
  fill(100);
  detected.run_until(kStart + 30s);

  EXPECT_TRUE(detected.detector.is_ejected(0));
}

TEST(OutlierDetectorTest, EjectsByFailurePercentageFromTheThresholdOn) {
  // Rows OD-FP: failures of answers at 85 % -> ejected?
  struct Row {
    int failures, total;
    bool ejected;
  };
  for (const Row& row : {Row{250, 300, false}, Row{84, 100, false}, Row{85, 100, true},
                         Row{49, 49, false}, Row{50, 50, true}}) {
    OutlierDetection config = all_allowed();
    config.consecutive_5xx = config.consecutive_gateway_failure = 0;
    config.enforcing_failure_percentage = 100;
    Detected detected(config, 6);
    for (std::uint32_t slot = 1; slot < 6; ++slot) {
      detected.respond(slot, 200, 100);
    }
    detected.respond(0, 500, row.failures);
    detected.respond(0, 200, row.total - row.failures);

    detected.run_until(kStart + 10s);

    EXPECT_EQ(detected.detector.is_ejected(0), row.ejected) << row.failures << "/" << row.total;
  }
}

TEST(OutlierDetectorTest, CountsHostsOfTheFailurePercentageBeforeTheSuccessRateEjects) {
  OutlierDetection config = all_allowed();
  config.consecutive_5xx = config.consecutive_gateway_failure = 0;
  config.enforcing_success_rate = config.enforcing_failure_percentage = 100;
  config.success_rate_stdev_factor = 1500;
  Detected detected(config, 5);
  for (std::uint32_t slot = 0; slot < 5; ++slot) {
    // Host 0 falls to the success rate; host 1 only to the percentage, which needs all five.
    detected.respond(slot, 200, slot == 0 ? 0 : slot == 1 ? 14 : 100);
    detected.respond(slot, 500, slot == 0 ? 100 : slot == 1 ? 86 : 0);
  }

  detected.run_until(kStart + 10s);

  EXPECT_TRUE(detected.detector.is_ejected(0));
  EXPECT_TRUE(detected.detector.is_ejected(1));
}

TEST(OutlierDetectorTest, HasNothingToDoWhileAllIsWell) {
  Detected detected(OutlierDetection{}, 10);

  detected.respond(0, 200, 100);
  detected.respond(0, 500, 3);
  EXPECT_EQ(detected.detector.next_tick(detected.now), kNever);
  detected.respond(0, 500, 2);

  EXPECT_EQ(detected.detector.next_tick(detected.now), kStart + 10s);
  detected.run_until(kStart + 30s);
  EXPECT_EQ(detected.detector.ejected_count(), 0U);
  EXPECT_EQ(detected.detector.next_tick(detected.now), kStart + 40s) << "backoff has to decay";
  detected.run_until(kStart + 40s);
  EXPECT_EQ(detected.detector.next_tick(detected.now), kNever);
}

TEST(OutlierDetectorTest, StartsAnewWithAHostThatLeftAndReturned) {
  Detected detected(all_allowed(), 3);
  detected.respond(1, 500, 5);
  detected.respond(2, 500, 4);

  detected.set_hosts({true, false, true});
  EXPECT_EQ(detected.detector.ejected_count(), 0U);
  EXPECT_FALSE(detected.respond(1, 500, 20)) << "answers of a host that is gone eject nobody";
  detected.set_hosts({true, true, true});

  EXPECT_FALSE(detected.detector.is_ejected(1));
  EXPECT_TRUE(detected.respond(2, 500)) << "those that stayed keep their counts";
}

TEST(OutlierDetectorTest, TakesTheHostsThatArePresentForThePercentage) {
  OutlierDetection config;
  config.max_ejection_percent = 50;
  Detected detected(config, 4);
  detected.set_hosts({true, true, false, false});

  detected.respond(0, 500, 5);
  detected.respond(1, 500, 5);

  EXPECT_EQ(detected.detector.ejected_count(), 1U);
}

TEST(OutlierDetectorTest, KeepsEjectionsUnderNewSettingsAndCountsRatesAnew) {
  Detected detected(all_allowed(), 6);
  detected.respond(0, 500, 5);
  for (std::uint32_t slot = 1; slot < 6; ++slot) {
    detected.respond(slot, slot == 1 ? 404 : 200, 1000);
  }
  OutlierDetection rates = all_allowed();
  rates.consecutive_5xx = 3;
  rates.enforcing_success_rate = 100;

  detected.detector.set_config(rates);

  EXPECT_TRUE(detected.detector.is_ejected(0));
  EXPECT_TRUE(detected.respond(2, 500, 3));
}

}  // namespace
}  // namespace shaketable::proxy

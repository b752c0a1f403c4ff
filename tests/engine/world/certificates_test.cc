#include "engine/world/certificates.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::Instant;
using proxy::kStart;

class CertificatesTest : public testing::Test {
 protected:
  /// With the clock of 0 ahead by so much. Both certificates are issued at the start.
  bool accepted(proxy::Duration ahead, Instant when) {
    Certificates certificates{proxy::Rng(1)};
    certificates.issue(0, kStart);
    certificates.issue(1, kStart);
    certificates.move_clock(0, ahead);
    const bool accepted = certificates.accept_each_other(0, 1, when);
    EXPECT_EQ(certificates.accept_each_other(1, 0, when), accepted) << "both sides look";
    return accepted;
  }
};

TEST_F(CertificatesTest, ARightClockRefusesNothing) {
  Certificates certificates{proxy::Rng(1)};

  EXPECT_TRUE(certificates.accept_each_other(0, 1, kStart));
  EXPECT_TRUE(certificates.accept_each_other(0, 1, kStart + 30h));
  EXPECT_EQ(certificates.draws(), 0) << "nobody had to know how old they are";
}

TEST_F(CertificatesTest, AClockAheadTakesOldOnesForExpired) {
  EXPECT_TRUE(accepted(23h, kStart));
  EXPECT_TRUE(accepted(23h, kStart + 1h));
  EXPECT_FALSE(accepted(23h, kStart + 1h + 1ns));
  EXPECT_FALSE(accepted(25h, kStart));
}

TEST_F(CertificatesTest, AClockBehindTakesFreshOnesForNotValidYet) {
  EXPECT_TRUE(accepted(-2min, kStart));
  EXPECT_FALSE(accepted(-2min - 1ns, kStart));
  EXPECT_FALSE(accepted(-10min, kStart + 7min));
  EXPECT_TRUE(accepted(-10min, kStart + 8min));
}

TEST_F(CertificatesTest, ANewOneComesAfterHalfOfItsTime) {
  EXPECT_FALSE(accepted(14h, kStart + 11h));
  EXPECT_TRUE(accepted(14h, kStart + 12h)) << "renewed";
  EXPECT_FALSE(accepted(-10min, kStart + 12h)) << "and too new for a clock that is behind";
}

TEST_F(CertificatesTest, WrongClocksAddUpAndMayCancelOut) {
  Certificates certificates{proxy::Rng(1)};
  certificates.issue(0, kStart);
  certificates.issue(1, kStart);

  certificates.move_clock(0, 13h);
  EXPECT_TRUE(certificates.accept_each_other(0, 1, kStart));
  certificates.move_clock(0, 13h);
  EXPECT_FALSE(certificates.accept_each_other(0, 1, kStart));
  certificates.move_clock(0, -26h);
  EXPECT_TRUE(certificates.accept_each_other(0, 1, kStart));
}

TEST_F(CertificatesTest, AtTheStartTheirAgesAreEvenlySpreadOverHalfOfTheirTime) {
  Certificates certificates{proxy::Rng(1)};
  proxy::Duration sum{0};
  proxy::Duration least = 12h;
  proxy::Duration most{0};

  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const proxy::Duration age = certificates.age(i, kStart);
    EXPECT_EQ(certificates.age(i, kStart), age);
    sum += age;
    least = std::min(least, age);
    most = std::max(most, age);
  }

  EXPECT_NEAR(proxy::to_seconds(sum) / 1'000, 6 * 3'600, 600);
  EXPECT_LT(least, 10min);
  EXPECT_GT(most, 11h + 50min);
  EXPECT_LT(most, 12h);
  EXPECT_EQ(certificates.draws(), 1'000);
}

TEST_F(CertificatesTest, TheAgeDoesNotDependOnWhenItIsAskedFor) {
  Certificates early{proxy::Rng(1)};
  Certificates late{proxy::Rng(1)};
  EXPECT_LT(early.age(3, kStart), 12h);

  EXPECT_EQ(early.age(3, kStart + 1h), late.age(3, kStart + 1h));
}

TEST_F(CertificatesTest, ANewSidecarHasANewOne) {
  Certificates certificates{proxy::Rng(1)};
  certificates.issue(4, kStart + 90s);

  EXPECT_EQ(certificates.age(4, kStart + 100s), 10s);
  EXPECT_EQ(certificates.draws(), 0);
}

}  // namespace
}  // namespace shaketable::engine

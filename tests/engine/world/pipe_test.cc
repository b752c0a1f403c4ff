#include "engine/world/pipe.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::kNever;
using proxy::kStart;

TEST(PipeTest, AMessageTakesItsSizeByTheRate) {
  Pipe pipe;

  EXPECT_EQ(pipe.pass(kStart + 5ms, 1'000, 1'000'000), kStart + 6ms);
}

TEST(PipeTest, MessagesWaitForThoseBeforeThem) {
  Pipe pipe;

  EXPECT_EQ(pipe.pass(kStart, 1'000, 1'000'000), kStart + 1ms);
  EXPECT_EQ(pipe.pass(kStart, 2'000, 1'000'000), kStart + 3ms);
  EXPECT_EQ(pipe.pass(kStart + 2ms, 1'000, 1'000'000), kStart + 4ms);
  EXPECT_EQ(pipe.pass(kStart + 9ms, 1'000, 1'000'000), kStart + 10ms) << "nothing is saved up";
}

TEST(PipeTest, FractionsOfANanosecondAreNotLost) {
  Pipe pipe;
  proxy::Instant last = kStart;

  for (int i = 0; i < 3'000; ++i) {
    last = pipe.pass(kStart, 1, 3'000'000'000);
  }

  EXPECT_EQ(last, kStart + 1us);
}

TEST(PipeTest, AMessageThatEndsWithinANanosecondIsThereAfterIt) {
  Pipe pipe;

  EXPECT_EQ(pipe.pass(kStart, 1, 3'000'000'000), kStart + 1ns);
  EXPECT_EQ(pipe.pass(kStart + 1ns, 3, 3'000'000'000), kStart + 2ns) << "the pipe was free again";
}

TEST(PipeTest, WhatTakesLongerThanAllTimeNeverEnds) {
  Pipe pipe;
  proxy::Instant last = kStart;

  for (int i = 0; i < 10; ++i) {
    last = pipe.pass(kStart, 1U << 30U, 1);
  }

  EXPECT_EQ(last, kNever);
  EXPECT_EQ(pipe.pass(kStart, 1, 1'000), kNever);
}

}  // namespace
}  // namespace shaketable::engine

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "engine/kernel/heap_set.h"
#include "engine/kernel/near_list.h"
#include "engine/kernel/radix_set.h"
#include "engine/kernel/reference_set.h"
#include "proxy/base/rng.h"

namespace shaketable::engine {
namespace {

using proxy::Rng;

/// Delays of one workload, as ns in [0, 2^bits), some of them coarse so that ties are common.
struct Workload {
  int max_bits;
  std::uint64_t granularity;
  std::uint64_t population;
};

Duration random_delay(Rng& rng, const Workload& workload) {
  const std::uint64_t bits = rng.below(static_cast<std::uint64_t>(workload.max_bits) + 1);
  const std::uint64_t delay = rng.below(std::uint64_t{1} << bits);
  return Duration(static_cast<std::int64_t>(delay / workload.granularity * workload.granularity));
}

/// Grows to the population, then holds it, then drains; checks each pop against the reference.
template <class Set>
void expect_reference_order(const Workload& workload, std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " bits " << workload.max_bits);
  Rng rng(seed);
  Set set;
  ReferenceSet reference;
  std::uint64_t seq = 0;
  Instant now = kStart;
  const auto push = [&] {
    Event event;
    event.at = now + random_delay(rng, workload);
    event.seq = seq++;
    set.push(event);
    reference.push(event);
  };
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const bool draining = i > 15'000;
    const std::uint64_t pushes =
        draining ? rng.below(2) : (set.size() < workload.population ? 2 : 1);
    for (std::uint64_t k = 0; k < pushes; ++k) {
      push();
    }
    // Looking must not change what may be pushed afterwards: other lanes may be earlier.
    ASSERT_EQ(set.next_key(), reference.next_key());
    if (reference.size() > 0 && rng.below(8) != 0) {
      const Event got = set.pop();
      const Event want = reference.pop();
      ASSERT_EQ(key_of(got), key_of(want));
      now = want.at;
    }
    ASSERT_EQ(set.size(), reference.size());
  }
  while (reference.size() > 0) {
    ASSERT_EQ(key_of(set.pop()), key_of(reference.pop()));
  }
  EXPECT_EQ(set.next_key(), kNoEvent);
}

constexpr Workload kWorkloads[] = {{0, 1, 50},       {3, 1, 500},   {20, 1, 30},
                                   {20, 4096, 5000}, {40, 1, 3000}, {30, 1 << 20, 300}};

TEST(HeapSetTest, PopsInTheOrderOfTheReference) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const Workload& workload : kWorkloads) {
      expect_reference_order<HeapSet>(workload, seed);
    }
  }
}

TEST(NearListTest, PopsInTheOrderOfTheReference) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const Workload& workload : kWorkloads) {
      expect_reference_order<NearList>(workload, seed);
    }
  }
}

TEST(NearListTest, SortsWhatWasAppendedInAnyOrder) {
  NearList list;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    list.append_unsorted(
        {.at = kStart + Duration(static_cast<std::int64_t>(i * 7 % 10)), .seq = 999 - i});
  }

  list.sort();

  EventKey last = 0;
  while (!list.empty()) {
    const EventKey key = key_of(list.pop());
    ASSERT_LE(last, key);
    last = key;
  }
}

TEST(RadixSetTest, PopsInTheOrderOfTheReference) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const Workload& workload : kWorkloads) {
      expect_reference_order<RadixSet>(workload, seed);
    }
  }
}

TEST(RadixSetTest, TakesEventsBeforeTheOneItHasAlreadyShown) {
  RadixSet set;
  set.push({.at = kStart + Duration(1'000'000), .seq = 0});
  EXPECT_EQ(set.next_key(), make_key(kStart + Duration(1'000'000), 0));

  set.push({.at = kStart + Duration(10), .seq = 1});

  EXPECT_EQ(set.pop().seq, 1U);
  EXPECT_EQ(set.pop().seq, 0U);
}

TEST(RadixSetTest, KeepsManyEventsOfOneTimeInOrder) {
  RadixSet set;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    set.push({.at = kStart + Duration(i % 2 == 0 ? 77 : 78), .seq = i});
  }
  for (std::uint64_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(set.pop().seq, i < 2500 ? 2 * i : 2 * (i - 2500) + 1);
  }
}

TEST(RadixSetTest, ABurstBeforeAFarEventDoesNotLoseOrder) {
  RadixSet set;
  ReferenceSet reference;
  Rng rng(8);
  std::uint64_t seq = 0;
  const auto push = [&](std::int64_t at) {
    const Event event{.at = proxy::instant_at(at), .seq = seq++};
    set.push(event);
    reference.push(event);
  };
  for (int i = 0; i < 60; ++i) {
    push((60 - i) * 1'000'000'000LL);  // faults of the next minute
  }
  std::int64_t now = 0;
  for (int i = 0; i < 20'000; ++i) {
    push(now + static_cast<std::int64_t>(rng.below(1'000'000)));
    push(now + static_cast<std::int64_t>(rng.below(1'000)));
    const Event got = set.pop();
    ASSERT_EQ(key_of(got), key_of(reference.pop()));
    now = proxy::nanoseconds_of(got.at);
  }
}

}  // namespace
}  // namespace shaketable::engine

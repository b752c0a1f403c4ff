#include "engine/cli/huge_pages.h"

#include <cstdint>
#include <cstdlib>
#include <limits>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace shaketable::engine {
namespace {

constexpr std::uintptr_t kHugePage = 2U << 20;
constexpr int kReserve = 512 << 20;
/// Larger blocks get a mapping of their own; glibc takes no more than this.
constexpr int kLargestInHeap = 32 << 20;
constexpr int kUsualPad = 128 << 10;
/// More than is free at the top of the heap when a program starts.
constexpr std::size_t kGrowingBlock = 1U << 20;

}  // namespace

void use_huge_pages() {
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  // The heap grows by the pad as well: addresses without memory behind them.
  mallopt(M_TOP_PAD, kReserve);
  void* const block = std::malloc(kGrowingBlock);
  mallopt(M_TOP_PAD, kUsualPad);
  const auto begin = (reinterpret_cast<std::uintptr_t>(block) + kHugePage - 1) & ~(kHugePage - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0)) & ~(kHugePage - 1);
  std::free(block);
  // Elsewhere than in the heap if that could not grow.
  if (block != nullptr && begin < end && end - begin <= std::uintptr_t{kReserve} + kHugePage) {
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // best effort
  }
#endif
}

}  // namespace shaketable::engine

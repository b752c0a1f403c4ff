#include "proxy/live/memory_reserve.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <string_view>

#include <malloc.h>
#include <unistd.h>

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kReserve = 1U << 20U;
constexpr int kExitOutOfMemory = 3;

std::atomic<void*> g_reserve{nullptr};
std::atomic<std::uint64_t> g_shortages{0};
std::atomic<bool> g_is_kept{false};

void on_no_memory() {
  g_shortages.fetch_add(1, std::memory_order_relaxed);
  if (void* const reserve = g_reserve.exchange(nullptr)) {
    std::free(reserve);
    ::malloc_trim(0);
    return;  // operator new tries again
  }
  constexpr std::string_view kLastWords = "shaketable-proxy: out of memory\n";
  (void)!::write(STDERR_FILENO, kLastWords.data(), kLastWords.size());
  ::_exit(kExitOutOfMemory);
}

}  // namespace

void keep_memory_reserve() {
  g_is_kept.store(true);
  renew_memory_reserve();
  std::set_new_handler(on_no_memory);
}

void renew_memory_reserve() {
  if (!g_is_kept.load() || g_reserve.load() != nullptr) {
    return;
  }
  void* const fresh = std::malloc(kReserve);
  void* none = nullptr;
  if (!g_reserve.compare_exchange_strong(none, fresh)) {
    std::free(fresh);  // another thread was faster
  }
}

std::uint64_t memory_shortages() { return g_shortages.load(std::memory_order_relaxed); }

}  // namespace shaketable::proxy::live

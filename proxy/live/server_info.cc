#include "proxy/live/server_info.h"

#include <cstdio>
#include <memory>

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace shaketable::proxy::live {
namespace {

std::uint64_t count_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (folder == nullptr) {
    return 0;
  }
  std::uint64_t count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    count += entry->d_name[0] != '.' ? 1U : 0U;
  }
  return count > 0 ? count - 1 : 0;  // less the folder's own
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

const char* state_name(ServerState state) {
  switch (state) {
    case ServerState::kLive:
      return "LIVE";
    case ServerState::kDraining:
      return "DRAINING";
    case ServerState::kInitializing:
      return "INITIALIZING";
  }
  return "INITIALIZING";
}

ProcessUsage read_memory_usage() {
  ProcessUsage usage;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                       std::fclose);
      file != nullptr) {
    unsigned long total = 0;
    unsigned long resident = 0;
    if (std::fscanf(file.get(), "%lu %lu", &total, &resident) == 2) {
      usage.virtual_bytes = total * page;
      usage.resident_bytes = resident * page;
    }
  }
  const struct mallinfo2 heap = mallinfo2();
  usage.heap_bytes = heap.uordblks + heap.hblkhd;
  usage.heap_reserved_bytes = heap.arena + heap.hblkhd;
  return usage;
}

ProcessUsage read_process_usage() {
  ProcessUsage usage = read_memory_usage();
  usage.open_descriptors = count_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    usage.max_descriptors = limit.rlim_cur;
  }
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) {
    usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  return usage;
}

}  // namespace shaketable::proxy::live

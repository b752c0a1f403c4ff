#include <algorithm>
#include <ctime>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "proxy/live/dns_hosts.h"
#include "proxy/live/process.h"

// The configuration: its sockets, how it is replaced, and the files that it is watched for.
namespace shaketable::proxy::live {
namespace {

constexpr Duration kWatchInterval = std::chrono::seconds(1);

}  // namespace

std::string Process::stamp_of(const std::vector<std::string>& files) {
  std::string result;
  for (const std::string& file : files) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) {
      result += std::to_string(info.st_ino) + ':' + std::to_string(info.st_size) + ':' +
                std::to_string(info.st_mtim.tv_sec) + '.' + std::to_string(info.st_mtim.tv_nsec);
    }
    result += ';';
  }
  return result;
}

/// Opens what is not open yet, for all workers; on an error nothing stays open of it.
Result<Process::Sockets> Process::open_sockets(const Snapshot& wanted, const Snapshot* running,
                                               std::uint32_t workers, OpenSockets& inherited) {
  Sockets result(workers);
  const auto close_all = [&result] {
    for (const auto& row : result) {
      for (const int fd : row) {
        ::close(fd);
      }
    }
  };
  for (const auto& listener : wanted.listeners) {
    const AddressText& address = listener->config.address;
    const bool is_open =
        running != nullptr &&
        std::any_of(running->listeners.begin(), running->listeners.end(),
                    [&](const auto& old) { return old->config.address == address; });
    const bool is_single = listener->is_admin || address.starts_with("unix:");
    for (std::uint32_t i = 0; i < workers; ++i) {
      if (is_open || (is_single && i > 0)) {
        result[i].push_back(-1);
        continue;
      }
      if (const int taken = inherited.take(listener->config); taken >= 0) {
        result[i].push_back(taken);
        continue;
      }
      const auto fd = open_listening_socket(address, i == 0);
      if (!fd.has_value()) {
        close_all();
        return tl::unexpected<Error>(fd.error());
      }
      result[i].push_back(*fd);
    }
  }
  return result;
}

Result<std::shared_ptr<const Snapshot>> Process::with_faults(LiveConfig config) {
  faults_.apply(config.core);
  config.core.version = version_ + 1;
  return make_snapshot(std::move(config), version_ + 1, snapshot_.get());
}

void Process::adopt(std::shared_ptr<const Snapshot> snapshot, const Sockets& sockets) {
  snapshot_ = std::move(snapshot);
  version_ = snapshot_->version;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    LiveWorker* const worker = threads_[i].worker.get();
    worker->reactor().post(
        [worker, snapshot = snapshot_, row = sockets[i], log = access_logs_.current()] {
          worker->log_to(log);
          worker->apply(snapshot, row);
        });
  }
}

/// Workers begin and end with the process: another number of them needs a restart, which is said.
void Process::keep_workers(LiveConfig& config) {
  const auto running = static_cast<std::uint32_t>(threads_.size());
  if (std::max(config.concurrency, 1U) != running) {
    log_.warning("needs_restart", "the number of workers stays until a restart",
                 {{"concurrency", std::to_string(config.concurrency)},
                  {"running", std::to_string(running)}});
    config.concurrency = running;
  }
}

/// All or nothing: the configuration that runs stays when the new one is bad in any way.
Result<std::uint64_t> Process::reload() {
  last_reload_ = std::time(nullptr);
  const auto refuse = [this](std::string why) -> Result<std::uint64_t> {
    ++reloads_failed_;
    last_reload_error_ = why;
    log_.error("reload_refused", "the configuration that runs stays",
               {{"why", why, LogField::Shape::kLines}});
    return fail(std::move(why));
  };
  // Whatever the outcome, the same files are not tried again until they change.
  files_stamp_ = stamp_of(loaded_.files);
  auto loaded = options_.load(&loaded_);
  if (!loaded.has_value()) {
    return refuse(loaded.error());
  }
  keep_found_hosts(loaded_, *loaded);
  keep_workers(*loaded);
  auto snapshot = with_faults(*loaded);
  if (!snapshot.has_value()) {
    return refuse(text_of(snapshot.error()));
  }
  auto access_log = access_logs_.writer_for(loaded->access_log);
  if (!access_log.has_value()) {
    return refuse(text_of(access_log.error()));
  }
  OpenSockets none;
  auto sockets =
      open_sockets(**snapshot, snapshot_.get(), static_cast<std::uint32_t>(threads_.size()), none);
  if (!sockets.has_value()) {
    return refuse(text_of(sockets.error()));
  }
  loaded_ = std::move(*loaded);
  files_stamp_ = stamp_of(loaded_.files);
  access_logs_.use(std::move(*access_log), loaded_.access_log);
  adopt(*snapshot, *sockets);
  follow_names();
  ++reloads_ok_;
  last_reload_error_.clear();
  log_.info("reloaded", "a new configuration runs", {{"version", std::to_string(version_)}});
  return std::uint64_t{version_};
}

Result<void> Process::apply_faults() {
  auto snapshot = with_faults(loaded_);
  if (!snapshot.has_value()) {
    return tl::unexpected<Error>(snapshot.error());
  }
  Sockets none(threads_.size());
  for (auto& row : none) {
    row.assign((*snapshot)->listeners.size(), -1);
  }
  adopt(*snapshot, none);
  if (faults_.next_expiry() != kNever) {
    main_.wake_at(faults_.next_expiry());
  }
  return {};
}

void Process::watch_files() {
  if (main_.now() - files_checked_ < kWatchInterval || drain_began_ != kNever) {
    return;
  }
  files_checked_ = main_.now();
  if (stamp_of(loaded_.files) != files_stamp_) {
    (void)reload();
  }
}

}  // namespace shaketable::proxy::live

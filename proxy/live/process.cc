#include "proxy/live/process.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <random>
#include <system_error>
#include <utility>

#include <malloc.h>
#include <unistd.h>

#include "proxy/live/activation.h"
#include "proxy/live/memory_reserve.h"
#include "proxy/live/notify.h"

namespace shaketable::proxy::live {
namespace {

constexpr int kExitConfiguration = 2;
constexpr int kExitRuntime = 3;
constexpr Duration kTick = std::chrono::milliseconds(1000);
constexpr Duration kDrainTick = std::chrono::milliseconds(20);
/// Listeners wait for the first look-ups of their clusters' endpoints, but not longer.
constexpr Duration kNamesPatience = std::chrono::seconds(2);
/// Between the two GOAWAYs: what was on its way when the first came is still served.
constexpr Duration kDrainNotice = std::chrono::milliseconds(500);

Logger::Options log_options(const RunOptions& options) {
  Logger::Options result;
  result.level = options.log_level;
  result.format = options.log_format;
  return result;
}

}  // namespace

std::string Process::text_of(const Error& error) {
  std::string text = error.where.empty() ? error.message : error.where + ": " + error.message;
  return error.expected.empty() ? text : text + " (expected " + error.expected + ")";
}

int run(const RunOptions& options) {
  try {
    return Process(options).run();
  } catch (const std::system_error& error) {  // no descriptors for an event loop
    std::fprintf(stderr, "cannot start: %s\n", error.what());
    return kExitRuntime;
  }
}

Process::Process(const RunOptions& options)
    : options_(options), log_(log_options(options)), started_(main_.now()) {}

Process::~Process() {
  for (Thread& thread : threads_) {
    if (thread.thread.joinable()) {
      thread.worker->reactor().stop();
      thread.thread.join();
    }
  }
}

int Process::run() {
  std::signal(SIGPIPE, SIG_IGN);
  if (const int code = start(); code != 0) {
    return code;
  }
  main_.on_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1}, [this](int number) { on_signal(number); });
  main_.set_wake([this] { on_tick(); });
  main_.wake_at(after(main_.now(), kTick));
  awaited_ = loaded_.dns;
  follow_names();
  if (awaited_.empty()) {
    serve();
  }
  main_.run();
  return exit_code_;
}

/// Everything is open. Connections that came while names were looked up have waited for this.
void Process::serve() {
  if (is_stopping_ || std::exchange(is_serving_, true)) {
    return;
  }
  if (!finish_take_over()) {
    exit_code_ = kExitRuntime;
    stop();
    return;
  }
  for (const auto& listener : snapshot_->listeners) {
    log_.info("listening", listener->config.name, {{"address", listener->config.address}});
  }
  for (Thread& thread : threads_) {
    thread.thread = std::thread([worker = thread.worker.get()] { worker->run(); });
  }
  // The number is news to the service manager when the predecessor was its child.
  notify_service_manager("MAINPID=" + std::to_string(::getpid()) + "\nREADY=1");
  if (options_.on_ready) {
    options_.on_ready();
  }
}

int Process::start() {
  OpenSockets inherited = activated_sockets();
  auto loaded = options_.load(nullptr);
  if (!loaded.has_value()) {
    std::fputs(loaded.error().c_str(), stderr);
    return kExitConfiguration;
  }
  loaded_ = std::move(*loaded);
  auto snapshot = with_faults(loaded_);
  if (!snapshot.has_value()) {
    log_.error("configuration_refused", text_of(snapshot.error()));
    return kExitConfiguration;
  }
  auto writer = access_logs_.writer_for(loaded_.access_log);
  if (!writer.has_value()) {
    log_.error("access_log", text_of(writer.error()));
    return kExitRuntime;
  }
  access_logs_.use(std::move(*writer), loaded_.access_log);
  shared_.log = &log_;
  shared_.program = options_.version;
  shared_.admin = [this](AdminCall call) {
    main_.post([this, call = std::make_shared<AdminCall>(std::move(call))] {
      answer_admin(std::move(*call));
    });
  };
  const std::uint32_t count = std::max(loaded_.concurrency, 1U);
  if (auto asked = ask_predecessor(inherited); !asked.has_value()) {
    log_.error("hot_restart_failed", text_of(asked.error()));
    return kExitRuntime;
  }
  auto sockets = open_sockets(**snapshot, nullptr, count, inherited);
  if (!sockets.has_value()) {
    log_.error("listen_failed", text_of(sockets.error()));
    return kExitRuntime;
  }
  snapshot_ = *snapshot;
  version_ = snapshot_->version;
  files_stamp_ = stamp_of(loaded_.files);
  const std::uint64_t seed =
      loaded_.seed != 0 ? loaded_.seed
                        : std::uint64_t{std::random_device{}()} << 32U | std::random_device{}();
  for (std::uint32_t i = 0; i < count; ++i) {
    auto journal = open_journal(i, count);
    if (!journal.has_value()) {
      log_.error("journal", text_of(journal.error()));
      return kExitRuntime;
    }
    threads_.push_back(
        {std::make_unique<LiveWorker>(i, seed, snapshot_, shared_, std::move(*journal)), {}});
    threads_.back().worker->log_to(access_logs_.current());
    threads_.back().worker->listen((*sockets)[i]);
  }
  share_surplus(inherited);
  trim_memory();  // of what loading took, and to know what is always there
  return 0;
}

/// Null when there is none to be.
Result<std::unique_ptr<JournalWriter>> Process::open_journal(std::uint32_t worker,
                                                             std::uint32_t workers) {
  if (options_.journal.empty()) {
    return nullptr;
  }
  return JournalWriter::open(
      {.path = journal_path(options_.journal, worker, workers), .log = &log_});
}

void Process::trim_memory() {
  ::malloc_trim(0);
  spare_memory_.note_given_back(read_memory_usage());
}

/// Called every second.
void Process::give_back_memory() {
  if (main_.now() - memory_checked_ < kTick) {
    return;
  }
  memory_checked_ = main_.now();
  renew_memory_reserve();
  const std::uint64_t shortages = memory_shortages();
  if (shortages > std::exchange(memory_shortages_, shortages)) {
    log_.warning("memory_short", "an allocation has failed, and got the reserve");
  }
  if (spare_memory_.is_worth_it(read_memory_usage())) {
    trim_memory();
  }
}

// ---- life -------------------------------------------------------------------------------------

void Process::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      (void)reload();
      return;
    case SIGUSR1:
      if (access_logs_.current() != nullptr) {
        access_logs_.current()->reopen();
      }
      return;
    default:
      if (drain_began_ != kNever || !is_serving_) {
        log_.info("stopping", drain_began_ != kNever ? "asked twice: ending at once" : "not begun");
        stop();
        return;
      }
      begin_drain();
      return;
  }
}

void Process::begin_drain() {
  if (drain_began_ != kNever) {
    return;
  }
  log_.info("draining", "no new connections; what is under way may end");
  if (!is_handed_over_) {
    notify_service_manager("STOPPING=1");  // otherwise the service goes on
    hot_restart_.reset();
  }
  drain_began_ = main_.now();
  for (const Thread& thread : threads_) {
    LiveWorker* const worker = thread.worker.get();
    worker->reactor().post(
        [worker, everything = is_handed_over_] { worker->begin_drain(everything); });
  }
  main_.wake_at(after(main_.now(), kDrainTick));
}

void Process::check_drain() {
  const Duration passed = main_.now() - drain_began_;
  if (!drain_finished_ && passed >= kDrainNotice) {
    drain_finished_ = true;
    for (const Thread& thread : threads_) {
      LiveWorker* const worker = thread.worker.get();
      worker->reactor().post([worker] { worker->finish_drain(); });
    }
  }
  const bool all_gone = std::all_of(threads_.begin(), threads_.end(), [](const Thread& thread) {
    return thread.worker->is_drained();
  });
  if (all_gone || passed >= loaded_.drain_time) {
    stop();
  }
}

void Process::on_tick() {
  if (faults_.expire(main_.now())) {
    (void)apply_faults();
  }
  watch_files();
  watch_access_log();
  give_back_memory();
  if (hot_restart_ != nullptr) {
    hot_restart_->check_patience();
  }
  if (main_.now() - started_ >= kNamesPatience) {
    serve();  // with the endpoints that are known by now
  }
  if (drain_began_ != kNever) {
    check_drain();
  }
  main_.wake_at(std::min(after(main_.now(), drain_began_ != kNever ? kDrainTick : kTick),
                         faults_.next_expiry()));
}

void Process::stop() {
  if (std::exchange(is_stopping_, true)) {
    return;
  }
  resolver_.reset();
  hot_restart_.reset();
  for (Thread& thread : threads_) {
    thread.worker->reactor().stop();
    if (thread.thread.joinable()) {
      thread.thread.join();
    }
    thread.worker->flush_log();
  }
  threads_.clear();
  main_.stop();
}

}  // namespace shaketable::proxy::live

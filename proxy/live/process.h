#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/live/access_logs.h"
#include "proxy/live/admin.h"
#include "proxy/live/faults.h"
#include "proxy/live/hot_restart.h"
#include "proxy/live/log.h"
#include "proxy/live/reactor.h"
#include "proxy/live/resolver.h"
#include "proxy/live/server.h"
#include "proxy/live/shared.h"
#include "proxy/live/snapshot.h"
#include "proxy/live/spare_memory.h"
#include "proxy/live/worker.h"

namespace shaketable::proxy::live {

/// The process: the main thread, which loads, watches, answers for all and ends it. It never
/// touches a worker's objects; it posts to them.
class Process {
 public:
  explicit Process(const RunOptions& options);
  ~Process();
  /// See live::run.
  int run();

 private:
  struct Thread {
    std::unique_ptr<LiveWorker> worker;
    std::thread thread;
  };
  using Sockets = std::vector<std::vector<int>>;  ///< By worker, by listener; -1 = it has one.

  /// Changes whenever one of the files does.
  [[nodiscard]] static std::string stamp_of(const std::vector<std::string>& files);
  [[nodiscard]] static std::string text_of(const Error& error);
  int start();
  void serve();
  [[nodiscard]] Result<Sockets> open_sockets(const Snapshot& wanted, const Snapshot* running,
                                             std::uint32_t workers, OpenSockets& inherited);
  [[nodiscard]] Result<std::unique_ptr<JournalWriter>> open_journal(std::uint32_t worker,
                                                                    std::uint32_t workers);
  void keep_workers(LiveConfig& config);
  Result<std::uint64_t> reload();
  Result<void> apply_faults();
  [[nodiscard]] Result<std::shared_ptr<const Snapshot>> with_faults(LiveConfig config);
  void adopt(std::shared_ptr<const Snapshot> snapshot, const Sockets& sockets);
  void on_signal(int number);
  void begin_drain();
  void check_drain();
  void on_tick();
  void watch_files();
  void trim_memory();
  void give_back_memory();
  void stop();

  void watch_access_log();

  // Hot restart (process_restart.cc).
  Result<void> ask_predecessor(OpenSockets& inherited);
  void share_surplus(OpenSockets& inherited);
  [[nodiscard]] bool finish_take_over();
  Result<void> await_successor();

  // Endpoints from name servers (process_dns.cc).
  void follow_names();
  void on_names(const ResolverNews& news);
  void count_names(const ResolverNews& news, const std::vector<ClusterIndex>& changed);

  // The admin port (process_admin.cc).
  void answer_admin(AdminCall call);
  /// Asks every worker for a `Part`, each on its own thread; the last one to answer completes the
  /// sum: `ask(worker)` makes a part, `add(sum, part)` adds it, `done(sum)` is called here.
  template <class Part, class Ask, class Add>
  void gather(Ask ask, Add add, std::function<void(Part)> done) {
    struct Gathering {
      Part sum;
      std::size_t missing = 0;
      std::function<void(Part)> done;
    };
    auto gathering = std::make_shared<Gathering>();
    gathering->missing = threads_.size();
    gathering->done = std::move(done);
    for (const Thread& thread : threads_) {
      LiveWorker* const worker = thread.worker.get();
      worker->reactor().post([this, worker, gathering, ask, add] {
        auto part = std::make_shared<Part>(ask(*worker));
        main_.post([part, gathering, add] {
          add(gathering->sum, std::move(*part));
          if (--gathering->missing == 0) {
            gathering->done(std::move(gathering->sum));
          }
        });
      });
    }
  }
  void send_admin_answer(const AdminCall& call, const StatsSnapshot& stats);
  [[nodiscard]] ServerInfo server_info() const;
  [[nodiscard]] std::vector<CertificateInfo> certificates() const;

  RunOptions options_;
  Reactor main_;
  Logger log_;
  AccessLogs access_logs_;
  std::uint64_t access_log_errors_ = 0;  ///< Told of so far.
  Shared shared_;
  LiveConfig loaded_;  ///< As the files say, without runtime faults.
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<Thread> threads_;
  RuntimeFaults faults_;
  std::uint32_t version_ = 0;
  Instant started_{};
  Instant drain_began_ = kNever;
  bool drain_finished_ = false;
  bool is_serving_ = false;
  bool is_stopping_ = false;
  bool is_handed_over_ = false;                    ///< A successor serves; this one only drains.
  std::unique_ptr<HotRestartClient> predecessor_;  ///< Until this one serves.
  std::unique_ptr<HotRestartServer> hot_restart_;
  std::uint32_t restart_epoch_ = 0;
  int exit_code_ = 0;
  std::unique_ptr<Resolver> resolver_;  ///< Null while no cluster needs it.
  AddressText resolver_server_;         ///< Whom it asks.
  std::vector<DnsCluster> awaited_;     ///< Looked up for the first time before it serves.
  std::string files_stamp_;
  Instant files_checked_{};
  Instant memory_checked_{};
  SpareMemory spare_memory_;
  std::uint64_t memory_shortages_ = 0;  ///< Told of so far.
  std::uint64_t reloads_ok_ = 0, reloads_failed_ = 0;
  std::int64_t last_reload_ = 0;
  std::string last_reload_error_;
};

}  // namespace shaketable::proxy::live

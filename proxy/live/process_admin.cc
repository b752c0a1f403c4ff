#include <ctime>
#include <utility>

#include <unistd.h>

#include "proxy/live/certificates.h"
#include "proxy/live/process.h"

// The admin port's half of the process: questions are answered from copies of all workers' numbers.
namespace shaketable::proxy::live {
namespace {

AdminRequest request_of(const AdminCall& call) {
  AdminRequest request;
  request.method = call.request.method;
  request.path = call.request.path;
  request.authority = call.request.authority;
  request.headers = &call.request.headers;
  request.body = call.body;
  request.peer_is_loopback = call.peer_is_loopback;
  return request;
}

}  // namespace

void Process::answer_admin(AdminCall call) {
  if (is_stopping_) {
    return;
  }
  if (const AdminRequest request = request_of(call);
      AdminPages::refuse(request, loaded_.admin).has_value()) {
    AdminContext nothing;  // Strangers cost nothing.
    nothing.config = &loaded_;
    call.answer(AdminPages::handle(request, nothing));
    return;
  }
  if (!AdminPages::needs(call.request.path).stats) {
    send_admin_answer(call, {});
    return;
  }
  gather<StatsSnapshot>([](LiveWorker& worker) { return worker.snapshot_stats(); },
                        [](StatsSnapshot& sum, const StatsSnapshot& part) { sum.merge(part); },
                        [this, kept = std::make_shared<AdminCall>(std::move(call))](
                            const StatsSnapshot& stats) { send_admin_answer(*kept, stats); });
}

void Process::send_admin_answer(const AdminCall& call, const StatsSnapshot& stats) {
  const AdminRequest request = request_of(call);
  AdminContext context;
  context.now = main_.now();
  context.config = &loaded_;
  context.stats = &stats;
  const ServerInfo info = server_info();
  context.server = &info;
  context.faults = &faults_;
  context.log_level = log_.level();
  bool quits = false;
  context.commands.drain = [this] { begin_drain(); };
  context.commands.quit = [&quits] { quits = true; };
  context.commands.reload = [this] { return reload(); };
  context.commands.set_log_level = [this](LogLevel level) { log_.set_level(level); };
  context.commands.apply_faults = [this] { return apply_faults(); };
  call.answer(AdminPages::handle(request, context));
  if (quits) {
    begin_drain();
    drain_began_ = main_.now() - loaded_.drain_time + std::chrono::milliseconds(100);
  }
}

ServerInfo Process::server_info() const {
  ServerInfo info;
  info.version = options_.version;
  info.state = drain_began_ != kNever ? ServerState::kDraining : ServerState::kLive;
  info.unix_seconds = std::time(nullptr);
  info.uptime = main_.now() - started_;
  info.concurrency = static_cast<std::uint32_t>(threads_.size());
  info.process_id = static_cast<std::uint64_t>(::getpid());
  info.restart_epoch = restart_epoch_;
  info.config_version = version_;
  info.reloads_ok = reloads_ok_;
  info.reloads_failed = reloads_failed_;
  info.last_reload_unix_seconds = last_reload_;
  info.last_reload_error = last_reload_error_;
  const LogWriter::Counters counters = access_logs_.counters();
  info.access_log_lines = counters.file.lines_written;
  info.access_log_dropped = counters.lines_dropped;
  info.access_log_errors = counters.file.errors;
  for (const Thread& thread : threads_) {
    const ExportCounts& counts = thread.worker->export_counts();
    info.spans_exported += counts.exported;
    info.spans_dropped += counts.failed;
    info.span_export_errors += counts.errors;
  }
  info.log_suppressed = log_.suppressed();
  info.process = read_process_usage();
  info.certificates = certificates();
  return info;
}

std::vector<CertificateInfo> Process::certificates() const {
  std::vector<CertificateInfo> result;
  const auto add = [&result](const std::string& used_by, const http::TlsContext* tls) {
    if (tls != nullptr) {
      for (CertificateInfo& info : describe_certificates(*tls, used_by)) {
        result.push_back(std::move(info));
      }
    }
  };
  for (const auto& listener : snapshot_->listeners) {
    add("listener " + listener->config.name, listener->tls.get());
  }
  for (std::size_t i = 0; i < snapshot_->clusters.size(); ++i) {
    add("cluster " + snapshot_->config.core.clusters[i].name, snapshot_->clusters[i]->tls.get());
  }
  return result;
}

}  // namespace shaketable::proxy::live

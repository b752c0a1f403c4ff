#include <algorithm>
#include <utility>

#include "proxy/live/dns_hosts.h"
#include "proxy/live/process.h"

// Endpoints that come from name servers.
namespace shaketable::proxy::live {

/// The names of the configuration that runs are kept up to date from now on.
void Process::follow_names() {
  if (resolver_server_ != loaded_.dns_server) {
    resolver_.reset();
    resolver_server_ = loaded_.dns_server;
  }
  if (resolver_ == nullptr && !loaded_.dns.empty()) {
    DnsOptions options;
    if (const auto server = parse_address(loaded_.dns_server)) {
      options.nameserver = *server;
    }
    resolver_ = std::make_unique<Resolver>(options, [this](ResolverNews news) {
      main_.post(
          [this, news = std::make_shared<ResolverNews>(std::move(news))] { on_names(*news); });
    });
  }
  if (resolver_ != nullptr) {
    resolver_->set_queries(loaded_.dns);
  }
}

void Process::on_names(const ResolverNews& news) {
  std::vector<ClusterIndex> changed;
  if (news.answer.has_value()) {
    changed = apply_answer(loaded_, news.query, *news.answer);
  } else {
    log_.warning("dns_failed", "no answer; the endpoints of before stay",
                 {{"name", news.query.name}, {"why", news.answer.error().message}});
  }
  if (!changed.empty()) {
    snapshot_ = with_endpoints(*snapshot_, loaded_, changed);
    for (const Thread& thread : threads_) {
      LiveWorker* const worker = thread.worker.get();
      worker->reactor().post(
          [worker, snapshot = snapshot_, changed] { worker->apply_endpoints(snapshot, changed); });
    }
    log_.info("dns_changed", "other endpoints", {{"name", news.query.name}});
  }
  count_names(news, changed);
  std::erase_if(awaited_,
                [&](const DnsCluster& query) { return is_same_query(query, news.query); });
  if (awaited_.empty()) {
    serve();
  }
}

/// One worker counts for all: the sums must not be multiplied.
void Process::count_names(const ResolverNews& news, const std::vector<ClusterIndex>& changed) {
  if (threads_.empty()) {
    return;
  }
  for (const DnsCluster& entry : loaded_.dns) {
    if (is_same_query(entry, news.query)) {
      const bool is_changed =
          std::find(changed.begin(), changed.end(), entry.cluster) != changed.end();
      LiveWorker* const worker = threads_.front().worker.get();
      worker->reactor().post([worker, cluster = entry.cluster, ok = news.answer.has_value(),
                              is_changed] { worker->count_update(cluster, ok, is_changed); });
    }
  }
}

}  // namespace shaketable::proxy::live

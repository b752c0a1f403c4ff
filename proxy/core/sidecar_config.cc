#include <algorithm>
#include <utility>

#include "proxy/core/sidecar.h"

namespace shaketable::proxy {
namespace {

ClusterIndex index_of(const ProxyConfig& config, const std::string& name) {
  const auto found =
      std::find_if(config.clusters.begin(), config.clusters.end(),
                   [&](const ClusterConfig& cluster) { return cluster.name == name; });
  return found == config.clusters.end()
             ? kNoCluster
             : static_cast<ClusterIndex>(found - config.clusters.begin());
}

}  // namespace

UpstreamCluster* Sidecar::find_cluster(const ActiveStream& stream, ClusterIndex index) {
  if (stream.epoch != current_.number && index != kNoCluster) {
    index = current_index(stream.epoch, index);
  }
  if (index == kNoCluster) {
    return nullptr;
  }
  if (clusters_[index] == nullptr) {
    clusters_[index] =
        std::make_unique<UpstreamCluster>(worker_, id_, current_.config, index, start_, lb_rng_);
  }
  return clusters_[index].get();
}

/// The index that a cluster of an older configuration has now: a request that was delayed across a
/// config push goes to the cluster of the same name.
ClusterIndex Sidecar::current_index(std::uint32_t epoch, ClusterIndex index) const {
  const auto old = std::find_if(old_epochs_.begin(), old_epochs_.end(),
                                [epoch](const Epoch& e) { return e.number == epoch; });
  return index_of(current_.config->config(), old->config->cluster(index).name);
}

/// A new stream belongs to an older configuration than the current one.
void Sidecar::join_epoch(ActiveStream& stream, std::uint32_t number) {
  for (Epoch& epoch : old_epochs_) {
    if (epoch.number == number) {
      --current_.streams;
      ++epoch.streams;
      stream.epoch = number;
    }
  }
}

/// A stream of an older configuration has ended.
void Sidecar::leave_old_epoch(std::uint32_t number) {
  const auto old = std::find_if(old_epochs_.begin(), old_epochs_.end(),
                                [number](const Epoch& epoch) { return epoch.number == number; });
  if (--old->streams == 0) {
    old_epochs_.erase(old);
  }
}

void Sidecar::on_config(Instant now, std::shared_ptr<CompiledConfig> config) {
  std::vector<std::unique_ptr<UpstreamCluster>> clusters(config->config().clusters.size());
  for (std::unique_ptr<UpstreamCluster>& old : clusters_) {
    if (old == nullptr) {
      continue;
    }
    const ClusterIndex index = index_of(config->config(), old->config().name);
    if (index == kNoCluster) {
      old->retire();
      retired_.push_back(std::move(old));
      continue;
    }
    old->adopt(config, index, now, lb_rng_);
    clusters[index] = std::move(old);
  }
  clusters_ = std::move(clusters);
  std::erase_if(retired_, [](const auto& cluster) { return cluster->is_unused(); });
  TelemetryRecord record;
  record.at = now;
  record.kind = RecordKind::kConfigApplied;
  record.a = config->config().version;
  record.proxy = id_;
  worker_.telemetry().add(record);
  const std::uint32_t number = current_.number + 1;
  if (current_.streams > 0) {
    old_epochs_.push_back(std::move(current_));
  }
  current_ = {std::move(config), number, 0};
}

}  // namespace shaketable::proxy

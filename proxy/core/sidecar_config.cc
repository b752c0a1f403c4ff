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
  if (stream.epoch != epoch_ && index != kNoCluster) {
    index = current_index(stream.epoch, index);
  }
  if (index == kNoCluster) {
    return nullptr;
  }
  if (clusters_[index] == nullptr) {
    clusters_[index] =
        std::make_unique<UpstreamCluster>(worker_, id_, owner_, index, start_, lb_rng_);
    find_near_clusters();
  }
  return clusters_[index].get();
}

/// The index that a cluster of an older configuration has now: a request that was delayed across a
/// config push goes to the cluster of the same name.
ClusterIndex Sidecar::current_index(std::uint32_t epoch, ClusterIndex index) const {
  const auto old = std::find_if(old_epochs_.begin(), old_epochs_.end(),
                                [epoch](const Epoch& e) { return e.number == epoch; });
  return index_of(config_->config(), old->config->cluster(index).name);
}

/// A new stream belongs to an older configuration than the current one.
void Sidecar::join_epoch(ActiveStream& stream, std::uint32_t number) {
  for (Epoch& epoch : old_epochs_) {
    if (epoch.number == number) {
      --epoch_streams_;
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
  if (epoch_streams_ > 0) {
    old_epochs_.push_back({std::move(owner_), epoch_, epoch_streams_});
  }
  owner_ = std::move(config);
  config_ = owner_.get();
  ++epoch_;
  epoch_streams_ = 0;
  find_near_clusters();
}

void Sidecar::find_near_clusters() {
  for (std::size_t i = 0; i < near_clusters_.size(); ++i) {
    near_clusters_[i] = i < clusters_.size() ? clusters_[i].get() : nullptr;
  }
}

}  // namespace shaketable::proxy

#include "proxy/core/outlier_detector.h"

#include <algorithm>
#include <cmath>

namespace shaketable::proxy {
namespace {

TelemetryRecord host_record(Instant now, RecordKind kind, std::uint32_t host,
                            const OutlierDetector::Reporter& reporter) {
  TelemetryRecord record;
  record.at = now;
  record.kind = kind;
  record.host = host;
  record.proxy = reporter.proxy;
  record.tag = reporter.tag;
  return record;
}

}  // namespace

OutlierDetector::OutlierDetector(const OutlierDetection& config, Instant start) : start_(start) {
  set_config(config);
}

void OutlierDetector::set_hosts(const std::vector<std::uint32_t>& ids,
                                const std::vector<bool>& present) {
  hosts_.resize(ids.size());
  present_count_ = 0;
  for (std::size_t slot = 0; slot < ids.size(); ++slot) {
    Host& host = hosts_[slot];
    host.id = ids[slot];
    if (!present[slot] && host.ejected) {
      // A host that discovery took away is no ejection any more; if it returns it starts anew.
      --ejected_count_;
    }
    if (!present[slot]) {
      host = Host{};
      host.id = ids[slot];
    }
    host.present = present[slot];
    present_count_ += present[slot] ? 1 : 0;
  }
}

void OutlierDetector::set_config(const OutlierDetection& config) {
  config_ = config;
  has_rates_ = config_.enforcing_success_rate > 0 || config_.enforcing_failure_percentage > 0;
  for (Host& host : hosts_) {
    host.external = Bucket{};
    host.local = Bucket{};
  }
}

bool OutlierDetector::on_response(Instant now, std::uint32_t slot, std::uint16_t status, Rng& rng,
                                  const Reporter& reporter) {
  if (status < 500) {
    on_success(slot);
    return false;
  }
  Host& host = hosts_[slot];
  if (config_.split_external_local_origin_errors) {
    count_local_success(host);
  }
  return count_external(now, host, status, rng, reporter);
}

void OutlierDetector::count_local_success(Host& host) {
  host.consecutive_local = 0;
  ++host.local.total;
  ++host.local.success;
}

bool OutlierDetector::on_local_origin(Instant now, std::uint32_t slot, LocalOrigin what, Rng& rng,
                                      const Reporter& reporter) {
  Host& host = hosts_[slot];
  if (!config_.split_external_local_origin_errors) {
    switch (what) {
      case LocalOrigin::kConnectSuccess:
        return false;
      case LocalOrigin::kConnectFailure:
        return count_external(now, host, 503, rng, reporter);
      case LocalOrigin::kTimeout:
        return count_external(now, host, 504, rng, reporter);
    }
  }
  if (what == LocalOrigin::kConnectSuccess) {
    host.consecutive_local = 0;
    return false;
  }
  return count_local_failure(now, host, rng, reporter);
}

bool OutlierDetector::count_external(Instant now, Host& host, std::uint16_t status, Rng& rng,
                                     const Reporter& reporter) {
  ++host.external.total;
  busy_ |= has_rates_;
  bool changed = false;
  if (status >= 502 && status <= 504) {
    if (++host.consecutive_gateway == config_.consecutive_gateway_failure) {
      changed = on_threshold(now, host, EjectionCause::kConsecutiveGatewayFailure,
                             host.consecutive_gateway, rng, reporter);
    }
  } else {
    host.consecutive_gateway = 0;
  }
  if (++host.consecutive_5xx == config_.consecutive_5xx) {
    changed |= on_threshold(now, host, EjectionCause::kConsecutive5xx, host.consecutive_5xx, rng,
                            reporter);
  }
  return changed;
}

bool OutlierDetector::count_local_failure(Instant now, Host& host, Rng& rng,
                                          const Reporter& reporter) {
  ++host.local.total;
  busy_ |= has_rates_;
  if (++host.consecutive_local != config_.consecutive_local_origin_failure) {
    return false;
  }
  return on_threshold(now, host, EjectionCause::kConsecutiveLocalOriginFailure,
                      host.consecutive_local, rng, reporter);
}

bool OutlierDetector::on_threshold(Instant now, Host& host, EjectionCause cause,
                                   std::uint64_t value, Rng& rng, const Reporter& reporter) {
  if (host.ejected || !host.present) {
    // As in Envoy the counter stays: it was compared with ==, so it cannot fire again before a
    // success or the return of the host resets it.
    return false;
  }
  const bool changed = eject(now, host, cause, value, rng, reporter);
  switch (cause) {
    case EjectionCause::kConsecutive5xx:
      host.consecutive_5xx = 0;
      break;
    case EjectionCause::kConsecutiveGatewayFailure:
      host.consecutive_gateway = 0;
      break;
    case EjectionCause::kConsecutiveLocalOriginFailure:
      host.consecutive_local = 0;
      break;
    case EjectionCause::kSuccessRate:
    case EjectionCause::kFailurePercentage:
      break;
  }
  return changed;
}

bool OutlierDetector::eject(Instant now, Host& host, EjectionCause cause, std::uint64_t value,
                            Rng& rng, const Reporter& reporter) {
  const std::uint64_t after_percent = std::uint64_t{100} * (ejected_count_ + 1);
  const bool below_cap =
      after_percent <= std::uint64_t{std::min(config_.max_ejection_percent, 100U)} * present_count_;
  const bool allowed = below_cap || (config_.always_eject_one_host && ejected_count_ == 0);
  TelemetryRecord record = host_record(now, RecordKind::kNotEjected, host.id, reporter);
  if (!allowed) {
    record.reason = static_cast<std::uint8_t>(NotEjectedCause::kMaxEjectionPercent);
    record.a = config_.max_ejection_percent;
    record.b = present_count_;
    reporter.telemetry->add(record);
    return false;
  }
  if (!rng.chance_ppm(enforcing_percent(cause) * 10'000)) {
    record.reason = static_cast<std::uint8_t>(NotEjectedCause::kNotEnforced);
    record.a = static_cast<std::uint64_t>(cause);
    reporter.telemetry->add(record);
    return false;
  }
  host.ejected = true;
  ++host.ejections;
  ++ejected_count_;
  host.last_ejection = now;
  const auto jitter_range = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(config_.max_ejection_time_jitter)
          .count());
  host.jitter =
      jitter_range == 0 ? Duration{0} : std::chrono::milliseconds(rng.below(jitter_range + 1));
  const Duration longest = std::max(config_.max_ejection_time, config_.base_ejection_time);
  if (config_.base_ejection_time * std::int64_t{host.backoff} <
      longest + config_.base_ejection_time) {
    ++host.backoff;
  }
  busy_ = true;
  record.kind = RecordKind::kEjected;
  record.reason = static_cast<std::uint8_t>(cause);
  record.a = value;
  record.b = host.ejections;
  reporter.telemetry->add(record);
  return true;
}

bool OutlierDetector::uneject_if_due(Instant now, Host& host, const Reporter& reporter) {
  if (!host.ejected) {
    return false;
  }
  const Duration longest = std::max(config_.max_ejection_time, config_.base_ejection_time);
  const Duration out =
      std::min(config_.base_ejection_time * std::int64_t{host.backoff}, longest) + host.jitter;
  if (now - host.last_ejection < out) {
    return false;
  }
  host.ejected = false;
  --ejected_count_;
  host.consecutive_5xx = 0;
  host.consecutive_gateway = 0;
  host.consecutive_local = 0;
  host.last_unejection = now;
  TelemetryRecord record = host_record(now, RecordKind::kUnejected, host.id, reporter);
  record.a = static_cast<std::uint64_t>((now - host.last_ejection).count());
  reporter.telemetry->add(record);
  return true;
}

bool OutlierDetector::on_tick(Instant now, Rng& rng, const Reporter& reporter) {
  bool changed = false;
  for (Host& host : hosts_) {
    changed |= uneject_if_due(now, host, reporter);
  }
  changed |= check_rates(now, &Host::external, rng, reporter);
  if (config_.split_external_local_origin_errors) {
    changed |= check_rates(now, &Host::local, rng, reporter);
  }
  busy_ = ejected_count_ > 0;
  for (Host& host : hosts_) {
    host.external = Bucket{};
    host.local = Bucket{};
    if (!host.ejected && host.backoff > 0 && now - host.last_unejection >= config_.interval) {
      --host.backoff;
    }
    busy_ = busy_ || host.backoff > 0;
  }
  return changed;
}

bool OutlierDetector::check_rates(Instant now, Bucket Host::*bucket, Rng& rng,
                                  const Reporter& reporter) {
  // Who has the volume for the failure percentage is settled before the success rate ejects.
  failing_.clear();
  if (config_.enforcing_failure_percentage > 0) {
    for (std::uint32_t slot = 0; slot < hosts_.size(); ++slot) {
      const Host& host = hosts_[slot];
      const Bucket& counts = host.*bucket;
      if (host.present && !host.ejected && counts.total > 0 &&
          counts.total >= config_.failure_percentage_request_volume) {
        failing_.push_back(slot);
      }
    }
  }
  bool changed = false;
  if (config_.enforcing_success_rate > 0) {
    changed = check_success_rate(now, bucket, rng, reporter);
  }
  if (!failing_.empty() && failing_.size() >= config_.failure_percentage_minimum_hosts) {
    changed |= check_failure_percentage(now, bucket, rng, reporter);
  }
  return changed;
}

/// An outlier is below mean - factor x (population) standard deviation.
bool OutlierDetector::check_success_rate(Instant now, Bucket Host::*bucket, Rng& rng,
                                         const Reporter& reporter) {
  rated_.clear();
  double sum = 0;
  for (std::uint32_t slot = 0; slot < hosts_.size(); ++slot) {
    const Host& host = hosts_[slot];
    const Bucket& counts = host.*bucket;
    if (host.present && !host.ejected && counts.total > 0 &&
        counts.total >= config_.success_rate_request_volume) {
      rated_.emplace_back(slot, std::uint64_t{counts.success} * kPpmOne / counts.total);
      sum += static_cast<double>(rated_.back().second);
    }
  }
  if (rated_.empty() || rated_.size() < config_.success_rate_minimum_hosts) {
    return false;
  }
  const double mean = sum / static_cast<double>(rated_.size());
  double variance = 0;
  for (const auto& [slot, rate] : rated_) {
    const double difference = static_cast<double>(rate) - mean;
    variance += difference * difference;
  }
  variance /= static_cast<double>(rated_.size());
  const double threshold = mean - std::sqrt(variance) * config_.success_rate_stdev_factor / 1000.0;
  bool changed = false;
  for (const auto& [slot, rate] : rated_) {
    if (static_cast<double>(rate) < threshold) {
      changed |= eject(now, hosts_[slot], EjectionCause::kSuccessRate, rate, rng, reporter);
    }
  }
  return changed;
}

bool OutlierDetector::check_failure_percentage(Instant now, Bucket Host::*bucket, Rng& rng,
                                               const Reporter& reporter) {
  bool changed = false;
  for (const std::uint32_t slot : failing_) {
    Host& host = hosts_[slot];
    const Bucket& counts = host.*bucket;
    const std::uint64_t failed = counts.total - counts.success;
    if (!host.ejected &&
        failed * 100 >= std::uint64_t{config_.failure_percentage_threshold} * counts.total) {
      changed |= eject(now, host, EjectionCause::kFailurePercentage,
                       failed * kPpmOne / counts.total, rng, reporter);
    }
  }
  return changed;
}

Instant OutlierDetector::next_tick(Instant now) const {
  if (!busy_ || config_.interval <= Duration::zero()) {
    return kNever;
  }
  const std::int64_t passed = (now - start_) / config_.interval;
  return start_ + config_.interval * (passed + 1);
}

std::uint32_t OutlierDetector::enforcing_percent(EjectionCause cause) const {
  switch (cause) {
    case EjectionCause::kConsecutive5xx:
      return config_.enforcing_consecutive_5xx;
    case EjectionCause::kConsecutiveGatewayFailure:
      return config_.enforcing_consecutive_gateway_failure;
    case EjectionCause::kConsecutiveLocalOriginFailure:
      return config_.enforcing_consecutive_local_origin_failure;
    case EjectionCause::kSuccessRate:
      return config_.enforcing_success_rate;
    case EjectionCause::kFailurePercentage:
      return config_.enforcing_failure_percentage;
  }
  return 0;
}

}  // namespace shaketable::proxy

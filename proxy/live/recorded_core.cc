#include "proxy/live/recorded_core.h"

#include <algorithm>

#include "proxy/base/rng.h"
#include "proxy/config/archive.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {
namespace {

void write_action(ByteWriter& out, const Action& action) {
  out.byte(static_cast<std::uint8_t>(action.kind));
  out.byte(action.attempts);
  out.number(action.status);
  out.number(action.flags);
  out.number(action.proxy);
  out.number(action.host);
  out.number(action.token);
  out.number(action.attempt);
  out.number(action.connection);
}

}  // namespace

RecordedCore::RecordedCore(Worker& worker, std::uint32_t number, std::uint64_t seed,
                           std::shared_ptr<CompiledConfig> config, Instant start,
                           std::unique_ptr<JournalWriter> journal, const std::string& program)
    : worker_(worker),
      compiled_(std::move(config)),
      sidecar_(worker, 0, compiled_, Rng(seed).stream("worker", number), start),
      journal_(std::move(journal)),
      last_(start) {
  if (journal_ == nullptr) {
    return;
  }
  follow_config(compiled_->config());
  ByteWriter out(journal_->body());
  out.number(kJournalVersion);
  out.text(program);
  out.number(number);
  out.fixed(seed);
  out.signed_number(nanoseconds_of(start));
  out.text(write_archive(compiled_->config()));
  journal_->add(start);
}

void RecordedCore::on_config(Instant now, std::shared_ptr<CompiledConfig> config) {
  const std::size_t before = worker_.actions().size();
  compiled_ = std::move(config);
  sidecar_.on_config(now, compiled_);
  if (journal_ == nullptr) {
    return;
  }
  follow_config(compiled_->config());
  if (std::string* const body = begin(InputKind::kConfig, now)) {
    ByteWriter(*body).text(write_archive(compiled_->config()));
    end(*body, before);
  }
}

void RecordedCore::set_hosts(ClusterIndex cluster, std::shared_ptr<const HostSet> hosts) {
  const std::size_t before = worker_.actions().size();
  compiled_->set_hosts(cluster, std::move(hosts));
  if (journal_ == nullptr) {
    return;
  }
  if (std::string* const body = begin(InputKind::kHosts, last_)) {
    ByteWriter out(*body);
    out.number(cluster);
    write_hosts(out, compiled_->hosts(cluster));
    end(*body, before);
  }
}

/// Null when the journal has ended: it is not asked again.
std::string* RecordedCore::begin(InputKind kind, Instant now) {
  if (journal_->is_on() && now < last_) {
    journal_->stop("time went backwards");
  }
  if (!journal_->is_on()) {
    journal_.reset();
    return nullptr;
  }
  std::string& body = journal_->body();
  ByteWriter out(body);
  out.byte(static_cast<std::uint8_t>(kind));
  out.number(static_cast<std::uint64_t>((now - last_).count()));
  last_ = now;
  return &body;
}

/// The answer of the core: every action that it appended.
void RecordedCore::end(std::string& body, std::size_t before) {
  const ActionList& actions = worker_.actions();
  ByteWriter out(body);
  out.number(actions.size() - before);
  for (std::size_t i = before; i < actions.size(); ++i) {
    write_action(out, actions[i]);
  }
  journal_->add(last_);
}

void RecordedCore::record(InputKind kind, Instant now, std::uint64_t handle, std::size_t before,
                          std::uint64_t value) {
  if (std::string* const body = begin(kind, now)) {
    ByteWriter out(*body);
    out.number(handle);
    out.number(value);
    end(*body, before);
  }
}

void RecordedCore::record_request(Instant now, Direction direction, const RequestHead& head,
                                  std::uint64_t token, StreamId stream, std::size_t before) {
  std::string* const body = begin(InputKind::kRequest, now);
  if (body == nullptr) {
    return;
  }
  ByteWriter out(*body);
  out.number(token);
  out.number(stream);
  out.byte(static_cast<std::uint8_t>(direction));
  out.byte(head.replayable ? 1 : 0);
  out.text(head.method);
  out.text(head.authority);
  out.text(head.path);
  out.text(head.scheme);
  for (const Header& header : head.headers) {
    if (!header.name.empty() && !is_left_out(header.name)) {
      out.text(header.name);
      out.text(header.value);
    }
  }
  out.text({});  // no header has an empty name
  end(*body, before);
}

void RecordedCore::record_response(Instant now, AttemptId attempt, const ResponseHead& response,
                                   std::size_t before) {
  if (std::string* const body = begin(InputKind::kResponse, now)) {
    ByteWriter out(*body);
    out.number(attempt);
    out.number(response.status);
    out.byte(response.end_stream ? 1 : 0);
    out.byte(response.grpc_status);
    out.byte(response.rate_limited ? 1 : 0);
    end(*body, before);
  }
}

void RecordedCore::follow_config(const ProxyConfig& config) {
  matched_names_.clear();
  for (const auto* hosts : {&config.outbound, &config.inbound}) {
    for (const VirtualHost& host : *hosts) {
      for (const Route& route : host.routes) {
        for (const HeaderMatch& match : route.match.headers) {
          matched_names_.push_back(match.name);
        }
      }
    }
  }
  std::sort(matched_names_.begin(), matched_names_.end());
  matched_names_.erase(std::unique(matched_names_.begin(), matched_names_.end()),
                       matched_names_.end());
}

/// Cookies and the like, unless a route looks at them: the core answers the same without.
bool RecordedCore::is_left_out(std::string_view name) const {
  return is_secret_name(name) &&
         !std::binary_search(matched_names_.begin(), matched_names_.end(), name);
}

}  // namespace shaketable::proxy::live

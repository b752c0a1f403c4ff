#include <cmath>
#include <string>

#include <boost/json.hpp>

#include "proxy/live/faults.h"

namespace shaketable::proxy::live {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxBody = 64 * 1024;
/// Longer delays and lives are mistakes of units.
constexpr Duration kLongest = std::chrono::hours(24);

/// Reads members of one object and complains about the others.
class Members {
 public:
  Members(const json::object& object, std::string where)
      : object_(object), where_(std::move(where)) {}

  const json::value* take(std::string_view name) {
    const json::value* found = object_.if_contains({name.data(), name.size()});
    taken_ += found != nullptr ? 1 : 0;
    known_ += (known_.empty() ? "" : ", ") + std::string(name);
    return found;
  }
  /// To be called when all known members have been asked for.
  [[nodiscard]] Result<void> finish() const {
    if (taken_ < object_.size()) {
      return fail("unknown member", where_, known_);
    }
    return {};
  }

 private:
  const json::object& object_;
  std::string where_, known_;
  std::size_t taken_ = 0;
};

Result<std::uint32_t> read_ppm(const json::value* value, const std::string& where) {
  if (value == nullptr) {
    return kPpmOne;
  }
  const bool is_number = value->is_number();
  const double percent = is_number ? value->to_number<double>() : -1;
  if (!(percent > 0 && percent <= 100)) {
    return fail("not a percentage", where, "a number above 0, at most 100");
  }
  return static_cast<std::uint32_t>(std::llround(percent * 10'000));
}

Result<Duration> read_duration(const json::value* value, const std::string& where) {
  constexpr const char* kExpected = "a text such as 200ms, 1.5s or 10m, at most 24h";
  if (value == nullptr || !value->is_string()) {
    return fail("not a duration", where, kExpected);
  }
  const json::string& text = value->get_string();
  std::size_t digits = 0;
  double number = 0;
  double scale = 0;
  for (; digits < text.size() && digits < 12; ++digits) {
    const char c = text[digits];
    if (c == '.' && scale == 0 && digits > 0) {
      scale = 1;
    } else if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      scale *= 10;
    } else {
      break;
    }
  }
  number /= scale == 0 ? 1 : scale;
  const std::string_view unit = std::string_view(text.data(), text.size()).substr(digits);
  const double factor = unit == "us"   ? 1e3
                        : unit == "ms" ? 1e6
                        : unit == "s"  ? 1e9
                        : unit == "m"  ? 60e9
                        : unit == "h"  ? 3600e9
                                       : -1;
  if (digits == 0 || factor < 0 || number * factor > static_cast<double>(kLongest.count()) ||
      number <= 0) {
    return fail("not a duration", where, kExpected);
  }
  return Duration(std::llround(number * factor));
}

Result<void> read_delay(const json::value& value, FaultPolicy& policy) {
  if (!value.is_object()) {
    return fail("not an object", "delay", "{\"percent\": 10, \"duration\": \"200ms\"}");
  }
  Members members(value.get_object(), "delay");
  const Result<std::uint32_t> ppm = read_ppm(members.take("percent"), "delay.percent");
  const Result<Duration> delay = read_duration(members.take("duration"), "delay.duration");
  if (!ppm.has_value()) {
    return tl::unexpected<Error>(ppm.error());
  }
  if (!delay.has_value()) {
    return tl::unexpected<Error>(delay.error());
  }
  policy.delay_ppm = *ppm;
  policy.fixed_delay = *delay;
  return members.finish();
}

Result<void> read_abort(const json::value& value, FaultPolicy& policy) {
  if (!value.is_object()) {
    return fail("not an object", "abort", "{\"percent\": 5, \"status\": 503}");
  }
  Members members(value.get_object(), "abort");
  const Result<std::uint32_t> ppm = read_ppm(members.take("percent"), "abort.percent");
  const json::value* status = members.take("status");
  if (!ppm.has_value()) {
    return tl::unexpected<Error>(ppm.error());
  }
  const std::int64_t number = status == nullptr    ? 503
                              : status->is_int64() ? status->get_int64()
                                                   : 0;
  if (number < 200 || number > 599) {
    return fail("not a status", "abort.status", "200 to 599");
  }
  policy.abort_ppm = *ppm;
  policy.abort_status = static_cast<std::uint16_t>(number);
  return members.finish();
}

Result<void> read_target(Members& members, RuntimeFault& fault) {
  const json::value* route = members.take("route");
  const json::value* cluster = members.take("cluster");
  const json::value* all = members.take("all");
  const int given = (route != nullptr) + (cluster != nullptr) + (all != nullptr);
  const json::value* named = route != nullptr ? route : cluster;
  constexpr const char* kExpected = "one of \"route\": NAME, \"cluster\": NAME, \"all\": true";
  if (given != 1 || (named != nullptr && (!named->is_string() || named->get_string().empty())) ||
      (all != nullptr && !(all->is_bool() && all->get_bool()))) {
    return fail("the fault must name its target", "", kExpected);
  }
  fault.target = route != nullptr     ? RuntimeFault::Target::kRoute
                 : cluster != nullptr ? RuntimeFault::Target::kCluster
                                      : RuntimeFault::Target::kAll;
  if (named != nullptr) {
    fault.name.assign(named->get_string().data(), named->get_string().size());
  }
  return {};
}

Result<RuntimeFault> read_object(const json::object& object, Instant now) {
  RuntimeFault fault;
  Members members(object, "");
  const json::value* delay = members.take("delay");
  const json::value* abort = members.take("abort");
  const json::value* most = members.take("max_active_faults");
  const json::value* life = members.take("for");
  Result<void> step = read_target(members, fault);
  if (step.has_value() && delay != nullptr) {
    step = read_delay(*delay, fault.policy);
  }
  if (step.has_value() && abort != nullptr) {
    step = read_abort(*abort, fault.policy);
  }
  if (step.has_value()) {
    step = members.finish();
  }
  if (!step.has_value()) {
    return tl::unexpected<Error>(std::move(step.error()));
  }
  if (delay == nullptr && abort == nullptr) {
    return fail("the fault does nothing", "", "\"delay\" or \"abort\", or both");
  }
  if (most != nullptr) {
    if (!most->is_int64() || most->get_int64() < 1 || most->get_int64() >= kUnlimited) {
      return fail("not a number of faults", "max_active_faults", "1 or more");
    }
    fault.policy.max_active_faults = static_cast<std::uint32_t>(most->get_int64());
  }
  if (life != nullptr) {
    const Result<Duration> duration = read_duration(life, "for");
    if (!duration.has_value()) {
      return tl::unexpected<Error>(duration.error());
    }
    fault.until = after(now, *duration);
  }
  return fault;
}

}  // namespace

Result<RuntimeFault> read_fault(std::string_view text, Instant now) {
  if (text.size() > kMaxBody) {
    return fail("the body is too large", "", "at most 64 KiB");
  }
  json::parse_options options;
  options.max_depth = 8;
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) {
    return fail("the body is not JSON: " + error.message(), "", "an object, see /help");
  }
  if (!value.is_object()) {
    return fail("the body is not a JSON object", "", "{\"route\": ..., \"delay\": ...}");
  }
  return read_object(value.get_object(), now);
}

}  // namespace shaketable::proxy::live

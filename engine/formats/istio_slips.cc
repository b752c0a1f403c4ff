#include "engine/formats/istio_slips.h"

namespace shaketable::engine::istio {
namespace {

struct FieldHome {
  std::string_view field;
  std::string_view home;
};

constexpr std::string_view kHttp = "spec.http[], beside route";
constexpr std::string_view kDestination = "spec.http[].route[].destination";
constexpr std::string_view kRetries = "spec.http[].retries";
constexpr std::string_view kMatch = "spec.http[].match[]";
constexpr std::string_view kTcpPool = "trafficPolicy.connectionPool.tcp";
constexpr std::string_view kHttpPool = "trafficPolicy.connectionPool.http";
constexpr std::string_view kOutlier = "trafficPolicy.outlierDetection";
constexpr std::string_view kPolicy = "trafficPolicy";

constexpr FieldHome kHomes[] = {
    {"weight", "spec.http[].route[], beside destination"},
    {"destination", "spec.http[].route[] (a list: it needs a dash)"},
    {"host", "spec.http[].route[].destination, or spec of a DestinationRule"},
    {"subset", kDestination},
    {"match", kHttp},
    {"route", "spec.http[], beside match"},
    {"retries", kHttp},
    {"timeout", kHttp},
    {"fault", kHttp},
    {"mirror", kHttp},
    {"mirrors", kHttp},
    {"mirrorPercentage", kHttp},
    {"rewrite", kHttp},
    {"redirect", kHttp},
    {"directResponse", kHttp},
    {"corsPolicy", kHttp},
    {"delegate", kHttp},
    {"headers", "spec.http[], spec.http[].route[] or spec.http[].match[]"},
    {"uri", kMatch},
    {"queryParams", kMatch},
    {"withoutHeaders", kMatch},
    {"sourceLabels", kMatch},
    {"sourceNamespace", kMatch},
    {"ignoreUriCase", kMatch},
    {"attempts", kRetries},
    {"perTryTimeout", kRetries},
    {"retryOn", kRetries},
    {"delay", "spec.http[].fault"},
    {"abort", "spec.http[].fault"},
    {"fixedDelay", "spec.http[].fault.delay"},
    {"httpStatus", "spec.http[].fault.abort"},
    {"percentage", "spec.http[].fault.delay, spec.http[].fault.abort or spec.http[].mirrors[]"},
    {"hosts", "spec of a VirtualService"},
    {"gateways", "spec of a VirtualService, or spec.http[].match[]"},
    {"http", "spec of a VirtualService, or trafficPolicy.connectionPool"},
    {"exportTo", "spec"},
    {"trafficPolicy", "spec of a DestinationRule, or spec.subsets[]"},
    {"subsets", "spec of a DestinationRule"},
    {"loadBalancer", kPolicy},
    {"connectionPool", kPolicy},
    {"outlierDetection", kPolicy},
    {"tls", kPolicy},
    {"portLevelSettings", kPolicy},
    {"simple", "trafficPolicy.loadBalancer"},
    {"consistentHash", "trafficPolicy.loadBalancer"},
    {"localityLbSetting", "trafficPolicy.loadBalancer"},
    {"warmupDurationSecs", "trafficPolicy.loadBalancer"},
    {"tcp", "trafficPolicy.connectionPool, or spec of a VirtualService"},
    {"maxConnections", kTcpPool},
    {"connectTimeout", kTcpPool},
    {"tcpKeepalive", kTcpPool},
    {"http1MaxPendingRequests", kHttpPool},
    {"http2MaxRequests", kHttpPool},
    {"maxRequestsPerConnection", kHttpPool},
    {"maxRetries", kHttpPool},
    {"idleTimeout", kHttpPool},
    {"h2UpgradePolicy", kHttpPool},
    {"consecutiveErrors", kOutlier},
    {"consecutive5xxErrors", kOutlier},
    {"consecutiveGatewayErrors", kOutlier},
    {"interval", kOutlier},
    {"baseEjectionTime", kOutlier},
    {"maxEjectionPercent", kOutlier},
    {"minHealthPercent", kOutlier},
    {"mode", "trafficPolicy.tls"},
    {"labels", "metadata, or spec.subsets[] of a DestinationRule"},
};

}  // namespace

std::string_view home_of_field(std::string_view field) {
  for (const FieldHome& entry : kHomes) {
    if (entry.field == field) {
      return entry.home;
    }
  }
  return {};
}

}  // namespace shaketable::engine::istio

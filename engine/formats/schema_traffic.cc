#include "engine/formats/schema_spec.h"

// What `traffic:` may say: Envoy's and Istio's names and defaults.
namespace shaketable::engine::spec {
namespace {

constexpr KeyUse kRequired = KeyUse::kRequired;
constexpr KeyUse kIgnored = KeyUse::kIgnored;

constexpr KeySpec kTrafficKeys[] = {
    {"defaults", "destination", "The base of every other entry, key by key."},
};

constexpr KeySpec kDestinationKeys[] = {
    {"timeout", "duration", "Whole request with its retries; 0s = off.", "0s (as Istio)"},
    {"idle_timeout", "duration", "No activity on a stream; 0s = off.", "5m"},
    {"retries", "retries|integer|false", "When an attempt is made again.",
     "Istio's: 2 on connect-failure, refused-stream, unavailable, cancelled"},
    {"circuit_breakers", "circuit_breakers", "Limits per calling proxy.", "none (as Istio)"},
    {"outlier_detection", "outlier_detection|false", "Passive health checks.", "off"},
    {"load_balancing", "word:lb_policy|load_balancing", "How a host is chosen.", "least_request"},
    {"panic_threshold", "percent", "Below this share of healthy hosts all are used; 0% = off.",
     "50%"},
    {"protocol", "word:protocol", "Between sidecars.", "http1"},
    {"max_concurrent_streams", "integer", "http2: requests at once on a connection.", "100"},
    {"max_requests_per_connection", "integer", "0 = no limit; 1 = no keep-alive.", "0"},
    {"connect_timeout", "duration", "Until a new connection is up.", "10s (as Istio)"},
    {"pool_idle_timeout", "duration", "Idle connections are closed after it; 0s = off.", "1h"},
    {"split", "{percent|integer}", "Shares of versions: percents or weights."},
    {"routes", "[route]", "Rules in order; what no rule takes goes on to `split`."},
    {"fault", "fault_injection", "Envoy's fault filter, for the whole run."},
    {"mirror", "mirror|[mirror]", "Copies of requests whose answers are thrown away."},
    {"from", "name|[name]|{destination}",
     "A caller (or several) to which the entry is limited; or a map of callers with what is "
     "different for each."},
    {"mtls", "word:mtls", "In `defaults`: as `network.tls`, which wins.", "strict"},
    {"authorize", "[authorize]", "Who may call what.", "", kIgnored},
    {"rate_limit", "any", "Local and global rate limits.", "", kIgnored},
};

constexpr KeySpec kRetriesKeys[] = {
    {"attempts", "integer", "Retries beyond the first try (as Istio); 0 = none.", "2"},
    {"per_try_timeout", "duration", "Per attempt; 0s = off.", "0s"},
    {"retry_on", "word:retry_on|integer|[word:retry_on|integer]",
     "Conditions; a number is a status code (as Istio).",
     "[connect-failure, refused-stream, unavailable, cancelled]"},
    {"retriable_status_codes", "[integer]", "With the condition retriable-status-codes."},
    {"backoff", "backoff", "Pauses between tries, with full jitter."},
    {"budget", "retry_share", "Limits retries to a share of the traffic; replaces max_retries."},
    {"previous_hosts", "bool", "Prefer hosts that were not tried yet.", "true (as Istio)"},
    {"host_selection_retry_max_attempts", "integer", "Attempts to find such a host.",
     "5 (as Istio)"},
};

constexpr KeySpec kBackoffKeys[] = {
    {"base", "duration", "Upper end of the first pause.", "25ms"},
    {"max", "duration", "Upper end of all.", "10 x base"},
};

constexpr KeySpec kBudgetKeys[] = {
    {"ratio", "percent", "Of active and pending requests.", "20%"},
    {"min_concurrency", "integer", "Retries at once that are always allowed.", "3"},
};

constexpr KeySpec kEnvoyBudgetKeys[] = {
    {"budget_percent", "percent", "Of active and pending requests.", "20%"},
    {"min_retry_concurrency", "integer", "Retries at once that are always allowed.", "3"},
};

constexpr KeySpec kBreakersKeys[] = {
    {"max_connections", "integer", "Connections to all hosts.", "no limit"},
    {"max_pending_requests", "integer", "Requests that wait for a connection.", "no limit"},
    {"max_requests", "integer", "Requests in flight.", "no limit"},
    {"max_retries", "integer", "Retries in flight.", "no limit"},
    {"retry_budget", "retry_budget", "Replaces max_retries."},
};

constexpr KeySpec kOutlierKeys[] = {
    {"consecutive_5xx", "integer", "0 = off.", "5"},
    {"consecutive_gateway_failure", "integer", "502, 503, 504; see its enforcing key.", "5"},
    {"consecutive_local_origin_failure", "integer",
     "Connects and timeouts, when split from answers.", "5"},
    {"enforcing_consecutive_5xx", "percent|integer", "Chance of ejection.", "100%"},
    {"enforcing_consecutive_gateway_failure", "percent|integer", "Chance of ejection.", "0%"},
    {"enforcing_consecutive_local_origin_failure", "percent|integer", "Chance of ejection.",
     "100%"},
    {"split_external_local_origin_errors", "bool", "Count local failures apart.", "false"},
    {"interval", "duration", "Between two sweeps.", "10s"},
    {"base_ejection_time", "duration", "Times the number of ejections.", "30s"},
    {"max_ejection_time", "duration", "Upper end of an ejection.", "300s"},
    {"max_ejection_time_jitter", "duration", "Random extra.", "0s"},
    {"max_ejection_percent", "percent|integer", "Share of the hosts that may be ejected.", "10%"},
    {"always_eject_one_host", "bool", "One host may always be ejected (Envoy before 1.28).",
     "false"},
    {"enforcing_success_rate", "percent|integer", "Chance of ejection.", "0%"},
    {"success_rate_minimum_hosts", "integer", "Hosts with enough requests.", "5"},
    {"success_rate_request_volume", "integer", "Requests in an interval.", "100"},
    {"success_rate_stdev_factor", "integer", "Thousandths.", "1900"},
    {"enforcing_failure_percentage", "percent|integer", "Chance of ejection.", "0%"},
    {"failure_percentage_threshold", "percent|integer", "Failures from which on a host is ejected.",
     "85%"},
    {"failure_percentage_minimum_hosts", "integer", "Hosts with enough requests.", "5"},
    {"failure_percentage_request_volume", "integer", "Requests in an interval.", "50"},
};

constexpr KeySpec kBalancingKeys[] = {
    {"policy", "word:lb_policy", "How a host is chosen.", "least_request"},
    {"choice_count", "integer", "least_request: hosts that are drawn.", "2"},
    {"full_scan", "bool", "least_request: look at every host.", "false"},
};

constexpr KeySpec kInjectionKeys[] = {
    {"delay", "injected_delay", "Before anything else."},
    {"abort", "injected_abort", "Instead of forwarding."},
};

constexpr KeySpec kInjectedDelayKeys[] = {
    {"fixed_delay", "duration", "How long.", "", kRequired},
    {"percent", "percent", "Share of the requests.", "100%"},
};

constexpr KeySpec kInjectedAbortKeys[] = {
    {"status", "integer", "The answer.", "503"},
    {"percent", "percent", "Share of the requests.", "100%"},
};

constexpr KeySpec kMirrorKeys[] = {
    {"to", "name|route_to", "A version of the destination, or another service.", "", kRequired},
    {"percent", "percent", "Share of the requests.", "100%"},
};

constexpr KeySpec kRouteToKeys[] = {
    {"service", "name", "A service.", "the destination"},
    {"version", "name", "One of its versions.", "all"},
};

constexpr KeySpec kRouteKeys[] = {
    {"name", "name", "For reports."},
    {"match", "route_match|[route_match]", "All parts must fit; of a list, one entry.",
     "everything"},
    {"to", "name|route_to", "A version of the destination, or another service."},
    {"split", "{percent|integer}", "Shares of versions: percents or weights."},
    {"rewrite", "rewrite", "Changes what is sent on."},
    {"redirect", "redirect", "Answers with a redirect."},
    {"direct_response", "direct_response", "Answers by itself."},
    {"timeout", "duration", "Whole request with its retries; 0s = off.", "the entry's"},
    {"idle_timeout", "duration", "No activity on a stream; 0s = off.", "the entry's"},
    {"retries", "retries|integer|false", "When an attempt is made again.", "the entry's"},
    {"fault", "fault_injection", "Envoy's fault filter.", "the entry's"},
    {"mirror", "mirror|[mirror]", "Copies of requests.", "the entry's"},
};

constexpr KeySpec kRouteMatchKeys[] = {
    {"path", "text", "The whole path."},
    {"prefix", "text", "The path begins so."},
    {"segment_prefix", "text", "As Gateway API's PathPrefix: /foo and /foo/x, not /foobar."},
    {"regex", "text", "The whole path, RE2 syntax."},
    {"ignore_case", "bool", "For the path.", "false"},
    {"method", "text", "The request's method."},
    {"authority", "text|string_match", "The host that was asked for."},
    {"headers", "{text|string_match}", "By name; text = exact."},
    {"query", "{text|string_match}", "Query parameters by name; text = exact."},
};

constexpr KeySpec kStringMatchKeys[] = {
    {"exact", "text", "The whole value."},
    {"prefix", "text", "Begins so."},
    {"suffix", "text", "Ends so."},
    {"contains", "text", "Somewhere in it."},
    {"regex", "text", "The whole value, RE2 syntax."},
    {"present", "bool", "true: any value; false: it must be missing."},
};

constexpr KeySpec kRewriteKeys[] = {
    {"prefix", "text", "Replaces the matched prefix, or the path of an exact match."},
    {"regex", "text", "What is replaced in the path, RE2 syntax."},
    {"substitution", "text", "By what."},
    {"authority", "text", "The new host."},
};

constexpr KeySpec kRedirectKeys[] = {
    {"status", "integer", "301, 302, 303, 307 or 308.", "301"},
    {"scheme", "text", "http or https."},
    {"authority", "text", "The new host."},
    {"path", "text", "The new path."},
    {"prefix", "text", "Replaces the matched prefix."},
    {"port", "integer", "The new port."},
    {"strip_query", "bool", "Leave the query out.", "false"},
};

constexpr KeySpec kDirectResponseKeys[] = {
    {"status", "integer", "The answer.", "200"},
    {"body", "text", "Its body."},
};

constexpr KeySpec kAuthorizeKeys[] = {
    {"from", "name", "The caller.", "", kIgnored},
    {"methods", "[text]", "Methods.", "", kIgnored},
    {"paths", "[text]", "Paths.", "", kIgnored},
};

}  // namespace

const ObjectSpec kTraffic{"traffic", "traffic", "Policies, by destination.", kTrafficKeys,
                          "destination"};
const ObjectSpec kDestination{"destination", "the policies of a destination",
                              "Policies of calls to a service.", kDestinationKeys};
const ObjectSpec kRetries{"retries", "retries", "Envoy's retry policy.", kRetriesKeys};
const ObjectSpec kBackoff{"backoff", "a backoff", "Pauses between tries.", kBackoffKeys};
const ObjectSpec kBudget{"retry_share", "a retry budget", "A retry budget.", kBudgetKeys};
const ObjectSpec kEnvoyBudget{"retry_budget", "a retry budget", "A retry budget, Envoy's names.",
                              kEnvoyBudgetKeys};
const ObjectSpec kBreakers{"circuit_breakers", "circuit breakers", "Envoy's circuit breakers.",
                           kBreakersKeys};
const ObjectSpec kOutlier{"outlier_detection", "outlier detection", "Envoy's outlier detection.",
                          kOutlierKeys};
const ObjectSpec kBalancing{"load_balancing", "load balancing", "A balancer and its settings.",
                            kBalancingKeys};
const ObjectSpec kInjection{"fault_injection", "a fault injection", "Envoy's fault filter.",
                            kInjectionKeys};
const ObjectSpec kInjectedDelay{"injected_delay", "an injected delay", "A fixed delay.",
                                kInjectedDelayKeys};
const ObjectSpec kInjectedAbort{"injected_abort", "an injected abort", "An answer by the proxy.",
                                kInjectedAbortKeys};
const ObjectSpec kMirror{"mirror", "a mirror", "Copies of requests.", kMirrorKeys};
const ObjectSpec kRouteTo{"route_to", "a route's destination", "Where requests go.", kRouteToKeys};
const ObjectSpec kRoute{"route", "a route", "One rule.", kRouteKeys};
const ObjectSpec kRouteMatch{"route_match", "a match", "All parts must fit.", kRouteMatchKeys};
const ObjectSpec kStringMatch{
    "string_match", "a match of text", "One way to compare.", kStringMatchKeys, "", true};
const ObjectSpec kRewrite{"rewrite", "a rewrite", "Changes what is sent on.", kRewriteKeys};
const ObjectSpec kRedirect{"redirect", "a redirect", "Answers with a redirect.", kRedirectKeys};
const ObjectSpec kDirectResponse{"direct_response", "a direct response", "Answers by itself.",
                                 kDirectResponseKeys};
const ObjectSpec kAuthorize{"authorize", "an authorization", "Not modelled.", kAuthorizeKeys};

}  // namespace shaketable::engine::spec

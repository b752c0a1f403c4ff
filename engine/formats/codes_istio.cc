#include "engine/formats/codes_table.h"

// Codes of the Istio importer.
namespace shaketable::engine {
namespace {

constexpr CodeInfo kCodes[] = {
    {"ST3001", "A document that is no Kubernetes object",
     "It has no `kind`. Helm values, kustomize patches and the like are not read."},
    {"ST3002", "An object of another kind",
     "It is named and not read: a warning when it changes traffic (Gateway, ServiceEntry, "
     "Sidecar, AuthorizationPolicy, ...), a note otherwise."},
    {"ST3003", "An unknown version of Istio's API",
     "v1, v1beta1 and v1alpha3 are known; the object is read as v1."},
    {"ST3004", "The same object twice",
     "Kind, namespace and name are equal: the later one replaces the earlier, as `kubectl "
     "apply` does it."},
    {"ST3010", "A field that is not modelled",
     "Istio would act on it and the run does not; the message says what is missing."},
    {"ST3011", "A field that Istio does not know",
     "The cluster drops it (or refuses the file with strict validation), and so does the run."},
    {"ST3012", "A field at the wrong level",
     "Its name is right and its place is not, mostly by a slip of the indentation; it has no "
     "effect."},
    {"ST3013", "A field that Istio has removed",
     "It had an effect in old versions and has none today."},
    {"ST3014", "A deprecated field",
     "It works, or is ignored, as the message says; write the new one."},
    {"ST3020", "Istio refuses this", "The admission check of a cluster would not take the object."},
    {"ST3021", "No effect",
     "Correct, and it does nothing (a fault without percentage, a destination of weight 0, "
     "...)."},
    {"ST3022", "Not what it looks like",
     "It works otherwise than most readers expect (perTryTimeout without a retryOn that covers "
     "it, retries without attempts, ...)."},
    {"ST3100", "A rule for an unknown host",
     "The mesh has no such service: the rule has no effect."},
    {"ST3101", "A route to an unknown host",
     "Requests that take it get 503 with the flag NC, as with Istio."},
    {"ST3102", "A route to an unknown subset",
     "No DestinationRule that the caller sees defines it: 503 with the flag NC."},
    {"ST3103", "An empty subset",
     "No version of the service has its labels: 503 with the flag UH."},
    {"ST3104", "The host has an owner already",
     "In sidecars one VirtualService owns a host: the most specific, then the oldest."},
    {"ST3105", "Another DestinationRule wins",
     "Rules for one host in one namespace are merged: the oldest traffic policy and the first "
     "definition of a subset count."},
    {"ST3106", "A host that is taken literally",
     "Istio expands `reviews`, not `reviews.prod`: write `reviews.prod.svc.cluster.local`."},
    {"ST3107", "A port that is not called",
     "Calls go to the first of the service's `ports`; what is said for others is left out."},
    {"ST3108", "Bound to gateways alone",
     "Sidecars do not use this VirtualService, and the mesh has no gateway (entry: true, "
     "runtime: envoy)."},
    {"ST3109", "Source labels match some versions only",
     "Policies of callers are not modelled by version; the match is left out for all of them."},
    {"ST3110", "A route that nothing reaches", "An earlier one takes every request."},
    {"ST3111", "A delegate that cannot be used", "It is missing, unused, or contradicts its root."},
};

}  // namespace

std::span<const CodeInfo> istio_codes() { return kCodes; }

}  // namespace shaketable::engine

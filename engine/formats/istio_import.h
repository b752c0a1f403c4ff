#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/mesh/model.h"

/// Istio's traffic policies: `VirtualService` and `DestinationRule` of `networking.istio.io`
/// (v1alpha3, v1beta1, v1), as files from git or as a `kubectl get -o yaml` list.
///
/// What istiod does with them for every pair of caller and service is done here: which
/// VirtualService owns a host, which DestinationRule a caller sees, whose namespace a short name is
/// in, what Istio's defaults are. The result is one `DestinationPolicy` for each service that the
/// files speak about, and further ones (`from`) for callers that Istio would treat differently
/// (other namespace, `sourceLabels`, `exportTo`, `gateways`).
///
/// Nothing is dropped in silence: fields that change traffic and are not modelled, fields that
/// Istio does not know, and objects of other kinds are listed as warnings with their place and
/// path. What Istio's admission check refuses is an error.
///
/// Simplifications:
/// - A caller calls the first of a service's `ports`; a service without `ports` accepts any number.
/// - Services of runtime "envoy" with `entry` are gateways: VirtualServices bound to a gateway (of
///   any name) apply to their calls to each service that such a rule names or reaches, whatever
///   host the client used; the other VirtualServices apply to everybody, also to them.
/// - `svc.namespace` as a destination or as the host of a DestinationRule is taken literally, as
///   Istio does (a warning says so); as a host of a VirtualService it stands for the service.
/// - The headers of one destination among several, and policies of callers by version, are listed
///   and left out.
/// - Age is `creationTimestamp` where the object has one, else the order of files and documents.
namespace shaketable::engine {

struct IstioOptions {
  std::string default_namespace = "default";    ///< Of objects without `metadata.namespace`.
  std::string root_namespace = "istio-system";  ///< DestinationRules here apply to everybody, last.
};

/// Reads the files and returns the policies that they make of `mesh`, complete, ordered by
/// (service, from) with `from` = kNone last. Blocks that no file speaks about come from the entry
/// that `mesh` has for the pair, else from its defaults.
/// Routes without timeout or retries have those of `mesh.default_route`.
/// Errors are in `diagnostics`; the result is then to be thrown away. Never throws.
[[nodiscard]] std::vector<DestinationPolicy> read_istio(std::span<const std::string> files,
                                                        const Mesh& mesh, Diagnostics& diagnostics,
                                                        const IstioOptions& options = {});

/// The same for one text in memory; `name` stands for the file in messages.
[[nodiscard]] std::vector<DestinationPolicy> read_istio_text(const std::string& name,
                                                             std::string text, const Mesh& mesh,
                                                             Diagnostics& diagnostics,
                                                             const IstioOptions& options = {});

/// Files that are applied to a mesh that runs.
struct IstioPush {
  std::vector<DestinationPolicy> policies;  ///< Of all objects, as `read_istio` orders them.
  /// Services that the new objects speak about, or those that they took the place of; ascending.
  std::vector<ServiceIndex> concerned;
};

/// What the mesh's policies are once the objects of `pushed` are applied to those of `standing`, as
/// `kubectl apply` does it: they take the place of those of the same kind, namespace and name. The
/// mesh is read without its policies. Reported is what is wrong with the pushed ones.
[[nodiscard]] IstioPush read_istio_push(std::span<const Document> standing,
                                        std::span<const Document> pushed, const Mesh& mesh,
                                        Diagnostics& diagnostics, const IstioOptions& options = {});

/// Replaces the entries of `mesh.policies` for the same (service, from), and adds the others.
void apply_policies(std::vector<DestinationPolicy> policies, Mesh& mesh);

/// `read_istio` and `apply_policies` in one; the mesh stays as it is when there are errors.
void import_istio(std::span<const std::string> files, Mesh& mesh, Diagnostics& diagnostics,
                  const IstioOptions& options = {});

}  // namespace shaketable::engine

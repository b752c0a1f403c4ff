#pragma once

/// Stable codes of the Istio importer, for `Diagnostic::code`. A code is never given a new meaning;
/// the list with explanations is in the folder's README.
namespace shaketable::engine::code {

// Objects.
inline constexpr char kIstioNoObject[] = "ST3001";        ///< A document without kind.
inline constexpr char kIstioOtherKind[] = "ST3002";       ///< An object of a kind that is not read.
inline constexpr char kIstioUnknownVersion[] = "ST3003";  ///< A version of the API nobody knows.
inline constexpr char kIstioDuplicate[] = "ST3004";  ///< The same object twice: the last counts.

// Fields.
inline constexpr char kIstioNotModelled[] = "ST3010";  ///< Changes traffic, and we do not model it.
inline constexpr char kIstioUnknownField[] = "ST3011";  ///< Istio knows no such field.
inline constexpr char kIstioMisplaced[] = "ST3012";     ///< A field of another level: indentation.
inline constexpr char kIstioRemoved[] = "ST3013";       ///< Removed from Istio: without effect.
inline constexpr char kIstioDeprecated[] = "ST3014";    ///< Still works, to be replaced.
inline constexpr char kIstioRejected[] = "ST3020";      ///< Istio's admission check refuses it.
inline constexpr char kIstioNoEffect[] = "ST3021";      ///< Accepted, and does nothing.
inline constexpr char kIstioSurprise[] = "ST3022";      ///< Works otherwise than it looks.

// References and precedence.
inline constexpr char kIstioUnknownHost[] = "ST3100";  ///< A rule for a host that nobody has.
inline constexpr char kIstioUnknownDestination[] = "ST3101";  ///< Requests get 503 NC.
inline constexpr char kIstioUnknownSubset[] = "ST3102";       ///< Requests get 503 NC.
inline constexpr char kIstioEmptySubset[] = "ST3103";         ///< Requests get 503 UH.
inline constexpr char kIstioHostTaken[] = "ST3104";      ///< An older VirtualService owns the host.
inline constexpr char kIstioPolicyIgnored[] = "ST3105";  ///< An older DestinationRule wins.
inline constexpr char kIstioLiteralHost[] = "ST3106";    ///< svc.namespace is taken literally.
inline constexpr char kIstioUnknownPort[] = "ST3107";    ///< The service has no such port.
inline constexpr char kIstioGatewayOnly[] = "ST3108";    ///< Bound to gateways: sidecars ignore it.
inline constexpr char kIstioSourceLabels[] = "ST3109";   ///< Matches only some of a caller's pods.
inline constexpr char kIstioUnreachable[] = "ST3110";    ///< A route behind one that takes all.
inline constexpr char kIstioDelegate[] = "ST3111";       ///< A delegate that cannot be used.

}  // namespace shaketable::engine::code

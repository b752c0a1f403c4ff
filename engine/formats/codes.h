#pragma once

#include <span>
#include <string_view>

/// Stable codes of the document layer (ST10xx), of the typed readers (ST11xx), of meshes (ST12xx),
/// of scenarios (ST13xx), of the proxy's file (ST14xx) and of the lints (ST15xx), for
/// `Diagnostic::code`. A code is never given a new meaning; `shaketable explain CODE` prints what
/// codes.cc says about it.
namespace shaketable::engine::code {

inline constexpr char kCannotRead[] = "ST1001";        ///< Missing or unreadable file.
inline constexpr char kNotRegularFile[] = "ST1002";    ///< Directory, pipe, device, socket.
inline constexpr char kFileTooLarge[] = "ST1003";      ///< Above `DocumentLimits::max_bytes`.
inline constexpr char kBadText[] = "ST1004";           ///< Not UTF-8, or a control character.
inline constexpr char kSyntax[] = "ST1005";            ///< Not YAML or not JSON.
inline constexpr char kTemplate[] = "ST1006";          ///< `{{`: render the template first.
inline constexpr char kTooDeep[] = "ST1007";           ///< Above `DocumentLimits::max_depth`.
inline constexpr char kTooManyNodes[] = "ST1008";      ///< Above `DocumentLimits::max_nodes`.
inline constexpr char kAlias[] = "ST1009";             ///< Undefined, cyclic, or expands too far.
inline constexpr char kDuplicateKey[] = "ST1010";      ///< The same key twice in one map.
inline constexpr char kTag[] = "ST1011";               ///< A tag other than YAML's own.
inline constexpr char kBadKey[] = "ST1012";            ///< A key that is no scalar, or too long.
inline constexpr char kSeveralDocuments[] = "ST1013";  ///< A second document where one is due.
inline constexpr char kNothing[] = "ST1014";           ///< Empty file.
inline constexpr char kTab[] = "ST1015";               ///< A tab as indentation.

inline constexpr char kWrongKind[] = "ST1101";    ///< A list where a map is due, and the like.
inline constexpr char kMissingKey[] = "ST1102";   ///< A required key is not there.
inline constexpr char kUnknownKey[] = "ST1103";   ///< A key that nobody reads.
inline constexpr char kUnit[] = "ST1104";         ///< The unit is missing or unknown.
inline constexpr char kMalformed[] = "ST1105";    ///< Not a number, duration, bool ... at all.
inline constexpr char kOutOfRange[] = "ST1106";   ///< Outside the bounds, or finer than the unit.
inline constexpr char kUnknownWord[] = "ST1107";  ///< Not one of the words allowed here.
inline constexpr char kBadName[] = "ST1108";      ///< Empty, too long, or not printable.

inline constexpr char kUnknownService[] = "ST1201";   ///< A name that no service has.
inline constexpr char kUnknownEndpoint[] = "ST1202";  ///< An endpoint that the service lacks.
inline constexpr char kUnknownVersion[] = "ST1203";   ///< A version that the service lacks.
inline constexpr char kUnknownZone[] = "ST1204";      ///< A zone that the mesh lacks.
inline constexpr char kCallCycle[] = "ST1205";        ///< Synchronous calls in a circle.
inline constexpr char kBadWeights[] = "ST1206";       ///< Weights that cannot be.
inline constexpr char kTooMany[] = "ST1207";          ///< Above one of the limits of size.
inline constexpr char kNoService[] = "ST1208";        ///< A mesh without services.
inline constexpr char kNoEntry[] = "ST1209";          ///< No service that load may enter.
inline constexpr char kReservedName[] = "ST1210";     ///< A name that means something else.
inline constexpr char kBadEndpointName[] = "ST1211";  ///< Neither "GET /path" nor a method name.
inline constexpr char kBadDistribution[] = "ST1212";  ///< Parameters that make no distribution.
inline constexpr char kWrongRuntimeKey[] = "ST1213";  ///< A setting of another runtime.
inline constexpr char kOneKey[] = "ST1214";           ///< Exactly one key is due here.
inline constexpr char kContradiction[] = "ST1215";    ///< Two settings that exclude each other.
inline constexpr char kNotModelled[] = "ST1216";      ///< Accepted, without effect (a warning).
inline constexpr char kTooNested[] = "ST1217";        ///< Steps within steps beyond the limit.
inline constexpr char kBadRoute[] = "ST1218";         ///< A rule that cannot work.
inline constexpr char kDuplicateName[] = "ST1219";    ///< Two things with one name.
inline constexpr char kBadRegex[] = "ST1220";         ///< Not an RE2 expression.

inline constexpr char kNoMesh[] = "ST1301";           ///< Neither `mesh` nor `services`.
inline constexpr char kBadLoad[] = "ST1302";          ///< Neither a closed nor an open loop.
inline constexpr char kNotAnEntry[] = "ST1303";       ///< Load for a service that is no entry.
inline constexpr char kAmbiguous[] = "ST1304";        ///< A name that fits several things.
inline constexpr char kBadFault[] = "ST1305";         ///< Not exactly one kind of fault.
inline constexpr char kBadTarget[] = "ST1306";        ///< A target that this fault cannot hit.
inline constexpr char kUnknownEdge[] = "ST1307";      ///< Two services that never call each other.
inline constexpr char kUnknownFault[] = "ST1308";     ///< A name that no fault has.
inline constexpr char kBadExpectation[] = "ST1309";   ///< Not exactly one form of expectation.
inline constexpr char kBadBound[] = "ST1310";         ///< A `must` that is no bound of the metric.
inline constexpr char kBadWindow[] = "ST1311";        ///< A span of time that cannot be.
inline constexpr char kUnknownSubject[] = "ST1312";   ///< Nothing in the file has this name.
inline constexpr char kBadRun[] = "ST1313";           ///< A run that cannot be.
inline constexpr char kUnknownLoad[] = "ST1314";      ///< A name that no load has.
inline constexpr char kUnknownVariable[] = "ST1315";  ///< `${name}` that nothing gives a value.
inline constexpr char kBadCondition[] = "ST1316";     ///< Not a question about an answer.
inline constexpr char kLiveOnly[] = "ST1317";         ///< Virtual time passes over it (a note).
inline constexpr char kBadMolotov[] = "ST1318";       ///< A molotov.json that cannot be followed.
inline constexpr char kBadOverride[] = "ST1320";      ///< A `--set` that cannot be applied.

inline constexpr char kBadAddress[] = "ST1401";      ///< Not host:port, [v6]:port or unix:/path.
inline constexpr char kUnknownCluster[] = "ST1402";  ///< A name that no cluster has.
inline constexpr char kSameAddress[] = "ST1403";     ///< Two listeners at one address.
inline constexpr char kNoWay[] = "ST1404";           ///< Requests that could go nowhere.
inline constexpr char kNoFile[] = "ST1405";          ///< A file that is needed and not readable.
inline constexpr char kBadTls[] = "ST1406";          ///< TLS settings that cannot work.
inline constexpr char kNoEffect[] = "ST1407";        ///< A setting that nothing would follow.
inline constexpr char kNoEndpoints[] = "ST1408";     ///< A cluster without a source of addresses.
inline constexpr char kNeedsToken[] = "ST1409";      ///< An admin port that anybody could reach.
inline constexpr char kBadDomain[] = "ST1410";       ///< A domain that is none, or is taken.
inline constexpr char kBadHeader[] = "ST1411";       ///< A header that cannot be.
inline constexpr char kMissingPart[] = "ST1412";     ///< What a sidecar of a mesh still needs.

}  // namespace shaketable::engine::code

namespace shaketable::engine {

/// What `shaketable explain` says about a code.
struct CodeInfo {
  std::string_view code;
  std::string_view title;  ///< One line.
  std::string_view text;   ///< Why it is reported and what to do.
};

/// All codes, in order.
[[nodiscard]] std::span<const CodeInfo> code_table();

/// The entry of a code (any case), or null.
[[nodiscard]] const CodeInfo* find_code(std::string_view code);

}  // namespace shaketable::engine

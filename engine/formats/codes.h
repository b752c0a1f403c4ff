#pragma once

/// Stable codes of the document layer (ST10xx) and of the typed readers (ST11xx), for
/// `Diagnostic::code`. A code is never given a new meaning; the list is in the folder's README.
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

}  // namespace shaketable::engine::code

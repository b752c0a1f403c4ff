#include "engine/formats/codes_table.h"

// Codes of the document layer and of the typed readers.
namespace shaketable::engine {
namespace {

constexpr CodeInfo kCodes[] = {
    {"ST1001", "The file cannot be read",
     "It is missing, or this user may not read it. Paths are relative to where the command "
     "runs; paths inside a file are relative to that file."},
    {"ST1002", "Not a regular file",
     "Pipes, devices and directories are refused: reading them could block for ever. Copy the "
     "contents into a file."},
    {"ST1003", "The file is too large",
     "Files above 16 MiB are refused. Large meshes are best split into a mesh file and "
     "scenario files."},
    {"ST1004", "Not a text in UTF-8",
     "The file holds bytes that are not UTF-8, or a control character. Save it as UTF-8."},
    {"ST1005", "Not valid YAML or JSON",
     "The text breaks the syntax at this place. Unclosed quotes and brackets, and wrong "
     "indentation, are the usual reasons."},
    {"ST1006", "A template",
     "The file holds {{...}}: render it first (helm template, kustomize build) and use the "
     "result."},
    {"ST1007", "Nested too deeply",
     "More than 64 levels of maps and lists. Real files stay below ten."},
    {"ST1008", "Too many values",
     "The file has more values than a scenario can use (two million)."},
    {"ST1009", "A bad alias",
     "An alias (*name) refers to nothing, to itself, or repeats so much that the file would "
     "become enormous."},
    {"ST1010", "A key is there twice",
     "YAML lets the last one win in silence; here it is an error. Merge the two."},
    {"ST1011", "A foreign tag",
     "Only YAML's own tags (!!str, !!int, ...) are read. Others would create objects of some "
     "program."},
    {"ST1012", "A key that cannot be one", "Keys are plain texts of at most 1 KiB."},
    {"ST1013", "Several documents",
     "The file holds a second document behind ---. A scenario and a mesh are one document each."},
    {"ST1014", "Nothing in the file",
     "The file is empty or holds comments only. `shaketable init` writes a first scenario."},
    {"ST1015", "A tab as indentation", "YAML forbids tabs before a key. Use spaces."},
    {"ST1016", "A data file did not come along",
     "A result holds the files behind its scenario, so that it can be judged anywhere: those of up "
     "to 16 MiB, 64 MiB together. A larger one (a recorded log, say) must be where the scenario "
     "names it, seen from where the command runs. A smaller one that is missing means a result of "
     "an older program: run the scenario again."},
    {"ST1101", "The wrong kind of value",
     "A list stands where a map is due, a map where a text is due, and the like. The message "
     "says what is expected."},
    {"ST1102", "A key is missing", "This map cannot do without the key. The message names it."},
    {"ST1103", "An unknown key",
     "Nobody reads this key; it is most often a slip of the pen. The nearest known key is "
     "proposed. `shaketable schema` prints all keys for an editor."},
    {"ST1104", "The unit is missing",
     "Numbers of time, size, share and rate are written with their unit: 250ms, 64KiB, 12.5%, "
     "400/s."},
    {"ST1105", "Not a value of this kind",
     "The text is no number, duration, percent, rate or bool."},
    {"ST1106", "Out of range",
     "The value is outside the bounds, or finer than the unit can hold. The message names the "
     "bounds."},
    {"ST1107", "An unknown word", "Only the listed words are allowed here."},
    {"ST1108", "Not a usable name",
     "Names have 1 to 253 bytes of printable text without spaces at their ends."},
};

}  // namespace

std::span<const CodeInfo> document_codes() { return kCodes; }

}  // namespace shaketable::engine

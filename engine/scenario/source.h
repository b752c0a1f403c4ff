#pragma once

#include <string>
#include <vector>

namespace shaketable::engine {

/// A file as it was read, line breaks and byte order mark normalised.
struct SourceFile {
  std::string name;  ///< As messages and marks call it.
  std::string text;
};

/// All that a scenario was made from, so that it can be made again where none of its files is: the
/// files and the changes to them. The seed is not among it: a record has its own.
struct ScenarioSource {
  std::string file;                    ///< The scenario's, as given on the command line.
  std::vector<std::string> overrides;  ///< Arguments of `--set`, `--duration` among them.
  std::vector<SourceFile> files;       ///< The scenario's and every file that it names, by name.
};

}  // namespace shaketable::engine

#pragma once

#include <QString>
#include <QStringList>
#include <span>
#include <string_view>

#include "proxy/base/result.h"

namespace shaketable::gui {

/// A project to learn from: a scenario with the files that it names.
struct SampleProject {
  struct File {
    std::string_view path;    ///< Within the project's folder, "meshes/shop.yaml".
    const char* const* text;  ///< Part of the program.
  };
  std::string_view name;  ///< Of the folder, and of the scenario's file.
  std::string_view about;
  std::span<const File> files;  ///< The scenario first.
};

[[nodiscard]] std::span<const SampleProject> sample_projects();

/// Writes a project into a folder of its own below `folder` and returns the path of its scenario.
/// Files that are there already stay as they are. Fails when one cannot be written.
[[nodiscard]] proxy::Result<QString> unpack_sample(const SampleProject& sample,
                                                   const QString& folder);

}  // namespace shaketable::gui

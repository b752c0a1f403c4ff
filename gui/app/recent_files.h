#pragma once

#include <QString>
#include <vector>

/// Files that were open lately, newest first, and those that a person keeps at hand. They are
/// remembered in the settings of the application.
namespace shaketable::gui {

struct RecentFile {
  QString path;
  bool is_pinned = false;

  friend bool operator==(const RecentFile&, const RecentFile&) = default;
};

/// Pinned ones first, in the order in which they were pinned.
[[nodiscard]] std::vector<RecentFile> recent_files();
/// The file is open now. Ten are remembered, and the pinned ones.
void remember_file(const QString& path);
/// Keeps a file in the list, or lets it go with time as others.
void pin_file(const QString& path, bool is_pinned);
/// Takes a file out of the list.
void forget_file(const QString& path);

}  // namespace shaketable::gui

#include "gui/app/recent_files.h"

#include <QFileInfo>
#include <QSettings>
#include <QStringList>

namespace shaketable::gui {
namespace {

constexpr qsizetype kMostRecent = 10;
const QString kRecent = QStringLiteral("recent");
const QString kPinned = QStringLiteral("pinned");

QStringList listed(const QString& list) { return QSettings().value(list).toStringList(); }

QString whole(const QString& path) { return QFileInfo(path).absoluteFilePath(); }

void write(const QString& list, const QStringList& paths) { QSettings().setValue(list, paths); }

}  // namespace

std::vector<RecentFile> recent_files() {
  std::vector<RecentFile> files;
  const QStringList pinned = listed(kPinned);
  for (const QString& path : pinned) {
    files.push_back({path, true});
  }
  for (const QString& path : listed(kRecent)) {
    if (!pinned.contains(path)) {
      files.push_back({path, false});
    }
  }
  return files;
}

void remember_file(const QString& path) {
  QStringList recent = listed(kRecent);
  recent.removeAll(whole(path));
  recent.prepend(whole(path));
  write(kRecent, recent.mid(0, kMostRecent));
}

void pin_file(const QString& path, bool is_pinned) {
  QStringList pinned = listed(kPinned);
  pinned.removeAll(whole(path));
  if (is_pinned) {
    pinned.append(whole(path));
  } else {
    remember_file(path);  // It stays in the list for now.
  }
  write(kPinned, pinned);
}

void forget_file(const QString& path) {
  for (const QString& list : {kRecent, kPinned}) {
    QStringList paths = listed(list);
    paths.removeAll(whole(path));
    write(list, paths);
  }
}

}  // namespace shaketable::gui

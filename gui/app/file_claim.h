#pragma once

#include <QLockFile>
#include <QObject>
#include <QString>
#include <memory>

class QLocalServer;

namespace shaketable::gui {

/// That a file is open in this window: whoever opens it elsewhere is told so, and this window is
/// asked to come to the front instead, because two windows would overwrite each other's changes.
///
/// It is a lock and a socket in the folder of this session (XDG_RUNTIME_DIR), never beside the
/// file. A program that crashed leaves a lock that nobody holds. Where no lock can be made nothing
/// is claimed: that keeps nobody from opening a file.
class FileClaim : public QObject {
  Q_OBJECT

 public:
  explicit FileClaim(QObject* parent = nullptr);
  ~FileClaim() override;

  /// Claims a file instead of the one before. False when another window has it, which is then asked
  /// to show itself; what was claimed before stays so. Takes at most some tenths of a second.
  [[nodiscard]] bool take(const QString& path);
  void give_up();

 Q_SIGNALS:
  /// Somebody wants to open the file that is open here.
  void show_asked();

 private:
  QString key_;  ///< Of the file that is claimed; empty: none.
  std::unique_ptr<QLockFile> lock_;
  QLocalServer* server_;
};

}  // namespace shaketable::gui

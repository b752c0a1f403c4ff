#include "gui/app/file_claim.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QLocalServer>
#include <QLocalSocket>
#include <QStandardPaths>
#include <utility>

namespace shaketable::gui {
namespace {

constexpr int kPatience = 300;  // Milliseconds that the other window has for an answer.

QString folder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation))
      .filePath(QStringLiteral("shaketable"));
}

// The same for every way to write the path of a file. Short: it becomes the name of a socket.
QString key_of(const QString& path) {
  const QFileInfo file(path);
  const QString whole = file.exists() ? file.canonicalFilePath() : file.absoluteFilePath();
  const QByteArray hash = QCryptographicHash::hash(whole.toUtf8(), QCryptographicHash::Sha1);
  return QDir(folder()).filePath(QString::fromLatin1(hash.toHex().left(16)));
}

void ask_to_show(const QString& key) {
  QLocalSocket socket;
  socket.connectToServer(key);  // That somebody comes is all that is said.
  if (socket.waitForConnected(kPatience)) {
    socket.disconnectFromServer();
  }
}

}  // namespace

FileClaim::FileClaim(QObject* parent) : QObject(parent), server_(new QLocalServer(this)) {
  server_->setSocketOptions(QLocalServer::UserAccessOption);
  connect(server_, &QLocalServer::newConnection, this, [this] {
    while (QLocalSocket* const caller = server_->nextPendingConnection()) {
      connect(caller, &QLocalSocket::disconnected, caller, &QObject::deleteLater);
    }
    Q_EMIT show_asked();
  });
}

FileClaim::~FileClaim() { give_up(); }

bool FileClaim::take(const QString& path) {
  const QString key = key_of(path);
  if (key == key_) {
    return true;
  }
  QDir().mkpath(folder());
  auto lock = std::make_unique<QLockFile>(key + QStringLiteral(".lock"));
  lock->setStaleLockTime(0);  // However long it is held, it is: unless its program is gone.
  if (!lock->tryLock(0) && lock->error() == QLockFile::LockFailedError) {
    ask_to_show(key);
    return false;
  }
  give_up();
  if (lock->isLocked()) {
    lock_ = std::move(lock);
    key_ = key;
    QLocalServer::removeServer(key);  // Whoever holds the lock, the socket is his.
    server_->listen(key);
  }
  return true;
}

void FileClaim::give_up() {
  server_->close();
  lock_.reset();
  key_.clear();
}

}  // namespace shaketable::gui

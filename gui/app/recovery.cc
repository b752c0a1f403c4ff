#include "gui/app/recovery.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>
#include <algorithm>

#include "engine/cli/output_file.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kSoon = 3000;  // Milliseconds after a change; more changes do not put it off.
constexpr qint64 kMostRecordBytes = 64'000'000;

// Whoever reads the record stands in another folder.
QString whole_path(const std::string& name, bool has_file) {
  const QString path = QString::fromStdString(name);
  return has_file ? QFileInfo(path).absoluteFilePath() : path;
}

QString lock_of(const QString& record) { return record + QStringLiteral(".lock"); }

std::optional<Unsaved> read(const QString& record) {
  QFile file(record);
  if (!file.open(QIODevice::ReadOnly)) {
    return std::nullopt;
  }
  const QJsonObject object = QJsonDocument::fromJson(file.read(kMostRecordBytes)).object();
  Unsaved unsaved{.record = record,
                  .path = object.value(QStringLiteral("path")).toString(),
                  .has_file = object.value(QStringLiteral("has_file")).toBool(),
                  .time = QFileInfo(record).lastModified().toString(QStringLiteral("d MMM HH:mm")),
                  .files = {}};
  for (const QJsonValue& each : object.value(QStringLiteral("files")).toArray()) {
    const QJsonObject one = each.toObject();
    unsaved.files.push_back({.name = one.value(QStringLiteral("name")).toString().toStdString(),
                             .text = one.value(QStringLiteral("text")).toString().toStdString()});
  }
  if (unsaved.path.isEmpty() || unsaved.files.empty()) {
    return std::nullopt;
  }
  return unsaved;
}

}  // namespace

QString Recovery::folder() {
  const QString state = qEnvironmentVariable("XDG_STATE_HOME");
  const QString base =
      state.isEmpty() ? QDir::home().filePath(QStringLiteral(".local/state")) : state;
  return QDir(base).filePath(QStringLiteral("shaketable/recovery"));
}

Recovery::Recovery(Workbench& workbench, QObject* parent) : QObject(parent), workbench_(workbench) {
  QDir().mkpath(folder());
  record_ = QDir(folder()).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) +
                                    QStringLiteral(".json"));
  lock_ = std::make_unique<QLockFile>(lock_of(record_));
  lock_->setStaleLockTime(0);
  lock_->tryLock(0);
  timer_.setSingleShot(true);
  timer_.setInterval(kSoon);
  connect(&timer_, &QTimer::timeout, this, &Recovery::keep);
  connect(&workbench_, &Workbench::document_changed, this, [this] {
    if (!timer_.isActive()) {
      timer_.start();
    }
  });
}

Recovery::~Recovery() = default;

bool Recovery::keep() {
  const ScenarioDocument& document = workbench_.document();
  const bool is_worth_it = document.is_modified() && (workbench_.has_file() || document.can_undo());
  if (!is_worth_it) {
    forget();
    return false;
  }
  if (kept_ == document.revision()) {
    return true;
  }
  QJsonArray files;
  for (const engine::SourceFile& file : document.source().files) {
    if (QString::fromStdString(file.text).toStdString() != file.text) {
      continue;  // Data, no text: nobody types it.
    }
    files.append(QJsonObject{{QStringLiteral("name"), whole_path(file.name, workbench_.has_file())},
                             {QStringLiteral("text"), QString::fromStdString(file.text)}});
  }
  const QJsonObject object{
      {QStringLiteral("path"), whole_path(document.path(), workbench_.has_file())},
      {QStringLiteral("has_file"), workbench_.has_file()},
      {QStringLiteral("files"), files},
  };
  const QByteArray text = QJsonDocument(object).toJson(QJsonDocument::Compact);
  const auto written = engine::write_output(
      record_.toStdString(),
      std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
  if (written) {
    kept_ = document.revision();
    has_failed_ = false;
  } else if (!has_failed_) {
    has_failed_ = true;
    Q_EMIT failed(words_of(written.error()));
  }
  return written.has_value();
}

void Recovery::forget() {
  timer_.stop();
  QFile::remove(record_);
  kept_ = ~std::uint64_t{0};
}

std::vector<Unsaved> Recovery::left_behind() {
  std::vector<Unsaved> found;
  const QFileInfoList records =
      QDir(folder()).entryInfoList({QStringLiteral("*.json")}, QDir::Files, QDir::Time);
  for (const QFileInfo& record : records) {
    QLockFile lock(lock_of(record.filePath()));
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0)) {
      continue;  // Its program lives.
    }
    if (auto unsaved = read(record.filePath())) {
      found.push_back(std::move(*unsaved));
    }
  }
  return found;
}

void Recovery::restore(Workbench& workbench, const Unsaved& unsaved) {
  if (!unsaved.has_file || !workbench.open(unsaved.path)) {
    const auto own = std::find_if(
        unsaved.files.begin(), unsaved.files.end(),
        [&](const engine::SourceFile& file) { return file.name == unsaved.path.toStdString(); });
    workbench.create(unsaved.path, own == unsaved.files.end() ? std::string() : own->text);
    return;
  }
  for (const engine::SourceFile& file : unsaved.files) {
    workbench.type(file.name, file.text);
  }
}

void Recovery::remove(const Unsaved& unsaved) {
  QFile::remove(unsaved.record);
  QFile::remove(lock_of(unsaved.record));
}

}  // namespace shaketable::gui

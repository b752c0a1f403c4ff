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
#include <chrono>
#include <utility>

#include "engine/cli/output_file.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

// Milliseconds after a change; more changes do not put it off. Large documents are kept at most for
// a twentieth of the time.
constexpr int kSoon = 500, kLatest = 10'000, kLeastShare = 20;
constexpr qint64 kMostRecordBytes = 64'000'000;

// Whoever reads the record stands in another folder.
QString whole_path(const std::string& name, bool has_file) {
  const QString path = QString::fromStdString(name);
  return has_file ? QFileInfo(path).absoluteFilePath() : path;
}

QJsonArray files_json(const std::vector<engine::SourceFile>& files, bool has_file) {
  QJsonArray array;
  for (const engine::SourceFile& file : files) {
    if (QString::fromStdString(file.text).toStdString() != file.text) {
      continue;  // Data, no text: nobody types it.
    }
    array.append(QJsonObject{{QStringLiteral("name"), whole_path(file.name, has_file)},
                             {QStringLiteral("text"), QString::fromStdString(file.text)}});
  }
  return array;
}

std::vector<engine::SourceFile> files_from(const QJsonValue& json) {
  std::vector<engine::SourceFile> files;
  for (const QJsonValue& each : json.toArray()) {
    const QJsonObject one = each.toObject();
    files.push_back({.name = one.value(QStringLiteral("name")).toString().toStdString(),
                     .text = one.value(QStringLiteral("text")).toString().toStdString()});
  }
  return files;
}

QJsonArray acts_json(const std::vector<ActedFault>& acts) {
  QJsonArray array;
  for (const ActedFault& act : acts) {
    array.append(QJsonObject{{QStringLiteral("name"), QString::fromStdString(act.name)},
                             {QStringLiteral("text"), QString::fromStdString(act.value)},
                             {QStringLiteral("new"), act.is_new}});
  }
  return array;
}

std::vector<ActedFault> acts_from(const QJsonValue& json) {
  std::vector<ActedFault> acts;
  for (const QJsonValue& each : json.toArray()) {
    const QJsonObject one = each.toObject();
    acts.push_back({.name = one.value(QStringLiteral("name")).toString().toStdString(),
                    .value = one.value(QStringLiteral("text")).toString().toStdString(),
                    .is_new = one.value(QStringLiteral("new")).toBool()});
  }
  return acts;
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
                  .files = files_from(object.value(QStringLiteral("files"))),
                  .layout = {},
                  .run = object.value(QStringLiteral("run")).toString().toStdString(),
                  .acts = acts_from(object.value(QStringLiteral("acts")))};
  if (object.contains(QStringLiteral("layout"))) {
    unsaved.layout = layout_from(object.value(QStringLiteral("layout")).toObject());
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
  for (const auto change : {&Workbench::document_changed, &Workbench::runs_changed}) {
    connect(&workbench_, change, this, &Recovery::keep_soon);
  }
}

Recovery::~Recovery() = default;

void Recovery::keep_soon() {
  if (!timer_.isActive()) {
    timer_.start();
  }
}

void Recovery::note_layout(std::optional<Layout> layout) {
  layout_ = std::move(layout);
  keep_soon();
}

Recovery::Kept Recovery::now() const {
  const RunEntry* const shaken = workbench_.unkept();
  return {.revision = workbench_.document().revision(),
          .layout = layout_,
          .run = shaken == nullptr ? 0 : shaken->number,
          .acts = shaken == nullptr ? 0 : shaken->status.acts};
}

bool Recovery::keep() {
  const ScenarioDocument& document = workbench_.document();
  const bool is_worked_on =
      document.is_modified() && (workbench_.has_file() || document.can_undo());
  const Kept wanted = now();
  if (document.source().files.empty() || (!is_worked_on && !wanted.layout && wanted.run == 0)) {
    forget();
    return false;
  }
  if (kept_ == wanted) {
    return true;
  }
  const auto begin = std::chrono::steady_clock::now();
  const QByteArray text = record_text();
  const auto written = engine::write_output(
      record_.toStdString(),
      std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  timer_.setInterval(std::clamp(kLeastShare * static_cast<int>(took.count()), kSoon, kLatest));
  if (written) {
    kept_ = wanted;
    has_failed_ = false;
  } else if (!has_failed_) {
    has_failed_ = true;
    Q_EMIT failed(words_of(written.error()));
  }
  return written.has_value();
}

QByteArray Recovery::record_text() const {
  const ScenarioDocument& document = workbench_.document();
  const bool has_file = workbench_.has_file();
  QJsonObject object{
      {QStringLiteral("path"), whole_path(document.path(), has_file)},
      {QStringLiteral("has_file"), has_file},
      {QStringLiteral("files"), files_json(document.source().files, has_file)},
  };
  if (layout_) {
    object.insert(QStringLiteral("layout"), layout_json(*layout_));
  }
  if (const RunEntry* const shaken = workbench_.unkept()) {
    object.insert(QStringLiteral("run"), title_of(*shaken));
    object.insert(QStringLiteral("acts"), acts_json(acted_faults(*shaken)));
  }
  return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

void Recovery::forget() {
  timer_.stop();
  QFile::remove(record_);
  kept_.reset();
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
  } else {
    for (const engine::SourceFile& file : unsaved.files) {
      workbench.type(file.name, file.text);
    }
  }
  if (!unsaved.acts.empty()) {
    workbench.keep_acts(unsaved.run, unsaved.acts);
  }
}

std::vector<PreviewedFile> Recovery::changes_of(const Unsaved& unsaved) {
  std::vector<PreviewedFile> changed;
  for (const engine::SourceFile& file : unsaved.files) {
    QFile disk(QString::fromStdString(file.name));
    std::string before;
    if (unsaved.has_file && disk.open(QIODevice::ReadOnly)) {
      before = disk.readAll().toStdString();
    }
    if (before != file.text) {
      changed.push_back({.name = file.name, .before = std::move(before), .after = file.text});
    }
  }
  return changed;
}

void Recovery::remove(const Unsaved& unsaved) {
  QFile::remove(unsaved.record);
  QFile::remove(lock_of(unsaved.record));
}

}  // namespace shaketable::gui

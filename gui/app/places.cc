#include "gui/app/places.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "engine/cli/output_file.h"

namespace shaketable::gui {
namespace {

constexpr qint64 kMostBytes = 4'000'000;
constexpr qsizetype kMostPlaces = 20'000;
constexpr double kFarthest = 1e6;
constexpr qsizetype kMostNotes = 1'000;
constexpr double kLatest = 1e6;  // Seconds.
constexpr const char* kHeld = "held";

// Words of the file, by the order of GroupBy.
constexpr const char* kGroupWords[] = {"nothing", "namespace", "zone", "own"};

QJsonArray names_array(const std::vector<std::string>& names) {
  QJsonArray array;
  for (const std::string& name : names) {
    array.append(QString::fromStdString(name));
  }
  return array;
}

}  // namespace

std::string places_file(const std::string& scenario_file) {
  std::filesystem::path path(scenario_file);
  path.replace_extension(".layout.json");
  return path.string();
}

namespace {

Places places_from(const QJsonObject& boxes) {
  Places places;
  for (auto it = boxes.begin(); it != boxes.end() && it != boxes.begin() + kMostPlaces; ++it) {
    const QJsonArray pair = it.value().toArray();
    const QPointF at(pair.at(0).toDouble(std::nan("")), pair.at(1).toDouble(std::nan("")));
    if (std::abs(at.x()) <= kFarthest && std::abs(at.y()) <= kFarthest) {
      places[it.key().toStdString()] = Place(at, pair.at(2).toString() == QLatin1String(kHeld));
    }
  }
  return places;
}

Grouping grouping_from(const QJsonObject& groups) {
  Grouping grouping;
  for (std::size_t i = 0; i < std::size(kGroupWords); ++i) {
    if (groups.value(QStringLiteral("by")).toString() == QLatin1String(kGroupWords[i])) {
      grouping.by = static_cast<GroupBy>(i);
    }
  }
  const QJsonObject own = groups.value(QStringLiteral("own")).toObject();
  for (auto it = own.begin(); it != own.end() && it != own.begin() + kMostPlaces; ++it) {
    std::vector<std::string>& members = grouping.own[it.key().toStdString()];
    for (const auto& member : it.value().toArray()) {
      members.push_back(member.toString().toStdString());
    }
  }
  for (const auto& name : groups.value(QStringLiteral("collapsed")).toArray()) {
    grouping.collapsed.insert(name.toString().toStdString());
  }
  return grouping;
}

// Moments are seconds.
Notes notes_from(const QJsonArray& array) {
  Notes notes;
  for (qsizetype i = 0; i < std::min(array.size(), kMostNotes); ++i) {
    const QJsonObject entry = array.at(i).toObject();
    const double at = entry.value(QStringLiteral("at")).toDouble(-1);
    const std::string text = entry.value(QStringLiteral("text")).toString().toStdString();
    if (at >= 0 && at <= kLatest && !text.empty()) {
      notes =
          with_note(std::move(notes),
                    {.at = proxy::Instant(proxy::Duration(std::llround(at * 1e9))), .text = text});
    }
  }
  return notes;
}

QJsonArray notes_array(const Notes& notes) {
  QJsonArray array;
  for (const Note& note : notes) {
    array.append(QJsonObject{{QStringLiteral("at"), proxy::to_seconds(note.at.time_since_epoch())},
                             {QStringLiteral("text"), QString::fromStdString(note.text)}});
  }
  return array;
}

}  // namespace

Layout layout_from(const QJsonObject& json) {
  return {.places = places_from(json.value(QStringLiteral("services")).toObject()),
          .grouping = grouping_from(json.value(QStringLiteral("groups")).toObject()),
          .notes = notes_from(json.value(QStringLiteral("notes")).toArray())};
}

Layout read_layout(const std::string& scenario_file) {
  QFile file(QString::fromStdString(places_file(scenario_file)));
  if (!file.open(QIODevice::ReadOnly) || file.isSequential()) {
    return {};
  }
  return layout_from(QJsonDocument::fromJson(file.read(kMostBytes)).object());
}

QJsonObject layout_json(const Layout& layout) {
  QJsonObject boxes;
  for (const auto& [name, place] : layout.places) {
    QJsonArray corner{std::round(place.at.x() * 10) / 10, std::round(place.at.y() * 10) / 10};
    if (place.held) {
      corner.append(QLatin1String(kHeld));
    }
    boxes.insert(QString::fromStdString(name), corner);
  }
  QJsonObject json{{QStringLiteral("services"), boxes}};
  const Grouping& grouping = layout.grouping;
  if (!(grouping == Grouping())) {
    QJsonObject own;
    for (const auto& [name, members] : grouping.own) {
      own.insert(QString::fromStdString(name), names_array(members));
    }
    const std::vector<std::string> collapsed(grouping.collapsed.begin(), grouping.collapsed.end());
    json.insert(QStringLiteral("groups"),
                QJsonObject{{QStringLiteral("by"),
                             QLatin1String(kGroupWords[static_cast<int>(grouping.by)])},
                            {QStringLiteral("own"), own},
                            {QStringLiteral("collapsed"), names_array(collapsed)}});
  }
  if (!layout.notes.empty()) {
    json.insert(QStringLiteral("notes"), notes_array(layout.notes));
  }
  return json;
}

proxy::Result<void> write_layout(const std::string& scenario_file, const Layout& layout) {
  const std::string path = places_file(scenario_file);
  if (layout == Layout()) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return {};
  }
  const QByteArray text = QJsonDocument(layout_json(layout)).toJson();
  return engine::write_output(
      path, std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
}

}  // namespace shaketable::gui

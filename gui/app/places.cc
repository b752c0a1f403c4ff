#include "gui/app/places.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>
#include <filesystem>

#include "engine/cli/output_file.h"

namespace shaketable::gui {
namespace {

constexpr qint64 kMostBytes = 4'000'000;
constexpr qsizetype kMostPlaces = 20'000;
constexpr double kFarthest = 1e6;

}  // namespace

std::string places_file(const std::string& scenario_file) {
  std::filesystem::path path(scenario_file);
  path.replace_extension(".layout.json");
  return path.string();
}

Places read_places(const std::string& scenario_file) {
  QFile file(QString::fromStdString(places_file(scenario_file)));
  if (!file.open(QIODevice::ReadOnly) || file.isSequential()) {
    return {};
  }
  const QJsonObject boxes = QJsonDocument::fromJson(file.read(kMostBytes))
                                .object()
                                .value(QStringLiteral("services"))
                                .toObject();
  Places places;
  for (auto it = boxes.begin(); it != boxes.end() && it != boxes.begin() + kMostPlaces; ++it) {
    const QJsonArray pair = it.value().toArray();
    const QPointF at(pair.at(0).toDouble(std::nan("")), pair.at(1).toDouble(std::nan("")));
    if (std::abs(at.x()) <= kFarthest && std::abs(at.y()) <= kFarthest) {
      places[it.key().toStdString()] = at;
    }
  }
  return places;
}

proxy::Result<void> write_places(const std::string& scenario_file, const Places& places) {
  const std::string path = places_file(scenario_file);
  if (places.empty()) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return {};
  }
  QJsonObject boxes;
  for (const auto& [name, at] : places) {
    boxes.insert(QString::fromStdString(name),
                 QJsonArray{std::round(at.x() * 10) / 10, std::round(at.y() * 10) / 10});
  }
  const QByteArray text = QJsonDocument(QJsonObject{{QStringLiteral("services"), boxes}}).toJson();
  return engine::write_output(
      path, std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
}

}  // namespace shaketable::gui

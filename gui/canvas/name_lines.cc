#include "gui/canvas/name_lines.h"

#include <algorithm>
#include <vector>

namespace shaketable::gui {
namespace {

constexpr const char* kLastWords[] = {"service", "gateway", "server",   "proxy",   "worker",
                                      "manager", "catalog", "provider", "backend", "frontend",
                                      "engine",  "store",   "database", "cache",   "generator",
                                      "history", "reader",  "writer"};

// Places before which a name may be broken, in order.
std::vector<qsizetype> seams_of(const QString& name) {
  std::vector<qsizetype> seams;
  for (qsizetype i = 1; i < name.size(); ++i) {
    const bool is_separated = QStringLiteral("-_./ ").contains(name[i - 1]);
    if (is_separated || (name[i].isUpper() && name[i - 1].isLower())) {
      seams.push_back(i);
    }
  }
  for (const char* const word : kLastWords) {
    const qsizetype at = name.lastIndexOf(QLatin1String(word), -1, Qt::CaseInsensitive);
    if (at > 1) {
      seams.push_back(at);
    }
  }
  std::sort(seams.begin(), seams.end());
  return seams;
}

}  // namespace

std::pair<QString, QString> name_lines(const QString& name, const QFontMetricsF& metrics,
                                       double width) {
  const auto fits = [&](const QString& text) { return metrics.horizontalAdvance(text) <= width; };
  const auto elided = [&](const QString& text) {
    return metrics.elidedText(text, Qt::ElideRight, width);
  };
  if (fits(name)) {
    return {name, QString()};
  }
  const std::vector<qsizetype> seams = seams_of(name);
  for (auto seam = seams.rbegin(); seam != seams.rend(); ++seam) {
    if (fits(name.left(*seam))) {
      return {name.left(*seam), elided(name.mid(*seam))};
    }
  }
  if (!seams.empty()) {
    return {elided(name.left(seams.back())), elided(name.mid(seams.back()))};
  }
  for (qsizetype i = name.size() - 3; i > 3; --i) {
    if (const QString first = name.left(i) + QLatin1Char('-'); fits(first)) {
      return {first, elided(name.mid(i))};
    }
  }
  return {elided(name), QString()};
}

}  // namespace shaketable::gui

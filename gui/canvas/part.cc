#include "gui/canvas/part.h"

#include <QMimeData>
#include <QStringList>

namespace shaketable::gui {
namespace {

constexpr char kPartMime[] = "application/x-shaketable-part";

}  // namespace

std::optional<Selection> Part::target(const Selection& under) const {
  const bool fits = under.kind == Selection::Kind::kService ? on_service
                    : under.kind == Selection::Kind::kEdge  ? on_edge
                                                            : on_ground;
  if (fits) {
    return under;
  }
  const bool is_grounds_alone = on_ground && !on_service && !on_edge;
  return is_grounds_alone ? std::optional(Selection{}) : std::nullopt;
}

std::unique_ptr<QMimeData> mime_of(const Part& part) {
  const auto flag = [](bool is_set) { return is_set ? QStringLiteral("1") : QStringLiteral("0"); };
  auto data = std::make_unique<QMimeData>();
  data->setData(QLatin1String(kPartMime), QStringList{part.key, flag(part.on_service),
                                                      flag(part.on_edge), flag(part.on_ground)}
                                              .join(QLatin1Char('\n'))
                                              .toUtf8());
  return data;
}

std::optional<Part> part_of(const QMimeData& data) {
  if (!data.hasFormat(QLatin1String(kPartMime))) {
    return std::nullopt;
  }
  const QStringList fields =
      QString::fromUtf8(data.data(QLatin1String(kPartMime))).split(QLatin1Char('\n'));
  const auto is_set = [&fields](int field) { return fields.value(field) == QLatin1String("1"); };
  return Part{.key = fields.value(0),
              .on_service = is_set(1),
              .on_edge = is_set(2),
              .on_ground = is_set(3)};
}

}  // namespace shaketable::gui

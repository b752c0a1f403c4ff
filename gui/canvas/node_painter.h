#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gui/canvas/mark_room.h"
#include "gui/canvas/mesh_brush.h"

namespace shaketable::gui {

/// Draws services: a box with its name, figures as room permits, badges above and notes below.
class NodePainter : private MeshBrush {
 public:
  NodePainter(QPainter& painter, const Picture& picture, double scale, MarkRoom& room)
      : MeshBrush(painter, picture, scale), room_(room) {}

  /// All but the note, which takes what room the badges of all boxes leave.
  void draw(std::size_t node);
  void draw_note(std::size_t node);

 private:
  struct Line {
    QString text;
    QColor color;
  };
  struct Badge {
    enum class Glyph : std::uint8_t { kBolt, kEject, kBar };
    Glyph glyph = Glyph::kBolt;
    QString text, brief;
    QColor fill, ink;
  };

  [[nodiscard]] const NodeLook* look_of(std::size_t node) const;
  void draw_speck(std::size_t node, const NodeLook* look);
  void draw_ring(const SceneNode& node);
  [[nodiscard]] std::optional<QColor> fill_of(std::size_t node, const NodeLook* look) const;
  void draw_card(std::size_t node, const NodeLook* look);
  /// Returns where the lines below it begin.
  double draw_title(const SceneNode& node, const NodeLook* look);
  void draw_lines(const QRectF& box, double top, const std::vector<Line>& lines);
  [[nodiscard]] std::vector<Line> category_lines(std::size_t node) const;
  [[nodiscard]] std::vector<Line> facts(std::size_t node) const;
  [[nodiscard]] std::vector<Line> figures(std::size_t node, const NodeLook& look) const;
  void draw_utilisation(const QRectF& box, double utilisation);
  [[nodiscard]] std::vector<Badge> badges(const NodeLook& look) const;
  void draw_badges(const QRectF& box, const std::vector<Badge>& badges);
  bool draw_pills(const QRectF& box, const std::vector<Badge>& badges, QString Badge::*text);
  void draw_glyphs(const QRectF& box, const std::vector<Badge>& badges);
  void draw_glyph(const QRectF& place, const Badge& badge);
  void draw_pin(const QPointF& at);
  void draw_entry(const QRectF& box);

  MarkRoom& room_;
};

}  // namespace shaketable::gui

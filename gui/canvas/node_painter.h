#pragma once

#include <optional>
#include <vector>

#include "gui/canvas/mesh_brush.h"

namespace shaketable::gui {

/// Draws services: a box with its name, figures as room permits, badges above and notes below.
class NodePainter : private MeshBrush {
 public:
  using MeshBrush::MeshBrush;

  void draw(std::size_t node);

 private:
  struct Line {
    QString text;
    QColor color;
  };
  struct Badge {
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
  void draw_note(const SceneNode& node);
  void draw_pin(const QPointF& at);
  void draw_entry(const QRectF& box);
};

}  // namespace shaketable::gui

#pragma once

#include <QElapsedTimer>
#include <QPixmap>
#include <QTimer>
#include <QWidget>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gui/canvas/arrange.h"
#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/canvas_scene.h"
#include "gui/canvas/part.h"

namespace shaketable::gui {

/// The drawing of a mesh that a person moves about in: pans, zooms, selects, moves boxes, draws
/// calls from port to port.
///
/// What does not move is drawn once into a pixmap, and again when the look, the view or the mesh
/// changes; requests on their way are drawn over it. A plain widget rather than a graphics scene:
/// there are no items to keep in step, and the pixmap is the picture that is exported.
class CanvasView : public QWidget {
  Q_OBJECT

 public:
  explicit CanvasView(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// Shows a mesh; boxes that were there keep their place.
  void show_mesh(const engine::Scenario& scenario);
  void clear();
  /// What it looked like at a moment; nothing for a mesh that has not run.
  void set_look(std::optional<MeshLook> look);
  void set_selection(const Selection& selection);
  /// Puts boxes where a person had put them; all others are laid out.
  void set_places(const Places& places);
  /// Fades everything whose name does not hold the text.
  void set_search(const QString& text);
  /// By service: fades what is not among what an expression finds; nothing: none is faded.
  void set_found(std::optional<std::vector<bool>> found);
  /// By service: takes out of the drawing what an expression hides.
  void hide_services(const std::vector<bool>& services);
  /// Puts services together in frames, or in one box for each group that is collapsed.
  void set_grouping(const Grouping& grouping);
  /// Puts the boxes of what is selected in order.
  void arrange(Arrange how);
  /// Holds the boxes of what is selected where they are or, when all are held, lets go of them.
  void hold_selected();
  [[nodiscard]] bool is_selection_held() const;
  /// What stands beside boxes, by service.
  void set_notes(std::map<std::string, QString> notes);
  /// What the colours tell.
  void set_overlay(Overlay overlay);
  [[nodiscard]] Overlay overlay() const { return overlay_; }
  /// The way to where trouble began; empty for none.
  void set_trail(Trail trail);
  [[nodiscard]] const Trail& trail() const { return trail_; }
  /// Services that another run treated differently, by name.
  void set_rings(std::map<std::string, Ring> rings);
  [[nodiscard]] const std::map<std::string, Ring>& rings() const { return rings_; }
  /// For eyes that are far away: the mesh fills the view, and no text is small.
  void set_large(bool large);
  /// Pixels at the lower edge that `fit` leaves free.
  void reserve_below(int pixels);
  /// Whether requests are seen on their way.
  void set_moving(bool moving);
  [[nodiscard]] bool is_moving() const { return frames_.isActive(); }

  [[nodiscard]] const CanvasScene& scene() const { return scene_; }
  [[nodiscard]] CanvasScene& scene() { return scene_; }
  [[nodiscard]] double scale() const { return scale_; }
  [[nodiscard]] const std::optional<MeshLook>& look() const { return look_; }
  [[nodiscard]] const std::set<std::string>& selected() const { return selected_; }
  void select_services(std::set<std::string> services);
  void select_all();
  [[nodiscard]] const std::set<std::string>& faded() const { return faded_; }
  /// Lines of the scene that what is dragged stands in at the moment: left and upper edges.
  [[nodiscard]] const Snap& guides() const { return guides_; }
  [[nodiscard]] QPointF to_scene(const QPointF& point) const;
  [[nodiscard]] QPointF to_view(const QPointF& point) const;
  /// What is said where there is nothing to draw yet; empty otherwise.
  [[nodiscard]] QString hint() const;
  /// Draws the whole mesh into a rectangle, as it looks now; given services, those alone.
  void draw(QPainter& painter, const QRectF& target,
            const std::set<std::string>* services = nullptr) const;
  /// What `draw` shows: the whole mesh or, given services, the space that those take.
  [[nodiscard]] QRectF drawn_bounds(const std::set<std::string>* services = nullptr) const;

  [[nodiscard]] QSize sizeHint() const override { return {800, 520}; }

 public Q_SLOTS:
  void fit();
  void zoom(double factor);
  void reset_zoom();
  /// Brings a service to the middle when it cannot be seen.
  void reveal(const std::string& service);
  void lay_out_again();

 Q_SIGNALS:
  void selection_changed(const shaketable::gui::Selection& selection);
  void context_asked(const shaketable::gui::Selection& selection, const QPoint& at);
  void activated(const shaketable::gui::Selection& selection);
  void boxes_moved();
  void run_asked();  ///< The space bar.
  /// A group was double-clicked.
  void group_activated(const QString& name);
  void group_context_asked(const QString& name, const QPoint& at);
  void connection_drawn(const QString& caller, const QString& callee);
  /// Copies of what is selected are to stand so far from the originals, in scene units.
  void copies_asked(const QPointF& shift);
  void add_asked(const QPointF& at);
  /// A part of the palette was dropped on something, at a place of the scene.
  void part_dropped(const QString& key, const shaketable::gui::Selection& on, const QPointF& at);
  /// Another look, overlay, or theme: what stands beside the drawing has to be drawn anew.
  void restyled();

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  static constexpr double kReach = 7;  ///< Pixels from a line that still count as on it.
  enum class Drag { kNone, kView, kBoxes, kCopies, kGroup, kBand, kCall, kOverview };

  void changed();
  void changed_by_run();
  void zoom_at(const QPointF& point, double factor);
  void select_at(const QPointF& point, bool more);
  void select(const Selection& selection);
  void select_next(int step);
  void select_along(int key);
  void hover(const QPointF& point);
  void select_within(const QRectF& band);
  void take_group(std::size_t group, bool more);
  [[nodiscard]] QPointF dragged_by(const QPointF& point, bool freely);
  void drag_boxes(const QPointF& point, bool freely);
  void draw_guides(QPainter& painter) const;
  void draw_copies(QPainter& painter) const;
  void draw_hint(QPainter& painter) const;
  void release_space();
  void refresh_found();
  void draw_background(QPainter& painter) const;
  void draw_static();
  void draw_hover(QPainter& painter) const;
  void draw_drop(QPainter& painter) const;
  /// Where the overview is; empty when the whole mesh can be seen.
  [[nodiscard]] QRectF overview() const;
  void look_at_overview(const QPointF& point);
  [[nodiscard]] Selection at(const QPointF& point) const;
  [[nodiscard]] Selection selection() const;
  [[nodiscard]] Picture picture_of(const CanvasScene& scene) const;
  [[nodiscard]] Picture picture() const { return picture_of(scene_); }
  /// The scene with these services alone.
  [[nodiscard]] CanvasScene scene_of(const std::set<std::string>& services) const;
  [[nodiscard]] QRectF visible() const;
  [[nodiscard]] QString tip_at(const QPointF& point) const;

  Theme theme_ = Theme::light();
  CanvasScene scene_;
  std::optional<MeshLook> look_;
  std::set<std::string> selected_;
  std::optional<std::size_t> edge_;
  QString search_;
  std::optional<std::vector<bool>> found_;
  std::set<std::string> faded_;
  std::map<std::string, QString> notes_;
  Overlay overlay_ = Overlay::kHealth;
  Trail trail_;
  std::map<std::string, Ring> rings_;
  int reserved_ = 0;
  bool is_large_ = false;
  double scale_ = 1;
  QPointF origin_;  ///< Of the scene, in the view.
  bool fitted_ = true;
  QPixmap static_;
  std::vector<QRectF> marks_;  ///< In `static_`: what requests pass below.
  bool is_stale_ = true;
  QTimer frames_;
  QTimer later_;  ///< For a look that comes too soon after one that was dear to draw.
  qint64 drawn_at_ = 0, drawing_took_ = 0;  ///< What stands still; milliseconds of `clock_`.
  QElapsedTimer clock_;
  Drag drag_ = Drag::kNone;
  QPointF drag_from_, drag_to_, band_from_;
  std::optional<std::size_t> group_;  ///< That is dragged.
  QPointF pressed_at_;                ///< Where a drag of boxes began, in the view.
  QPointF shift_;                     ///< How far they are dragged, in scene units.
  std::optional<std::size_t> grip_;   ///< The box by which they are dragged.
  Snap guides_;
  QElapsedTimer space_;      ///< Runs while the space bar is down.
  bool space_pans_ = false;  ///< Something was dragged while it was.
  bool dragged_ = false;
  std::optional<Part> dragged_part_;                     ///< Out of the palette, over the drawing.
  std::optional<Selection> drop_;                        ///< Where it would land.
  std::optional<std::pair<std::size_t, double>> still_;  ///< The line under the mouse, since when.
  std::optional<std::size_t> port_;  ///< Under the mouse, or where a call is drawn from.
};

}  // namespace shaketable::gui

#pragma once

#include <QWidget>
#include <optional>

#include "gui/canvas/theme.h"
#include "gui/panels/property_tree.h"
#include "gui/workbench/workbench.h"

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace shaketable::gui {

/// What is selected: how it does at the moment, and everything that its files say or could say.
/// Goes back and forth through what was selected; pinned, it stays with one thing.
class InspectorPanel : public QWidget {
  Q_OBJECT

 public:
  /// With a subject it is pinned to that.
  explicit InspectorPanel(Workbench& workbench, QWidget* parent = nullptr,
                          std::optional<Selection> subject = std::nullopt);

  void set_theme(const Theme& theme);
  [[nodiscard]] PropertyTree& properties() { return *properties_; }
  /// The figures as they stand, as rich text.
  [[nodiscard]] QString figures() const;
  /// What it is about.
  [[nodiscard]] const Selection& subject() const;

 Q_SIGNALS:
  /// One more is wanted that stays with this subject.
  void pin_asked(const shaketable::gui::Selection& subject);

 private:
  void add_buttons(QHBoxLayout& row);
  void refresh_subject();
  void refresh_figures();
  [[nodiscard]] QString service_figures() const;
  [[nodiscard]] QString edge_figures() const;
  [[nodiscard]] QString run_figures() const;
  [[nodiscard]] QString table(const std::vector<std::pair<QString, QString>>& rows) const;
  [[nodiscard]] QString state_words(NodeHealth health) const;
  /// Why the service failed: its beginning, and a link to the rest until that was asked for.
  [[nodiscard]] QString why_words(const QString& why) const;

  Workbench& workbench_;
  std::optional<Selection> pinned_;
  Theme theme_ = Theme::light();
  QLabel* title_ = nullptr;
  QToolButton* back_ = nullptr;  ///< As the next two: null when pinned.
  QToolButton* forth_ = nullptr;
  QToolButton* pin_ = nullptr;
  QLabel* figures_ = nullptr;
  bool shows_all_of_why_ = false;
  PropertyTree* properties_ = nullptr;
  QLabel* documentation_ = nullptr;
};

}  // namespace shaketable::gui

#pragma once

#include <QTabWidget>
#include <vector>

class QButtonGroup;
class QHBoxLayout;
class QToolButton;

namespace shaketable::gui {

/// Tabs in groups. A switch beside them chooses the group whose tabs are seen, so that few stand
/// beside each other. Each group remembers which of its tabs was looked at last.
class PanelTabs : public QTabWidget {
  Q_OBJECT

 public:
  explicit PanelTabs(QWidget* parent = nullptr);

  /// Pages that are added from now on belong to it.
  void begin_group(const QString& title);
  void add_page(QWidget* page, const QString& title);

  [[nodiscard]] int groups() const { return static_cast<int>(groups_.size()); }
  [[nodiscard]] int group() const { return shown_; }
  [[nodiscard]] int group_of(int page) const;
  [[nodiscard]] QString group_title(int group) const;
  /// What stands behind the title of a group: "2 problems"; empty for nothing.
  void set_note(int group, const QString& note);
  [[nodiscard]] QToolButton& group_button(int group) const;

 public Q_SLOTS:
  /// Shows the tabs of a group, with the one that was looked at last.
  void show_group(int group);
  /// Shows a page, whichever group it is in.
  void show_page(int page);

 protected:
  /// Nothing: beside its corner the style would draw a line that ends anywhere.
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Group {
    QString title, note;
    QToolButton* button = nullptr;
    int first = 0, last = 0;  ///< Pages, without `last`.
    int shown = 0;            ///< Page that was looked at last.
  };

  std::vector<Group> groups_;
  QButtonGroup* buttons_ = nullptr;
  QHBoxLayout* row_ = nullptr;
  int shown_ = -1;
};

}  // namespace shaketable::gui

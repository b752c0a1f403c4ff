#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "gui/app/recent_files.h"
#include "gui/canvas/theme.h"

class QLabel;
class QListWidget;
class QMenu;

namespace shaketable::gui {

/// What is there before anything is open: files that were open lately, templates, and the way to
/// one's own file.
class StartPage : public QWidget {
  Q_OBJECT

 public:
  explicit StartPage(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void set_recent(const std::vector<RecentFile>& files);
  /// What can be done to a file of the list.
  [[nodiscard]] std::unique_ptr<QMenu> recent_menu(const QString& path);
  [[nodiscard]] QListWidget& templates() { return *templates_; }
  [[nodiscard]] QListWidget& samples() { return *samples_; }
  [[nodiscard]] QListWidget& recent() { return *recent_; }

 Q_SIGNALS:
  void open_asked(const QString& path);
  void browse_asked();
  void create_asked(const QString& name, const QString& text);
  /// A sample project, by its place among `sample_projects()`.
  void sample_asked(int sample);
  void tour_asked();

 private:
  Theme theme_ = Theme::light();
  QLabel* title_ = nullptr;
  QLabel* about_ = nullptr;
  QListWidget* templates_ = nullptr;
  QListWidget* samples_ = nullptr;
  QListWidget* recent_ = nullptr;
};

/// "empty", "first", and the names of what `shaketable init` offers.
[[nodiscard]] QStringList template_names();
[[nodiscard]] QString template_text(const QString& name);

}  // namespace shaketable::gui

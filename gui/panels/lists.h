#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

class QCheckBox;
class QLineEdit;

namespace shaketable::gui {

/// What the loader and the lints say about the files, as `shaketable check` does; a click leads to
/// the line, and to what it is about in the mesh. A code explains itself, as `shaketable explain`.
class ProblemsPanel : public QTreeWidget {
  Q_OBJECT

 public:
  explicit ProblemsPanel(Workbench& workbench, QWidget* parent = nullptr);
  void set_theme(const Theme& theme);

 private:
  void refresh();

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  std::uint64_t revision_ = ~std::uint64_t{0};
};

/// What happened in the run that is shown, with its moment; a click leads there.
class EventsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit EventsPanel(Workbench& workbench, QWidget* parent = nullptr);
  void set_theme(const Theme& theme);
  [[nodiscard]] QTreeWidget& list() { return *list_; }
  /// The events of the run that is shown that the filter lets through, all of them.
  [[nodiscard]] std::vector<engine::RunEvent> wanted() const;

 Q_SIGNALS:
  void export_asked();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void rebuild();
  void add(std::size_t number);
  [[nodiscard]] bool is_wanted(const engine::RunEvent& event, const QString& text) const;
  void mark_moment();

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLineEdit* filter_ = nullptr;
  QCheckBox* selected_only_ = nullptr;
  QTreeWidget* list_ = nullptr;
  int run_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t listed_ = 0;  ///< Events of the run that have been looked at.
  engine::Instant last_{};
};

/// The verdict: each expectation, and why what broke did. While a run goes on it tells how they
/// stand so far.
class VerdictPanel : public QTreeWidget {
  Q_OBJECT

 public:
  explicit VerdictPanel(Workbench& workbench, QWidget* parent = nullptr);
  void set_theme(const Theme& theme);

 private:
  void refresh();
  void list_expectations(const engine::Scenario& scenario);
  void list_verdict(const RunEntry& entry);
  void refresh_so_far();
  /// Whether the run that is shown goes on and something is known of it.
  [[nodiscard]] bool is_so_far() const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  const void* listed_ = nullptr;
};

}  // namespace shaketable::gui

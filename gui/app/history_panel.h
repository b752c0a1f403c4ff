#pragma once

#include <QListWidget>
#include <QStringList>

namespace shaketable::gui {

/// The steps that were done to the document and its drawing, in order; a click goes back or forth
/// to one.
class HistoryPanel : public QListWidget {
  Q_OBJECT

 public:
  explicit HistoryPanel(QWidget* parent = nullptr);

  /// `done` of the steps are carried out, the others were taken back.
  void show_steps(const QStringList& steps, int done);

 Q_SIGNALS:
  /// Somebody wants so many steps to be carried out.
  void step_asked(int done);
  /// It can be seen, and shows what it was last told.
  void shown();

 protected:
  void showEvent(QShowEvent* event) override;
};

}  // namespace shaketable::gui
